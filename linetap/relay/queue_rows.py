# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""The statements with which a leader takes entries that are due and records how they ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from linetap.line.api.retry_keys import retry_key_for
from linetap.relay.schedule import LONGEST_WAIT
from linetap.relay.schema import ACCEPTED, IN_DOUBT, QUEUED, SENDING
from linetap.relay.tables import Entry, Tables
from linetap.store import sends
from linetap.store.rows import Row

_WHEN_ACCEPTED: dict[str, Any] = {"state": ACCEPTED, "payload": None, "body": None, "reason": ""}


class QueueRows:
    """Statements inside the leader's transactions."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def recover(self) -> None:
        """No wait is longer than the longest one, also where the clock was set back meanwhile."""
        now, latest = int(self._tables.now()), int(self._tables.now()) + LONGEST_WAIT
        where = f"state IN ({QUEUED}, {SENDING}) AND channel = ?1 AND due_at > ?3"
        self._tables.entries.update({"due_at": "?2"}, where, [(self._tables.channel, now, latest)])

    def last_use_of_a_control(self) -> int:
        """The number of the newest row of the audit; 0 where it has none."""
        return int(self._tables.store.one("SELECT coalesce(max(id), 0) FROM audit"))

    def not_sending(self, ids: Sequence[int]) -> set[int]:
        """Those of some claimed entries that changed since, such as by ``forget``."""
        found = set(ids)
        for at in range(0, len(ids), 500):
            part = ids[at : at + 500]
            sql = f"SELECT id FROM entries WHERE state = {SENDING} AND id IN ({', '.join('?' * len(part))})"
            found -= {row[0] for row in self._tables.store.rows(sql, part)}
        return found

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

    def recent(self, hashes: Sequence[bytes], since: float) -> Counter[bytes]:
        """Messages to each of some users since a time."""
        found: Counter[bytes] = Counter()
        for part in _parts(hashes):
            where = f"channel = ? AND sent_at >= ? AND user_hash IN ({_slots(part)})"
            sql = f"SELECT user_hash, count(*) FROM entries WHERE {where} GROUP BY user_hash"
            found.update(dict(self._tables.store.rows(sql, (self._tables.channel, int(since), *part))))
        return found

    def suppressed(self, hashes: Sequence[bytes]) -> dict[bytes, str]:
        """Those of some users to whom nothing is sent, and the reason."""
        found: dict[bytes, str] = {}
        for part in _parts(hashes):
            where = f"channel = ? AND user_hash IN ({_slots(part)})"
            rows = self._tables.suppressions.select(where, (self._tables.channel, *part))
            found.update({row[1]: row[2] or "suppressed" for row in rows})
        return found

    def key_of(self, entry: Entry) -> str:
        """The retry key: made from what was stored of the first arrival, never from a copy."""
        if entry.own_key is not None:
            return str(entry.own_key)
        file = self._tables.hash_key.hex()
        return str(retry_key_for("linetap.relay", file, entry.channel, entry.id, entry.arrived_ms, entry.rounds))

    def write_claims(self, entries: Sequence[Entry]) -> list[Entry]:
        """First requests: they are sent as soon as the transaction is on the disk. Gives the entries as written."""
        now = int(self._tables.now())
        claimed = [
            Entry(each.with_values(state=SENDING, key=self.key_of(each), due_at=now, sent_at=now)) for each in entries
        ]
        self._tables.sends.put([_open_send(each) for each in claimed])
        changed = [(before.row, after.row) for before, after in zip(entries, claimed, strict=True)]
        self._tables.entries.replace(changed, ("state", "key", "due_at", "sent_at"))
        return claimed

    def accepted(self, found: Sequence[tuple[Entry, str | None]]) -> None:
        """LINE accepted them, with these request ids: what was sent is no longer stored."""
        now = int(self._tables.now())
        self._accepted_sends(found, now)
        changed = [(each.row, each.with_values(settled_at=now, **_WHEN_ACCEPTED)) for each, _ in found]
        if self._tables.entries.replace(changed, ("settled_at", *_WHEN_ACCEPTED)) == len(found):
            return
        # Some of them changed since they were claimed, such as by ``forget``.
        after = {"state": f"{ACCEPTED}", "settled_at": "?2", "payload": "NULL", "body": "NULL", "reason": "''"}
        where = f"id = ?1 AND state IN ({SENDING}, {IN_DOUBT})"
        self._tables.entries.update(after, where, [(each.id, now) for each, _ in found])

    def _accepted_sends(self, found: Sequence[tuple[Entry, str | None]], now: int) -> None:
        changed = []
        for each, request_id in found:
            before = _open_send(each)
            changed.append((before, (before[0], sends.ACCEPTED, before[2], now, *before[4:7], request_id)))
        if self._tables.sends.replace(changed, ("state", "settled_at", "request_id")) == len(found):
            return
        where = f"key = ?1 AND (state = {sends.OPEN} OR state = {sends.EXPIRED})"
        changes = {"state": f"{sends.ACCEPTED}", "settled_at": "?2", "request_id": "?3"}
        values = [(each.key, now, request_id) for each, request_id in found]
        self._tables.sends.update(changes, where, values)

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


def _open_send(entry: Entry) -> Row:
    """The request of an entry that was claimed."""
    return (entry.key, sends.OPEN, entry.sent_at, None, json.dumps([entry.user_id]), entry.user_hash, None, None)


def _parts(hashes: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """At most 500 at a time: older versions of SQLite take 999 parameters."""
    return (hashes[at : at + 500] for at in range(0, len(hashes), 500))


def _slots(values: Sequence[bytes]) -> str:
    return ", ".join("?" * len(values))
