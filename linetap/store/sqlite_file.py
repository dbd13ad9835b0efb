"""The SQLite under ledger, outbox and push journal: one file, one process, its owner's eyes alone.

Write-ahead logging keeps every committed transaction through a crash of the process; with ``durable=True``
through a loss of power too. A second process (or a second opening) of the same file is refused.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from linetap.errors import BadArgument, FileLocked, LinetapError, Problem, StorageError, invalid, literal_text

_META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
_OLDEST = (3, 24, 0)  # the first with ON CONFLICT DO UPDATE
R = TypeVar("R")

_SPACE = "free some space there and run again: what was recorded is kept"
# SQLite's own words (its error codes are in Python only since 3.11): what they mean, and what to do.
_TROUBLES: Final[tuple[tuple[str, Literal["full", "damaged", "read-only", "failed"], str, str], ...]] = (
    ("full", "full", "the disk is full", _SPACE),
    ("malformed", "damaged", "the file is damaged", "restore it from a backup"),
    ("readonly", "read-only", "the file cannot be written", "let this user write it and its directory"),
    ("unable to open", "read-only", "the file cannot be opened", "let this user read and write it and its directory"),
    ("disk I/O", "failed", "the disk failed", "see to the disk or network drive and run again"),
)

_REMEDIES: Final[dict[type[OSError], str]] = {
    FileNotFoundError: "its directory is not there: make it first",
    NotADirectoryError: "what should be its directory is a file",
    FileExistsError: "this is no file but a directory or a device: name a file",
}


class Store:
    """One SQLite file of a kind. Thread-safe; closed by ``close`` or by leaving its ``with`` block.

    Args:
        path: the file; None keeps everything in a private temporary database that vanishes with the store.
        kind: what the file is for; a file of another kind is refused.
        migrations: SQL scripts; script n brings version n - 1 to version n. A newer version is refused.
        durable: flush every commit to the disk itself, for what must outlive a loss of power.
        readonly: open an existing file without writing to it.
        instead: what can be done without a file that is damaged.
        argument: what the caller calls the path, for errors.

    Raises (opening, and by every method):
        FileLocked: somebody else holds the file.
        StorageError: the disk is full, the file is damaged or closed to this user.
        BadArgument: the file is of another kind, of a newer version, or no SQLite file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        *,
        kind: str,
        migrations: Sequence[str],
        durable: bool = False,
        readonly: bool = False,
        instead: str = "",
        argument: str = "path",
    ) -> None:
        self._argument = argument
        given: Any = path
        if given is not None and not (isinstance(given, (str, os.PathLike)) and os.fspath(given)):
            raise invalid(argument, "is the path of a file", path)
        self.path = None if path is None else Path(path)
        self._instead = instead
        self._lock = threading.RLock()
        self._depth = 0
        self._owner = os.getpid()
        self._closed = False
        if sqlite3.sqlite_version_info < _OLDEST:  # pragma: no cover - no Python we support ships one
            raise LinetapError(f"SQLite {sqlite3.sqlite_version} is too old; 3.24 is needed")
        self._db = self._connect(readonly)
        try:
            self._settle(kind, migrations, durable, readonly)
        except BaseException:
            self._db.close()
            raise
        # A plan that is looked at and dropped holds a store: it closes without being told.
        weakref.finalize(self, _let_go, self._db, self._owner).atexit = False

    def __repr__(self) -> str:
        return f"<Store {self.path or 'in memory'}>"

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Runs one statement; how many rows it changed."""
        return self._done(lambda db: db.execute(sql, values).rowcount)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs one statement for many rows."""
        self._done(lambda db: db.executemany(sql, rows))

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, at once: for queries that bound themselves."""
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
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nested ones join the outer one."""
        with self._lock:
            db, outer = self._ours(), self._depth
            try:
                if outer == 0:
                    if db.in_transaction:  # left open by a Ctrl-C that fell between two of these lines
                        self.execute("ROLLBACK")
                    self.execute("BEGIN IMMEDIATE")
                self._depth = outer + 1
                yield
                if outer == 0:
                    self._commit()
            except BaseException:
                if outer == 0 and db.in_transaction:
                    self.execute("ROLLBACK")
                raise
            finally:
                self._depth = outer

    def meta(self, key: str) -> str | None:
        """One of the few facts about the file itself."""
        found: str | None = self.one("SELECT value FROM meta WHERE key = ?", (key,))
        return found

    def set_meta(self, key: str, value: str) -> None:
        """Keeps one of them."""
        self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def scrub(self) -> None:
        """Leaves nothing of what was deleted in the log beside the file."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Folds the log into the file and lets go of it."""
        with self._lock:
            self._closed = True
            self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def in_transaction(self) -> bool:
        """Whether one was begun and is not ended: SQLite itself ends one where the disk is full."""
        return self._ours().in_transaction

    def _commit(self) -> None:
        self.execute("COMMIT")

    def _done(self, act: Callable[[sqlite3.Connection], R]) -> R:
        with self._lock:
            try:
                return act(self._ours())
            except sqlite3.Error as error:
                raise self._told(error) from error

    def _ours(self) -> sqlite3.Connection:
        # SQLite's locks belong to the process: a connection used after a fork corrupts the file.
        if os.getpid() != self._owner:
            raise FileLocked("the file belongs to the process that opened it: open it again after a fork")
        if self._closed:
            raise invalid(
                self._argument, "is open", literal_text("one that was closed"), f"open {self.path or 'another'} again"
            )
        return self._db

    def _connect(self, readonly: bool) -> sqlite3.Connection:
        name, uri = "", False
        if self.path is not None:
            if readonly:
                name, uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", True
            else:
                name = _private(self.path, self._argument)
        try:
            return sqlite3.connect(name, timeout=0, isolation_level=None, check_same_thread=False, uri=uri)
        except sqlite3.Error as error:
            raise invalid(
                self._argument, "is the path of a file that can be opened", str(self.path), str(error)
            ) from None

    def _settle(self, kind: str, migrations: Sequence[str], durable: bool, readonly: bool) -> None:
        try:
            if not readonly:
                self._take(durable)
            self._check(kind, len(migrations))
            if not readonly:
                self._migrate(kind, migrations)
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> Exception:
        """What an error of SQLite's means to who called; itself where it is a mistake of ours."""
        text, name = str(error), str(self.path or "a temporary file of linetap's")
        if "locked" in text or "busy" in text:
            message = f"{name} is in use by another process, or opened twice in this one"
            return FileLocked(f"{message}: wait for it to end, or close it")
        if "not a database" in text:
            return invalid(self._argument, "is a file of linetap's", name, "name another file")
        for words, reason, what, remedy in _TROUBLES:
            if words in text:
                instead = f", or {self._instead}" if self._instead and reason == "damaged" else ""
                path = None if self.path is None else name
                return StorageError(f"{name}: {what}; {remedy}{instead}", path=path, reason=reason)
        return error

    def _take(self, durable: bool) -> None:
        db = self._db
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # before WAL: then nothing is shared with anybody
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")

    def _check(self, kind: str, version: int) -> None:
        tables = self.one("SELECT count(*) FROM sqlite_master WHERE type = 'table'")
        found = self.meta("kind") if self.one("SELECT 1 FROM sqlite_master WHERE name = 'meta'") else None
        if tables and found != kind:
            raise invalid(
                self._argument,
                f"is a {kind}",
                literal_text(f"{self.path}, a {found or 'file of another program'}"),
                "name another file",
            )
        have = self._version()
        if have > version:
            rule = f"is a {kind} of version {version} or older"
            raise invalid(
                self._argument, rule, literal_text(f"version {have}"), "use the linetap that wrote it, or a newer one"
            )

    def _migrate(self, kind: str, migrations: Sequence[str]) -> None:
        for number, script in enumerate(migrations[self._version() :], self._version() + 1):
            with self.transaction():
                self.execute(_META)
                self.set_meta("kind", kind)
                for statement in filter(str.strip, script.split(";")):
                    self.execute(statement)
                self.execute(f"PRAGMA user_version = {number}")

    def _version(self) -> int:
        return int(self.one("PRAGMA user_version"))


def unclean(path: str | os.PathLike[str]) -> bool:
    """Whether a log stands beside the file: it is in use, or the process that used it died."""
    log = Path(f"{os.fspath(path)}-wal")
    return log.exists() and log.stat().st_size > 0


def _private(path: Path, argument: str) -> str:
    """Makes the file readable by its owner alone, before anything is in it."""
    try:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            if not path.is_file():
                raise
            # Not opened and closed again: that would drop the locks of a store this process has open on it.
            if os.stat(path).st_mode & 0o077:
                os.chmod(path, 0o600)
    except OSError as error:
        rule = (
            "is the path of a file that can be made"
            if not os.path.exists(path)
            else "is the path of a file to write into"
        )
        why = _REMEDIES.get(type(error)) or f"{type(error).__name__}: {error.strerror}"
        # The whole path: its end, which a shortened one would lose, is what tells files apart.
        raise BadArgument(problems=[Problem(argument, rule, str(path), suggestion=why)]) from None
    return str(path.absolute())  # ":memory:" is a file here like any other


def _let_go(db: sqlite3.Connection, owner: int) -> None:
    if os.getpid() == owner:
        db.close()
