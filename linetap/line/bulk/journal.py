"""The push journal: requests are on disk before their first byte, so that a killed run can be resumed.

A *send* is one request with its retry key and recipients; a *part* is one delivery of it. A delivery is recognised
by its recipient and body (or by its own retry key), so a second run over the same deliveries sends nothing twice.
Requests that were read ahead enter the file together, in blocks, with one flush to the disk. Outcomes are collected
and written in transactions of their own: what is lost of them in a crash is asked again under its key.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from linetap.errors import FileLocked, StorageError
from linetap.line.bulk.delivery import Delivery
from linetap.line.bulk.requests import JournalEntry, RowKey, UnfinishedRequest
from linetap.store.erasure import forget_sends
from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.retention import KEEP_PAYLOAD, drop_payloads, hash_key, keyed_hash
from linetap.store.rows import Rows, verify
from linetap.store.sends import ACCEPTED, BLOCK, EXPIRED, OPEN, REJECTED, SCHEMA, SENDS, STATES, usable_from
from linetap.store.sqlite_file import Store

_PARTS = CheckedTable("parts", ("identity", "occurrence"), ("identity", "occurrence", "key", "run"))
_PARTS_SCHEMA = """
    CREATE TABLE parts (
        identity BLOB NOT NULL, occurrence INTEGER NOT NULL, key TEXT NOT NULL, run INTEGER NOT NULL,
        checksum INTEGER NOT NULL, PRIMARY KEY (identity, occurrence)
    ) WITHOUT ROWID
