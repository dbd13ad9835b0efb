"""One endpoint's patience: how fast, how many at once, and how long to hold still after a refusal.

Nothing here waits or reads a clock: times come in as numbers (seconds of any steady clock) and go out as
numbers. All calls of one endpoint pass one :class:`Gate`, so a refusal of one slows all of them.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable

from linetap.errors import invalid

# LINE's limits refill gradually (a token bucket), and what its buckets hold is not published
# (https://developers.line.biz/en/reference/messaging-api/#rate-limits): a late call may catch up by this share.
_SLACK = 0.01


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


class Pace:
    """At most ``per_second`` requests a second, shared by everything that holds this object.

    Without ``burst`` it is exact: never more than ``per_second`` departures in any one second, evenly spaced,
    where a late one may be caught up within 10 ms. With ``burst`` it is a token bucket that holds as many:
    after a quiet time that many may leave at once, and one second may then see ``burst + per_second``.
    One pace may be given to several clients, which then keep to it together. Thread-safe.

    Raises ``BadArgument`` where ``per_second`` is not a positive number or ``burst`` not a whole number from 1.
    """

    __slots__ = ("_interval", "_lock", "_log", "_next", "_slack", "_window", "burst", "per_second")

    def __init__(self, per_second: float, burst: int | None = None) -> None:
        if not _is(per_second, (int, float)) or not 0 < per_second < math.inf:
            raise invalid("pace.per_second", "is a number above 0", per_second)
        if burst is not None and (not _is(burst, (int,)) or burst < 1):
            raise invalid("pace.burst", "is a whole number from 1, or None", burst)
        self.per_second = per_second
        self.burst = burst
        self._interval = 1 / per_second
        whole = max(1, math.floor(per_second))
        self._window = whole / per_second
        self._log: deque[float] | None = deque(maxlen=whole) if burst is None else None
        self._slack = math.floor(whole * _SLACK) * self._interval if burst is None else (burst - 1) * self._interval
        self._next = -math.inf
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Pace({self.per_second})" if self.burst is None else f"Pace({self.per_second}, burst={self.burst})"

    def fresh(self) -> Pace:
        """The same pace with nothing reserved, shared with nobody."""
        return Pace(self.per_second, self.burst)

    def reserve(self, now: float) -> float:
        """The time, ``now`` or later, at which the next request may leave; that departure is then taken."""
        with self._lock:
            at = max(now, self._next - self._slack)
            if self._log is not None:
                if len(self._log) == self._log.maxlen:
                    at = max(at, self._log[0] + self._window)
                self._log.append(at)
            self._next = max(at, self._next) + self._interval
            return at

    def after_fork(self) -> None:
        """In a forked child: another thread of the parent may have held the lock, and is not here to release it."""
        self._lock = threading.Lock()


class EndpointLimiter:
    """What the calls of one endpoint share: pace, brake, and how many may run at once."""

    __slots__ = ("_full", "_lock", "_pace", "_shared", "_storm", "_streak", "brake", "slots", "turns")

    # A storm is one cause with many 429s: those already on their way count as the same one.
    STORM = 1.0

    def __init__(self, pace: Pace | None = None, shared: Pace | None = None) -> None:
        self._pace = pace
        self._shared = shared
        self.brake = -math.inf
        """The time until which nobody leaves; long past where nobody was refused."""
        self._storm = -math.inf
        self._full = 1
        self.slots = 1
        """How many calls of this endpoint a bulk send may have running now."""
        self._streak = 0
        self._lock = threading.Lock()
        self.turns = (self.reserve,) if shared is None else (self.reserve, self.join)
        """What a call asks for its time, one after the other: the endpoint, then the client."""

    def widen(self, slots: int) -> None:
        """A bulk send says how many it would run at once where nothing is refused."""
        with self._lock:
            if slots > self._full:
                self.slots = slots if self.slots == self._full else self.slots
                self._full = slots

    def reserve(self, now: float) -> float:
        """The time, ``now`` or later, at which the next call may leave by the endpoint's pace and brake."""
        at = max(now, self.brake)
        return at if self._pace is None else self._pace.reserve(at)

    def join(self, now: float) -> float:
        """The same by the pace that the client keeps over all endpoints.

        Asked only once the endpoint's own time has come: a slow endpoint must not book the others' turns.
        """
        return now if self._shared is None else self._shared.reserve(now)

    def held(self, clock: Callable[[], float]) -> bool:
        """Whether somebody braked meanwhile, so that a departure now has to be asked for again."""
        return self.brake > -math.inf and clock() < self.brake

    def accepted(self) -> None:
        """A call went through: after a storm, one more slot for every full round of them."""
        if self.slots == self._full:
            return
        with self._lock:
            self._streak += 1
            if self._streak >= self.slots and self.slots < self._full:
                self.slots += 1
                self._streak = 0

    def refused(self, now: float, wait: float) -> None:
        """A call was refused for being too much: nobody leaves for ``wait`` seconds, and half as many run at once."""
        with self._lock:
            if now >= self._storm:
                self.slots = max(1, self.slots // 2)
            self._streak = 0
            self.brake = max(self.brake, now + wait)
            self._storm = max(self._storm, self.brake, now + self.STORM)

    def after_fork(self) -> None:
        """In a forked child: new locks (see :meth:`Pace.after_fork`)."""
        self._lock = threading.Lock()
        for pace in (self._pace, self._shared):
            if pace is not None:
                pace.after_fork()
