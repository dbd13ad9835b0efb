"""Content codings of a response (RFC 9110 section 8.4.1), the same for every transport: bounded and linear in time."""

from __future__ import annotations

import zlib

from linetap.http.failures import MAX_BODY

_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's wbits
_CODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
_NONE = frozenset({"", "identity"})


class BadCoding(ValueError):
    """The body is in a coding that was not asked for, or it cannot be decoded."""


class BodyTooLarge(ValueError):
    """The body, as received or after decompression, is larger than the limit."""


def decode(content: bytes, coding: str | None) -> bytes:
    """``content`` without its coding, the value of ``Content-Encoding``.

    Raises ``BadCoding`` or ``BodyTooLarge``. An empty body has no coding.
    """
    name = (coding or "").strip().lower()
    if not content or name in _NONE:
        return content
    if name not in _CODINGS:
        raise BadCoding("a coding that was not asked for")
    if name == "deflate":
        # RFC 9110 section 8.4.1.2: some senders leave out the zlib wrapper.
        wrapped = content[0] & 0x0F == 8 and len(content) > 1 and (content[0] << 8 | content[1]) % 31 == 0
        return _inflate(content, _ZLIB if wrapped else _RAW, MAX_BODY)[0]
    return _gunzip(content)


def _gunzip(content: bytes) -> bytes:
    """All members of a gzip body, and zeros after them (RFC 1952 section 2.2)."""
    pieces: list[bytes] = []
    left, view = MAX_BODY, memoryview(content)
    while view:
        piece, used = _inflate(view, _GZIP, left)
        pieces.append(piece)
        left -= len(piece)
        view = _without_zeros(view[used:])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


# How much of the input one call of zlib sees. It copies what follows a member, so that many small members of one large
# input would take time that grows with the square of their number.
_STEP = 1024


def _inflate(data: bytes | memoryview, wbits: int, most: int) -> tuple[bytes, int]:
    """One compressed stream at the start of ``data``, and the number of bytes that it takes."""
    stream, pieces, used, left, step = zlib.decompressobj(wbits), [], 0, most, _STEP
    try:
        while not stream.eof and used < len(data):
            chunk = data[used : used + step]
            pieces.append(stream.decompress(chunk, left + 1))
            left -= len(pieces[-1])
            if left < 0:
                raise BodyTooLarge
            used += len(chunk)
            step *= 2
    except zlib.error:
        raise BadCoding("a body that cannot be decoded") from None
    if not stream.eof:
        raise BadCoding("a compressed body without its end")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces), used - len(stream.unused_data)


def _without_zeros(view: memoryview) -> memoryview:
    at = 0
    while at < len(view) and view[at] == 0:
        at += 1
    return view[at:]
