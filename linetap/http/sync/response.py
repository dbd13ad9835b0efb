"""Reads a response under a deadline and a size limit: http.client's parser, on both paths."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable
from typing import Any, Protocol

from linetap.http.decoding import BodyTooLarge
from linetap.http.failures import MAX_BODY
from linetap.http.sync.request import Limits

CHUNK = 65536


class NotConnected(OSError):
    """No connection was made; the cause says why."""


class DeadlinePassed(TimeoutError):
    """The time limit ended before the whole response arrived."""


class _Reader(io.RawIOBase):
    """The bytes of a socket, for head and body alike: a response that arrives byte by byte has a deadline too."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._sock, self._limits = sock, limits
        # It keeps the socket open until the response is read, although http.client closes the connection before.
        self._file = sock.makefile("rb", buffering=0)
        self.ended = False

    def makefile(self, mode: str) -> io.BufferedReader:
        """The only method of a socket that http.client's response calls."""
        return io.BufferedReader(self, CHUNK)

    def readable(self) -> bool:
        """Always True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for bytes and return their number; 0 at the end of the connection."""
        left = self._limits.deadline - self._limits.clock()
        if left <= 0:
            raise DeadlinePassed
        if left < self._limits.read:
            self._sock.settimeout(left)
        received = self._sock.recv_into(buffer)
        self.ended = not received
        return received

    def close(self) -> None:
        """Release the socket."""
        if not self.closed:
            self._file.close()
        super().close()


class DeadlineResponse(http.client.HTTPResponse):
    """http.client's response, read under a deadline."""

    def __init__(self, sock: socket.socket, limits: Limits, *args: Any, **named: Any) -> None:
        self._reader = _Reader(sock, limits)
        reader: Any = self._reader
        super().__init__(reader, *args, **named)

    def begin(self) -> None:
        """Read the head of the final response. Interim responses are skipped (RFC 9110 section 15.2)."""
        super().begin()
        response: Any = self
        while 100 < response.status < 200 and response.status != http.client.SWITCHING_PROTOCOLS:
            response.headers = None
            super().begin()
        if self._reader.ended:  # http.client accepts a head that ends before its empty line
            raise http.client.IncompleteRead(b"")


class ByteSource(Protocol):
    """A body in pieces."""

    def __call__(self, amount: int, /) -> bytes: ...


def read_pieces(read: ByteSource, check: Callable[[], object]) -> bytes:
    """A whole body, at most ``MAX_BODY`` bytes; ``check`` is called after each piece."""
    pieces: list[bytes] = []
    left = MAX_BODY
    while piece := read(CHUNK):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            raise BodyTooLarge
        check()
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def read_body(response: http.client.HTTPResponse) -> bytes:
    """The whole body of http.client's response. A body shorter than its length is an error (RFC 9112 section 6.3)."""
    if response.length is not None and response.length > MAX_BODY:
        raise BodyTooLarge

    def read(amount: int) -> bytes:
        return response.read1(amount) if response.length != 0 else b""

    content = read_pieces(read, lambda: None)
    if response.length:  # read1 accepts a body that ends before its length
        raise http.client.IncompleteRead(b"", response.length)
    return content
