# ruff: noqa: S608 - statements are built from names of this package; values are always bound
"""Checksums over rows: computed by SQLite itself through two functions, so that stored and read values are compared.

CRC-32 finds any change of up to three bits in a row, and any other change but one in four billion. It protects from
damage, not from an attacker who can write the file.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from typing import Any

from linetap.store.formats import CheckedTable

DAMAGED = "user-defined function raised exception"
"""What SQLite says where a row that is to be changed does not match its checksum."""


def checksum(values: Sequence[Any]) -> int:
    """The checksum of a row's values as SQLite gives them."""
    # ascii, not repr: which characters are printable differs between versions of Python.
    return zlib.crc32(ascii(tuple(values)).encode("ascii"))


def register(db: sqlite3.Connection) -> None:
    """Makes ``row_sum`` and ``next_sum`` known to a connection."""
    db.create_function("row_sum", -1, _row_sum, deterministic=True)
    db.create_function("next_sum", -1, _next_sum, deterministic=True)


def totals_triggers(table: CheckedTable) -> list[str]:
    """Keeps a table's number of rows and sum of checksums current. Temporary: other programs do not run them."""
    name, check = table.name, table.check
    changes = {
        "INSERT": f"rows = rows + 1, checksums = checksums + NEW.{check}",
        "DELETE": f"rows = rows - 1, checksums = checksums - OLD.{check}",
        f"UPDATE OF {check}": f"checksums = checksums + NEW.{check} - OLD.{check}",
    }
    return [
        f"CREATE TEMP TRIGGER {name}_{event[:6].lower()} AFTER {event} ON main.{name} "
        f"BEGIN UPDATE totals SET {change} WHERE name = '{name}'; END"
        for event, change in changes.items()
    ]


def _row_sum(*values: Any) -> int:
    return zlib.crc32(ascii(values).encode("ascii"))


def _next_sum(known: Any, *values: Any) -> int:
    """The checksum of a row after a change: ``values`` are those before it, then as many after it."""
    middle = len(values) // 2
    if zlib.crc32(ascii(values[:middle]).encode("ascii")) != known:
        raise ValueError("the row does not match its checksum")
    return zlib.crc32(ascii(values[middle:]).encode("ascii"))
