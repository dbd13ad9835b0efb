"""What the relay needs of a store: a SQLite file (:mod:`linetap.relay.sqlite_storage`), or tables in Postgres
(:mod:`linetap.relay.postgres.store`).

Statements are written once, for both: ``?`` or ``?1`` where a value goes, names of tables without a schema, and only
what both databases understand in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from linetap.errors import StorageError
from linetap.store.formats import CheckedTable
from linetap.store.rows import Row


class LostConnection(StorageError):
    """The connection to the database was lost, or another transaction lasts too long: a sender tries again."""


class TableRows(Protocol):
    """The rows of one table, as tuples in the order of its columns; see :class:`linetap.store.rows.Rows`."""

    def get(self, *key: Any) -> Row | None: ...

    def select(self, where: str, values: Sequence[Any] = (), *, tail: str = "") -> list[Row]: ...

    def among(self, column: str, keys: Sequence[str]) -> Iterator[Row]: ...

    def scan(self, where: str = "TRUE", values: Sequence[Any] = (), *, step: int = 1_000) -> Iterator[Row]: ...

    def insert(self, rows: Iterable[Sequence[Any]]) -> None: ...

    def add(self, rows: Iterable[Sequence[Any]]) -> int: ...

    def put(self, rows: Iterable[Sequence[Any]]) -> None: ...

    def update(self, changes: Mapping[str, str], where: str, values: Iterable[Sequence[Any]]) -> int: ...

    def replace(self, changed: Sequence[tuple[Row, Row]], columns: Sequence[str]) -> int: ...

    def delete(self, where: str, values: Sequence[Any] = ()) -> int: ...

    def contains(self, column: str, mark: str, *, blob: bool = False) -> str: ...


class LeaderLock(Protocol):
    """A lock that ends with its process, for the leader of one channel."""

    def acquire(self) -> bool:
        """Takes it if no other sender has it; gives whether it did."""
        ...

    def is_lost(self) -> bool:
        """Whether it was taken and is no longer ours."""
        ...

    def release(self) -> None:
        """Ends it."""
        ...

    def after_fork(self) -> None:
        """In a child: the lock stays the parent's."""
        ...


class Storage(Protocol):
    """The open store of one channel. Thread-safe, and safe after a fork."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, and one at a time: others of the channel wait. Nested ones join the outer one."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """A transaction for which the other channels wait, too."""
        ...

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]: ...

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any: ...

    def table(self, table: CheckedTable) -> TableRows:
        """The rows of one table."""
        ...

    def hash_key(self) -> bytes:
        """The key of the hashes of user ids: random, one for each store."""
        ...

    def new_ids(self, table: str, count: int) -> Sequence[int]:
        """Numbers for new rows, in ascending order; call it inside a transaction."""
        ...

    def add_entries(self, channel: str, entries: Sequence[dict[str, Any]]) -> int:
        """Stores new entries, given without their numbers; gives how many there were whose own key is new."""
        ...

    def leader_lock(self, channel: str) -> LeaderLock:
        """The lock of the channel's leader."""
        ...

    def erase_bytes(self, user_id: str) -> None:
        """Removes what earlier rows have left of an id, where the store can."""
        ...

    def close(self) -> None: ...
