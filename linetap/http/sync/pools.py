"""urllib3's connection pools, with a deadline for the whole response and one system call for head and body."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from linetap.http.sync.request import Limits
from linetap.http.sync.response import DeadlineResponse

_CONNECTIONS = (HTTPConnection, HTTPSConnection)
_SOCKETS = (socket.socket, ssl.SSLSocket)
_LARGE = 65536
"""Bytes: a larger body is sent by itself, because joining it to the head would copy it."""


class Deadline(urllib3.Timeout):
    """urllib3's timeout with the deadline of an attempt."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(connect=limits.connect, read=limits.read)
        self.limits = limits
        self._started = False

    def clone(self) -> Deadline:
        """urllib3 takes a clone for each request, because a timeout can be started once."""
        return Deadline(self.limits) if self._started else self

    def start_connect(self) -> float:
        """Start to measure the time; urllib3 does it once for each request."""
        self._started = True
        return super().start_connect()


def _response(sock: Any, *args: Any, limits: Limits, **named: Any) -> http.client.HTTPResponse:
    # A socket of another class belongs to a mock, which has its own way of reading.
    if type(sock) in _SOCKETS:
        return DeadlineResponse(sock, limits, *args, **named)
    return http.client.HTTPResponse(sock, *args, **named)


class _JoinedSend:
    """In place of ``connection.send`` for one request: keeps its head and sends it together with the body.

    One system call and one packet instead of two.
    """

    __slots__ = ("_body", "_head", "_send")

    def __init__(self, send: Callable[[bytes], None], body: bytes) -> None:
        self._send, self._body = send, body
        self._head: bytes | None = b""
        """Empty before the head was seen, None after it was sent."""

    def __call__(self, data: bytes) -> None:
        if self._head == b"" and data.endswith(b"\r\n\r\n") and not data.endswith(self._body):
            self._head = data
            return
        head, self._head = self._head, None
        self._send(head + data if head else data)


class _DeadlinePool:
    """A pool whose connections read responses under the deadline of the attempt."""

    def _make_request(self, conn: Any, *args: Any, **named: Any) -> Any:
        parent: Any = super()
        limits = getattr(named.get("timeout"), "limits", None)
        if limits is None or type(conn) not in _CONNECTIONS:  # a mock's connection
            return parent._make_request(conn, *args, **named)
        conn.response_class = partial(_response, limits=limits)
        body = named.get("body")
        if not body or type(body) is not bytes or len(body) > _LARGE or conn.proxy is not None or named.get("chunked"):
            return parent._make_request(conn, *args, **named)
        conn.send = _JoinedSend(conn.send, body)
        try:
            return parent._make_request(conn, *args, **named)
        finally:
            del conn.send


class _HTTPPool(_DeadlinePool, HTTPConnectionPool):
    pass


class _HTTPSPool(_DeadlinePool, HTTPSConnectionPool):
    pass


POOLS = {"http": _HTTPPool, "https": _HTTPSPool}
