"""The file of an outbox: a shared store of SQLite, with what the relay needs besides."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from linetap.errors import invalid, literal_text
from linetap.relay import schema
from linetap.relay.file_lock import FileLock
from linetap.relay.storage import LeaderLock, TableRows
from linetap.store.erasure import erase_bytes
from linetap.store.formats import CheckedTable
from linetap.store.retention import hash_key
from linetap.store.rows import Rows
from linetap.store.sqlite_file import Store


class OutboxFile(Store):
    """Writers wait for each other in the kernel: every transaction has the whole file for itself."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if path is None:
            raise invalid("path", "must be the path of a file", path, "an outbox must survive its process")
        if "://" in str(path):
            shown = literal_text("an address")  # it may contain a password
            raise invalid("path", "must be the path of a file", shown, "for Postgres use a PostgresOutbox")
        super().__init__(path, schema.FORMAT, shared=True, durable=True)
        self.name = os.fspath(path)
        self._entries = Rows(self, schema.ENTRIES)
        with self.transaction():
            self._hash_key = hash_key(self)

    def exclusive(self) -> AbstractContextManager[None]:
        """Every transaction is exclusive."""
        return self.transaction()

    def table(self, table: CheckedTable) -> TableRows:
        """The rows of one table, with their checksums."""
        return Rows(self, table)

    def hash_key(self) -> bytes:
        """The key of the hashes of user ids."""
        return self._hash_key

    def new_ids(self, table: str, count: int) -> Sequence[int]:
        """The numbers after the largest one: no other transaction runs meanwhile."""
        first = int(self.one(f"SELECT coalesce(max(id), 0) FROM {table}")) + 1  # noqa: S608 - a name of this package
        return range(first, first + count)

    def add_entries(self, channel: str, entries: Sequence[dict[str, Any]]) -> int:
        """Stores those whose own key is new in their channel."""
        with self.transaction():
            keys = [values["own_key"] for values in entries if values["own_key"]]
            found = self.among("SELECT channel, own_key FROM entries WHERE own_key IN ({})", keys)
            known, new = {key for where, key in found if where == channel}, []
            for values in entries:
                key = values["own_key"]
                if key is None or key not in known:
                    known.add(key)
                    new.append(values)
            numbers = self.new_ids("entries", len(new))
            rows = [schema.entry_row(id=number, **values) for number, values in zip(numbers, new, strict=True)]
            self._entries.insert(rows)
        return len(rows)

    def leader_lock(self, channel: str) -> LeaderLock:
        """A lock on a file beside this one."""
        return FileLock(self.name, channel)

    def erase_bytes(self, user_id: str) -> None:
        """Removes every byte of an id from the file and its log."""
        erase_bytes(self, user_id)
