"""Rows of frames, databases and files: bad rows are reported with their row and identity, or skipped and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import attrs

from linetap import frames
from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr

T = TypeVar("T")


@attrs.frozen
class BadRow:
    """One row that cannot be used."""

    row: str
    """The row, such as ``rows[700]``, or ``pairs.csv row 3`` (a file's header is row 1)."""
    identity: str | None = attrs.field(repr=False)
    """The row's identity; None where it has none."""
    problems: tuple[Problem, ...]


OnBadRow: TypeAlias = "Literal['raise', 'skip'] | Callable[[BadRow], object]"


class BadRows:
    """Handles bad rows as ``on_bad_row`` says, and counts those that are left out."""

    def __init__(self, on_bad_row: OnBadRow) -> None:
        if on_bad_row not in ("raise", "skip") and not callable(on_bad_row):
            remedy = "a function is called with each BadRow"
            raise invalid("on_bad_row", "must be 'raise', 'skip' or a function", on_bad_row, remedy)
        self._on_bad_row = on_bad_row
        self.count = 0

    def add(self, row: str, identity: object, problems: Iterable[Problem]) -> None:
        """Raises, or counts the row and calls the function."""
        found = tuple(problems)
        if self._on_bad_row == "raise":
            raise BadArgument(problems=found)
        self.count += 1
        if callable(self._on_bad_row):
            self._on_bad_row(BadRow(row, None if frames.missing(identity) else short_repr(identity), found))


class RowRecords(Generic[T], Iterator[T]):
    """The records of rows, made as they are iterated."""

    def __init__(
        self, rows: object, identity: str, make: Callable[[int, Mapping[str, Any]], T], on_bad_row: OnBadRow
    ) -> None:
        self._rows = enumerate(frames.rows(rows, "rows"))
        self._identity = identity
        self._make = make
        self._bad = BadRows(on_bad_row)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        for number, row in self._rows:
            try:
                return self._make(number, row)
            except BadArgument as error:
                identity = row.get(self._identity) if isinstance(row, Mapping) else None
                self._bad.add(f"rows[{number}]", identity, _of_row(error.problems, number, identity))
        raise StopIteration

    @property
    def skipped(self) -> int:
        """Bad rows that were left out so far."""
        return self._bad.count


def _of_row(problems: Iterable[Problem], number: int, identity: object) -> list[Problem]:
    named = "" if frames.missing(identity) else f" (identity {short_repr(identity, 40)})"
    row = f"rows[{number}]"
    return [
        problem if problem.path.startswith(row) else attrs.evolve(problem, path=f"{row}{named}: {problem.path}")
        for problem in problems
    ]


@attrs.frozen
class Columns:
    """The columns to read."""

    identity: str
    properties: Mapping[str, str] | None
    """Column -> property; None: every column but the identity."""


def checked_columns(identity: str, properties: Sequence[str] | Mapping[str, str] | None) -> Columns:
    """The columns to read; a single name is rejected, because it would be iterated by letters."""
    if isinstance(properties, str):
        raise invalid("properties", "must be the names of columns", properties, "put a single name in a list")
    if properties is None or isinstance(properties, Mapping):
        return Columns(identity, properties)
    return Columns(identity, {name: name for name in properties})


def row_values(row: Any, path: str, columns: Columns, zone: tzinfo | None) -> tuple[Any, dict[str, Any]]:
    """Identity and properties of one row, without its empty cells."""
    if not isinstance(row, Mapping):
        raise invalid(path, "must be a mapping of column to value", literal_text(type(row).__name__))
    for column in (columns.identity, *(columns.properties or ())):
        if column not in row:
            raise invalid(path, f"must have the column {column!r}", literal_text(", ".join(map(str, row))))
    names = columns.properties
    taken = {key: str(key) for key in row if key != columns.identity} if names is None else names
    values = {name: _cell(row[column], zone) for column, name in taken.items() if not _empty(row[column])}
    identity = row[columns.identity]
    return None if _empty(identity) else identity, values


def _empty(value: object) -> bool:
    return not isinstance(value, (list, tuple, dict)) and frames.missing(value)


def _cell(value: Any, zone: tzinfo | None) -> Any:
    """A frame's cell as a Python value: numpy's scalars converted, naive datetimes given their zone."""
    if not isinstance(value, (str, bool, int, float, datetime)) and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime) and value.tzinfo is None and zone is not None:
        return value.replace(tzinfo=zone)
    return value
