"""Retry keys: with the same key, LINE accepts a push once.

https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

from linetap.errors import invalid

HEADER = "X-Line-Retry-Key"
LIFETIME = 24 * 3600
"""Seconds for which LINE stores a key, from its first request; after that, the same key sends a second time."""

_PAGE = "https://developers.line.biz/en/reference/messaging-api/#retry-api-request"
_SPACE = UUID("6ae8c3ad-9f4c-4b7e-8d0e-3a9b1f0c7d52")


def retry_key_for(*parts: str | int) -> UUID:
    """A stable retry key from parts that name the message, such as ``retry_key_for("order", 17)``.

    The same parts give the same key in every process, so a job that is run twice within 24 hours sends once.
    Parts are strings or ints; ``"17"`` and ``17`` are different parts.
    """
    if not parts:
        raise invalid(
            "retry_key_for()", "must have at least one part", (), 'write, for example, retry_key_for("order", 17)'
        )
    for number, part in enumerate(parts):
        if isinstance(part, bool) or not isinstance(part, (str, int)):
            raise invalid(
                f"retry_key_for() part {number + 1}",
                "must be a str or an int",
                part,
                "pass str(...) of it",
            )
    # repr keeps parts apart, whatever they contain: ("a", "b") is not ("ab",) nor ("a, b",).
    return uuid5(_SPACE, repr(parts))


def fresh_key() -> str:
    """A random key: the hex form of a UUID of version 4, written without making a ``UUID`` for every push."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def key_text(key: UUID | str, path: str = "retry_key") -> str:
    """The key in LINE's format: a UUID in hexadecimal form, with hyphens."""
    if isinstance(key, UUID):
        return str(key)
    try:
        return str(UUID(key))
    except (ValueError, AttributeError, TypeError):
        raise invalid(path, "must be a UUID", key, 'make a stable one with retry_key_for("order", 17)', _PAGE) from None


def checked_retry_keys(make: Callable[[Any], UUID | str]) -> Callable[[object, str], str]:
    """Wraps ``make`` with checks: its result must be a key, and not the key of the recipient before.

    LINE accepts one push for each key: of two recipients with the same key the second gets nothing.
    """
    if not callable(make):
        raise invalid(
            "retry_key",
            "must be a callable(profile)",
            make,
            'such as lambda profile: retry_key_for("sale", profile["LineID"])',
        )
    before = ("", "")

    def key_of(profile: object, to: str) -> str:
        nonlocal before
        key = key_text(make(profile), "retry_key(profile)")
        if key == before[0] and to != before[1]:
            remedy = 'add the recipient to it: retry_key_for("sale", profile["LineID"])'
            raise invalid("retry_key(profile)", "must be another key for each recipient", key, remedy, _PAGE)
        before = key, to
        return key

    return key_of
