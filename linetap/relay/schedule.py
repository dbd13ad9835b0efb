"""When something may be sent, and when it is tried again: decisions without any I/O."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from linetap.errors import Forbidden, LinetapError, QuotaExceeded, Unauthorized, invalid

TRY_AGAIN_AFTER = {QuotaExceeded: 600, Unauthorized: 60, Forbidden: 300}
"""Error -> seconds until the sender tries one request again: the error is the same for every recipient."""
UNREACHABLE = 30
"""The same after many requests in a row without a response."""
_FIRST_WAIT, LONGEST_WAIT = 5, 600
_AHEAD = 0.25  # seconds


@attrs.frozen
class SendWindow:
    """The hours in which messages that are not urgent are sent, in a time zone. It may span midnight."""

    start: time
    end: time
    zone: ZoneInfo

    def is_open(self, now: float) -> bool:
        """Whether the time (seconds since 1970) is inside; ``start`` is, ``end`` is not."""
        local = datetime.fromtimestamp(now, timezone.utc).astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


class Allowance:
    """How many requests may be claimed now, at a rate: none of them then waits long for its time after that.

    What was claimed is sent, so an urgent message and a cancellation come after it.
    """

    def __init__(self, per_second: float, clock: Callable[[], float]) -> None:
        self._rate, self._clock = per_second, clock
        self._most = max(1.0, per_second * _AHEAD)
        self._left, self._at = self._most, clock()

    def available(self) -> int:
        """The number of requests."""
        if math.isinf(self._rate):
            return sys.maxsize
        now = self._clock()
        self._left = min(self._most, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        return int(self._left)

    def use(self, count: int) -> None:
        """Notes that so many were claimed."""
        self._left -= count


def send_window(given: Any) -> SendWindow | None:
    """The ``send_window`` argument, such as ``(time(8), time(21), "Asia/Tokyo")``."""
    if given is None:
        return None
    rule = 'must be (start, end, time zone), such as (time(8), time(21), "Asia/Tokyo")'
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        raise invalid("send_window", rule, given)
    start, end, zone = given
    if not all(isinstance(each, time) and each.tzinfo is None for each in (start, end)) or start == end:
        raise invalid("send_window", rule, given, "start and end must be two different times without a zone")
    try:
        return SendWindow(start, end, zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        remedy = "on Windows, install the package tzdata"
        raise invalid("send_window", "must have the name of a time zone", zone, remedy) from None


def seconds_of(name: str, given: Any) -> float:
    """A positive ``timedelta`` in seconds."""
    if not isinstance(given, timedelta) or given <= timedelta(0):
        raise invalid(name, "must be a timedelta greater than 0", given, "such as timedelta(minutes=3)")
    return given.total_seconds()


def backoff(attempts: int) -> int:
    """Seconds until a request without a response is sent again under its key, after so many attempts."""
    return int(min(LONGEST_WAIT, _FIRST_WAIT * 2 ** min(attempts - 1, 10)))


def pause_after(error: LinetapError | None) -> int | None:
    """Seconds for which nothing is sent after an error that every recipient would get; None for other errors."""
    return next((seconds for kind, seconds in TRY_AGAIN_AFTER.items() if isinstance(error, kind)), None)
