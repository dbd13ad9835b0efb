"""Content codings of responses."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.http import decoding
from linetap.http.decoding import BadCoding, BodyTooLarge, decode


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


RAW = zlib.compress(b'{"a": 1}')[2:-4]


@pytest.mark.parametrize(
    "content, coding",
    [
        (b'{"a": 1}', None),
        (b'{"a": 1}', ""),
        (b'{"a": 1}', "identity"),
        (_gzip(b'{"a": 1}'), "gzip"),
        (_gzip(b'{"a": 1}'), " X-GZip "),
        (_gzip(b'{"a"') + _gzip(b": 1}") + b"\0\0\0", "gzip"),
        (zlib.compress(b'{"a": 1}'), "deflate"),
        (RAW, "deflate"),
    ],
)
def test_codings_are_decoded(content: bytes, coding: str | None) -> None:
    """gzip under both names, several members, deflate with and without its wrapper, and no coding."""
    assert decode(content, coding) == b'{"a": 1}'


@pytest.mark.parametrize(
    "content, coding",
    [
        (b"{}", "br"),
        (b"{}", "compress"),
        (b"{}", "gzip, gzip"),
        (b"{}", "gzip"),
        (_gzip(b"abc")[:-1], "gzip"),
        (_gzip(b"abc") + b"junk", "gzip"),
        (b"x", "deflate"),
    ],
)
def test_what_cannot_be_decoded(content: bytes, coding: str) -> None:
    """A coding that was not asked for, a broken body and one without its end are errors."""
    with pytest.raises(BadCoding):
        decode(content, coding)


def test_an_empty_body_has_no_coding() -> None:
    """A response without a body is empty, whatever its headers say."""
    assert decode(b"", "gzip") == decode(b"", "br") == b""


def test_the_result_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body may decompress to the limit and not to one byte more, over all members together."""
    monkeypatch.setattr(decoding, "MAX_BODY", 1000)
    half = _gzip(b"0" * 500)

    assert len(decode(half + half, "gzip")) == 1000
    for content, coding in ((half + half + _gzip(b"0"), "gzip"), (zlib.compress(b"0" * 1001), "deflate")):
        with pytest.raises(BodyTooLarge):
            decode(content, coding)


def test_many_members_are_read_in_linear_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each decompressor sees a bounded piece of the input, so that members do not copy all that follows them."""
    seen: list[int] = []
    real = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._inner = real(wbits)

        def decompress(self, chunk: bytes, most: int) -> bytes:
            seen.append(len(chunk))
            return self._inner.decompress(chunk, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

    monkeypatch.setattr(decoding.zlib, "decompressobj", Counting)
    members = 2000
    decode(_gzip(b"") * members, "gzip")

    assert sum(seen) <= members * 1024


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4))
def test_any_members_round_trip(parts: list[bytes]) -> None:
    """Whatever is compressed in whatever members is decoded to the same bytes."""
    assert decode(b"".join(gzip.compress(part) for part in parts), "gzip") == b"".join(parts)
