"""The lock that writers of a shared file wait for: ``flock`` on a file beside it, so that they wait in the kernel.

SQLite's own waiting sleeps and asks again, which with many writers costs seconds. The kernel releases the lock when
its process dies. Where there is no ``flock`` (Windows), SQLite's own waiting is used.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from weakref import WeakValueDictionary

from linetap.errors import FileLocked, StorageError

_flock: Callable[[int, int], None] | None = None
with suppress(ImportError):  # Windows has none
    import fcntl

    _flock = fcntl.flock
_NO_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS)
_TAKE, _RELEASE = 2, 8  # LOCK_EX and LOCK_UN of flock(2)


def cannot_lock(path: str, error: OSError) -> StorageError:
    """The error for a lock file that cannot be opened or locked."""
    reason: Literal["read-only", "failed"] = "read-only" if error.errno in _NO_WRITE else "failed"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        remedy = "make its folder first"
    else:
        remedy = "give this process write permission to its folder" if reason == "read-only" else "then try again"
    return StorageError(
        f"{path}: the lock file cannot be locked ({error.strerror}); {remedy}", path=path, reason=reason
    )


def open_lock(path: str) -> int:
    """The descriptor of a lock file, which is created if it does not exist."""
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise cannot_lock(path, error) from None


class LockFile:
    """One lock of one file in this process; threads wait for each other, then for the other processes."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: int | None = None
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._owner = os.getpid()

    @property
    def held_here(self) -> bool:
        """Whether the calling thread has the lock."""
        return self._holder == threading.get_ident()

    @contextmanager
    def acquired(self) -> Iterator[None]:
        """Waits for the lock, without a limit of time, and has it inside the block."""
        if self.held_here:
            raise FileLocked(f"{self.path}: this thread writes the file through another object: end that write first")
        with self._lock:
            self._holder = threading.get_ident()
            try:
                self._take()
                yield
            finally:
                self._holder = None
                self._release()

    def after_fork(self) -> None:
        """In the child: the parent's lock is not this process's."""
        if self._owner != os.getpid():
            self._owner, self._lock, self._holder = os.getpid(), threading.Lock(), None
            if self._file is not None:
                os.close(self._file)  # without LOCK_UN: a write that the parent has begun stays locked
                self._file = None

    def __del__(self) -> None:
        if self._file is not None:
            os.close(self._file)

    def _take(self) -> None:
        if _flock is None:
            return
        if self._file is None:
            self._file = open_lock(self.path)
        try:
            _flock(self._file, _TAKE)
        except OSError as error:
            raise cannot_lock(self.path, error) from None

    def _release(self) -> None:
        if _flock is not None and self._file is not None:
            _flock(self._file, _RELEASE)


_KNOWN: WeakValueDictionary[str, LockFile] = WeakValueDictionary()


def lock_beside(path: str | os.PathLike[str]) -> LockFile:
    """The lock of a file: ``PATH-lock``. The same object for every store of this process on that file."""
    name = f"{os.path.realpath(path)}-lock"
    return _KNOWN.setdefault(name, LockFile(name))
