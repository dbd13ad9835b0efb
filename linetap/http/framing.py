"""Which response heads are rejected, the same for every transport.

http.client and aiohttp's parser accept different malformed heads. Where the length of a body is in doubt, it could be
cut short, or its rest be read as the next response. https://www.rfc-editor.org/rfc/rfc9112.html#section-6.3
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from linetap.http.types import Headers

MAX_HEADERS = 100
"""Header fields of a response, as http.client limits them."""
MAX_LINE = 65536
"""Bytes of one line of a head, as http.client limits them."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_LENGTH = re.compile(r"[0-9]{1,18}")
_NO_BODY = frozenset({204, 304})


class BadFraming(ValueError):
    """The response is not valid HTTP/1.1; the text says why, and quotes nothing of it."""


def read_fields(status: int, fields: Iterable[tuple[str, str]]) -> Headers:
    """The header fields of a response; those of the same name are joined by commas (RFC 9110 section 5.3).

    Raises ``BadFraming`` if a field is malformed, or if it is uncertain where the body ends.
    """
    joined: dict[str, str] = {}
    for name, value in fields:
        lowered = name.lower()
        if "\0" in value or not _NAME.fullmatch(lowered):
            raise BadFraming("a malformed header field")
        joined[lowered] = f"{joined[lowered]}, {value.strip()}" if lowered in joined else value.strip()
    length, coding = joined.get("content-length"), joined.get("transfer-encoding")
    if length is not None and (status < 200 or coding is not None or not _LENGTH.fullmatch(length)):
        raise BadFraming("no valid Content-Length, or another framing beside it")
    if coding is not None and (status < 200 or status in _NO_BODY or coding.lower() != "chunked"):
        raise BadFraming("a transfer coding other than chunked, or a body where none is allowed")
    return Headers.of(joined)
