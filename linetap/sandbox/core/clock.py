"""The sandbox's time and ids: deterministic, so that a test gives the same result every time."""

from __future__ import annotations

import base64
import hashlib
import heapq
import itertools
import threading
import time
from collections.abc import Callable

START = 1767225600.0  # 2026-01-01T00:00:00Z


class Clock:
    """Seconds since the epoch. It stays until advanced, unless a ``source`` such as ``time.time`` moves it."""

    def __init__(self, start: float = START, source: Callable[[], float] | None = None) -> None:
        self._source = source or (lambda: start)
        self._ahead = 0.0
        self._lock = threading.Lock()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._source() + self._ahead

    def is_near(self, moment: float, ahead: float) -> bool:
        """Whether ``moment`` is in the next ``ahead`` seconds, by this clock or by the computer's.

        For times that a client writes into a request: clients on a socket do not know the sandbox's clock.
        """
        return any(now < moment <= now + ahead for now in (self.now(), time.time()))

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Moves the clock forward, never back. Actions that are due meanwhile run at their own time, in order."""
        left = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if left < 0:
            raise ValueError(f"the clock must go forward (got {left} seconds)")
        while (due := self._next(left)) is not None:
            at, action = due
            step = min(left, max(0.0, at - self.now()))
            self._move(step)
            left -= step
            action()
        self._move(left)

    def at(self, moment: float, action: Callable[[], object]) -> None:
        """Calls ``action`` when the clock is advanced to this moment or past it."""
        with self._lock:
            heapq.heappush(self._due, (moment, next(self._numbers), action))

    def run_due(self) -> None:
        """Does what is due by now: for a clock whose ``source`` moves it."""
        if self._due:
            self.advance()

    @property
    def has_due(self) -> bool:
        """Whether an action is due."""
        with self._lock:
            return bool(self._due) and self._due[0][0] <= self.now()

    def _next(self, within: float) -> tuple[float, Callable[[], object]] | None:
        """The first action within so many seconds; it is removed, so that one thread alone does it."""
        with self._lock:
            if not self._due or self._due[0][0] > self.now() + within:
                return None
            at, _, action = heapq.heappop(self._due)
            return at, action

    def _move(self, seconds: float) -> None:
        with self._lock:
            self._ahead += seconds


class Ids:
    """Ids that look like the vendors' own, from counters and a seed."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._counts: dict[str, itertools.count[int]] = {}

    def number(self, kind: str) -> int:
        """1, 2, 3 ... of this kind. ``setdefault`` and ``next`` are atomic, so threads need no lock here."""
        return next(self._counts.get(kind) or self._counts.setdefault(kind, itertools.count(1)))

    def hex(self, kind: str) -> str:
        """32 lower-case hex digits."""
        return self._digest(kind, self.number(kind)).hexdigest()

    def user(self) -> str:
        """A LINE user id: ``U`` and 32 hex digits."""
        return f"U{self.hex('user')}"

    def uuid(self, kind: str) -> str:
        """The shape of a UUID, cheap to make: one is sent with every response."""
        return f"{self._seed & 0xFFFFFFFF:08x}-5a4d-4b0c-8a0c-{self.number(kind):012x}"

    def secret(self, kind: str) -> str:
        """Text in the shape of a long-lived channel access token (base64, 172 characters)."""
        n = self.number(kind)
        raw = b"".join(self._digest(f"{kind}:{part}", n).digest() for part in range(8))
        return base64.b64encode(raw).decode()

    def _digest(self, kind: str, n: int) -> hashlib._Hash:
        return hashlib.md5(f"{self._seed}:{kind}:{n}".encode(), usedforsecurity=False)
