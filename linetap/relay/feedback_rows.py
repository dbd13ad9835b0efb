# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""The table of what is uploaded to CleverTap: its states, and the statements that change them."""

from __future__ import annotations

import json
from collections.abc import Sequence
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


_STEP = 500
NewFeedback = tuple[int, int, bytes, dict[str, Any] | None]
"""Kind, state, hash of the user, record."""


class FeedbackRows:
    """Statements inside the transactions of the leader."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def user_hashes(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The user of each entry, as it is stored now."""
        found: dict[int, bytes] = {}
        for at in range(0, len(ids), _STEP):
            part = ids[at : at + _STEP]
            rows = self._tables.entries.select(f"id IN ({', '.join('?' * len(part))})", part)
            found |= {entry.id: entry.user_hash for entry in map(Entry, rows)}
        return found

    def add(self, new: Sequence[NewFeedback]) -> None:
        """Events and properties that are to be uploaded."""
        tables, now = self._tables, int(self._tables.now())
        numbers = tables.store.new_ids("feedback", len(new))
        tables.feedback.insert(
            (number, tables.channel, kind, state, now, 0, user_hash, _text(record))
            for number, (kind, state, user_hash, record) in zip(numbers, new, strict=True)
        )

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


def _text(record: dict[str, Any] | None) -> str | None:
    return None if record is None else json.dumps(record, ensure_ascii=False, separators=(",", ":"))
