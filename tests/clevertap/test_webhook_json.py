"""Hostile bodies of webhook calls raise BadArgument: size, depth, duplicate keys, numbers, surrogates."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from linetap import BadArgument
from linetap.clevertap import read_clevertap_webhook
from linetap.clevertap.webhook_json import header

HOSTILE: list[tuple[bytes, str]] = [
    (b"", "must be JSON"),
    (b"{", "must be JSON"),
    (b'{"a": 1} x', "must be JSON"),
    (b'{"a": 1, "a": 2}', "key twice"),
    (b'{"profiles": [{"identity": "a", "identity": "b"}]}', "key twice"),
    (b'{"a": NaN}', "NaN"),
    (b'{"a": -Infinity}', "Infinity"),
    (b'{"a": 1e999}', "beyond a float"),
    (b'{"a": ' + b"9" * 5_000 + b"}", "40 digits"),
    (b'{"a": ' + b"9" * 1_000_000 + b"}", "40 digits"),
    (b'{"a": "\\ud800"}', "surrogate"),
    (b'{"\\udfff": 1}', "surrogate"),
    (b'{"a": "\xff"}', "UTF-8"),
    (b"[" * 100_000, "64 levels"),
    (b"[" * 100_000 + b"]" * 100_000, "64 levels"),
    (b'{"a":' * 65 + b"1" + b"}" * 65, "64 levels"),
]


@pytest.mark.parametrize(("body", "text"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_rejected(body: bytes, text: str) -> None:
    """A body that no documented call has raises BadArgument with the cause, and never another exception."""
    with pytest.raises(BadArgument) as caught:
        read_clevertap_webhook(body)
    assert text in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_the_size_is_checked_before_parsing() -> None:
    """A body over max_bytes is rejected without being parsed; at the limit it is read."""
    body = b'{"a": "' + b"x" * 1_000 + b'"}'
    assert read_clevertap_webhook(body, max_bytes=len(body)).kind == "custom"
    with pytest.raises(BadArgument, match="at most 100 bytes"):
        read_clevertap_webhook(b"[" * 101, max_bytes=100)
    for wrong in (None, 0, 1.5, "10"):
        with pytest.raises(BadArgument, match="max_bytes"):
            read_clevertap_webhook(body, max_bytes=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [bytearray(b"{}"), memoryview(b"{}"), "{}", b"\xef\xbb\xbf{}"])
def test_bytes_of_any_kind_are_read(body: Any) -> None:
    """Bytes, bytearray, memoryview and text are read, with or without a byte order mark."""
    assert read_clevertap_webhook(body).raw == {}


@pytest.mark.parametrize("body", [None, {}, [], 7, object()])
def test_a_body_that_is_parsed_already_is_named(body: Any) -> None:
    """A dict, as a framework gives it, raises BadArgument that asks for the raw body."""
    with pytest.raises(BadArgument, match="body must be bytes"):
        read_clevertap_webhook(body)


def test_a_compressed_body_is_named() -> None:
    """A Content-Encoding raises BadArgument that says to decode first."""
    with pytest.raises(BadArgument, match="must be decoded"):
        read_clevertap_webhook(b"{}", {"content-encoding": "gzip"})


@pytest.mark.parametrize("headers", [7, "Content-Type: x", [("a",)], {1: 2}])
def test_headers_of_another_kind_are_named(headers: Any) -> None:
    """Headers that are not a mapping or pairs raise BadArgument."""
    with pytest.raises(BadArgument, match="headers must be"):
        header(headers, "content-type")


def test_64_levels_are_read() -> None:
    """A body of exactly 64 levels is within the limit."""
    assert read_clevertap_webhook(b"[" * 64 + b"]" * 64).kind == "custom"


@pytest.mark.parametrize("seed", range(300))
def test_any_damage_ends_in_a_value_or_bad_argument(seed: int) -> None:
    """A call with random bytes changed is read or raises BadArgument."""
    dice = random.Random(seed)
    call = {"targetId": 1, "profiles": [{"identity": "a", "profileData": {"n": 1.5, "t": "ไทย"}, "key_values": {}}]}
    body = bytearray(json.dumps(call, ensure_ascii=seed % 2 == 0).encode())
    for _ in range(dice.randrange(1, 6)):
        body[dice.randrange(len(body))] = dice.randrange(256)
    try:
        found = read_clevertap_webhook(bytes(body))
    except BadArgument:
        return
    assert found.kind in ("campaign", "custom"), f"seed {seed}"
