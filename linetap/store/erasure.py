"""Erasing a user from every file: ``linetap.forget(user_id, stores)``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

import attrs

from linetap.errors import LinetapError, StorageError, invalid, literal_text
from linetap.store.info import open_any
from linetap.store.retention import HASH_SIZE, keyed_hash
from linetap.store.rows import Row, Rows
from linetap.store.sends import EXPIRED, OPEN
from linetap.store.sqlite_file import Store

UNREACHABLE: Final = (
    "LINE: audiences that contain the user id; delete or rebuild them in LINE Official Account Manager or by API",
    "CleverTap: the user's profile and events; clevertap.delete_profiles([identity]) deletes the profile",
    "backups and copies of these files, and logs of your own that contain the user id",
)
# Kind of file -> the function (path, user id) that erases a user from it. Given by name: these modules import this one.
_BY_KIND: Final = {
    "push journal": ("linetap.line.bulk.journal", "forget"),
    "sync ledger": ("linetap.sync.ledger", "forget"),
    "sync plan": ("linetap.sync.plan", "forget"),
    "outbox": ("linetap.relay.outbox", "forget"),
}
_CHUNK = 1 << 20


class Forgets(Protocol):
    """An open file, such as a ``Ledger``."""

    def forget(self, user_id: str) -> int:
        """Erases a user; gives the number of rows that named them."""
        ...


LINE_ID_RULE = "must be a LINE user id: U followed by 32 lowercase hexadecimal digits"
is_line_id = re.compile("[UCR][0-9a-f]{32}").fullmatch  # a journal may contain groups and rooms, too


@attrs.frozen
class FileErasure:
    """What was erased from one file."""

    name: str
    """Its path, or the kind of an open file."""
    rows: int = 0
    """Rows that named the user."""
    error: LinetapError | None = None
    """Why the file could not be changed; None where it was."""


@attrs.frozen
class ErasureReport:
    """What ``linetap.forget`` erased, and what it cannot reach."""

    files: tuple[FileErasure, ...]
    unreachable: tuple[str, ...] = UNREACHABLE
    """Where the user's data can be besides, each with what to do."""

    @property
    def rows(self) -> int:
        """Rows that named the user, in all files."""
        return sum(file.rows for file in self.files)

    @property
    def ok(self) -> bool:
        """Every file was changed, or did not name the user."""
        return all(file.error is None for file in self.files)

    def __str__(self) -> str:
        lines = [f"{file.name}: {file.error or f'{file.rows} rows erased'}" for file in self.files]
        return "\n".join([*lines, "Not reached:", *(f"- {place}" for place in self.unreachable)])


def forget(user_id: str, stores: Iterable[str | os.PathLike[str] | Forgets]) -> ErasureReport:
    """Erases a LINE user from ledgers, journals, plans and outboxes, down to the bytes in the files.

    A request to the user that is not finished is never sent again. What was sent to them stays counted, without
    their id. Do it before the next sync of an account that they still follow: the sync would list them again.

    Args:
        user_id: the LINE user id.
        stores: paths of files that are not in use, or open objects (a ``Ledger``, an ``Outbox``).

    Raises:
        BadArgument: the id is not a LINE id, or a path is no file of linetap. Nothing was erased.
        FileLocked, StorageError: a file could not be changed; the others were. ``error.report`` has all of them.
    """
    given: Any = user_id
    if not (isinstance(given, str) and is_line_id(given)):
        # An id that is mistyped would be reported as erased from no row.
        raise invalid("user_id", LINE_ID_RULE, user_id)
    if isinstance(stores, (str, bytes, os.PathLike)) or not hasattr(stores, "__iter__"):
        raise invalid("stores", "must be a sequence of paths or open files", stores, "write [path]")
    erasers = [_eraser(store) for store in stores]
    report = ErasureReport(tuple(_erase(name, act, user_id) for name, act in erasers))
    for file in report.files:
        if file.error is not None:
            error = copy(file.error)  # the report contains the error itself, and a cycle cannot be pickled
            error.report = report
            raise error
    return report


