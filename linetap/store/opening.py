"""Opening a file: its settings, its kind and version, the scripts that it misses."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol

from linetap.errors import invalid, literal_text
from linetap.store import checksums
from linetap.store.formats import BASE_SCHEMA, META, StoreFormat
from linetap.store.problems import Problems

_LARGEST_LOG = 16 << 20  # bytes that a log keeps on disk after it was moved into the file
_MARK = "linetap"
"""The entry of ``meta`` that a file of this family has; its value is the layout of ``meta`` and ``totals``."""
_LAYOUT = "1"


class Opened(Protocol):
    """What is asked of the store whose file is opened."""

    path: Path | None
    form: StoreFormat
    problems: Problems
    shared: bool

    def meta(self, key: str) -> str | None: ...

    def set_meta(self, key: str, value: str) -> None: ...

    def commit(self) -> None: ...


def settle(store: Opened, db: sqlite3.Connection, *, readonly: bool, durable: bool) -> None:
    """Prepares a connection that was just made. Raises SQLite's own errors, and BadArgument for a wrong file."""
    checksums.register(db)
    if not readonly:
        _configure(db, shared=store.shared, durable=durable)
    found = _version(store, db)
    if readonly:
        return
    if found < len(store.form.migrations):
        _migrate(store, db, found)
    for table in (META, *store.form.tables):
        if not table.optional:
            for trigger in checksums.totals_triggers(table):
                db.execute(trigger)


def _configure(db: sqlite3.Connection, *, shared: bool, durable: bool) -> None:
    if not shared:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # before WAL: then nothing is shared
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    db.execute("PRAGMA secure_delete = ON")
    db.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG}")
    if not shared:
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")


def _version(store: Opened, db: sqlite3.Connection) -> int:
    """The version of the file, 0 for a new one; raises where this linetap must not use it."""
    form = store.form
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    schema = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    names = {name for name, _ in schema}
    if not names and not version:
        return 0
    if "meta" in names and "totals" not in names:
        raise store.problems.no_file_of_linetap(f"{store.path}, a file of a linetap before 0.1.0")
    if "meta" not in names:
        raise store.problems.no_file_of_linetap(f"{store.path}, a file of another program")
    kind = store.meta("kind")
    if kind is None:
        raise sqlite3.DatabaseError("the file does not say what it is")
    if kind != form.kind:
        raise store.problems.no_file_of_linetap(f"{store.path}, a {kind}")
    if store.meta(_MARK) != _LAYOUT or version != _stored_number(store, "version"):
        raise sqlite3.DatabaseError("the version of the file is damaged")
    if store.meta("schema") != str(checksums.checksum(schema)):
        raise sqlite3.DatabaseError("the schema of the file is damaged")
    if len(form.migrations) < _stored_number(store, "compatible_from"):
        rule = f"must be of the kind {form.kind!r} and of version {len(form.migrations)} or a compatible one"
        remedy = "use the linetap that wrote it, or a newer one"
        raise invalid(form.argument, rule, literal_text(f"version {version}"), remedy)
    return version


def _stored_number(store: Opened, key: str) -> int:
    value = store.meta(key) or ""
    if not value.isdecimal():
        raise sqlite3.DatabaseError(f"{key} is not a number")
    return int(value)


def _migrate(store: Opened, db: sqlite3.Connection, version: int) -> None:
    """Brings the file to the newest version, in one transaction."""
    form = store.form
    db.execute("BEGIN IMMEDIATE")
    try:
        if not version:
            for statement in BASE_SCHEMA:
                db.execute(statement)
        for script in form.migrations[version:]:
            for statement in filter(str.strip, script.split(";")):
                db.execute(statement)
        for table in (META, *form.tables):
            db.execute("INSERT OR IGNORE INTO totals VALUES (?, 0, 0)", (table.name,))
        _describe(store, db, new=not version)
        db.execute(f"PRAGMA user_version = {len(form.migrations)}")
        store.commit()
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _describe(store: Opened, db: sqlite3.Connection, *, new: bool) -> None:
    """Writes what the file says about itself: kind, version, schema, and the tables for ``python -m linetap.store``."""
    form = store.form
    schema = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    facts = {
        "version": str(len(form.migrations)),
        "compatible_from": str(form.compatible_from),
        "schema": str(checksums.checksum(schema)),
        **{f"table {table.name} {table.check}": _columns(table.key, table.columns) for table in form.tables},
    }
    if new:
        facts |= {"kind": form.kind, _MARK: _LAYOUT, "mode": "shared" if store.shared else "exclusive"}
    for key, value in facts.items():
        store.set_meta(key, value)
    # The triggers that count are made after this: the few rows of meta are counted here.
    db.execute("UPDATE totals SET (rows, checksums) = (SELECT count(*), sum(checksum) FROM meta) WHERE name = 'meta'")


def _columns(key: tuple[str, ...], columns: tuple[str, ...]) -> str:
    return f"{' '.join(key)} | {' '.join(columns)}"