"""
FORMAT = StoreFormat(
    "push journal",
    (f"{SCHEMA};{_PARTS_SCHEMA}",),
    tables=(SENDS, _PARTS),
    argument="journal",
    instead="send with a new journal only to users who got nothing: others would get the message twice",
    empty_allowed=False,
)
_DELETED = None


class Journal:
    """The journal of one bulk send, in a file of its own; one run at a time has it. Thread-safe.

    Args:
        now: the time of day in seconds: the age of a retry key counts across runs.
        keep_payload: how long recipients of settled requests are stored.

    Raises:
        StorageError: any row is damaged or missing. Nothing was sent.
    """

    def __init__(self, path: str | Path, now: Callable[[], float], *, keep_payload: timedelta = KEEP_PAYLOAD) -> None:
        self._store = Store(path, FORMAT, durable=True)
        self._sends, self._parts = Rows(self._store, SENDS), Rows(self._store, _PARTS)
        self._now = now
        # Locked in this order: while one thread writes, another can still record an outcome.
        self._writing, self._lock = threading.RLock(), threading.RLock()
        self._entries: dict[bytes, dict[int, str]] = {}
        """Deliveries of this run that are not in the file yet: identity -> occurrence -> key."""
        self._unwritten = 0
        self._planned: dict[str, tuple[Sequence[str], bytes]] = {}
        self._ready: set[str] = set()
        """Keys in the file whose requests have not been sent yet."""
        self._in_flight: Counter[str] = Counter()
        self._settled: dict[str, tuple[int, str | None] | None] = {}
        try:
            verify(self._store)
            self._start(keep_payload)
        except BaseException:
            self._store.close()
            raise

    def unfinished(self) -> list[UnfinishedRequest]:
        """Requests that may be sent again under their keys. Older ones are marked: they are never sent again."""
        changes = {"state": f"{EXPIRED}", "settled_at": "?1", "body": "NULL"}
        now = int(self._now())
        with self._lock, self._store.transaction():
            where = f"state = {OPEN} AND started_at NOT BETWEEN ?2 AND ?3"
            self._sends.update(changes, where, [(now, *usable_from(self._now()))])
        rows = self._sends.select(f"state = {OPEN}", tail="ORDER BY started_at")
        return [UnfinishedRequest(row[0], tuple(json.loads(row[4])), row[6]) for row in rows]

    def find(self, delivery: Delivery, tail: bytes) -> JournalEntry:
        """Finds a delivery of an earlier run, or makes a new entry. Writes nothing, except after many of them."""
        identity, own = self._identity(delivery, tail)
        if self._unwritten >= 8 * BLOCK:
            self._write_parts()
        with self._lock:
            occurrence, key = self._find(identity, own)
            self._entries.setdefault(identity, {})[occurrence] = key
            self._unwritten += 1
            state, request_id = self._state(key)
        return JournalEntry((identity, occurrence), state, key if state is not None else "", request_id)

    def plan(self, key: str, recipients: Sequence[str], tail: bytes, row_keys: Iterable[RowKey]) -> None:
        """A request that is to be sent soon: it is written with all others by :meth:`enter`, or before it is sent."""
        with self._lock:
            self._planned[key] = (recipients, tail)
            for identity, occurrence in row_keys:
                self._entries.setdefault(identity, {})[occurrence] = key

    def enter(self) -> None:
        """Writes the requests that are planned. Where that fails, :meth:`before_send` tries again and raises."""
        with suppress(StorageError, FileLocked):
            self._write()

    def before_send(self, key: str, recipients: Sequence[str], tail: bytes, row_keys: Iterable[RowKey]) -> None:
        """When this returns, the request is on disk, and with it all that are planned."""
        with self._lock:
            written = key in self._ready
            if not written:
                self.plan(key, recipients, tail, row_keys)
        if not written:
            try:
                self._write()
            except BaseException:
                with self._lock:
                    self._planned.pop(key, None)
                raise
        with self._lock:
            self._ready.discard(key)
            self._in_flight[key] += 1

    def accepted(self, key: str, request_id: str | None) -> None:
        """LINE accepted it. Reaches the file with a later block, or at the end."""
        self._settle(key, (ACCEPTED, request_id))

    def rejected(self, key: str) -> None:
        """LINE rejected it: nothing was sent, and a later run may try again."""
        self._settle(key, (REJECTED, None))

    def not_sent(self, key: str) -> None:
        """No byte of it was sent."""
        self._settle(key, _DELETED)

    def close(self) -> None:
        """Writes what is left, removes what was planned and not sent, and closes the file."""
        try:
            with self._lock:
                for key in self._ready:
                    self._settled.setdefault(key, _DELETED)
                self._planned.clear()
            self._write_settled()
        finally:
            self._store.close()

    def _start(self, keep_payload: timedelta) -> None:
        with self._store.transaction():
            self._run = int(self._store.meta("runs") or 0) + 1
            self._store.set_meta("runs", str(self._run))
            self._hash_key = hash_key(self._store)
            dropped = drop_payloads(self._sends, before=int(self._now() - keep_payload.total_seconds()))
        if dropped:
            with suppress(StorageError):  # a disk without room for a second copy; the next run tries again
                self._store.rewrite()

    def _identity(self, delivery: Delivery, tail: bytes) -> tuple[bytes, bool]:
        if delivery.retry_key is not None:
            return keyed_hash(self._hash_key, b"key", delivery.retry_key.encode()), True
        return keyed_hash(self._hash_key, delivery.to.encode(), tail), False

    def _find(self, identity: bytes, own: bool) -> tuple[int, str]:
        """The occurrence and key of a delivery: one of an earlier run that this run has not met, or a new one."""
        known = self._entries.get(identity, {})
        if own:
            rows = [] if known else self._parts.select("identity = ? AND occurrence = 1", (identity,))
            return 1, known.get(1, rows[0][2] if rows else "")
        if self._run > 1:
            values = (identity, self._run, len(known) + 1)
            earlier = self._parts.select("identity = ? AND run < ?", values, tail="ORDER BY occurrence LIMIT ?")
            for _, occurrence, key, _ in earlier:
                if occurrence not in known:
                    return occurrence, key
        last = self._parts.select("identity = ?", (identity,), tail="ORDER BY occurrence DESC LIMIT 1")
        return max([*known, *(row[1] for row in last)], default=0) + 1, ""

    def _state(self, key: str) -> tuple[int | None, str | None]:
        if not key or key in self._planned or key in self._ready or key in self._in_flight:
            return None, None  # LINE has to decide: the same key is on its way in this run
        if key in self._settled:
            return self._settled[key] or (None, None)
        row = self._sends.get(key)
        return (None, None) if row is None else (row[1], row[7])

    def _settle(self, key: str, outcome: tuple[int, str | None] | None) -> None:
        with self._lock:
            self._in_flight[key] -= 1
            if self._in_flight[key] <= 0:
                del self._in_flight[key]
            elif outcome is _DELETED:
                return  # the same key is in flight a second time
            known = self._settled.get(key)
            if known is None or known[0] != ACCEPTED:
                self._settled[key] = outcome
            full = len(self._settled) >= 2 * BLOCK
        if full:
            self._write_settled()

    def _write(self) -> None:
        with self._writing:
            self._write_settled()
            self._write_planned()

    def _write_settled(self) -> None:
        with self._writing:
            with self._lock:
                settled = dict(self._settled)
            if not settled:
                return
            now = int(self._now())
            given = [(key, now, *outcome) for key, outcome in settled.items() if outcome is not None]
            changes = {"state": "?3", "settled_at": "?2", "body": "NULL", "request_id": "?4"}
            with self._store.transaction(flush=False):
                self._sends.update(changes, f"key = ?1 AND (state = {OPEN} OR ?3 = {ACCEPTED})", given)
                for key, outcome in settled.items():
                    if outcome is _DELETED:
                        self._sends.delete(f"key = ? AND state = {OPEN}", (key,))
            with self._lock:
                for key, outcome in settled.items():
                    if self._settled.get(key) is outcome:
                        self._settled.pop(key, None)

    def _write_planned(self) -> None:
        with self._lock:
            planned, parts = dict(self._planned), self._unwritten_parts()
        if not planned:
            return
        known = {row[0]: row for row in self._sends.among("key", list(planned))}
        with self._store.transaction():
            self._sends.put(self._row(key, request, known.get(key)) for key, request in planned.items())
            self._parts.put(parts)
        with self._lock:
            self._forget_parts(parts)
            for key, request in planned.items():
                if self._planned.get(key) is request:
                    del self._planned[key]
                    self._ready.add(key)

    def _write_parts(self) -> None:
        """Deliveries without a request so far: a group that is not full, or an outcome that was known before."""
        with self._writing:
            with self._lock:
                parts = [part for part in self._unwritten_parts() if part[2] not in self._planned]
            with self._store.transaction(flush=False):
                self._parts.put(parts)
            with self._lock:
                self._forget_parts(parts)

    def _unwritten_parts(self) -> list[tuple[bytes, int, str, int]]:
        return [
            (identity, occurrence, key, self._run)
            for identity, known in self._entries.items()
            for occurrence, key in known.items()
        ]

    def _forget_parts(self, parts: list[tuple[bytes, int, str, int]]) -> None:
        """Those that are in the file now, unless they changed meanwhile."""
        for identity, occurrence, key, _ in parts:
            known = self._entries.get(identity, {})
            if known.get(occurrence) == key:
                del known[occurrence]
            if not known:
                self._entries.pop(identity, None)
        self._unwritten = sum(map(len, self._entries.values()))

    def _row(self, key: str, request: tuple[Sequence[str], bytes], known: Sequence[Any] | None) -> Sequence[Any]:
        """The row of a request that is to be sent. The age of a key counts from its first request."""
        if known is not None and known[1] == ACCEPTED:
            return known
        recipients, body = request
        started = int(self._now()) if known is None or known[1] == REJECTED else known[2]
        hashes = b"".join(keyed_hash(self._hash_key, to.encode()) for to in recipients)
        return (key, OPEN, started, None, json.dumps(list(recipients)), hashes, body, None)


def forget(path: str | Path, user_id: str) -> int:
    """Erases a user from a journal that is not in use; gives the number of requests that named them."""
    with Store(path, FORMAT, durable=True) as store:
        return forget_sends(Rows(store, SENDS), hash_key(store), user_id)


def journal_rows(path: str | Path) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """The requests of a journal that is not in use: (key, recipients, state)."""
    with Store(path, FORMAT, readonly=True) as store:
        for row in sorted(Rows(store, SENDS).scan(), key=lambda row: row[2]):
            yield row[0], tuple(json.loads(row[4] or "[]")), STATES[row[1]]
