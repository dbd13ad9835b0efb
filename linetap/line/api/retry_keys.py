"""Retry keys: what makes a repeated push harmless.

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
"""Seconds LINE remembers a key, from its first request; afterwards the same key sends a second time."""

_PAGE = "https://developers.line.biz/en/reference/messaging-api/#retry-api-request"
_SPACE = UUID("6ae8c3ad-9f4c-4b7e-8d0e-3a9b1f0c7d52")


def retry_key_for(*parts: str | int) -> UUID:
    """A stable retry key for what the parts name, such as ``retry_key_for("order", 17)``.

    The same parts give the same key in every process, so a job that runs twice within 24 hours sends once.
    Parts are strings or ints; ``"17"`` and ``17`` are different parts.
    """
    if not parts:
        raise invalid(
            "retry_key_for()",
            "takes at least one part",
            (),
            'such as retry_key_for("order", 17)',
        )
    for number, part in enumerate(parts):
        if isinstance(part, bool) or not isinstance(part, (str, int)):
            raise invalid(
                f"retry_key_for() part {number + 1}",
                "is a str or an int",
                part,
                "write str(...) around it",
            )
    # repr keeps parts apart whatever they hold: ("a", "b") is not ("ab",) nor ("a, b",).
    return uuid5(_SPACE, repr(parts))


def fresh_key() -> str:
    """A random key: the hex form of a UUID of version 4, written without making a ``UUID`` for every push."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def key_text(key: UUID | str, path: str = "retry_key") -> str:
    """The key as LINE takes it: a UUID in hex form, with hyphens."""
    if isinstance(key, UUID):
        return str(key)
    try:
        return str(UUID(key))
    except (ValueError, AttributeError, TypeError):
        raise invalid(
            path,
            "is a UUID",
            key,
            'retry_key_for("order", 17) makes a stable one',
            _PAGE,
        ) from None


def key_of_each(make: Callable[[Any], UUID | str]) -> Callable[[object, str], str]:
    """A check around ``make``, for (profile, recipient): what it gives is a key, and no recipient has the last one's.

    Under one key LINE takes one push, so that of two people who shared it the second would get nothing.
    """
    if not callable(make):
        raise invalid(
            "retry_key", 'is a callable(profile): lambda profile: retry_key_for("sale", profile["LineID"])', make
        )
    before = ("", "")

    def key_of(profile: object, to: str) -> str:
        nonlocal before
        key = key_text(make(profile), "retry_key(profile)")
        if key == before[0] and to != before[1]:
            remedy = 'name the recipient in it: retry_key_for("sale", profile["LineID"])'
            raise invalid("retry_key(profile)", "is another key for each recipient", key, remedy, _PAGE)
        before = key, to
        return key

    return key_of
