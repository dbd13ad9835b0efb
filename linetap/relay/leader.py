"""One leader for each channel of an outbox: a lock that ends with its process, and a fencing number.

The lock alone is not enough: a process that was stopped for minutes, or whose lock file was deleted, would go on. So
a block of keys is written only while the number in the file is the one that this leader wrote.
"""

from __future__ import annotations

import errno
import hashlib
import os
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from linetap.errors import LinetapError
from linetap.relay.tables import Tables, process_name
from linetap.store.lock_file import cannot_lock, open_lock

_flock: Callable[[int, int], None] | None = None
with suppress(ImportError):
    import fcntl

    _flock = fcntl.flock
_TAKE_NOW = 2 | 4  # LOCK_EX | LOCK_NB of flock(2)
# Another process has the lock: flock(2), and locking() of Windows.
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_SEEN_EVERY = 10  # seconds


class NotLeader(LinetapError):
    """Another sender is the leader of the channel now."""


class Leader:
    """Leadership of one channel, for one sender of one process."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        mark = hashlib.sha256(tables.channel.encode()).hexdigest()[:12]
        self._path = f"{os.path.realpath(tables.path)}-leader-{mark}"
        self._file: int | None = None
        self._fence = 0
        self._seen = 0
        _LEADERS.add(self)

    def acquire(self) -> bool:
        """Becomes the leader if no other sender of this machine is; gives whether it did."""
        if self._file is None:
            self._file = open_lock(self._path)
        try:
            _lock(self._file)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise cannot_lock(self._path, error) from None
        tables = self._tables
        with tables.store.transaction():
            row = tables.senders.get(tables.channel)
            self._fence = (row[1] if row else 0) + 1
            until, reason = (row[4], row[5]) if row else (0, "")
            self._seen = int(tables.now())
            tables.senders.put([(tables.channel, self._fence, process_name(), self._seen, until, reason)])
        return True

    def check(self) -> None:
        """Inside a transaction: raises ``NotLeader`` where another sender has become the leader since."""
        tables = self._tables
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
        if self._file is not None:
            os.close(self._file)  # the lock ends with its descriptor
            self._file = None

    def after_fork(self) -> None:
        """In a child: the parent stays the leader. Without LOCK_UN, which would end the parent's lock too."""
        self.release()


def _lock(file: int) -> None:
    if _flock is not None:
        _flock(file, _TAKE_NOW)
        return
    from importlib import import_module  # pragma: no cover - Windows alone

    windows: Any = import_module("msvcrt")  # pragma: no cover
    windows.locking(file, windows.LK_NBLCK, 1)  # pragma: no cover


_LEADERS: weakref.WeakSet[Leader] = weakref.WeakSet()


def _after_fork() -> None:
    for leader in list(_LEADERS):
        leader.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
