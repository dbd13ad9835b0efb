"""Rate limit of one endpoint: requests per second, concurrency, and the pause after a 429.

Nothing here waits or reads a clock: times are arguments and results (seconds of any steady clock). All calls of one
endpoint share one :class:`EndpointLimiter`, so a 429 for one of them slows all of them.
"""

from __future__ import annotations

import math
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, cast

from linetap.errors import invalid
from linetap.http.types import Operation

# LINE's limits refill gradually (a token bucket), and the size of the bucket is not published
# (https://developers.line.biz/en/reference/messaging-api/#rate-limits): a late request may catch up by this share.
_SLACK = 0.01

EVERY_OTHER = "*"
"""The key of the pace that each endpoint without one of its own has."""


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


class Pace:
    """At most ``per_second`` requests a second, for everything that shares this object.

    Without ``burst`` it is exact: no more than ``per_second`` requests start in any one second, evenly spaced; a late
    request may catch up by 10 ms. With ``burst`` it is a token bucket of that size: after a quiet time ``burst``
    requests may start at once, so one second may have ``burst + per_second`` of them.
    Several clients may share one pace. Thread-safe.

    Raises ``BadArgument`` if ``per_second`` is not a positive number or ``burst`` is not an integer of at least 1.
    """

    __slots__ = ("_interval", "_lock", "_log", "_next", "_slack", "_window", "burst", "per_second")

    def __init__(self, per_second: float, burst: int | None = None) -> None:
        if not _is(per_second, (int, float)) or not 0 < per_second < math.inf:
            raise invalid("pace.per_second", "must be a number greater than 0", per_second)
        if burst is not None and (not _is(burst, (int,)) or burst < 1):
            raise invalid("pace.burst", "must be an integer of at least 1, or None", burst)
        self.per_second = per_second
        self.burst = burst
        self._interval = 1 / per_second
        whole = min(max(1, math.floor(per_second)), sys.maxsize)
        self._window = whole / per_second
        self._log: deque[float] | None = deque(maxlen=whole) if burst is None else None
        self._slack = math.floor(whole * _SLACK) * self._interval if burst is None else (burst - 1) * self._interval
        self._next = -math.inf
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Pace({self.per_second})" if self.burst is None else f"Pace({self.per_second}, burst={self.burst})"

    def fresh(self) -> Pace:
        """A pace with the same numbers and nothing reserved, shared with no other client."""
        return Pace(self.per_second, self.burst)

    def reserve(self, now: float) -> float:
        """Reserve the next free time, ``now`` or later, and return it."""
        with self._lock:
            at = max(now, self._next - self._slack)
            if self._log is not None:
                if len(self._log) == self._log.maxlen:
                    at = max(at, self._log[0] + self._window)
                self._log.append(at)
            self._next = max(at, self._next) + self._interval
            return at

    def after_fork(self) -> None:
        """In a forked child: a new lock, because a thread of the parent may have held the old one."""
        self._lock = threading.Lock()


