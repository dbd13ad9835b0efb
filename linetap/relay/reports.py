# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""What an outbox contains: status, dead letters, the history of a user, the audit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from linetap.errors import invalid
from linetap.relay import schema
from linetap.relay.emergency import STATE_NUMBERS, check_user
from linetap.relay.feedback_rows import FEEDBACK_STATES
from linetap.relay.schema import DEAD, QUEUED, REPEAT, REPLAYABLE, SENDING, STATES, UNROUTED, URGENT
from linetap.relay.tables import ALL, Entry, Tables, as_time
from linetap.relay.values import AuditEntry, DeadLetter, HistoryEntry, OutboxStatus
from linetap.store.rows import Row

_WAITING = (QUEUED, SENDING, UNROUTED)


def status(tables: Tables) -> OutboxStatus:
    """The state of the channel, read at one time."""
    store, channel = tables.store, tables.channel
    counts = store.rows("SELECT state, count(*) FROM entries WHERE channel = ? GROUP BY state", (channel,))
    fed = store.rows("SELECT state, count(*) FROM feedback WHERE channel = ? GROUP BY state", (channel,))
    calls = store.rows("SELECT count(*), min(arrived_ms) FROM calls WHERE state = 0 AND channel = ?", (channel,))
    urgent = store.one(
        f"SELECT count(*) FROM entries WHERE state = {QUEUED} AND channel = ? AND lane = {URGENT}", (channel,)
    )
    times = [calls[0][1], *(_oldest(tables, state) for state in _WAITING)]
    oldest = min((time for time in times if time is not None), default=None)
    sender = tables.senders.get(channel)
    until = sender[4] if sender and sender[4] > tables.now() else None
    return OutboxStatus(
        calls=calls[0][0],
        entries={STATES[state]: count for state, count in counts},
        urgent=urgent,
        oldest=as_time(None if oldest is None else oldest / 1000),
        controls={row[1]: f"{row[2]}: {row[3]}" for row in tables.active_controls()},
        sender=sender[2] if sender else None,
        sender_seen_at=as_time(sender[3]) if sender else None,
        paused_until=as_time(until),
        paused_reason=sender[5] if sender and until else "",
        feedback={FEEDBACK_STATES[state]: count for state, count in fed},
    )


def channels(tables: Tables) -> set[str]:
    """The channels that have an entry, an unread call or had a sender: one look into the index for each."""
    found = {row[0] for row in tables.senders.select("TRUE")}
    for rows in ("entries WHERE TRUE", "calls WHERE state = 0"):
        last = tables.store.one(f"SELECT min(channel) FROM {rows}")
        while last is not None:
            found.add(last)
            last = tables.store.one(f"SELECT min(channel) FROM {rows} AND channel > ?", (last,))
    return found


def remaining(tables: Tables) -> int:
    """Calls and entries that are still to be sent."""
    sql = (
        "SELECT (SELECT count(*) FROM calls WHERE state = 0 AND channel = ?1)"
        f" + (SELECT count(*) FROM entries WHERE channel = ?1 AND state IN ({QUEUED}, {SENDING}, {UNROUTED}))"
    )
    return int(tables.store.one(sql, (tables.channel,)))


def has_work(tables: Tables, lanes: Collection[int]) -> bool:
    """Whether a call is unread, or an entry of these lanes is due that no control stops."""
    unread = (
        "SELECT EXISTS (SELECT 1 FROM calls WHERE state = 0 AND channel = ?1)"
        f" OR EXISTS (SELECT 1 FROM entries WHERE state = {UNROUTED} AND channel = ?1)"
    )
    if tables.store.one(unread, (tables.channel,)):
        return True
    stopped = {row[1] for row in tables.active_controls() if row[2] == "paused"}
    if not lanes or ALL in stopped:
        return False
    going = f" AND campaign NOT IN ({', '.join('?' * len(stopped))})" if stopped else ""
    sql = (
        f"SELECT 1 FROM entries WHERE channel = ? AND state IN ({QUEUED}, {SENDING})"
        f" AND lane IN ({', '.join(map(str, sorted(lanes)))}){going}"
        " AND due_at <= ? LIMIT 1"
    )
    return tables.store.one(sql, (tables.channel, *stopped, int(tables.now()))) is not None


def dead_letters(tables: Tables, reason: Any) -> Iterator[DeadLetter]:
    """Entries without an accepted push, oldest first, read lazily."""
    if reason is not None and not (isinstance(reason, str) and reason):
        raise invalid("reason", "must be a state, such as 'held', or the first words of a reason", reason)
    number = STATE_NUMBERS.get(reason or "")
    states = (number,) if number in DEAD else tuple(state for state in DEAD if state != REPEAT)
    where = f"channel = ? AND state IN ({', '.join(map(str, states))})"
    values: tuple[str, ...] = (tables.channel,)
    if reason is not None and number not in DEAD:
        where, values = f"{where} AND substr(reason, 1, {len(reason)}) = ?", (tables.channel, reason)
    return (_dead_letter(Entry(row)) for row in tables.entries.scan(where, values))


def history(tables: Tables, user_id: str) -> tuple[HistoryEntry, ...]:
    """All entries of a user, oldest first."""
    check_user(user_id)
    rows = tables.entries.select(
        "user_hash = ? AND channel = ?", (tables.user_hash(user_id), tables.channel), tail="ORDER BY id"
    )
    keys = [row[schema.ENTRIES.columns.index("key")] for row in rows]
    sends = {row[0]: row for row in tables.sends.among("key", [key for key in keys if key])}
    return tuple(_history_entry(Entry(row), sends) for row in rows)


def audit(tables: Tables) -> tuple[AuditEntry, ...]:
    """Every use of a control, oldest first."""
    found = []
    for _, _, at, who, action, campaign, reason, count in tables.audit.scan("channel = ?", (tables.channel,)):
        time = as_time(at)
        assert time is not None
        found.append(AuditEntry(time, who, action, campaign, reason, count))
    return tuple(found)


def _oldest(tables: Tables, state: int) -> int | None:
    sql = f"SELECT min(arrived_ms) FROM entries WHERE channel = ? AND state = {state}"
    found = tables.store.one(sql, (tables.channel,))
    return found if isinstance(found, int) else None


def _dead_letter(entry: Entry) -> DeadLetter:
    time = as_time(entry.arrived_ms / 1000)
    assert time is not None
    return DeadLetter(
        id=entry.id,
        state=STATES[entry.state],
        reason=entry.reason,
        campaign=entry.campaign,
        target=entry.target,
        user_id=entry.user_id,
        received_at=time,
        replayable=entry.state in REPLAYABLE and (entry.payload is not None or entry.body is not None),
    )


def _history_entry(entry: Entry, sends: dict[str, Row]) -> HistoryEntry:
    time = as_time(entry.arrived_ms / 1000)
    assert time is not None
    send = sends.get(entry.key or "")
    return HistoryEntry(
        id=entry.id,
        state=STATES[entry.state],
        reason=entry.reason,
        campaign=entry.campaign,
        version=entry.version,
        target=entry.target,
        received_at=time,
        settled_at=as_time(entry.settled_at),
        retry_key=entry.key,
        request_id=send[7] if send else None,
    )
