"""Requests and answers of linetap's own session: kept connections of http.client, one sending, one deadline.

urllib3 under requests costs twice as much for each request as http.client does, and does not know a deadline
for the whole answer. Where a proxy stands between, or a test has put a mock into requests, requests' own
adapter is used instead.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import weakref
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult

from urllib3.util import wait_for_read

from linetap.http.failures import MAX_BODY

_CHUNK = 65536
_BARE = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_TARGET = re.compile(r"/[\x21-\x7e]*")
_METHOD = re.compile(r"[A-Z]+")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PACKINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits


class NotConnected(OSError):
    """No connection was made; the cause says why."""


class DeadlinePassed(TimeoutError):
    """The time was up before the whole answer came."""


class TooLarge(http.client.HTTPException):
    """A packed answer that is too large when unpacked."""


class Limits(NamedTuple):
    """How long an exchange may take: seconds, and a time by the given clock."""

    connect: float
    read: float
    deadline: float
    clock: Callable[[], float]


class RawResponse(NamedTuple):
    """What came back, read to its end."""

    status: int
    reason: str
    headers: dict[str, str]
    content: bytes


class ConnectionPool:
    """The connections to one scheme, host and port. Thread-safe; made without I/O."""

    def __init__(self, parts: SplitResult, context: Callable[[], ssl.SSLContext]) -> None:
        self._host = parts.hostname or ""
        self._port = parts.port
        self._secure = parts.scheme == "https"
        self._context = context
        self._name = f"Host: {parts.netloc}"
        self._idle: deque[http.client.HTTPConnection] = deque()
        self._closed = False
        # A driver that nobody closed leaves no open sockets behind.
        weakref.finalize(self, _close, self._idle)

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, limits: Limits
    ) -> RawResponse:
        """Sends one request and reads its answer."""
        head = self._head(method, target, headers, body)
        connection = self._taken() or self._made(limits)
        try:
            sock = connection.sock
            sock.settimeout(limits.read)
            # One sending for both: two would be two system calls, and two packets.
            sock.sendall(head if body is None else head + body)
            answer, keep = _read(sock, method, limits)
        except BaseException:
            connection.close()
            raise
        if keep and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Closes what is idle now, and the others as they come back."""
        self._closed = True
        _close(self._idle)

    def _taken(self) -> http.client.HTTPConnection | None:
        """The connection that was used last, if the service has not closed it meanwhile."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            # Idle and readable: it was closed, or something came that nobody asked for.
            if not wait_for_read(connection.sock, timeout=0.0):
                return connection
            connection.close()

    def _made(self, limits: Limits) -> http.client.HTTPConnection:
        if self._secure:
            context = self._context()
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=limits.connect, context=context
            )
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=limits.connect)
        try:
            made.connect()
        except (OSError, http.client.HTTPException) as error:
            made.close()
            raise NotConnected(*error.args) from error
        return made

    def _head(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        """The request up to its body; ``ValueError`` where something in it would not stay in its line."""
        if not (_METHOD.fullmatch(method) and _TARGET.fullmatch(target)):
            raise ValueError("a request line that HTTP cannot carry")
        lines = [f"{method} {target} HTTP/1.1", self._name]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None or method not in _BARE:
            lines.append(f"Content-Length: {len(body or b'')}")
        text = "\r\n".join(lines)
        breaks = len(lines) - 1
        if text.count("\r") != breaks or text.count("\n") != breaks or not all(map(_NAME.fullmatch, headers)):
            raise ValueError("a header that HTTP cannot carry")
        return text.encode("latin-1") + b"\r\n\r\n"


def _close(idle: deque[http.client.HTTPConnection]) -> None:
    while idle:
        idle.pop().close()


class _Wire(io.RawIOBase):
    """What comes over a socket, head and body alike: the deadline holds against one that only trickles."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._sock, self._limits = sock, limits
        self.ended = False

    def makefile(self, mode: str) -> io.BufferedReader:
        """All that http.client asks of a socket."""
        return io.BufferedReader(self, _CHUNK)

    def readable(self) -> bool:
        """Always: it is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """What has come, once something has."""
        left = self._limits.deadline - self._limits.clock()
        if left <= 0:
            raise DeadlinePassed
        if left < self._limits.read:
            self._sock.settimeout(left)
        came = self._sock.recv_into(buffer)
        self.ended = not came
        return came


def _read(sock: socket.socket, method: str, limits: Limits) -> tuple[RawResponse, bool]:
    """The answer, and whether the connection can be used again."""
    wire: Any = _Wire(sock, limits)
    came: Any = http.client.HTTPResponse(wire, method=method)
    try:
        _begin(came, wire)
        headers = {name.lower(): value for name, value in came.msg.raw_items()}
        content = _body(came)
        return RawResponse(came.status, came.reason, headers, _unpacked(content, headers)), not came.will_close
    finally:
        came.close()


def _begin(came: Any, wire: _Wire) -> None:
    """The head of the answer itself. http.client takes 103 for it, and the answer for that of the next request."""
    came.begin()
    while 100 < came.status < 200 and came.status != http.client.SWITCHING_PROTOCOLS:
        came.headers = None
        came.begin()
    if wire.ended:  # http.client does not mind a head that ends before its blank line
        raise http.client.IncompleteRead(b"")


def _body(came: http.client.HTTPResponse) -> bytes:
    pieces: list[bytes] = []
    while came.length != 0 and (piece := came.read1(_CHUNK)):
        pieces.append(piece)
    if came.length:  # read1 does not mind a body that ends before its length
        raise http.client.IncompleteRead(b"", came.length)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _unpacked(content: bytes, headers: Mapping[str, str]) -> bytes:
    coding = headers.get("content-encoding", "identity").strip().lower()
    if not content or coding == "identity":
        return content
    if coding not in _PACKINGS:
        raise http.client.HTTPException("a body in a coding that was not asked for")
    pieces: list[bytes] = []
    left = MAX_BODY
    while content:
        unpacker = zlib.decompressobj(_PACKINGS[coding])
        try:
            pieces.append(unpacker.decompress(content, left + 1))
        except zlib.error as error:
            raise http.client.HTTPException("a body that cannot be unpacked") from error
        left -= len(pieces[-1])
        if left < 0:
            raise TooLarge
        if not unpacker.eof:
            raise http.client.HTTPException("a packed body without its end")
        # gzip allows several members, and zeros after them.
        content = b"" if coding == "deflate" else unpacker.unused_data.lstrip(b"\0")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
