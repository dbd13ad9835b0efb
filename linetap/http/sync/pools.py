"""urllib3's connection pools, with a deadline for the whole response and one system call for head and body."""

from __future__ import annotations

import http.client
import socket
import ssl
from functools import partial
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from linetap.http.sync.request import Limits, Progress
from linetap.http.sync.response import DeadlineResponse

_CONNECTIONS = (HTTPConnection, HTTPSConnection)
_SOCKETS = (socket.socket, ssl.SSLSocket)
_GREEN = ("gevent.", "eventlet.")
"""Modules whose sockets wait in another way, and are read like those of Python."""
_LARGE = 65536
"""Bytes: a larger body is sent by itself, because joining it to the head would copy it."""


class Deadline(urllib3.Timeout):
    """urllib3's timeout with the deadline and the progress of an attempt."""

    def __init__(self, limits: Limits, progress: Progress) -> None:
        super().__init__(connect=limits.connect, read=limits.read)
        self.limits, self.progress = limits, progress
        self._started = False

    def clone(self) -> Deadline:
        """urllib3 takes a clone for each request, because a timeout can be started once."""
        return Deadline(self.limits, self.progress) if self._started else self

    def start_connect(self) -> float:
        """Start to measure the time; urllib3 does it once for each request."""
        self._started = True
        return super().start_connect()


def _response(sock: Any, *args: Any, limits: Limits, **named: Any) -> http.client.HTTPResponse:
    # A socket of another class belongs to a mock, which has its own way of reading.
    if type(sock) in _SOCKETS or type(sock).__module__.startswith(_GREEN):
        return DeadlineResponse(sock, limits, *args, **named)
    return http.client.HTTPResponse(sock, *args, **named)


class _Send:
    """In place of ``connection.send`` for one request: notes that bytes may have been sent.

    It keeps the head of a small request and sends it together with the body: one system call, one packet.
    """

    __slots__ = ("_body", "_connection", "_head", "_progress", "_send")

    def __init__(self, connection: Any, body: bytes | None, progress: Progress) -> None:
        self._connection, self._send, self._progress = connection, connection.send, progress
        self._body = body
        self._head: bytes | None = b"" if body else None
        """Empty before the head was seen; None after it was sent, or if it is not kept."""

    def __call__(self, data: bytes) -> None:
        if self._head == b"" and data.endswith(b"\r\n\r\n") and not data.endswith(self._body or b""):
            self._head = data
            return
        head, self._head = self._head, None
        self._progress.may_have_arrived = True
        try:
            self._send(head + data if head else data)
        except BaseException:
            # http.client connects before the first bytes; without a connection nothing was sent.
            self._progress.may_have_arrived = self._connection.sock is not None
            raise


class _DeadlinePool:
    """A pool whose connections read responses under the deadline of the attempt, and which knows what was sent."""

    def _make_request(self, conn: Any, *args: Any, **named: Any) -> Any:
        parent: Any = super()
        deadline = named.get("timeout")
        if not isinstance(deadline, Deadline) or type(conn) not in _CONNECTIONS:  # a mock's connection
            return parent._make_request(conn, *args, **named)
        conn.response_class = partial(_response, limits=deadline.limits)
        conn.send = _Send(conn, _joinable(named), deadline.progress)
        deadline.progress.may_have_arrived = False
        try:
            return parent._make_request(conn, *args, **named)
        finally:
            del conn.send


def _joinable(named: dict[str, Any]) -> bytes | None:
    """The body, if it is sent together with the head."""
    body = named.get("body")
    return body if type(body) is bytes and len(body) <= _LARGE and not named.get("chunked") else None


class _HTTPPool(_DeadlinePool, HTTPConnectionPool):
    pass


class _HTTPSPool(_DeadlinePool, HTTPSConnectionPool):
    pass


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


def watched(manager: Any) -> Any:
    """urllib3's pool manager with these pools, except a manager for SOCKS, which has pools of its own."""
    if manager.pool_classes_by_scheme == {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}:
        manager.pool_classes_by_scheme = _POOLS
    return manager
