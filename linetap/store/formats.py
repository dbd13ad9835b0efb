"""What a kind of file contains: its tables, its versions, and how errors name it."""

from __future__ import annotations

import attrs


@attrs.frozen
class CheckedTable:
    """A table whose rows carry a checksum.

    ``columns`` are those that the checksum covers, the key first. They never change after the first release: a later
    version that adds columns covers them by a second ``CheckedTable`` over the same table, with a check column of
    its own and ``optional=True`` (NULL where an older version wrote the row).
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    check: str = "checksum"
    optional: bool = False


@attrs.frozen
class StoreFormat:
    """A kind of file.

    Migrations only add: new tables, new indexes, new columns that may be NULL. So a file that this version wrote is
    read and written by the version before it. Script n (from 1) brings version n - 1 to version n.
    """

    kind: str
    migrations: tuple[str, ...]
    tables: tuple[CheckedTable, ...] = ()
    argument: str = "path"
    """What the caller calls the path, for errors."""
    instead: str = ""
    """What can be done without a file that is damaged."""
    compatible_from: int = 1
    """The oldest version that may read and write a file of the newest one."""
    empty_allowed: bool = True
    """Whether an empty file may be filled. Where a lost file means that messages are sent twice, it must not be."""


META = CheckedTable("meta", ("key",), ("key", "value"))
BASE_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE totals (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, checksums INTEGER NOT NULL) WITHOUT ROWID",
)
"""In every file: facts about the file, and the number and the sum of checksums of each table's rows."""
