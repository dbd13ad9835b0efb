"""The open store of an outbox: its tables, and the few steps that every part of the relay needs."""

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
from linetap.relay.storage import Storage
from linetap.store.retention import keyed_hash
from linetap.store.rows import Row

ALL = "*"
"""The campaign of a control that is for all campaigns."""


def channel_name(channel: Any) -> str:
    """The channel as it is in the rows: empty where there is one only."""
    if channel is not None and not (isinstance(channel, str) and channel.strip() and len(channel) <= 100):
        raise invalid("channel", "must be a name of 1 to 100 characters, or None", channel)
    return channel or ""


class Tables:
    """The tables of one outbox, as one channel uses them. Thread-safe."""

    def __init__(self, store: Storage, channel: str, now: Callable[[], float] = time.time) -> None:
        self.store, self.channel, self.now = store, channel, now
        rows = {table.name: store.table(table) for table in schema.FORMAT.tables}
        self.sends, self.calls, self.entries = rows["sends"], rows["calls"], rows["entries"]
        self.controls, self.suppressions, self.audit = rows["controls"], rows["suppressions"], rows["audit"]
        self.senders, self.versions = rows["senders"], rows["versions"]
        self.feedback = rows["feedback"]

    @property
    def hash_key(self) -> bytes:
        """The key of the hashes of user ids."""
        return self.store.hash_key()

    def user_hash(self, user_id: str) -> bytes:
        """What stands for a user after their id was deleted."""
        return keyed_hash(self.hash_key, user_id.encode("utf-8", "surrogatepass"))

    def digest(self, *parts: str | bytes) -> bytes:
        """A keyed hash of several parts, for occurrences."""
        return keyed_hash(self.hash_key, *(part if isinstance(part, bytes) else part.encode() for part in parts))

    def write_audit(self, action: str, campaign: str, reason: str, rows: int) -> None:
        """One row for one use of a control, inside its transaction."""
        [number] = self.store.new_ids("audit", 1)
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
