"""When two arrivals are the same message: the decision, without any I/O.

CleverTap repeats a call after seconds (57 s at most by its pages) and gives it no id. "Send every time the user
qualifies" is its default, so the same text an hour later is a second message.
https://docs.clevertap.com/docs/setup-webhooks
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from linetap.errors import invalid

REPEAT_WITHIN = timedelta(seconds=180)
"""Between the longest repeat that CleverTap documents and the 5 minutes that usually separate two messages."""
_ALWAYS = 1 << 62


def parts_of(target: str, user_id: str, body: bytes) -> tuple[bytes, ...]:
    """What two arrivals of one message have in common: target, LINE id, rendered messages."""
    return (b"rendered", target.encode(), user_id.encode("utf-8", "surrogatepass"), body)


def named_parts(target: str, user_id: str, name: Any) -> tuple[bytes, ...]:
    """The same where the user's own function names the occurrence."""
    if not isinstance(name, str) or not name:
        raise invalid("occurrence(payload, profile)", "must return a string that is not empty", name)
    return (b"named", target.encode(), user_id.encode("utf-8", "surrogatepass"), name.encode("utf-8", "surrogatepass"))


def window_ms(arrived_ms: int, repeat_within: timedelta | None) -> tuple[int, int]:
    """The first and last arrival of which an arrival is a repeat; None: of any arrival, however long ago.

    Calls of several web workers may be read in another order than that of their arrival, so it looks both ways.
    """
    span = _ALWAYS if repeat_within is None else repeat_within // timedelta(milliseconds=1)
    return arrived_ms - span, arrived_ms + span


def is_repeat(first_ms: int, arrived_ms: int, repeat_within: timedelta | None) -> bool:
    """Whether an arrival is a repeat of a first one with the same parts."""
    earliest, latest = window_ms(arrived_ms, repeat_within)
    return earliest <= first_ms <= latest
