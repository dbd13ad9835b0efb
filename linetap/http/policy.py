"""How long one call may take, and how often it is retried."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs

from linetap.errors import invalid


def _seconds(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if value is None and attribute.metadata.get("optional"):
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise invalid(f"{type(self).__name__}.{attribute.name}", "is a number of seconds above 0", value)


def _count(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid(f"{type(self).__name__}.{attribute.name}", "is a whole number from 1", value)


@attrs.frozen
class Timeout:
    """How long one attempt may take, in seconds."""

    connect: float = attrs.field(default=5.0, validator=_seconds)
    """For the connection to be made, TLS included."""
    read: float = attrs.field(default=30.0, validator=_seconds)
    """For the next bytes of the answer to come; an awaited call wants the whole head within it."""
    total: float | None = attrs.field(default=None, validator=_seconds, metadata={"optional": True})
    """For the whole attempt, to the last byte of the answer; None: only ``RetryPolicy.total`` bounds it."""


@attrs.frozen
class RetryPolicy:
    """How patient one call is. What may be repeated at all is decided by the operation, not here.

    Waits grow by doubling, from ``first_wait`` to ``longest_wait`` at most, and each is drawn at random
    between nothing and that (full jitter), so that many callers do not come back at the same moment.
    """

    attempts: int = attrs.field(default=5, validator=_count)
    """The most requests sent for one call; 1: no repeating."""
    total: float = attrs.field(default=120.0, validator=_seconds)
    """Seconds for the whole call: all attempts, all waits, the pace included."""
    first_wait: float = attrs.field(default=0.5, validator=_seconds)
    longest_wait: float = attrs.field(default=30.0, validator=_seconds)

    def wait(self, attempt: int, random: Callable[[], float]) -> float:
        """Seconds to wait after the given attempt (the first is 1); ``random`` gives numbers from 0 to 1."""
        return random() * min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 64))
