# ruff: noqa: S608 - statements are built from names of this package; values are always bound
"""Reading and writing the checked rows of one table.

Every row that is read is compared with its checksum, and every row that is changed is compared before it is: a row
that does not match raises ``StorageError`` (``reason == "damaged"``). A scan moves forward by the key, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from linetap.store.checksums import checksum
from linetap.store.formats import META, CheckedTable
from linetap.store.sqlite_file import Store

Row = tuple[Any, ...]
_TRUST = "the rows that match their checksums can still be read"
_PARAMETERS = 999  # of one statement, at most: older versions of SQLite take no more
_STEP = 1_000  # rows that a scan reads at once: nothing is kept open while the caller changes rows


class Rows:
    """The rows of one table, as tuples in the order of ``table.columns``."""

    def __init__(self, store: Store, table: CheckedTable) -> None:
        self.store, self.table = store, table
        self._columns = ", ".join(table.columns)
        self._select = f"SELECT {self._columns}, {table.check} FROM {table.name}"
        names = f"{self._columns}, {table.check}"
        self._insert = f"INSERT INTO {table.name} ({names}) VALUES"
        given = [*(column for column in table.columns if column not in table.key), table.check]
        changes = ", ".join(f"{column} = excluded.{column}" for column in given)
        self._conflict = f" ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {changes}"

    # Reading

    def get(self, *key: Any) -> Row | None:
        """The row of a key, or None."""
        found = self.select(f"({', '.join(self.table.key)}) = ({_slots(key)})", key)
        return found[0] if found else None

    def select(self, where: str, values: Sequence[Any] = (), *, tail: str = "") -> list[Row]:
        """The rows that a condition finds, at once; ``tail`` is an ORDER BY or LIMIT."""
        return self.checked(self.store.rows(f"{self._select} WHERE {where} {tail}", values))

    def among(self, column: str, keys: Sequence[str], where: str = "TRUE") -> Iterator[Row]:
        """The rows whose ``column`` is one of the keys, any number of them."""
        yield from self.checked(self.store.among(f"{self._select} WHERE {where} AND {column} IN ({{}})", keys))

    def scan(self, where: str = "TRUE", values: Sequence[Any] = (), *, step: int = _STEP) -> Iterator[Row]:
        """The rows that a condition finds, in the order of the key, ``step`` at a time; rows may change meanwhile."""
        key = self.table.key
        names, size = ", ".join(key), len(key)
        places = [self.table.columns.index(column) for column in key]
        first = f"WHERE {where} ORDER BY {names} LIMIT {step}"
        later = f"WHERE ({names}) > ({', '.join('?' * size)}) AND {where} ORDER BY {names} LIMIT {step}"
        found = self.store.rows(f"{self._select} {first}", values)
        last: Row | None = None
        while found:
            part = self.checked(found)
            for row in part:
                now = tuple(row[place] for place in places)
                if last is not None and not _grows(last, now):
                    raise self._damaged("its rows are not in the order of their keys")
                last = now
            yield from part
            found = self.store.rows(f"{self._select} {later}", (*(last or ()), *values)) if len(found) == step else []

    def checked(self, found: Iterable[Row]) -> list[Row]:
        """Rows of a query of the caller's own that ends with the check column, compared and without it."""
        return [row[:-1] for row in found if checksum(row[:-1]) == row[-1] or self._raise(row)]

    # Writing

    def insert(self, rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows; each key must be new."""
        self._write(self._insert, "", rows)

    def add(self, rows: Iterable[Sequence[Any]]) -> int:
        """Adds the rows whose key is new; gives how many."""
        return self._write(self._insert, " ON CONFLICT DO NOTHING", rows)

    def put(self, rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows, or replaces those of the same key as a whole."""
        self._write(self._insert, self._conflict, rows)

    def _write(self, insert: str, conflict: str, rows: Iterable[Sequence[Any]]) -> int:
        """Many rows by few statements: other threads run between two statements, and each of them costs time."""
        given = list(map(_with_sum, rows))
        slots, step = f"({_slots((*self.table.columns, 0))})", _PARAMETERS // (len(self.table.columns) + 1)
        if len(given) <= 1:
            return self.store.executemany(f"{insert} {slots}{conflict}", given)
        changed = 0
        with self.store.transaction():
            for at in range(0, len(given), step):
                part = given[at : at + step]
                sql = f"{insert} {', '.join([slots] * len(part))}{conflict}"
                changed += self.store.execute(sql, [value for row in part for value in row])
        return changed

    def update(self, changes: Mapping[str, str], where: str, values: Iterable[Sequence[Any]]) -> int:
        """Changes columns of rows; gives how many rows were changed.

        Args:
            changes: column -> SQL of its new value, with numbered parameters (``?1``); the row's columns may be used.
            where: which rows, with numbered parameters.
            values: the parameters, once for each time that the statement is to run.
        """
        table = self.table
        after = ", ".join(changes.get(column, column) for column in table.columns)
        given = ", ".join(f"{column} = {value}" for column, value in changes.items())
        check = f"{table.check} = next_sum({table.check}, {self._columns}, {after})"
        return self.store.executemany(f"UPDATE {table.name} SET {given}, {check} WHERE {where}", values)

    def replace(self, changed: Sequence[tuple[Row, Row]], columns: Sequence[str]) -> int:
        """Changes some columns of rows that were read before, each only while it is as it was; gives how many were.

        Cheaper than :meth:`update` for many rows: SQLite calls no function, and few statements change all of them.

        Args:
            changed: each row as it was read, and as it is to be. They may differ in these columns only.
            columns: none of them may be in the key, which must be one column.
        """
        pairs = [(before, _with_sum(after)) for before, after in changed]
        step = _PARAMETERS // (2 * (len(columns) + 2) + 1)
        return sum(self._replace(pairs[at : at + step], columns) for at in range(0, len(pairs), step))

    def _replace(self, pairs: Sequence[tuple[Row, Row]], columns: Sequence[str]) -> int:
        table, [key] = self.table, self.table.key
        keys = [before[0] for before, _ in pairs]
        given: list[str] = []
        values: list[Any] = []
        for column in (*columns, table.check):
            place = len(table.columns) if column == table.check else table.columns.index(column)
            sql, used = _one_of(key, keys, [after[place] for _, after in pairs])
            given.append(f"{column} = {sql}")
            values += used
        was, used = _one_of(key, keys, [checksum(before) for before, _ in pairs])
        where = f"{key} IN ({_slots(keys)}) AND {table.check} = {was}"
        return self.store.execute(f"UPDATE {table.name} SET {', '.join(given)} WHERE {where}", [*values, *keys, *used])

    def delete(self, where: str, values: Sequence[Any] = ()) -> int:
        """Deletes rows; gives how many."""
        return self.store.execute(f"DELETE FROM {self.table.name} WHERE {where}", values)

    def contains(self, column: str, mark: str, *, blob: bool = False) -> str:
        """The condition that a column contains a text, or bytes."""
        empty = "X''" if blob else "''"
        return f"instr(coalesce({column}, {empty}), {mark}) > 0"

    def _raise(self, row: Row) -> bool:
        if self.table.optional and row[-1] is None:
            return True
        raise self._damaged("a row does not match its checksum")

    def _damaged(self, what: str) -> Exception:
        return self.store.problems.damaged(f"the file is damaged: table {self.table.name}: {what}", _TRUST)


def verify(store: Store) -> None:
    """Raises ``StorageError`` where a row of the file, or its structure, is damaged, or where a row is missing."""
    if found := damages(store):
        raise store.problems.damaged(f"the file is damaged: {found[0]}", _TRUST)


def damages(store: Store) -> list[str]:
    """What is wrong with a file, one sentence for each: its structure, then each table's rows."""
    structure = [str(found) for (found,) in store.rows("PRAGMA integrity_check(3)")]
    wrong = [] if structure == ["ok"] else [f"SQLite says {found}" for found in structure]
    for table in (META, *store.form.tables):
        wrong += _table_damages(store, table)
    return wrong


def _table_damages(store: Store, table: CheckedTable) -> Iterator[str]:
    bad = f"row_sum({', '.join(table.columns)}) IS NOT {table.check}"
    if table.optional:
        bad += f" AND {table.check} IS NOT NULL"
    sql = f"SELECT count(*), coalesce(sum({table.check}), 0), coalesce(sum({bad}), 0) FROM {table.name}"
    [(rows, total, wrong)] = store.rows(sql)
    if wrong:
        yield f"table {table.name}: {wrong} of {rows} rows do not match their checksums"
    elif not table.optional:
        known = store.rows("SELECT rows, checksums FROM totals WHERE name = ?", (table.name,))
        if known != [(rows, total)]:
            yield f"table {table.name}: it has {rows} rows, and not the rows that were written to it"


def _with_sum(row: Sequence[Any]) -> Row:
    """A row with its checksum, from its values as SQLite gives them back."""
    values = tuple(value if type(value) in _STORED else _as_stored(value) for value in row)
    return (*values, checksum(values))


def _as_stored(value: Any) -> Any:
    """A bool, an enum or another subclass as the plain value that SQLite stores."""
    kind = next((kind for kind in _STORED if isinstance(value, kind)), None)
    if kind is None:
        raise TypeError(f"SQLite cannot store a {type(value).__name__}")
    return kind.__new__(kind, value)  # not str(value): of an enum that would be its name


_STORED: tuple[Any, ...] = (str, int, float, bytes, type(None))


def _one_of(key: str, keys: Sequence[Any], values: Sequence[Any]) -> tuple[str, list[Any]]:
    """SQL for the value that belongs to the key of a row, and its parameters."""
    first = values[0]
    if all(value is first or (type(value) is type(first) and value == first) for value in values):
        return "?", [first]
    pairs = [part for pair in zip(keys, values, strict=True) for part in pair]
    return f"CASE {key}{' WHEN ? THEN ?' * len(keys)} END", pairs


def _slots(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _grows(last: Row, now: Row) -> bool:
    try:
        return last < now
    except TypeError:
        return False
