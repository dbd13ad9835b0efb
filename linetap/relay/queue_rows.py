# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""The statements with which a leader takes entries that are due and records how they ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from linetap.line.api.retry_keys import retry_key_for
from linetap.relay.schedule import LONGEST_WAIT
from linetap.relay.schema import ACCEPTED, IN_DOUBT, QUEUED, SENDING
from linetap.relay.tables import Entry, Tables
from linetap.store import sends
from linetap.store.rows import Row


class QueueRows:
    """Statements inside the leader's transactions."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def recover(self) -> None:
        """No wait is longer than the longest one, also where the clock was set back meanwhile."""
        now, latest = int(self._tables.now()), int(self._tables.now()) + LONGEST_WAIT
        where = f"state IN ({QUEUED}, {SENDING}) AND channel = ?1 AND due_at > ?3"
        self._tables.entries.update({"due_at": "?2"}, where, [(self._tables.channel, now, latest)])

    def campaigns(self, lane: int) -> Iterator[str]:
        """The campaigns of queued entries: one look into the index for each."""
        sql = f"SELECT min(campaign) FROM entries WHERE state = {QUEUED} AND channel = ? AND lane = ? AND campaign > ?"
        last = self._tables.store.one(sql, (self._tables.channel, lane, ""))
        while last is not None:
            yield last
            last = self._tables.store.one(sql, (self._tables.channel, lane, last))

    def queued(self, lane: int, campaign: str, most: int) -> list[Row]:
        """Queued entries that are due, in the order of their arrival."""
        where = f"state = {QUEUED} AND channel = ? AND lane = ? AND campaign = ? AND due_at <= ?"
        values = (self._tables.channel, lane, campaign, int(self._tables.now()))
        return self._tables.entries.select(where, values, tail=f"ORDER BY due_at, id LIMIT {most}")

    def without_response(self, lane: int, in_flight: Collection[int], most: int) -> list[Row]:
        """Entries that were sent without a response, and are due to be sent again under their keys."""
        where = f"state = {SENDING} AND channel = ? AND lane = ? AND due_at <= ?"
        values = (self._tables.channel, lane, int(self._tables.now()))
        found = self._tables.entries.select(where, values, tail=f"ORDER BY due_at, id LIMIT {most + len(in_flight)}")
        return [row for row in found if row[0] not in in_flight][:most]

    def started_at(self, key: str) -> int | None:
        """When the first request with a key was made."""
        row = self._tables.sends.get(key)
        return row[2] if row is not None and row[1] == sends.OPEN else None

    def recent(self, user_hash: bytes, since: float) -> int:
        """Messages to a user since a time."""
        sql = "SELECT count(*) FROM entries WHERE user_hash = ? AND sent_at >= ? AND channel = ?"
        return int(self._tables.store.one(sql, (user_hash, int(since), self._tables.channel)))

    def suppressed(self, user_hash: bytes) -> str | None:
        """The reason for which nothing is sent to a user."""
        row = self._tables.suppressions.get(self._tables.channel, user_hash)
        return None if row is None else (row[2] or "suppressed")

    def key_of(self, entry: Entry) -> str:
        """The retry key: made from what was stored of the first arrival, never from a copy."""
        if entry.own_key is not None:
            return str(entry.own_key)
        file = self._tables.hash_key.hex()
        return str(retry_key_for("linetap.relay", file, entry.channel, entry.id, entry.arrived_ms, entry.rounds))

    def write_claim(self, entry: Entry, key: str) -> None:
        """A first request: it is sent as soon as the transaction is on the disk."""
        now = int(self._tables.now())
        people = json.dumps([entry.user_id])
        self._tables.sends.put([(key, sends.OPEN, now, None, people, entry.user_hash, None, None)])
        self._tables.entries.put([entry.with_values(state=SENDING, key=key, due_at=now, sent_at=now)])

    def accepted(self, number: int, key: str, request_id: str | None) -> None:
        """LINE accepted it: what was sent is no longer stored."""
        now = int(self._tables.now())
        where = f"key = ?1 AND (state = {sends.OPEN} OR state = {sends.EXPIRED})"
        changes = {"state": f"{sends.ACCEPTED}", "settled_at": "?2", "request_id": "?3"}
        self._tables.sends.update(changes, where, [(key, now, request_id)])
        after = {"state": f"{ACCEPTED}", "settled_at": "?2", "payload": "NULL", "body": "NULL", "reason": "''"}
        self._tables.entries.update(after, f"id = ?1 AND state IN ({SENDING}, {IN_DOUBT})", [(number, now)])

    def ended(self, number: int, key: str | None, state: int, reason: str) -> None:
        """It ended without an accepted push."""
        now = int(self._tables.now())
        if key is not None:
            send = sends.EXPIRED if state == IN_DOUBT else sends.REJECTED
            where = f"key = ?1 AND state = {sends.OPEN}"
            self._tables.sends.update({"state": f"{send}", "settled_at": "?2"}, where, [(key, now)])
        after = {"state": "?2", "reason": "?3", "settled_at": "?4"}
        where = f"id = ?1 AND state IN ({QUEUED}, {SENDING})"
        self._tables.entries.update(after, where, [(number, state, reason, now)])

    def unsent(self, number: int, key: str, due_at: int) -> None:
        """Nothing of it was sent: it is queued again."""
        self._tables.sends.delete(f"key = ? AND state = {sends.OPEN}", (key,))
        after = {"state": f"{QUEUED}", "due_at": "?2", "key": "NULL", "sent_at": "NULL"}
        self._tables.entries.update(after, f"id = ?1 AND state = {SENDING}", [(number, due_at)])

    def send_again(self, number: int, due_at: int) -> None:
        """There was no response: it is sent again under its key."""
        self._tables.entries.update({"due_at": "?2"}, f"id = ?1 AND state = {SENDING}", [(number, due_at)])
