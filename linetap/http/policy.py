"""How long one call may take, and how often it is retried. ``call`` decides whether it is retried."""

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
        raise invalid(f"{type(self).__name__}.{attribute.name}", "must be a number of seconds greater than 0", value)


def _count(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid(f"{type(self).__name__}.{attribute.name}", "must be an integer of at least 1", value)


@attrs.frozen
class Timeout:
    """The time limits of one attempt, in seconds."""

    connect: float = attrs.field(default=5.0, validator=_seconds)
    """To open the connection, TLS handshake included."""
    read: float = attrs.field(default=30.0, validator=_seconds)
    """To wait for the next bytes of the response. The async client: for the whole response head."""
    total: float | None = attrs.field(default=None, validator=_seconds, metadata={"optional": True})
    """For the whole attempt, to the last byte of the response; None: only ``RetryPolicy.total`` limits it."""


@attrs.frozen
class RetryPolicy:
    """How often and how long one call is retried. The operation decides whether it may be repeated at all.

    The upper limit of a wait doubles with each attempt, from ``first_wait`` to ``longest_wait``. The wait is a random
    number between 0 and that limit (full jitter), so that many clients do not retry at the same moment.
    """

    attempts: int = attrs.field(default=5, validator=_count)
    """The maximum number of requests for one call; 1: no retry."""
    total: float = attrs.field(default=120.0, validator=_seconds)
    """Seconds for the whole call: all attempts and all waits, also those for rate limits."""
    first_wait: float = attrs.field(default=0.5, validator=_seconds)
    longest_wait: float = attrs.field(default=30.0, validator=_seconds)

    def wait(self, attempt: int, random: Callable[[], float]) -> float:
        """Seconds to wait after the given attempt (the first is 1); ``random`` returns a number from 0 to 1."""
        return random() * min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 64))
