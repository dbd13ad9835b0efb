"""Erasing one user from an outbox: entries, requests, and calls of many people that are not read yet."""

from __future__ import annotations

import json
from typing import Any

from linetap.errors import StorageError
from linetap.relay.emergency import check_user
from linetap.relay.schema import IN_DOUBT, NEW, QUEUED, SENDING, SUPPRESSED, TAKEN, UNROUTED
from linetap.relay.tables import Entry, Tables
from linetap.store.erasure import forget_send_rows
from linetap.store.retention import HASH_SIZE
from linetap.store.rows import Row

# What was not sent is never sent; what is in flight may have been.
_ROUNDS = 5
"""New messages to the user may arrive while the user is erased: then it starts again."""
_AFTER = {QUEUED: SUPPRESSED, UNROUTED: SUPPRESSED, SENDING: IN_DOUBT}


def forget(tables: Tables, user_id: str) -> int:
    """Erases a user from every channel of the store; gives the number of rows that named them."""
    check_user(user_id)
    total = 0
    for left in reversed(range(_ROUNDS)):
        found = _forget_calls(tables, user_id) + _forget_entries(tables, user_id)
        total += found
        with tables.store.transaction():
            tables.write_audit("forget", "", "", found)
        with tables.store.exclusive():
            forget_send_rows(tables.sends, tables.hash_key, user_id)
        try:
            tables.store.erase_bytes(user_id)
            break
        except StorageError:
            if not left or not _is_named(tables, user_id):
                raise  # otherwise something about the user arrived meanwhile
    return total


def _is_named(tables: Tables, user_id: str) -> bool:
    """Whether a call or an entry names the user now."""
    calls = tables.calls.select(f"state = {NEW} AND {tables.calls.contains('body', '?')}", (user_id,), tail="LIMIT 1")
    hashed = tables.user_hash(user_id)
    return bool(calls or tables.entries.select("user_hash = ?", (hashed,), tail="LIMIT 1"))


def _forget_entries(tables: Tables, user_id: str) -> int:
    rows = tables.entries
    named = [rows.contains("payload", "?"), rows.contains("reason", "?"), rows.contains("body", "?", blob=True)]
    where = f"(user_hash = ? OR user_id = ? OR {' OR '.join(named)})"
    found = 0
    for row in rows.scan(where, (tables.user_hash(user_id), user_id, user_id, user_id, user_id.encode())):
        with tables.store.exclusive():
            now = tables.entries.get(row[0])
            if now is not None:
                tables.entries.put([_erased(Entry(now), int(tables.now()))])
                found += 1
    with tables.store.exclusive():
        tables.suppressions.delete("user_hash = ?", (tables.user_hash(user_id),))
        about = f"user_hash = ? OR {tables.feedback.contains('record', '?')}"
        tables.feedback.delete(about, (tables.user_hash(user_id), user_id))
    return found


def _erased(entry: Entry, now: int) -> Row:
    return entry.with_values(
        state=_AFTER.get(entry.state, entry.state),
        settled_at=entry.settled_at or now,
        user_hash=b"\0" * HASH_SIZE,
        user_id=None,
        occurrence=None,
        payload=None,
        body=None,
        reason="forgotten",
    )


def _forget_calls(tables: Tables, user_id: str) -> int:
    found = 0
    for row in tables.calls.scan(f"state = {NEW} AND {tables.calls.contains('body', '?')}", (user_id,), step=50):
        with tables.store.exclusive():
            now = tables.calls.get(row[0])
            if now is not None and now[5] == NEW:
                body = without_person(now[6], user_id)
                tables.calls.put([(*now[:5], NEW if body else TAKEN, body)])
                found += 1
    return found


def without_person(body: str, user_id: str) -> str | None:
    """The call without the people that name a user; None where nothing can be left of it."""
    try:
        found: Any = json.loads(body)
        key = next(name for name in found if name.replace("_", "").lower() == "profiles")
    except (ValueError, RecursionError, TypeError, AttributeError, StopIteration):
        return None
    if not isinstance(found[key], list):
        return None
    left = [person for person in found[key] if user_id not in json.dumps(person, ensure_ascii=False)]
    text = json.dumps({**found, key: left}, ensure_ascii=False, separators=(",", ":"))
    return text if left and user_id not in text else None
