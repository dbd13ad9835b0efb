"""Checked rows: what was not written by linetap is noticed when it is read, changed or verified."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linetap.errors import StorageError
from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.rows import Rows, damages, verify
from linetap.store.sqlite_file import Store

CALLS = CheckedTable("calls", key=("id", "part"), columns=("id", "part", "at", "body"))
SCHEMA = (
    "CREATE TABLE calls (id TEXT NOT NULL, part INTEGER NOT NULL, at INTEGER, body BLOB, "
    "checksum INTEGER NOT NULL, PRIMARY KEY (id, part)) WITHOUT ROWID"
)
FORMAT = StoreFormat(
    "test file",
    (SCHEMA,),
    tables=(CALLS,),
    instead="use a new one",
)
WRITTEN = [("a", 1, 10, b"x"), ("a", 2, 20, b""), ("b", 1, 30, None), ("é\U0001fae0", 1, None, b"\xff\x00")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "calls.sqlite"
    with Store(path, FORMAT) as store:
        Rows(store, CALLS).insert(WRITTEN)
    return path


def alter(path: Path, sql: str, *values: object) -> None:
    """Changes the file as another program does."""
    with sqlite3.connect(path) as db:
        db.execute(sql, values)
    db.close()


@pytest.mark.parametrize("step", [1, 2, 1000])
def test_rows_come_back_as_they_were_written_in_the_order_of_the_key(path: Path, step: int) -> None:
    """A scan gives every row once, whatever the number of rows that are read at once."""
    with Store(path, FORMAT) as store:
        rows = Rows(store, CALLS)
        assert list(rows.scan(step=step)) == WRITTEN
        assert list(rows.scan("at > ?", (15,), step=step)) == WRITTEN[1:3]
        assert rows.get("b", 1) == WRITTEN[2]
        assert rows.get("b", 2) is None
        assert list(rows.among("id", ["b", "c"])) == [WRITTEN[2]]


def test_changed_rows_match_their_checksums(path: Path) -> None:
    """Rows that are added, replaced, changed and deleted leave a file in which all is well."""
    with Store(path, FORMAT) as store:
        rows = Rows(store, CALLS)
        rows.put([("a", 1, 11, b"new"), ("c", 1, 1, b"")])
        changed = rows.update({"at": "at + ?1", "body": "NULL"}, "id = ?2", [(5, "a"), (7, "c"), (1, "-")])
        deleted = rows.delete("id = ?", ("b",))
        assert (changed, deleted) == (3, 1)
        assert list(rows.scan("id < 'd'")) == [("a", 1, 16, None), ("a", 2, 25, None), ("c", 1, 8, None)]
        verify(store)


VALUES = ["1", "x'ff'", "'text'", "NULL", "1e300", "9223372036854775807", "x'00'"]
# But for what the schema itself rejects.
ALTERED = [(column, value) for column in ("at", "body", "checksum", "part", "id") for value in VALUES]
ALTERED = [pair for pair in ALTERED if pair not in [(c, "NULL") for c in ("checksum", "part", "id")] + [("part", "1")]]


@pytest.mark.parametrize(("column", "value"), ALTERED)
@pytest.mark.parametrize(
    "use",
    [
        lambda rows: list(rows.scan(step=1)),
        lambda rows: rows.select("id <> 'b'"),
        lambda rows: rows.update({"at": "1"}, "id <> 'b'", [()]),
        lambda rows: verify(rows.store),
    ],
    ids=["scan", "select", "update", "verify"],
)
def test_a_value_that_linetap_did_not_write_is_a_storage_error(
    path: Path, column: str, value: str, use: Callable[[Rows], Any]
) -> None:
    """An invalid value in any column of a row raises StorageError and no other error, and the error says that the rest
    is intact.
    """
    alter(path, f"UPDATE calls SET {column} = {value} WHERE id = 'a' AND part = 2")
    with Store(path, FORMAT) as store, pytest.raises(StorageError) as caught:
        use(Rows(store, CALLS))
    assert caught.value.reason == "damaged"
    assert "restore it from a backup, or use a new one" in str(caught.value)


def test_text_that_is_not_utf8_is_a_storage_error(path: Path) -> None:
    """Bytes that are no text, in a column of text, come out as StorageError."""
    alter(path, "UPDATE calls SET id = CAST(x'ff' AS TEXT) WHERE part = 2")
    with Store(path, FORMAT) as store, pytest.raises(StorageError, match="damaged"):
        list(Rows(store, CALLS).scan())


def test_a_row_that_is_missing_is_noticed(path: Path) -> None:
    """A row that another program deleted, or put back from before, is noticed by verify."""
    alter(path, "DELETE FROM calls WHERE id = 'b'")
    with Store(path, FORMAT) as store:
        [found] = damages(store)
    assert "it has 3 rows, and not the rows that were written to it" in found


def test_an_entry_about_the_file_is_checked(path: Path) -> None:
    """A changed entry of meta is a StorageError, when the file is opened or when it is read."""
    with Store(path, FORMAT) as store:
        store.set_meta("run", "{}")
        store.execute("UPDATE meta SET value = '[1]' WHERE key = 'run'")
        with pytest.raises(StorageError, match="'run' does not match"):
            store.meta("run")
    for key in ("kind", "version", "schema", "compatible_from"):
        alter(path, "UPDATE meta SET value = '[1]' WHERE key = ?", key)
        with pytest.raises(StorageError, match="damaged"):
            Store(path, FORMAT)


@pytest.mark.parametrize("sql", ["DROP TABLE calls", "CREATE INDEX more ON calls (at)", "PRAGMA user_version = 0"])
def test_a_changed_schema_is_a_storage_error(path: Path, sql: str) -> None:
    """Tables, indexes and the version are those that linetap wrote."""
    alter(path, sql)
    with pytest.raises(StorageError, match="damaged"):
        Store(path, FORMAT)


def test_a_scan_ends_where_the_keys_do_not_grow(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that gives the same rows again and again ends a scan by StorageError."""
    with Store(path, FORMAT) as store:
        rows = Rows(store, CALLS)
        again = store.rows("SELECT *, NULL FROM calls")[:2]
        monkeypatch.setattr(store, "rows", lambda *_: [row[:-1] for row in again])
        with pytest.raises(StorageError, match="not in the order of their keys"):
            list(rows.scan(step=2))