class SendRows(Protocol):
    """A table of requests, such as ``Rows``."""

    def scan(self, where: str = ..., values: Sequence[Any] = ...) -> Iterator[Row]: ...

    def put(self, rows: Iterable[Sequence[Any]]) -> None: ...

    def contains(self, column: str, mark: str, *, blob: bool = False) -> str: ...


def forget_sends(sends: Rows, key: bytes, user_id: str) -> int:
    """Erases a user from a file's table of requests; gives the number of requests that named them."""
    found = forget_send_rows(sends, key, user_id)
    erase_bytes(sends.store, user_id)
    return found


def forget_send_rows(sends: SendRows, key: bytes, user_id: str) -> int:
    """Erases a user from the rows of requests; gives the number of requests that named them.

    A request that is open is expired: with other recipients or another body, LINE would not know its key again.
    """
    mine, found = keyed_hash(key, user_id.encode()), 0
    named = [sends.contains("hashes", "?", blob=True), sends.contains("recipients", "?")]
    where = f"({' OR '.join(named)} OR {sends.contains('body', '?', blob=True)})"
    for row in sends.scan(where, (mine, user_id, user_id.encode())):
        change = _without(row, mine, user_id)
        if change != row:
            sends.put([change])
            found += 1
    return found


def erase_bytes(store: Store, user_id: str) -> None:
    """Removes every byte of an id from the file and its log."""
    store.scrub()
    if store.path is not None and _contains(store.path, user_id.encode()):
        store.rewrite()
        if _contains(store.path, user_id.encode()):
            what = "the id is still in the file: a row contains it in a place that linetap does not know"
            raise StorageError(f"{store.path}: {what}; delete the file", path=str(store.path))


def _without(row: tuple[Any, ...], mine: bytes, user_id: str) -> tuple[Any, ...]:
    key, state, started, settled, recipients, hashes, body, request_id = row
    parts = [hashes[i : i + HASH_SIZE] for i in range(0, len(hashes), HASH_SIZE)]
    people = json.loads(recipients) if recipients is not None else []
    if mine not in parts and user_id not in people and user_id.encode() not in (body or b""):
        return row
    left = json.dumps([each for each in people if each != user_id]) if len(people) > 1 else None
    kept = b"".join(b"\0" * HASH_SIZE if part == mine else part for part in parts)
    if state == OPEN:
        return (key, EXPIRED, started, started, left, kept, None, request_id)
    return (key, state, started, settled, left, kept, None, request_id)


def _eraser(store: Any) -> tuple[str, Any]:
    if hasattr(store, "forget"):
        return type(store).__name__, store.forget
    if not isinstance(store, (str, os.PathLike)):
        raise invalid("stores", "must contain only paths or open files", store)
    if "://" in os.fspath(store):  # an address may contain a password
        raise invalid(
            "stores", "must contain only paths or open files", literal_text("an address"), "pass the PostgresOutbox"
        )
    if not os.path.isfile(store):
        raise invalid("stores", "must contain only paths of files that exist", os.fspath(store))
    with open_any(store) as opened:
        kind = opened.form.kind
    if kind not in _BY_KIND:
        raise invalid("stores", "must contain only files with users", f"{os.fspath(store)}, a {kind}")
    module, function = _BY_KIND[kind]
    return os.fspath(store), lambda user_id: getattr(import_module(module), function)(Path(store), user_id)


def _erase(name: str, act: Any, user_id: str) -> FileErasure:
    try:
        return FileErasure(name, int(act(user_id)))
    except LinetapError as error:
        return FileErasure(name, error=error)


def _contains(path: Path, needle: bytes) -> bool:
    for name in (str(path), f"{path}-wal"):
        if os.path.exists(name):
            file = _reader(name)
            rest, at = b"", 0
            while part := _read(file, at):
                if needle in rest + part:
                    return True
                rest, at = part[-len(needle) :], at + len(part)
    return False


def _read(file: int, at: int) -> bytes:
    os.lseek(file, at, os.SEEK_SET)
    return os.read(file, _CHUNK)


def _reader(name: str) -> int:
    """A descriptor that stays open: closing one would end the locks that SQLite has on the file in this process."""
    found = os.stat(name)
    identity = (found.st_dev, found.st_ino)
    if identity not in _READERS:
        _READERS[identity] = os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    return _READERS[identity]


_READERS: dict[tuple[int, int], int] = {}
