"""The short path of bulk runs: kept connections of http.client, one system call to send, one deadline.

urllib3 under requests costs twice as much CPU for each request as http.client alone. A bulk run takes this path only
while no tool has replaced a part of the stack (:mod:`linetap.http.sync.patched`) and no proxy is used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult

from urllib3.util import wait_for_read

from linetap.http.decoding import decode
from linetap.http.sync.request import HttpRequest, Limits
from linetap.http.sync.response import DeadlineResponse, NotConnected, read_body
from linetap.http.types import Headers

# Without a body, these methods have no Content-Length (RFC 9110 section 8.6).
NO_BODY_METHODS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class RawResponse(NamedTuple):
    """A complete response."""

    status: int
    headers: Headers
    content: bytes


class ConnectionPool:
    """The connections to one scheme, host and port. Thread-safe; the constructor does no I/O."""

    def __init__(self, parts: SplitResult, context: Callable[[], ssl.SSLContext]) -> None:
        self._host = parts.hostname or ""
        self._port = parts.port
        self._secure = parts.scheme == "https"
        self._context = context
        self._host_line = f"Host: {parts.netloc}".encode("ascii")
        self._idle: deque[http.client.HTTPConnection] = deque()
        self._closed = False
        # Also a transport that is never closed has no open sockets afterwards.
        weakref.finalize(self, _close, self._idle)

    def exchange(self, line: str, request: HttpRequest) -> RawResponse:
        """Send one request and read its response. ``line`` is the request line without its version."""
        limits, request.progress.may_have_arrived = request.limits, False
        connection = self._idle_connection() or self._connect(limits)
        request.progress.may_have_arrived = True
        try:
            sock: Any = connection.sock
            sock.settimeout(limits.read)
            # One call for head and body: two would be two system calls and two packets.
            sock.sendall(self._message(line, request.headers, request.body))
            response, keep = _read(sock, request.method, limits)
        except BaseException:
            connection.close()
            raise
        if keep and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def close(self) -> None:
        """Close the idle connections now, and the others when their responses have arrived."""
        self._closed = True
        _close(self._idle)

    def _idle_connection(self) -> http.client.HTTPConnection | None:
        """The connection that was used last, if the service has not closed it."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            # An idle connection that is readable was closed, or received bytes that belong to no request.
            if not wait_for_read(connection.sock, timeout=0.0):
                return connection
            connection.close()

    def _connect(self, limits: Limits) -> http.client.HTTPConnection:
        if self._secure:
            context = self._context()
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=limits.connect, context=context
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=limits.connect)
        try:
            connection.connect()
        except BaseException as error:
            connection.close()
            if isinstance(error, (OSError, http.client.HTTPException)):
                raise NotConnected(*error.args) from error
            raise
        return connection

    def _message(self, line: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        """The request as bytes (RFC 9112 section 3). The only place here where secrets are unwrapped."""
        lines = [f"{line} HTTP/1.1".encode("ascii"), self._host_line]
        lines += [name.encode("ascii") + b": " + value.encode("latin-1") for name, value in headers.items()]
        if body is not None or line.partition(" ")[0] not in NO_BODY_METHODS:
            lines.append(b"Content-Length: %d" % len(body or b""))
        return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


def _close(idle: deque[http.client.HTTPConnection]) -> None:
    while idle:
        idle.pop().close()


def _read(sock: socket.socket, method: str, limits: Limits) -> tuple[RawResponse, bool]:
    """The response, and whether the connection can be used again."""
    response = DeadlineResponse(sock, limits, method=method)
    try:
        response.begin()
        content = decode(read_body(response), response.fields.get("content-encoding"))
        return RawResponse(response.status, response.fields, content), not response.will_close
    finally:
        response.close()
