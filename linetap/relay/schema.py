"""The tables of an outbox, and the states of an entry. Nothing here opens a file.

A *call* is one webhook call as it came. An *entry* is one person of a call, or one delivery that was enqueued; it has
one outcome. A *send* is one request to LINE with its retry key: the table and the rules of the push journal
(:mod:`linetap.store.sends`).
"""

from __future__ import annotations

from typing import Any, Final

from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.rows import Row
from linetap.store.sends import SCHEMA as SENDS_SCHEMA
from linetap.store.sends import SENDS

QUEUED, SENDING, ACCEPTED, REJECTED, REPEAT, HELD, SKIPPED, SUPPRESSED, CANCELLED, EXPIRED, IN_DOUBT, UNROUTED = range(
    12
)
STATES: Final = (
    "queued",
    "sending",
    "accepted",
    "rejected",
    "repeat",
    "held",
    "skipped",
    "suppressed",
    "cancelled",
    "expired",
    "in doubt",
    "unrouted",
)
"""The names of the states, by number. ``unrouted``: replayed, and not rendered again yet."""
DEAD: Final = (REJECTED, REPEAT, HELD, SKIPPED, SUPPRESSED, CANCELLED, EXPIRED, IN_DOUBT)
"""Ended without an accepted push."""
REPLAYABLE: Final = (REJECTED, REPEAT, HELD, SKIPPED, SUPPRESSED, CANCELLED)
URGENT, NORMAL = 0, 1
"""The lanes; an urgent entry is sent before every other."""
NEW, TAKEN = 0, 1
"""The states of a call: not read yet; its people are entries, and its body is deleted."""

CALLS = CheckedTable("calls", ("id",), ("id", "channel", "kind", "route", "arrived_ms", "state", "body"))
ENTRIES = CheckedTable(
    "entries",
    ("id",),
    (
        "id",
        "channel",
        "lane",
        "state",
        "campaign",
        "version",
        "target",
        "arrived_ms",
        "due_at",
        "sent_at",
        "settled_at",
        "user_hash",
        "user_id",
        "occurrence",
        "forced",
        "rounds",
        "own_key",
        "key",
        "reason",
        "payload",
        "body",
    ),
)
CONTROLS = CheckedTable("controls", ("channel", "campaign"), ("channel", "campaign", "action", "reason", "at"))
SUPPRESSIONS = CheckedTable("suppressions", ("channel", "user_hash"), ("channel", "user_hash", "reason", "at"))
AUDIT = CheckedTable("audit", ("id",), ("id", "channel", "at", "who", "action", "campaign", "reason", "rows"))
SENDERS = CheckedTable("senders", ("channel",), ("channel", "fence", "holder", "seen_at", "paused_until", "reason"))
VERSIONS = CheckedTable("versions", ("fingerprint",), ("fingerprint", "name", "number", "campaign"))
FEEDBACK = CheckedTable("feedback", ("id",), ("id", "channel", "kind", "state", "at", "rounds", "user_hash", "record"))

_SCHEMA = """
    CREATE TABLE calls (
        id TEXT PRIMARY KEY, channel TEXT NOT NULL, kind TEXT NOT NULL, route TEXT NOT NULL,
        arrived_ms INTEGER NOT NULL, state INTEGER NOT NULL, body TEXT, checksum INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX new_calls ON calls (channel, arrived_ms) WHERE state = 0;
    CREATE INDEX taken_calls ON calls (arrived_ms) WHERE state = 1;
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY, channel TEXT NOT NULL, lane INTEGER NOT NULL, state INTEGER NOT NULL,
        campaign TEXT NOT NULL, version TEXT NOT NULL, target TEXT NOT NULL, arrived_ms INTEGER NOT NULL,
        due_at INTEGER NOT NULL, sent_at INTEGER, settled_at INTEGER, user_hash BLOB NOT NULL, user_id TEXT,
        occurrence BLOB, forced INTEGER NOT NULL, rounds INTEGER NOT NULL, own_key TEXT, key TEXT,
        reason TEXT NOT NULL, payload TEXT, body BLOB, checksum INTEGER NOT NULL
    );
    CREATE INDEX queued_entries ON entries (channel, lane, campaign, due_at, id) WHERE state = 0;
    CREATE INDEX open_entries ON entries (channel, lane, due_at, id) WHERE state = 1;
    CREATE INDEX unrouted_entries ON entries (channel, id) WHERE state = 11;
    CREATE INDEX entries_by_state ON entries (channel, state);
    CREATE INDEX entries_of_user ON entries (user_hash, sent_at);
    CREATE INDEX occurrences ON entries (occurrence, arrived_ms) WHERE occurrence IS NOT NULL;
    CREATE INDEX own_keys ON entries (own_key) WHERE own_key IS NOT NULL;
    CREATE INDEX settled_entries ON entries (settled_at) WHERE settled_at IS NOT NULL;
    CREATE TABLE controls (
        channel TEXT NOT NULL, campaign TEXT NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
        checksum INTEGER NOT NULL, PRIMARY KEY (channel, campaign)
    ) WITHOUT ROWID;
    CREATE TABLE suppressions (
        channel TEXT NOT NULL, user_hash BLOB NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
        checksum INTEGER NOT NULL, PRIMARY KEY (channel, user_hash)
    ) WITHOUT ROWID;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY, channel TEXT NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
        campaign TEXT NOT NULL, reason TEXT NOT NULL, rows INTEGER NOT NULL, checksum INTEGER NOT NULL
    );
    CREATE TABLE senders (
        channel TEXT PRIMARY KEY, fence INTEGER NOT NULL, holder TEXT NOT NULL, seen_at INTEGER NOT NULL,
        paused_until INTEGER NOT NULL, reason TEXT NOT NULL, checksum INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE versions (
        fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, number INTEGER NOT NULL, campaign TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) WITHOUT ROWID
"""
_FEEDBACK = """
    CREATE TABLE feedback (
        id INTEGER PRIMARY KEY, channel TEXT NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL,
        at INTEGER NOT NULL, rounds INTEGER NOT NULL, user_hash BLOB NOT NULL, record TEXT, checksum INTEGER NOT NULL
    );
    CREATE INDEX open_feedback ON feedback (channel, kind, state, rounds, id) WHERE state < 2;
    CREATE INDEX feedback_by_state ON feedback (channel, state);
    CREATE INDEX feedback_of_user ON feedback (user_hash);
    CREATE INDEX feedback_by_time ON feedback (at)
"""
FORMAT = StoreFormat(
    "outbox",
    (f"{SENDS_SCHEMA};{_SCHEMA}", _FEEDBACK),
    tables=(SENDS, CALLS, ENTRIES, CONTROLS, SUPPRESSIONS, AUDIT, SENDERS, VERSIONS, FEEDBACK),
    instead="start a new outbox: then send again only to users whose outcome you know",
)


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
    return tuple(given[name] for name in ENTRIES.columns)


def reason_text(text: str) -> str:
    """A reason of others (a function of the user's, a response) as every database can store it."""
    return text[:300].encode("utf-8", "backslashreplace").decode()


def is_encodable(text: str) -> bool:
    """Whether a database can store a text: it has no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
