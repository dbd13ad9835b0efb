# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""Pause, resume, cancel, suppress and replay: each writes an audit row in its transaction.

A running sender reads the controls in the transaction in which it takes entries, so a control applies to every entry
that is not in flight when the call returns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linetap.errors import BadArgument, Problem, invalid, short_repr
from linetap.relay import schema
from linetap.relay.schema import CANCELLED, EXPIRED, QUEUED, REPEAT, REPLAYABLE, SUPPRESSED, UNROUTED
from linetap.relay.tables import ALL, Entry, Tables
from linetap.relay.values import DeadLetter
from linetap.store.erasure import LINE_ID_RULE, is_line_id

_STEP = 2_000  # entries that one transaction changes: other writers wait as long as it lasts
NO_EXPIRY, NO_REPEAT_CHECK = 1, 2
"""The bits of ``entries.forced``."""


def pause(tables: Tables, campaign: str | None, reason: str) -> None:
    """Entries of the campaign stay queued until it is resumed."""
    name, why = campaign_name(campaign), _reason(reason)
    with tables.store.transaction():
        known = tables.controls.get(tables.channel, name)
        if known is None or known[2] != "cancelled":
            tables.controls.put([(tables.channel, name, "paused", why, int(tables.now()))])
        tables.write_audit("pause", name, why, 0)


def resume(tables: Tables, campaign: str | None) -> bool:
    """Removes the pause or the cancellation of a campaign; gives whether there was one."""
    name = campaign_name(campaign)
    with tables.store.transaction():
        gone = tables.controls.delete("channel = ? AND campaign = ?", (tables.channel, name))
        tables.write_audit("resume", name, "", gone)
    return gone > 0


def cancel(tables: Tables, campaign: str | None, reason: str) -> int:
    """Ends every entry of the campaign that is not in flight, and all that arrive until it is resumed."""
    name, why, total = campaign_name(campaign), _reason(reason), 0
    if not why:
        raise invalid("reason", "must be a text that is not empty", reason, "it is stored with every cancelled entry")
    with tables.store.transaction():
        tables.controls.put([(tables.channel, name, "cancelled", why, int(tables.now()))])
    waiting = (
        f"SELECT id FROM entries WHERE state IN ({QUEUED}, {UNROUTED}) AND channel = ?1 AND (?2 = ?3 OR campaign = ?2)"
    )
    # The state is asked again: in Postgres a sender may have taken the entry since the inner query found it.
    where = f"id IN ({waiting} LIMIT {_STEP}) AND state IN ({QUEUED}, {UNROUTED})"
    changes = {"state": f"{CANCELLED}", "reason": "?4", "settled_at": "?5"}
    values = (tables.channel, name, ALL, why, int(tables.now()))
    while changed := tables.entries.update(changes, where, [values]):
        total += changed
    with tables.store.transaction():
        tables.write_audit("cancel", name, why, total)
    return total


def suppress(tables: Tables, user_id: str, reason: str) -> int:
    """Nothing more is sent to a user; gives the number of entries that were waiting for it."""
    check_user(user_id)
    hashed, why, now = tables.user_hash(user_id), _reason(reason), int(tables.now())
    with tables.store.transaction():
        tables.suppressions.put([(tables.channel, hashed, why, now)])
        where = f"user_hash = ?1 AND channel = ?2 AND state = {QUEUED}"
        changes = {"state": f"{SUPPRESSED}", "reason": "?3", "settled_at": "?4"}
        changed = tables.entries.update(changes, where, [(hashed, tables.channel, why or "suppressed", now)])
        tables.write_audit("suppress", "", why, changed)
    return changed


def unsuppress(tables: Tables, user_id: str) -> bool:
    """Messages to a user are sent again; gives whether they were suppressed."""
    check_user(user_id)
    with tables.store.transaction():
        where = "channel = ? AND user_hash = ?"
        gone = tables.suppressions.delete(where, (tables.channel, tables.user_hash(user_id)))
        tables.write_audit("unsuppress", "", "", gone)
    return gone > 0


def replay(tables: Tables, entries: Iterable[DeadLetter | int], even_expired: bool) -> int:
    """Puts dead letters back in the queue; gives how many."""
    total = 0
    for part in _parts(_ids(entries)):
        total += _replay_part(tables, part, even_expired)
    with tables.store.transaction():
        tables.write_audit("replay", "", "also expired ones" if even_expired else "", total)
    return total


def _replay_part(tables: Tables, ids: list[int], even_expired: bool) -> int:
    marks = ", ".join("?" * len(ids))
    with tables.store.transaction():
        found = tables.entries.select(f"id IN ({marks}) AND channel = ?", (*ids, tables.channel))
        changed = [_replayed(Entry(row), int(tables.now()), even_expired) for row in found if _may(row, even_expired)]
        tables.entries.put(changed)
    return len(changed)


def _may(row: tuple[Any, ...], even_expired: bool) -> bool:
    entry = Entry(row)
    allowed = entry.state in REPLAYABLE or (even_expired and entry.state == EXPIRED)
    return allowed and (entry.payload is not None or entry.body is not None)


def _replayed(entry: Entry, now: int, even_expired: bool) -> tuple[Any, ...]:
    forced = (NO_EXPIRY if even_expired else 0) | (NO_REPEAT_CHECK if entry.state == REPEAT else 0)
    again = {"due_at": now, "settled_at": None, "sent_at": None, "rounds": entry.rounds + 1, "key": None}
    if entry.payload is not None:
        return entry.with_values(state=UNROUTED, reason="", forced=forced, body=None, **again)
    return entry.with_values(state=QUEUED, reason="", forced=forced, **again)


def _ids(entries: Any) -> list[int]:
    if isinstance(entries, (DeadLetter, int, str, bytes)) or not hasattr(entries, "__iter__"):
        raise invalid("entries", "must be a sequence of dead letters or their ids", entries, "write [entry]")
    found = [entry.id if isinstance(entry, DeadLetter) else entry for entry in entries]
    wrong = [entry for entry in found if isinstance(entry, bool) or not isinstance(entry, int)]
    if wrong:
        rule = "must contain only dead letters or their ids"
        raise BadArgument(problems=[Problem("entries", rule, short_repr(wrong[0]))])
    return list(dict.fromkeys(found))


def _parts(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + 500] for at in range(0, len(ids), 500)]


def campaign_name(campaign: Any) -> str:
    """The name in the table of controls: ``*`` for all campaigns."""
    if campaign is None:
        return ALL
    name = getattr(campaign, "name", campaign)
    if not isinstance(name, str) or not name or not schema.is_encodable(name):
        raise invalid("campaign", "must be a campaign, its name, or None for all campaigns", campaign)
    return name


def check_user(user_id: Any) -> None:
    """Raises ``BadArgument`` where the argument cannot be a user id."""
    if not (isinstance(user_id, str) and is_line_id(user_id)):
        raise invalid("user_id", LINE_ID_RULE, user_id)


def _reason(reason: Any) -> str:
    if not isinstance(reason, str) or not schema.is_encodable(reason):
        raise invalid("reason", "must be a text without lone surrogates", reason)
    return reason.strip()[:500]


STATE_NUMBERS = {name: number for number, name in enumerate(schema.STATES)}
