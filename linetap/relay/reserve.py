"""The reserve: messages of the month's quota that are for urgent messages alone."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from linetap.errors import LinetapError
from linetap.line.client import LineClient

_LOG = logging.getLogger("linetap.relay")
_EVERY = 60  # seconds


class Reserve:
    """Counts down from the number that LINE returned last. ``read`` is called by one thread, the rest by another."""

    def __init__(self, line: LineClient, kept: int, now: Callable[[], float], in_flight: Callable[[], int]) -> None:
        self._line, self._kept, self._now, self._in_flight = line, kept, now, in_flight
        self._claimed = 0
        self._read_at = -float(_EVERY)
        self._most: int | None = 0  # `_claimed` may grow to this; None: no limit

    def free(self) -> int:
        """How many messages that are not urgent may be claimed now."""
        return sys.maxsize if self._most is None else self._most - self._claimed

    def use(self, count: int) -> None:
        """Notes that so many messages of any kind were claimed."""
        self._claimed += count

    def read(self) -> None:
        """Asks LINE for the quota, where the last number is a minute old."""
        if not self._kept:
            self._most = None
            return
        now = self._now()
        if 0 <= now - self._read_at < _EVERY:
            return
        self._read_at = now
        # LINE may have counted none of those in flight; those claimed while it responds come on top.
        before = self._claimed - self._in_flight()
        try:
            left = self._line.quota().remaining
            self._most = None if left is None else before + left - self._kept
        except LinetapError as error:  # without a number, the last one applies; without any, only urgent ones are sent
            _LOG.warning("the quota could not be read: %s", error)
