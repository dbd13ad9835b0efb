"""Reads a response under a deadline and a size limit: http.client's parser, on both paths."""

from __future__ import annotations

import http.client
import io
import re
import socket
from collections.abc import Callable
from email.errors import InvalidHeaderDefect, MissingHeaderBodySeparatorDefect
from typing import Any, Protocol

from linetap.http.decoding import BodyTooLarge
from linetap.http.failures import MAX_BODY
from linetap.http.framing import MAX_HEADERS, MAX_LINE, BadFraming, read_fields
from linetap.http.sync.request import Limits
from linetap.http.types import Headers

CHUNK = 65536


class NotConnected(OSError):
    """No connection was made; the cause says why."""


class DeadlinePassed(TimeoutError):
    """The time limit ended before the whole response arrived."""


_BARE_CR = re.compile(rb"\r(?!\n)")


class _Reader(io.RawIOBase):
    """The bytes of a socket, for head and body alike: a response that arrives byte by byte has a deadline too."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._sock, self._limits = sock, limits
        # It keeps the socket open until the response is read, although http.client closes the connection before.
        self._file = sock.makefile("rb", buffering=0)
        self.ended = False
        self.head: bytearray | None = bytearray()
        """What has arrived of the head; None once it is complete."""
        self._later: tuple[bytearray, int] = (bytearray(), 0)
        self.finished = False
        """The response is complete: nothing more is read, and what is buffered belongs to no response."""

    def makefile(self, mode: str) -> io.BufferedReader:
        """The only method of a socket that http.client's response calls."""
        return io.BufferedReader(self, CHUNK)

    def readable(self) -> bool:
        """Always True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for bytes and return their number; 0 at the end of the connection, None after the response."""
        if self.finished:
            return None
        left = self._limits.deadline - self._limits.clock()
        if left <= 0:
            raise DeadlinePassed
        if left < self._limits.read:
            self._sock.settimeout(left)
        received = self._sock.recv_into(buffer)
        self.ended = not received
        if self.head is not None:
            self._check_lines(bytes(buffer[:received]))
        return received

    def _check_lines(self, received: bytes) -> None:
        """Reject a CR inside of a line of the head: http.client takes it for the end of the line."""
        head: Any = self.head
        searched = max(0, len(head) - 3)
        head += received
        if (end := head.find(b"\r\n\r\n", searched)) >= 0:
            self.head, self._later = None, (head, end + 4)
            if _BARE_CR.search(head, 0, end + 2):
                raise BadFraming("a CR inside of a line")

    def next_head(self) -> None:
        """Another head follows an interim one; the start of it may have arrived together with that."""
        (arrived, start), self.head = self._later, bytearray()
        self._check_lines(bytes(arrived[start:]))

    def close(self) -> None:
        """Release the socket."""
        if not self.closed:
            self._file.close()
        super().close()


_STATUS_LINE = re.compile(rb"(HTTP/1\.[01]) ([1-9][0-9]{2})(?: ([^\r\n]*))?\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")


_MALFORMED = (InvalidHeaderDefect, MissingHeaderBodySeparatorDefect)
"""What the parser of the fields says of a field without a name, and of a line that is no field."""


class DeadlineResponse(http.client.HTTPResponse):
    """http.client's response, read under a deadline; malformed ones are rejected as aiohttp rejects them."""

    def __init__(self, sock: socket.socket, limits: Limits, *args: Any, **named: Any) -> None:
        self._reader = _Reader(sock, limits)
        self._rest = b""
        self.fields = Headers()
        """The header fields, once the head has been read."""
        reader: Any = self._reader
        super().__init__(reader, *args, **named)

    def begin(self) -> None:
        """Read the head of the final response. Interim responses are skipped (RFC 9110 section 15.2)."""
        super().begin()
        self._check_head()
        response: Any = self
        while 100 < response.status < 200 and response.status != http.client.SWITCHING_PROTOCOLS:
            response.headers = None
            super().begin()
            self._check_head()
        self._reader.head = None
        if self._reader.ended:  # http.client accepts a head that ends before its empty line
            raise http.client.IncompleteRead(b"")

    def check_end(self) -> None:
        """Raise ``BadFraming`` if bytes that belong to no response arrived together with this one."""
        self._note_rest()
        rest = self._rest.lstrip(b"\r\n")
        if rest and not rest.startswith(b"HTTP/") and self.status != http.client.SWITCHING_PROTOCOLS:
            raise BadFraming("bytes after the body")

    def _check_head(self) -> None:
        message: Any = self.headers
        # Lines after what the parser of the fields took for their end are its payload.
        if message.defects and any(isinstance(defect, _MALFORMED) for defect in message.defects):
            raise BadFraming("a malformed header field")
        if not message.is_multipart() and message.get_payload():
            raise BadFraming("a malformed header field")
        self.fields = read_fields(self.status, message.raw_items())
        if (
            "transfer-encoding" in self.fields and not self.chunked
        ):  # http.client does not strip the value (RFC 9112 section 5)
            message.replace_header("Transfer-Encoding", "chunked")
            self.chunked, self.chunk_left, self.length = True, None, None
            parent: Any = super()
            self.will_close = parent._check_close()

    def _read_status(self) -> tuple[str, int, str]:
        if self._reader.head is None:
            self._reader.next_head()
        # http.client accepts other versions, and space before them. Some servers send an empty line after a body.
        while (line := self.fp.readline(MAX_LINE + 1)) in (b"\r\n", b"\n"):
            pass
        if not line:
            raise http.client.RemoteDisconnected("no response")
        found = _STATUS_LINE.fullmatch(line)
        if found is None or len(line) > MAX_LINE:
            self._close_conn()
            raise http.client.BadStatusLine("not HTTP/1.1")
        version, status, reason = found.groups()
        return version.decode(), int(status), (reason or b"").strip().decode("latin-1")

    def _get_chunk_left(self) -> int | None:
        # http.client accepts any two bytes after a chunk.
        left: int | None = self.chunk_left
        if left:
            return left
        if left is not None and self.fp.read(2) != b"\r\n":
            raise http.client.IncompleteRead(b"")
        left = self._read_next_chunk_size()
        if left == 0:
            self._read_and_discard_trailer()
            self._close_conn()
            left = None
        self.chunk_left = left
        return left

    def _read_next_chunk_size(self) -> int:
        # http.client accepts what int() does: a sign, a prefix, underscores (RFC 9112 section 7.1).
        found = _CHUNK_SIZE.fullmatch(self.fp.readline(MAX_LINE + 1))
        if found is None:
            raise http.client.IncompleteRead(b"")
        return int(found[1], 16)

    def _read_and_discard_trailer(self) -> None:
        # http.client accepts a body that ends with the connection here, and any number of trailers.
        for _ in range(MAX_HEADERS):
            line = self.fp.readline(MAX_LINE + 1)
            if line in (b"\r\n", b"\n"):
                return
            if not line.endswith(b"\n") or _BARE_CR.search(line):
                break
        raise http.client.IncompleteRead(b"")

    def _note_rest(self) -> None:
        body: Any = self.fp
        if body is not None and not body.closed:
            self._reader.finished = True
            self._rest = self._rest or body.peek()

    def _close_conn(self) -> None:
        self._note_rest()
        parent: Any = super()
        parent._close_conn()


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
    if isinstance(response, DeadlineResponse):
        response.check_end()
    return content
