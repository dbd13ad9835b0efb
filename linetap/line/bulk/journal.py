"""The push journal: what a bulk send is about to send, on disk before its first byte, so that a killed run resumes.

A *send* is one request with its retry key and recipients; a *part* is one delivery of it. A delivery is known
again by its recipient and body (or by its own retry key), so a second run over the same deliveries sends to
nobody twice. Bodies are kept only until LINE answered; the file is readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from linetap.line.api.retry_keys import LIFETIME
from linetap.line.bulk.delivery import Delivery
from linetap.line.bulk.requests import ACCEPTED, EXPIRED, OPEN, REJECTED, JournalEntry, RowKey, UnfinishedRequest
from linetap.store.formats import StoreFormat
from linetap.store.sqlite_file import Store

# A key is not used in its last minutes: a call may wait, and be repeated, for two of them.
_MARGIN = 600

_INSTEAD = "send with a new journal to those alone whom this one did not reach: to others it sends twice"

_MIGRATIONS = (
    """
    CREATE TABLE sends (
        key TEXT PRIMARY KEY, recipients TEXT NOT NULL, tail BLOB, at REAL NOT NULL, state INTEGER NOT NULL,
        request_id TEXT
    ) WITHOUT ROWID;
    CREATE INDEX open_sends ON sends (at) WHERE state = 0;
    CREATE TABLE parts (
        identity BLOB NOT NULL, occurrence INTEGER NOT NULL, key TEXT NOT NULL, drawn INTEGER NOT NULL,
        PRIMARY KEY (identity, occurrence)
    ) WITHOUT ROWID
    """,
)

_FORMAT = StoreFormat("push journal", _MIGRATIONS, argument="journal", instead=_INSTEAD, empty_allowed=False)


class Journal:
    """The journal of one campaign's send, in a file of its own; one run at a time has it.

    ``now`` gives the time of day in seconds: the age of a retry key counts across runs.
    """

    def __init__(self, path: str | Path, now: Callable[[], float]) -> None:
        self._store = Store(path, _FORMAT, durable=True)
        self._now = now
        self._run = int(self._store.meta("runs") or 0) + 1
        self._store.set_meta("runs", str(self._run))

    def unfinished(self) -> list[UnfinishedRequest]:
        """What may be sent again under its key. What is older than LINE's day is marked: it is never sent again."""
        # Nobody knows the age of what seems to have been sent in time to come: the clock was set back meanwhile.
        self._write(
            "UPDATE sends SET state = ?, tail = NULL WHERE state = ? AND at NOT BETWEEN ? AND ?",
            *(EXPIRED, OPEN, self._edge(), self._now() + _MARGIN),
        )
        self._commit()
        rows = self._store.rows("SELECT key, recipients, tail FROM sends WHERE state = ?", (OPEN,))
        return [UnfinishedRequest(key, tuple(json.loads(people)), tail) for key, people, tail in rows]

    def draw(self, delivery: Delivery, tail: bytes) -> JournalEntry:
        """Finds a delivery that an earlier run had, or enters a new one."""
        identity = _identity(delivery, tail)
        rows = self._store.rows(
            "SELECT occurrence, state, sends.key, request_id FROM parts LEFT JOIN sends ON sends.key = parts.key "
            "WHERE identity = ? AND (drawn < ? OR ?) ORDER BY occurrence LIMIT 1",
            (identity, self._run, delivery.retry_key is not None),
        )
        if not rows:
            return JournalEntry((identity, self._enter(identity)))
        [(occurrence, state, key, request_id)] = rows
        self._write("UPDATE parts SET drawn = ? WHERE identity = ? AND occurrence = ?", self._run, identity, occurrence)
        return JournalEntry((identity, occurrence), state, key or "", request_id)

    def intend(self, key: str, recipients: Sequence[str], tail: bytes, places: Iterable[RowKey]) -> None:
        """Puts a send on disk; when this returns it is there. The age of a key counts from its first sending."""
        self._write(
            "INSERT INTO sends VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (key) DO UPDATE SET state = excluded.state, "
            "tail = excluded.tail, recipients = excluded.recipients, "
            "at = CASE state WHEN 2 THEN excluded.at ELSE at END",
            key,
            json.dumps(list(recipients)),
            tail,
            self._now(),
            OPEN,
        )
        for identity, occurrence in places:
            self._write("UPDATE parts SET key = ? WHERE identity = ? AND occurrence = ?", key, identity, occurrence)
        self._commit()

    def accepted(self, key: str, request_id: str | None) -> None:
        """LINE took it. Reaches the disk with the next send or at the end; lost, it is asked again under its key."""
        self._write("UPDATE sends SET state = ?, request_id = ?, tail = NULL WHERE key = ?", ACCEPTED, request_id, key)

    def refused(self, key: str) -> None:
        """LINE said no: nothing was sent, and a later run may try anew."""
        self._write("UPDATE sends SET state = ?, tail = NULL WHERE key = ?", REJECTED, key)

    def unsent(self, key: str) -> None:
        """It never left."""
        self._write("DELETE FROM sends WHERE key = ?", key)

    def close(self) -> None:
        """Writes what is left and lets go of the file."""
        try:
            self._commit()
        finally:
            self._store.close()

    def _enter(self, identity: bytes) -> int:
        found = self._store.rows("SELECT max(occurrence) FROM parts WHERE identity = ?", (identity,))
        occurrence = int(found[0][0] or 0) + 1
        self._write("INSERT INTO parts VALUES (?, ?, '', ?)", identity, occurrence, self._run)
        return occurrence

    def _edge(self) -> float:
        return self._now() - LIFETIME + _MARGIN

    def _write(self, sql: str, *values: object) -> None:
        # One transaction from one intention to the next: a flush to the disk for each send, not for each row.
        if not self._store.in_transaction:
            self._store.execute("BEGIN")
        self._store.execute(sql, values)

    def _commit(self) -> None:
        if self._store.in_transaction:
            self._store.execute("COMMIT")


def _identity(delivery: Delivery, tail: bytes) -> bytes:
    if delivery.retry_key is not None:
        return hashlib.sha256(f"key {delivery.retry_key}".encode()).digest()[:16]
    return hashlib.sha256(delivery.to.encode() + b"\0" + tail).digest()[:16]


def journal_rows(path: str | Path) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """What a journal that is not in use holds: (key, recipients, state), for looking into after a run."""
    names = ("open", "accepted", "rejected", "expired")
    with Store(path, _FORMAT, readonly=True) as store:
        for key, people, state in store.rows("SELECT key, recipients, state FROM sends ORDER BY at"):
            yield key, tuple(json.loads(people)), names[state]
