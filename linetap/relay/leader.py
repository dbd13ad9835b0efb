"""One leader for each channel of an outbox: a lock that ends with its process, and a fencing number.

The lock alone is not enough: a process that was stopped for minutes, or whose lock was ended by others, would go on.
So a block of keys is written only while the number in the store is the one that this leader wrote.
"""

from __future__ import annotations

import os
import weakref

from linetap.errors import LinetapError
from linetap.relay.tables import Tables, process_name

_SEEN_EVERY = 10  # seconds


class NotLeader(LinetapError):
    """Another sender is the leader of the channel now."""


class Leader:
    """Leadership of one channel, for one sender of one process."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._lock = tables.store.leader_lock(tables.channel)
        self._fence = 0
        self._seen = 0
        _LEADERS.add(self)

    def acquire(self) -> bool:
        """Becomes the leader if no other sender is; gives whether it did."""
        if not self._lock.acquire():
            return False
        tables = self._tables
        with tables.store.transaction():
            row = tables.senders.get(tables.channel)
            self._fence = (row[1] if row else 0) + 1
            until, reason = (row[4], row[5]) if row else (0, "")
            self._seen = int(tables.now())
            tables.senders.put([(tables.channel, self._fence, process_name(), self._seen, until, reason)])
        return True

    def check(self) -> None:
        """Inside a transaction: raises ``NotLeader`` where another sender has become the leader since, or may."""
        tables = self._tables
        if self._lock.is_lost():
            raise NotLeader("the lock of this sender is lost: another sender may be the leader of this channel now")
        row = tables.senders.get(tables.channel)
        if row is None or row[1] != self._fence:
            raise NotLeader("another sender is the leader of this channel now")
        now = int(tables.now())
        if not 0 <= now - self._seen < _SEEN_EVERY:
            self._seen = now
            tables.senders.put([(*row[:3], now, *row[4:])])

    def note_pause(self, until: int, reason: str) -> None:
        """Inside a transaction: stores until when nothing is sent, for ``status``."""
        row = self._tables.senders.get(self._tables.channel)
        if row is not None:
            self._tables.senders.put([(*row[:4], until, reason)])

    def release(self) -> None:
        """Ends the lock: another sender may become the leader."""
        self._lock.release()

    def after_fork(self) -> None:
        """In a child: the parent stays the leader."""
        self._lock.after_fork()


_LEADERS: weakref.WeakSet[Leader] = weakref.WeakSet()


def _after_fork() -> None:
    for leader in list(_LEADERS):
        leader.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
