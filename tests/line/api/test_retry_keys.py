"""Retry keys."""

from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest

from linetap.errors import BadArgument
from linetap.line.api.retry_keys import fresh_key, key_text, retry_key_for


def test_the_same_parts_give_the_same_key() -> None:
    """A key made from an order's number is the same in every process and every release."""
    assert retry_key_for("order", 17) == UUID("8d5974b3-bbbc-5d4e-b8df-19e990d9660c")


def test_other_parts_give_other_keys() -> None:
    """Parts differ by order, type and boundary."""
    parts = [("a", "b"), ("b", "a"), ("ab",), ("a', 'b",), ("a", 1), ("a", "1"), (1,)]

    assert len({retry_key_for(*each) for each in parts}) == len(parts)


@pytest.mark.parametrize("parts", [(), (None,), (1.5,), (True,), (("a",),)])
def test_parts_are_strings_and_ints(parts: tuple[object, ...]) -> None:
    """Other types have no single text form, so they raise."""
    with pytest.raises(BadArgument, match="retry_key_for"):
        retry_key_for(*parts)  # type: ignore[arg-type]


def test_a_fresh_key_is_a_random_uuid() -> None:
    """Every key is another UUID of version 4, in LINE's format."""
    keys = {fresh_key() for _ in range(200)}

    assert len(keys) == 200
    assert {(UUID(key).version, UUID(key).variant, str(UUID(key)) == key) for key in keys} == {(4, RFC_4122, True)}


def test_a_key_is_written_as_line_accepts_it() -> None:
    """A UUID in any form is sent in lower-case hexadecimal with hyphens."""
    text = "123e4567-e89b-12d3-a456-426614174000"

    assert key_text(UUID(text)) == key_text(text.upper()) == key_text(text.replace("-", "")) == text


@pytest.mark.parametrize("wrong", ["", "order-17", 17, None, b"123e4567e89b12d3a456426614174000"])
def test_what_is_no_uuid_is_rejected(wrong: object) -> None:
    """LINE accepts UUIDs only; the error names the function that makes one."""
    with pytest.raises(BadArgument, match="retry_key_for"):
        key_text(wrong)  # type: ignore[arg-type]
