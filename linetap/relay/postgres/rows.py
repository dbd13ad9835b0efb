# ruff: noqa: S608 - statements are built from names of this package; values are always bound
"""The rows of one table in Postgres. They carry no checksum: Postgres has its own (``initdb --data-checksums``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from linetap.relay.postgres.schema import COLUMN_TYPES
from linetap.relay.schema import ENTRIES, entry_row
from linetap.store.formats import CheckedTable
from linetap.store.rows import Row

_LARGE = ("payload", "body")
_ENTRY = tuple(column for column in ENTRIES.columns if column != "id")
_ROWS = 1_000  # that one statement writes


class Statements(Protocol):
    """What a table asks of its store."""

    def rows(self, sql: str, values: Sequence[Any] = (), *, unlimited: bool = False) -> list[Row]: ...

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int: ...

    def insert_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> int: ...


class PlainRows:
    """The rows of one table, as tuples in the order of ``table.columns``."""

    def __init__(self, store: Statements, table: CheckedTable) -> None:
        self._store, self._table = store, table
        self._select = f"SELECT {', '.join(table.columns)} FROM {table.name}"
        changes = ", ".join(f"{each} = excluded.{each}" for each in table.columns if each not in table.key)
        self._conflict = f" ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {changes}"

    def get(self, *key: Any) -> Row | None:
        """The row of a key, or None."""
        found = self.select(f"({', '.join(self._table.key)}) = {_marks(len(key))}", key)
        return found[0] if found else None

    def select(self, where: str, values: Sequence[Any] = (), *, tail: str = "") -> list[Row]:
        """The rows that a condition finds, at once; ``tail`` is an ORDER BY or LIMIT."""
        return self._store.rows(f"{self._select} WHERE {where} {tail}", values)

    def among(self, column: str, keys: Sequence[str]) -> Iterator[Row]:
        """The rows whose ``column`` is one of the keys, any number of them."""
        for at in range(0, len(keys), 500):
            part = keys[at : at + 500]
            yield from self.select(f"{column} IN {_marks(len(part))}", part)

    def scan(self, where: str = "TRUE", values: Sequence[Any] = (), *, step: int = 1_000) -> Iterator[Row]:
        """The rows that a condition finds, in the order of the key, ``step`` at a time; rows may change meanwhile."""
        key = self._table.key
        names, positions = ", ".join(key), [self._table.columns.index(column) for column in key]
        tail = f"ORDER BY {names} LIMIT {step}"
        found = self._store.rows(f"{self._select} WHERE {where} {tail}", values, unlimited=True)
        later = f"{self._select} WHERE ({names}) > {_marks(len(key))} AND {where} {tail}"
        while found:
            yield from found
            last = [found[-1][position] for position in positions]
            found = self._store.rows(later, (*last, *values), unlimited=True) if len(found) == step else []

    def insert(self, rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows; each key must be new."""
        self._store.insert_all(list(insert_statements(self._table.name, self._table.columns, rows)))

    def add(self, rows: Iterable[Sequence[Any]]) -> int:
        """Adds the rows whose key is new; gives how many."""
        tail = " ON CONFLICT DO NOTHING"
        return self._store.insert_all(list(insert_statements(self._table.name, self._table.columns, rows, tail=tail)))

    def put(self, rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows, or replaces those of the same key as a whole."""
        positions = [self._table.columns.index(column) for column in self._table.key]
        last = {
            tuple(row[position] for position in positions): row for row in rows
        }  # a statement changes a row only once
        for sql, values in insert_statements(self._table.name, self._table.columns, last.values(), tail=self._conflict):
            self._store.execute(sql, values)

    def update(self, changes: Mapping[str, str], where: str, values: Iterable[Sequence[Any]]) -> int:
        """Changes columns of rows; gives how many rows were changed. See ``Rows.update`` of the SQLite store."""
        given = ", ".join(f"{column} = {value}" for column, value in changes.items())
        sql = f"UPDATE {self._table.name} SET {given} WHERE {where}"
        return sum(self._store.execute(sql, each) for each in values)

    def replace(self, changed: Sequence[tuple[Row, Row]], columns: Sequence[str]) -> int:
        """Changes some columns of rows that were read before, each only while it is as it was; gives how many were.

        What is large is not compared: no payload and no body changes without another column of its row.
        """
        table, key = self._table, self._table.key[0]
        known = [column for column in table.columns if column not in (key, *_LARGE)]
        given = ", ".join(f"{column} = new.after_{column}" for column in columns)
        same = " AND ".join(f"old.{column} IS NOT DISTINCT FROM new.{column}" for column in known)
        names = ", ".join([key, *known, *(f"after_{column}" for column in columns)])
        source = f"{_arrays(table.name, [key, *known, *columns])} AS new ({names})"
        sql = f"UPDATE {table.name} AS old SET {given} FROM {source} WHERE old.{key} = new.{key} AND {same}"
        count, index = 0, {column: number for number, column in enumerate(table.columns)}
        for at in range(0, len(changed), _ROWS):
            part = changed[at : at + _ROWS]
            values = [[before[index[each]] for before, _ in part] for each in (key, *known)]
            count += self._store.execute(
                sql, [*values, *([after[index[each]] for _, after in part] for each in columns)]
            )
        return count

    def delete(self, where: str, values: Sequence[Any] = ()) -> int:
        """Deletes rows; gives how many."""
        return self._store.execute(f"DELETE FROM {self._table.name} WHERE {where}", values)

    def contains(self, column: str, mark: str, *, blob: bool = False) -> str:
        """The condition that a column contains a text, or bytes."""
        empty = "''::bytea" if blob else "''"
        cast = "bytea" if blob else "text"
        return f"position({mark}::{cast} IN coalesce({column}, {empty})) > 0"


def insert_statements(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, tail: str = ""
) -> Iterator[tuple[str, list[Any]]]:
    """Statements that insert many rows each, with their values."""
    given = list(rows)
    head = f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM {_arrays(table, columns)}{tail}"
    for at in range(0, len(given), _ROWS):
        yield head, [list(column) for column in zip(*given[at : at + _ROWS], strict=True)]


def entry_statements(entries: Sequence[dict[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Statements that add entries; the database numbers them."""
    place = ENTRIES.columns.index("id")
    full = [entry_row(id=None, **values) for values in entries]
    rows = [(*row[:place], *row[place + 1 :]) for row in full]
    return insert_statements("entries", _ENTRY, rows, tail=" ON CONFLICT DO NOTHING")


def _arrays(table: str, columns: Iterable[str]) -> str:
    """Rows, as an array for each column: a statement has the same text and few parameters, however many rows."""
    types = COLUMN_TYPES[table]
    return f"unnest({', '.join(f'?::{types[column]}[]' for column in columns)})"


def _marks(count: int) -> str:
    return f"({', '.join('?' * count)})"
