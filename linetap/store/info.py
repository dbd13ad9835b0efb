# ruff: noqa: S608 - statements are built from names that the file's checked entries give
"""Looking into a file of any kind: what ``python -m linetap.store`` prints."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

import attrs

from linetap.errors import invalid
from linetap.store.checksums import checksum
from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.problems import Problems
from linetap.store.sqlite_file import Store

_NAME = re.compile(r"[a-z_]+")
# Table -> the columns with a time in seconds since 1970: the oldest of them is shown.
_TIMES = ("started_at", "received_at", "since")


@attrs.frozen
class FileInfo:
    """What a file says about itself."""

    kind: str
    version: int
    rows: dict[str, int]
    """Table -> number of rows."""
    oldest: int | None
    """Seconds since 1970 of the oldest row, where rows have a time."""


def open_any(path: str | os.PathLike[str]) -> Store:
    """Opens a file of any kind by what it says about itself; it must exist and not be in use."""
    form, shared = _read(Path(path))
    return Store(path, form, shared=shared, durable=True)


def info(store: Store) -> FileInfo:
    """Kind, version, number of rows, the oldest row."""
    rows: dict[str, int] = {}
    times: list[int] = []
    for table in store.form.tables:
        rows[table.name] = int(store.one(f"SELECT count(*) FROM {table.name}"))
        for column in (column for column in _TIMES if column in table.columns):
            oldest = store.one(f"SELECT min({column}) FROM {table.name}")
            times += [oldest] if isinstance(oldest, int) else []
    return FileInfo(store.form.kind, int(store.one("PRAGMA user_version")), rows, min(times, default=None))


def _read(path: Path) -> tuple[StoreFormat, bool]:
    problems = Problems(path, StoreFormat("file", ()))
    if not path.is_file():
        raise invalid("path", "must be the path of a file that exists", str(path))
    try:
        db = sqlite3.connect(path.absolute().as_uri() + "?mode=rw", uri=True, timeout=0)
        try:
            rows = db.execute("SELECT key, value, checksum FROM meta").fetchall()
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
        finally:
            db.close()
    except sqlite3.Error as error:
        if "no such" in str(error):
            raise problems.no_file_of_linetap() from None
        raise problems.from_sqlite(error, opening=True) from error
    if any(checksum(row[:-1]) != row[-1] for row in rows):
        raise problems.damaged("the file is damaged: an entry about the file does not match its checksum")
    facts = {str(key): str(value) for key, value, _ in rows}
    if "kind" not in facts or "linetap" not in facts:
        raise problems.no_file_of_linetap()
    tables = tuple(_table(name, value) for name, value in sorted(facts.items()) if name.startswith("table "))
    form = StoreFormat(facts["kind"], ("",) * version, tables, compatible_from=1)
    return form, facts.get("mode") == "shared"


def _table(entry: str, value: str) -> CheckedTable:
    _, name, check = entry.split(" ")
    key, columns = (tuple(part.split()) for part in value.split("|"))
    if not all(_NAME.fullmatch(word) for word in (name, check, *key, *columns)):
        raise invalid("path", "must be a file that linetap wrote", name)
    return CheckedTable(name, key, columns, check, optional=check != "checksum")
