"""The leader's lock beside an outbox file: the kernel ends it with its process."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from linetap.store.lock_file import cannot_lock, open_lock

_flock: Callable[[int, int], None] | None = None
with suppress(ImportError):
    import fcntl

    _flock = fcntl.flock
_TAKE_NOW = 2 | 4  # LOCK_EX | LOCK_NB of flock(2)
# Another process has the lock: flock(2), and locking() of Windows.
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class FileLock:
    """A lock on a file of its own, for one channel of an outbox."""

    def __init__(self, outbox: str | os.PathLike[str], channel: str) -> None:
        mark = hashlib.sha256(channel.encode()).hexdigest()[:12]
        self._path = f"{os.path.realpath(outbox)}-leader-{mark}"
        self._file: int | None = None

    def acquire(self) -> bool:
        """Takes the lock if no other process of this machine has it; gives whether it did."""
        if self._file is None:
            self._file = open_lock(self._path)
        try:
            _lock(self._file)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise cannot_lock(self._path, error) from None
        return True

    def is_lost(self) -> bool:
        """False: the kernel ends it with the process alone."""
        return False

    def release(self) -> None:
        """Ends the lock."""
        if self._file is not None:
            os.close(self._file)  # the lock ends with its descriptor
            self._file = None

    def after_fork(self) -> None:
        """In a child: closes its copy. Without LOCK_UN, which would end the lock for the parent too."""
        self.release()


def _lock(file: int) -> None:
    if _flock is not None:
        _flock(file, _TAKE_NOW)
        return
    from importlib import import_module  # pragma: no cover - Windows alone

    windows: Any = import_module("msvcrt")  # pragma: no cover
    windows.locking(file, windows.LK_NBLCK, 1)  # pragma: no cover