class EndpointLimiter:
    """What the calls of one endpoint share: the pace, the pause after a 429, and the number of concurrent calls."""

    __slots__ = ("_burst_end", "_full", "_lock", "_pace", "_shared", "_streak", "concurrency", "paused_until", "waits")

    # 429s that arrive together (requests already in flight) count as one rate-limit event.
    BURST_WINDOW = 1.0

    def __init__(self, pace: Pace | None = None, shared: Pace | None = None) -> None:
        self._pace = pace
        self._shared = shared
        self.paused_until = -math.inf
        """No request starts before this time; in the past if there was no 429."""
        self._burst_end = -math.inf
        self._full = 1
        self.concurrency = 1
        """The number of calls of this endpoint that a bulk run may have in flight now."""
        self._streak = 0
        self._lock = threading.Lock()
        self.waits = (self.reserve,) if shared is None else (self.reserve, self.reserve_client)
        """The functions that reserve a time for a request, in order: for the endpoint, then for the client."""

    @property
    def refill(self) -> float:
        """Seconds after which the endpoint's rate allows one more request: 60 for 60 an hour."""
        return 0.0 if self._pace is None else 1 / self._pace.per_second

    @property
    def per_second(self) -> float:
        """The lowest rate that applies to the endpoint; infinite where there is none."""
        return min((each.per_second for each in (self._pace, self._shared) if each is not None), default=math.inf)

    def widen(self, concurrency: int) -> None:
        """Set the number of calls that a bulk run has in flight as long as there is no 429."""
        with self._lock:
            if concurrency > self._full:
                self.concurrency = concurrency if self.concurrency == self._full else self.concurrency
                self._full = concurrency

    def reserve(self, now: float) -> float:
        """Reserve a time by the endpoint's own pace and pause, and return it."""
        at = max(now, self.paused_until)
        return at if self._pace is None else self._pace.reserve(at)

    def reserve_client(self, now: float) -> float:
        """Reserve a time by the pace that the client has for all endpoints together.

        Called after the wait for the endpoint, so that a slow endpoint does not use up the slots of the others.
        """
        return now if self._shared is None else self._shared.reserve(now)

    def is_paused(self, clock: Callable[[], float]) -> bool:
        """Whether a 429 arrived meanwhile, so that a new time must be reserved."""
        return self.paused_until > -math.inf and clock() < self.paused_until

    def succeeded(self) -> None:
        """Note a successful call: after 429s, concurrency grows by 1 for each full round of successes."""
        if self.concurrency == self._full:
            return
        with self._lock:
            self._streak += 1
            if self._streak >= self.concurrency and self.concurrency < self._full:
                self.concurrency += 1
                self._streak = 0

    def rate_limited(self, now: float, wait: float) -> None:
        """Note a 429: no request starts for ``wait`` seconds, and half as many are in flight after that."""
        with self._lock:
            if now >= self._burst_end:
                self.concurrency = max(1, self.concurrency // 2)
            self._streak = 0
            self.paused_until = max(self.paused_until, now + wait)
            self._burst_end = max(self._burst_end, self.paused_until, now + self.BURST_WINDOW)

    def after_fork(self) -> None:
        """In a forked child: new locks (see :meth:`Pace.after_fork`)."""
        self._lock = threading.Lock()
        for pace in (self._pace, self._shared):
            if pace is not None:
                pace.after_fork()


class EndpointLimiters:
    """One limiter for each endpoint of a service, made when the endpoint is first used."""

    def __init__(self, paces: Mapping[str, Pace], shared: Pace | None) -> None:
        # Copies: a table of limits may be used by several clients, which do not share their buckets.
        self._paces = {key: pace.fresh() for key, pace in paces.items()}
        self._shared = shared
        self._limiters: dict[str, EndpointLimiter] = {}

    def of(self, operation: Operation[Any]) -> EndpointLimiter:
        """The limiter of this operation's endpoint."""
        key = operation.rate_limit_key
        limiter = self._limiters.get(key)
        if limiter is None:
            # setdefault is atomic: two threads get the same limiter.
            pace = self._paces.get(key)
            if pace is None and (other := self._paces.get(EVERY_OTHER)) is not None:
                pace = other.fresh()
            limiter = self._limiters.setdefault(key, EndpointLimiter(pace, self._shared))
        return limiter

    def after_fork(self) -> None:
        """In a forked child: new locks in all limiters."""
        for limiter in list(self._limiters.values()):
            limiter.after_fork()

    def with_pace(self, pace: Pace) -> EndpointLimiters:
        """The same limiters, where each call also waits for ``pace``."""
        return _PacedLimiters(self, pace)


class _PacedLimiters(EndpointLimiters):
    """Limiters that are shared with another client, with a further pace for the calls of this one."""

    def __init__(self, shared: EndpointLimiters, pace: Pace) -> None:
        super().__init__({}, None)
        self._inner, self._further = shared, pace

    def of(self, operation: Operation[Any]) -> EndpointLimiter:
        inner = self._inner.of(operation)
        key = operation.rate_limit_key
        limiter = self._limiters.get(key)
        return limiter or self._limiters.setdefault(key, cast("EndpointLimiter", _PacedLimiter(inner, self._further)))

    def after_fork(self) -> None:
        self._inner.after_fork()
        self._further.after_fork()


class _PacedLimiter:
    """One endpoint's shared limiter with a further wait."""

    def __init__(self, inner: EndpointLimiter, pace: Pace) -> None:
        self._inner = inner
        self.waits = (*inner.waits, pace.reserve)
        self.per_second = min(inner.per_second, pace.per_second)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
