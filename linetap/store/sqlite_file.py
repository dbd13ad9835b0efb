"""One SQLite file, exclusive or shared, readable by its owner alone, with checked rows (:mod:`linetap.store.rows`).

*Exclusive* (ledger, journal): one process; a second opening is rejected, and so is use after a fork.
*Shared* (outbox): any number of processes of this machine. Writers wait for each other in the kernel
(:mod:`linetap.store.lock_file`), a store that is used after a fork opens the file anew.

How to build a table on it::

    SENDS = CheckedTable("calls", key=("id",), columns=("id", "received_at", "body"))
    FORMAT = StoreFormat("outbox", migrations=(
        "CREATE TABLE calls (id TEXT PRIMARY KEY, received_at INTEGER NOT NULL, body BLOB NOT NULL, "
        "checksum INTEGER NOT NULL) WITHOUT ROWID",), tables=(SENDS,))
    store = Store(path, FORMAT, shared=True, durable=True)
    calls = Rows(store, SENDS)
    with store.transaction():                  # takes the lock, BEGIN IMMEDIATE; committed and flushed at its end
        calls.insert([(id, 1767225600, body)])
    for row in calls.scan("received_at < ?", (limit,)):     # checked, in the order of the key
        ...

Give a column the type that its values have (INTEGER for an int, not REAL): SQLite must not convert what it stores.
Keep a transaction short and do no network call in it: other writers wait as long as it lasts.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from linetap.errors import FileLocked, LinetapError, invalid, literal_text
from linetap.store import checksums, lock_file, opening
from linetap.store.file_system import file_identity, make_private, reject_long_name, reject_network
from linetap.store.formats import StoreFormat
from linetap.store.log_check import commits_missing
from linetap.store.problems import Problems

_OLDEST = (3, 24, 0)  # the first with ON CONFLICT DO UPDATE
_SQLITE_WAITS = 60.0  # seconds, in shared mode, for what is not under our lock: recovery, and everything on Windows
R = TypeVar("R")


def _is_path(given: object) -> bool:
    """True for a path that the file system can have: not empty, no NUL, encodable, below 4,096 bytes (PATH_MAX)."""
    try:
        path = os.fspath(given) if isinstance(given, (str, os.PathLike)) else b""
        return isinstance(path, str) and "\0" not in path and 0 < len(os.fsencode(path)) < 4096
    except (TypeError, ValueError):
        return False


class Store:
    """One SQLite file of a kind. Thread-safe; closed by ``close`` or at the end of its ``with`` block.

    Args:
        path: the file; None keeps everything in a private temporary database that is deleted with the store.
        form: what the file contains; a file of another kind is rejected.
        shared: many processes of this machine may use it at once.
        durable: each commit is on the disk itself when it returns: it survives a loss of power.
        readonly: open an existing file without writing to it.

    Raises (opening, and by every method):
        FileLocked: another process has the file.
        StorageError: the disk is full, the file is damaged or may not be used by this user.
        BadArgument: the file is of another kind, of an incompatible version, or no SQLite file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        form: StoreFormat,
        *,
        shared: bool = False,
        durable: bool = False,
        readonly: bool = False,
    ) -> None:
        if path is not None and not _is_path(path):
            raise invalid(form.argument, "must be the path of a file", path)
        if sqlite3.sqlite_version_info < _OLDEST:  # pragma: no cover - no Python we support ships one
            raise LinetapError(f"SQLite {sqlite3.sqlite_version} is too old: 3.24 is needed")
        self.path = None if path is None else Path(path)
        if self.path is not None:
            reject_long_name(self.path, form.argument)
        self.form = form
        self.shared = shared and self.path is not None
        self.problems = Problems(self.path, form)
        self._durable, self._readonly = durable, readonly
        self._flushes = True
        self._lock = threading.RLock()
        self._depth = 0
        self._owner = os.getpid()
        self._closed = False
        self._opened: dict[str, tuple[int, int] | None] = {}
        self._beside = lock_file.lock_beside(self.path) if self.path is not None and self.shared else None
        self._db: sqlite3.Connection | None = None
        self._open()
        if self.shared:
            _SHARED.add(self)

    def __repr__(self) -> str:
        return f"<Store {self.path or 'in memory'}>"

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Runs one statement that writes; gives the number of rows that it changed."""
        return self._write(lambda db: db.execute(sql, values).rowcount)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Runs one statement for many rows, in one transaction; gives the number of rows that it changed."""
        given = list(rows)  # whatever makes the rows, it does so before the lock is taken
        if self.shared and len(given) > 1 and not self._inside():
            with self.transaction():
                return self._done(lambda db: db.executemany(sql, given).rowcount)
        return self._write(lambda db: db.executemany(sql, given).rowcount)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query at once: for queries with a limit. Their checksums are not compared."""
        return self._done(lambda db: db.execute(sql, values).fetchall())

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def among(self, sql: str, keys: Sequence[str], *, step: int = 500) -> Iterator[tuple[Any, ...]]:
        """The rows of a query whose last condition is ``IN ({})``, for any number of keys."""
        for i in range(0, len(keys), step):
            part = keys[i : i + step]
            yield from self.rows(sql.format(",".join("?" * len(part))), part)

    @contextmanager
    def transaction(self, *, flush: bool = True) -> Iterator[None]:
        """All or nothing. Nested ones join the outer one. In shared mode other writers wait until it ends.

        With ``flush=False`` a durable store flushes with the next transaction: what is committed survives the
        death of the process, not a loss of power.
        """
        self._check_process()
        owner = self._owner
        with self._lock:
            outer = self._depth
            with nullcontext() if outer else self._write_lock():
                db = self._ours()
                try:
                    if outer == 0:
                        self._begin(db, flush)
                    self._depth = outer + 1
                    yield
                    if os.getpid() != owner:
                        raise FileLocked("the transaction belongs to the process before the fork: begin it again")
                    if outer == 0:
                        self.commit()
                except BaseException:
                    if outer == 0 and os.getpid() == owner and db.in_transaction:
                        self._done(lambda db: db.execute("ROLLBACK"))
                    raise
                finally:
                    self._depth = outer if os.getpid() == owner else 0

    def meta(self, key: str) -> str | None:
        """One of the few facts about the file itself."""
        rows = self.rows("SELECT key, value, checksum FROM meta WHERE key = ?", (key,))
        if not rows:
            return None
        *values, known = rows[0]
        if checksums.checksum(values) != known:
            raise self.problems.damaged(f"the file is damaged: its entry {key!r} does not match its checksum")
        return str(values[1])

    def set_meta(self, key: str, value: str) -> None:
        """Stores one of them."""
        sql = "INSERT INTO meta VALUES (?1, ?2, row_sum(?1, ?2)) ON CONFLICT (key) DO UPDATE SET "
        self.execute(sql + "value = excluded.value, checksum = excluded.checksum", (key, value))

    def scrub(self) -> None:
        """Removes what was deleted from the log beside the file, too."""
        with self._lock, nullcontext() if self._depth else self._write_lock():
            busy = self._done(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        if busy:
            raise self.problems.locked()

    def rewrite(self) -> None:
        """Writes the file anew, without what earlier rows left in it; takes as long as the file is large."""
        with self._lock, self._write_lock():
            self._done(lambda db: db.execute("VACUUM"))
        self.scrub()

    def close(self) -> None:
        """Moves the log into the file and closes it."""
        with self._lock:
            self._closed = True
            if self._db is not None and os.getpid() == self._owner:
                with self._write_lock():
                    self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open: SQLite itself ends one where the disk is full."""
        return self._ours().in_transaction

    def after_fork(self) -> None:
        """In a child process, in shared mode: the file is opened anew at its next use."""
        if self._db is not None:
            _ABANDONED.append(self._db)  # closed here, it would end locks and a log that are the parent's
        self._db, self._depth = None, 0
        self._lock, self._owner = threading.RLock(), os.getpid()
        if self._beside is not None:
            self._beside.after_fork()

    def _begin(self, db: sqlite3.Connection, flush: bool) -> None:
        self._check_identity()
        if db.in_transaction:  # left open by a Ctrl-C that fell between two of these lines
            self._done(lambda db: db.execute("ROLLBACK"))
        if self._durable and flush != self._flushes:
            self._done(lambda db: db.execute(f"PRAGMA synchronous = {'FULL' if flush else 'NORMAL'}"))
            self._flushes = flush
        self._done(lambda db: db.execute("BEGIN IMMEDIATE"))

    def commit(self) -> None:
        """Ends the open transaction well; :meth:`transaction` calls it."""
        self._done(lambda db: db.execute("COMMIT"))

    def _write(self, act: Callable[[sqlite3.Connection], R]) -> R:
        """One statement; outside a transaction SQLite itself makes one of it, in one step."""
        self._check_process()
        with self._lock:
            if self._depth:
                return self._done(act)
            with self._write_lock():
                self._check_identity()
                return self._done(act)

    def _inside(self) -> bool:
        with self._lock:
            return self._depth > 0

    def _done(self, act: Callable[[sqlite3.Connection], R]) -> R:
        self._check_process()
        with self._lock:
            try:
                return act(self._ours())
            except (sqlite3.Error, MemoryError) as error:
                raise self.problems.from_sqlite(error) from error
            except (OverflowError, UnicodeEncodeError) as error:
                rule = "must be numbers of at most 64 bits and text without lone surrogates"
                raise invalid("values", rule, literal_text(str(error))) from None

    def _write_lock(self) -> AbstractContextManager[None]:
        return nullcontext() if self._beside is None else self._beside.acquired()

    def _opening_lock(self) -> AbstractContextManager[None]:
        held = self._beside is None or self._beside.held_here
        return nullcontext() if held else self._write_lock()

    def _check_process(self) -> None:
        if os.getpid() != self._owner and self.shared:
            self.after_fork()  # a fork that did not call Python's hooks

    def _check_identity(self) -> None:
        """Raises where the path no longer names the file that is open, or its log: what is written there is lost."""
        for name, opened in self._opened.items():
            found = file_identity(name)
            if opened is None:
                self._opened[name] = found  # a log that was made by the first write
            elif found != opened:
                raise self.problems.replaced()

    def _ours(self) -> sqlite3.Connection:
        # SQLite's locks belong to the process: a connection used after a fork corrupts the file.
        if os.getpid() != self._owner:
            raise FileLocked("the file belongs to the process that opened it: open it again after a fork")
        if self._closed:
            found = literal_text("one that was closed")
            raise invalid(self.form.argument, "must be open", found, f"open {self.path or 'another'} again")
        if self._db is None:
            self._open()
        assert self._db is not None
        return self._db

    def _open(self) -> None:
        with self._opening_lock():
            self._settle(self._connect())

    def _settle(self, db: sqlite3.Connection) -> None:
        self._db, self._flushes = db, True
        self._depth += 1  # what is written now needs no lock of its own
        try:
            opening.settle(self, db, readonly=self._readonly, durable=self._durable)
        except (sqlite3.Error, MemoryError) as error:
            db.close()
            raise self.problems.from_sqlite(error, opening=True) from error
        except BaseException:
            db.close()
            raise
        finally:
            self._depth -= 1
        names = () if self.path is None or self._readonly else (str(self.path), f"{self.path}-wal")
        self._opened = {name: file_identity(name) for name in names}
        # A plan that is looked at and dropped has a store: it is closed without a call of close.
        weakref.finalize(self, _close, db, self._owner).atexit = False

    def _connect(self) -> sqlite3.Connection:
        name, uri = "", False
        if self.path is not None:
            if self._readonly:
                name, uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", True
            else:
                reject_network(self.path, self.form.argument)
                if not self.shared and commits_missing(self.path):
                    raise self.problems.damaged("the log beside the file is damaged: commits are missing")
                name = make_private(self.path, self.form.argument, empty_allowed=self.form.empty_allowed)
        wait = _SQLITE_WAITS if self.shared else 0
        try:
            return sqlite3.connect(name, timeout=wait, isolation_level=None, check_same_thread=False, uri=uri)
        except sqlite3.Error as error:
            rule = "must be the path of a file that can be opened"
            raise invalid(self.form.argument, rule, str(self.path), str(error)) from None


_SHARED: weakref.WeakSet[Store] = weakref.WeakSet()
_ABANDONED: list[sqlite3.Connection] = []


_WAITED: list[Any] = []
_BEFORE_FORK = 10.0  # seconds


def _before_fork() -> None:
    """Waits for what other threads write: a child inherits SQLite's lock of an open write, and never writes then."""
    for store in list(_SHARED):
        lock = store._lock
        if lock.acquire(timeout=_BEFORE_FORK):
            _WAITED.append(lock)


def _after_fork_in_parent() -> None:
    while _WAITED:
        _WAITED.pop().release()


def _after_fork() -> None:
    _WAITED.clear()  # every store of a child has a lock of its own
    for store in list(_SHARED):
        store.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork)


def unclean(path: str | os.PathLike[str]) -> bool:
    """Whether a log is beside the file: it is in use, or the process that used it died."""
    log = Path(f"{os.fspath(path)}-wal")
    return log.exists() and log.stat().st_size > 0


def _close(db: sqlite3.Connection, owner: int) -> None:
    if os.getpid() == owner:
        db.close()