def test_columns_of_a_later_version_have_a_checksum_of_their_own(path: Path) -> None:
    """An older version changes rows of a newer file, adds its own, and both versions read all of them."""
    notes = CheckedTable("calls", ("id", "part"), ("id", "part", "note"), check="note_check", optional=True)
    newer = StoreFormat(
        "test file",
        (*FORMAT.migrations, "ALTER TABLE calls ADD COLUMN note TEXT; ALTER TABLE calls ADD COLUMN note_check INTEGER"),
        tables=(CALLS, notes),
    )
    with Store(path, newer) as store:
        store.execute("UPDATE calls SET note = 'n', note_check = row_sum(id, part, 'n') WHERE id = 'a'")
    with Store(path, FORMAT) as store:
        Rows(store, CALLS).put([("a", 1, 99, b""), ("z", 1, 1, b"")])
        verify(store)
    with Store(path, newer) as store:
        verify(store)
        assert [row[2] for row in Rows(store, notes).scan()] == ["n", "n", None, None, None]
        assert Rows(store, CALLS).get("a", 1) == ("a", 1, 99, b"")
    alter(path, "UPDATE calls SET note = 'other' WHERE id = 'a' AND part = 1")
    with Store(path, newer) as store, pytest.raises(StorageError):
        verify(store)


COUNTS = CheckedTable("counts", key=("id",), columns=("id", "state", "note"))
COUNT_FORMAT = StoreFormat(
    "counts", ("CREATE TABLE counts (id INTEGER PRIMARY KEY, state, note TEXT, checksum INTEGER NOT NULL)",), (COUNTS,)
)


@pytest.mark.parametrize("number", [0, 1, 2, 1000])
def test_many_rows_are_written_and_replaced(tmp_path: Path, number: int) -> None:
    """Any number of rows is written and replaced, values keep their types, and the file verifies after it."""
    old = [(n, 0, f"note {n}") for n in range(number)]
    new = [(n, (1, 1.0, None)[n % 3], f"new {n}" if n % 2 else None) for n in range(number)]
    with Store(tmp_path / "counts", COUNT_FORMAT) as store:
        rows = Rows(store, COUNTS)
        rows.insert(old)
        assert rows.replace(list(zip(old, new, strict=True)), ("state", "note")) == number
        verify(store)
        assert [(row, type(row[1])) for row in rows.scan()] == [(row, type(row[1])) for row in new]
        rows.put([*old, (number, 5, "more")])
        verify(store)
        assert list(rows.scan()) == [*old, (number, 5, "more")]


def test_only_a_row_that_is_as_it_was_is_replaced(tmp_path: Path) -> None:
    """A row that changed since it was read stays as it is, and the others are replaced."""
    with Store(tmp_path / "counts", COUNT_FORMAT) as store:
        rows = Rows(store, COUNTS)
        rows.insert([(1, 0, "a"), (2, 0, "b")])
        read = list(rows.scan())
        rows.update({"note": "'changed'"}, "id = ?1", [(2,)])
        assert rows.replace([(row, (row[0], 7, row[2])) for row in read], ("state",)) == 1
        assert list(rows.scan()) == [(1, 7, "a"), (2, 0, "changed")]
        verify(store)
