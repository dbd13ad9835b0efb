# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""The table of what is uploaded to CleverTap: its states, and the statements that change them."""

from __future__ import annotations

import json
from typing import Any, Final

from linetap.relay.tables import Entry, Tables
from linetap.store.retention import KEEP_PAYLOAD
from linetap.store.rows import Row

WAITING, SENDING, RECORDED, UNKNOWN, REJECTED, NO_PROFILE, EXPIRED = range(7)
FEEDBACK_STATES: Final = (
    "waiting",
    "sending",
    "recorded",
    "may have been recorded",
    "rejected",
    "no profile",
    "expired",
)
"""The names of the states, by number. Rows in the first two have a record; of the others only the count is kept."""
EVENT, PROFILE = 0, 1
"""An event must not be uploaded twice; a profile's property may be."""
MOST_ROUNDS = 5
"""An event or a property that CleverTap rejects with a temporary code is uploaded so often."""


class FeedbackRows:
    """Statements inside the transactions of the leader."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def is_stored(self, entry: Entry) -> bool:
        """False where the user was erased while the request was in flight."""
        row = self._tables.entries.get(entry.id)
        return row is not None and Entry(row).user_hash == entry.user_hash

    def add(self, kind: int, user_hash: bytes, state: int, record: dict[str, Any] | None) -> None:
        """One event or property that is to be uploaded."""
        tables = self._tables
        [number] = tables.store.new_ids("feedback", 1)
        text = None if record is None else json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        tables.feedback.insert([(number, tables.channel, kind, state, int(tables.now()), 0, user_hash, text)])

    def is_waiting(self) -> bool:
        """Whether anything is still to be uploaded."""
        sql = f"SELECT 1 FROM feedback WHERE channel = ? AND state IN ({WAITING}, {SENDING}) LIMIT 1"
        return self._tables.store.one(sql, (self._tables.channel,)) is not None

    def recover(self) -> int:
        """At the start of a lead: what the last leader was uploading; gives how many events have no response."""
        where = f"channel = ?1 AND state = {SENDING} AND kind = "
        self._tables.feedback.update({"state": f"{WAITING}"}, f"{where}{PROFILE}", [(self._tables.channel,)])
        gone = {"state": f"{UNKNOWN}", "record": "NULL"}
        return self._tables.feedback.update(gone, f"{where}{EVENT}", [(self._tables.channel,)])

    def mark(self, kind: int, most: int) -> list[Row]:
        """The next rows of a kind, marked as being uploaded. Those that are too old expire instead."""
        where = f"channel = ? AND kind = ? AND state = {WAITING} AND at >= ?"
        values = (self._tables.channel, kind, int(self._tables.now() - KEEP_PAYLOAD.total_seconds()))
        found = self._tables.feedback.select(where, values, tail=f"ORDER BY rounds, id LIMIT {most}")
        self._tables.feedback.update({"state": f"{SENDING}"}, "id = ?1", [(row[0],) for row in found])
        return found

    def settle(self, rows: list[Row], state: int) -> None:
        """How an upload ended; the record is no longer stored."""
        changes = {"state": f"{state}", "record": "NULL"}
        self._tables.feedback.update(changes, f"id = ?1 AND state = {SENDING}", [(row[0],) for row in rows])

    def wait(self, rows: list[Row], rounds: int = 0) -> None:
        """Nothing of it was recorded: it is uploaded later."""
        changes, where = {"state": f"{WAITING}", "rounds": "rounds + ?2"}, f"id = ?1 AND state = {SENDING}"
        self._tables.feedback.update(changes, where, [(row[0], rounds) for row in rows])
