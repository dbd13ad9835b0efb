"""The open file of an outbox: its tables, and the few steps that every part of the relay needs."""

from __future__ import annotations

import getpass
import os
import platform
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from linetap.errors import invalid
from linetap.relay import schema
from linetap.store.retention import hash_key, keyed_hash
from linetap.store.rows import Row, Rows
from linetap.store.sends import SENDS
from linetap.store.sqlite_file import Store

ALL = "*"
"""The campaign of a control that is for all campaigns."""


class Tables:
    """The tables of one outbox, as one channel uses them. Thread-safe."""

    def __init__(self, path: str | os.PathLike[str], channel: str | None, now: Callable[[], float] = time.time) -> None:
        given: Any = channel
        if given is not None and not (isinstance(given, str) and given.strip() and len(given) <= 100):
            raise invalid("channel", "must be a name of 1 to 100 characters, or None", channel)
        if path is None:
            raise invalid("path", "must be the path of a file", path, "an outbox must survive its process")
        self.channel = channel or ""
        self.now = now
        self.store = Store(path, schema.FORMAT, shared=True, durable=True)
        self.path = os.fspath(path)
        with self.store.transaction():
            self.hash_key = hash_key(self.store)
        tables = (SENDS, *schema.FORMAT.tables[1:])
        rows = {table.name: Rows(self.store, table) for table in tables}
        self.sends, self.calls, self.entries = rows["sends"], rows["calls"], rows["entries"]
        self.controls, self.suppressions, self.audit = rows["controls"], rows["suppressions"], rows["audit"]
        self.senders, self.versions = rows["senders"], rows["versions"]

    def user_hash(self, user_id: str) -> bytes:
        """What stands for a user after their id was deleted."""
        return keyed_hash(self.hash_key, user_id.encode("utf-8", "surrogatepass"))

    def digest(self, *parts: str | bytes) -> bytes:
        """A keyed hash of several parts, for occurrences."""
        return keyed_hash(self.hash_key, *(part if isinstance(part, bytes) else part.encode() for part in parts))

    def next_entry_id(self) -> int:
        """The first free number of an entry; call it inside a transaction."""
        return int(self.store.one("SELECT coalesce(max(id), 0) FROM entries")) + 1

    def write_audit(self, action: str, campaign: str, reason: str, rows: int) -> None:
        """One row for one use of a control, inside its transaction."""
        number = int(self.store.one("SELECT coalesce(max(id), 0) FROM audit")) + 1
        row = (number, self.channel, int(self.now()), process_name(), action, campaign, reason, rows)
        self.audit.insert([row])

    def action_on(self, campaign: str) -> tuple[str, str] | None:
        """The control that applies to a campaign: (``paused`` or ``cancelled``, the reason)."""
        found = {row[1]: (row[2], row[3]) for row in self.active_controls() if row[1] in (ALL, campaign)}
        return min(found.values(), key=lambda each: each[0]) if found else None

    def active_controls(self) -> list[Row]:
        """The controls of this channel."""
        return self.controls.select("channel = ?", (self.channel,))


class Entry:
    """One row of ``entries`` by the names of its columns."""

    __slots__ = ("_row",)
    _INDEX = {name: index for index, name in enumerate(schema.ENTRIES.columns)}

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return self._row[self._INDEX[name]]

    @property
    def row(self) -> Row:
        """The row itself."""
        return self._row

    def with_values(self, **values: Any) -> Row:
        """The row with other values."""
        row = list(self._row)
        for name, value in values.items():
            row[self._INDEX[name]] = value
        return tuple(row)


_EMPTY: dict[str, Any] = {
    "version": "",
    "target": "",
    "due_at": 0,
    "sent_at": None,
    "settled_at": None,
    "user_id": None,
    "occurrence": None,
    "forced": 0,
    "rounds": 0,
    "own_key": None,
    "key": None,
    "reason": "",
    "payload": None,
    "body": None,
}


def entry_row(**values: Any) -> Row:
    """The row of a new entry."""
    given = {**_EMPTY, **values}
    return tuple(given[name] for name in schema.ENTRIES.columns)


def process_name() -> str:
    """The user, the machine and the process that used a control."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container whose user has no name
        user = "unknown user"
    return f"{user}@{platform.node()} (process {os.getpid()})"


def as_time(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as a UTC time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)
