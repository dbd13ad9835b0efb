# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""Calls become entries: routed, rendered and pinned outside the transaction, written with the call in one."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from linetap.campaign import skipped
from linetap.campaign.campaign import Campaign
from linetap.campaign.raw_liquid import RenderOptions
from linetap.errors import BadArgument, Problem
from linetap.line.bulk.bodies import BodyCache
from linetap.line.bulk.delivery import Delivery
from linetap.relay import occurrence
from linetap.relay.emergency import NO_REPEAT_CHECK
from linetap.relay.leader import Leader
from linetap.relay.options import SenderOptions
from linetap.relay.payloads import CalledPerson, people_of
from linetap.relay.routing import Routes, Unroutable
from linetap.relay.schema import HELD, NEW, NORMAL, QUEUED, REPEAT, SKIPPED, TAKEN, UNROUTED, URGENT, entry_row
from linetap.relay.tables import Entry, Tables
from linetap.store.retention import HASH_SIZE
from linetap.store.rows import Row

_LOG = logging.getLogger("linetap.relay")
_CALLS, _PEOPLE = 100, 1_000
"""At most so many calls, and about so many people, are written in one transaction."""
_UNKNOWN_USER = b"\0" * HASH_SIZE
_ENDED = (REPEAT, HELD, SKIPPED)


class Intake:
    """Makes entries of calls. One thread of the leader uses it."""

    def __init__(self, tables: Tables, routes: Routes, options: SenderOptions, leader: Leader) -> None:
        self._tables, self._routes, self._options, self._leader = tables, routes, options, leader

    def work(self) -> list[Row] | None:
        """Makes entries of some calls; gives those that ended with it, or None where there was no call."""
        reload = getattr(self._routes, "reload", None)
        if reload is not None:
            reload()
        calls = self._next_calls()
        if calls:
            return self._take(calls)
        again = self._tables.entries.select(
            f"state = {UNROUTED} AND channel = ?", (self._tables.channel,), tail=f"ORDER BY id LIMIT {_CALLS}"
        )
        return self._take_again(again) if again else None

    def _next_calls(self) -> list[Row]:
        channel, urgent = self._tables.channel, sorted(self._options.urgent)
        where, tail = f"state = {NEW} AND channel = ?", f"ORDER BY arrived_ms LIMIT {_CALLS}"
        if urgent:
            marks = ", ".join("?" * len(urgent))
            first = self._tables.calls.select(f"{where} AND route IN ({marks})", (channel, *urgent), tail=tail)
            if first:
                return first
        return self._tables.calls.select(where, (channel,), tail=tail)

    def _take(self, calls: list[Row]) -> list[Row]:
        taken: list[tuple[Row, list[dict[str, Any]]]] = []
        people = 0
        for call in calls:
            values = self._people(call[6], call[4])
            taken.append((call, values))
            people += len(values)
            if people >= _PEOPLE:
                break
        return self._write(taken)

    def _write(self, taken: list[tuple[Row, list[dict[str, Any]]]]) -> list[Row]:
        tables, rows = self._tables, list[Row]()
        with tables.store.transaction():
            self._leader.check()
            numbers = iter(tables.store.new_ids("entries", sum(len(people) for _, people in taken)))
            fresh = dict[bytes, int]()
            for call, people in taken:
                if tables.calls.get(call[0]) != call:
                    continue  # a person of it was erased meanwhile: it is read again
                for values in people:
                    rows.append(self._row(next(numbers), values, fresh))
                tables.calls.put([(*call[:5], TAKEN, None)])
            tables.entries.insert(rows)
        return self._ended(rows)

    def _row(self, number: int, values: dict[str, Any], fresh: dict[bytes, int]) -> Row:
        """The row of one person: queued, or a repeat of a message that arrived before, here or in the file."""
        mark, arrived = values.get("occurrence"), values["arrived_ms"]
        if mark is not None:
            span = None if self._options.occurrence else self._options.repeat_within
            first = fresh.get(mark)
            here = first is not None and occurrence.is_repeat(first, arrived, span)
            if here or self._stored(mark, arrived, 0):
                return entry_row(**{**values, "id": number, **self._repeated(arrived)})
            fresh[mark] = arrived
        return entry_row(**values, id=number)

    def _stored(self, mark: bytes, arrived_ms: int, own: int) -> bool:
        span = None if self._options.occurrence else self._options.repeat_within
        earliest, latest = occurrence.window_ms(arrived_ms, span)
        sql = (
            f"SELECT 1 FROM entries WHERE occurrence = ? AND state <> {REPEAT} AND arrived_ms BETWEEN ? AND ?"
            " AND id <> ? AND channel = ? LIMIT 1"
        )
        return self._tables.store.one(sql, (mark, earliest, latest, own, self._tables.channel)) is not None

    def _repeated(self, arrived_ms: int) -> dict[str, Any]:
        return {"state": REPEAT, "reason": "a repeat of a message that arrived before", "settled_at": self._now()}

    def _take_again(self, entries: list[Row]) -> list[Row]:
        """Entries that were replayed: routed and rendered again, by the campaigns of today."""
        found = []
        for row in entries:
            entry = Entry(row)
            people = self._people(entry.payload, entry.arrived_ms)
            found.append((row, people[0]))
        tables, rows = self._tables, list[Row]()
        with tables.store.transaction():
            self._leader.check()
            for row, values in found:
                if tables.entries.get(row[0]) == row:
                    rows.append(self._again(Entry(row), values))
            tables.entries.put(rows)
        return self._ended(rows)

    def _again(self, entry: Entry, values: dict[str, Any]) -> Row:
        mark, unchecked = values.get("occurrence"), entry.forced & NO_REPEAT_CHECK
        if mark is not None and not unchecked and self._stored(mark, entry.arrived_ms, entry.id):
            values = {**values, **self._repeated(entry.arrived_ms)}
        return entry.with_values(**values)

    def _ended(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if Entry(row).state in _ENDED]

    def _now(self) -> int:
        return int(self._tables.now())

    def _people(self, body: str, arrived_ms: int) -> list[dict[str, Any]]:
        """The columns of the people of a call; one entry, held, for a call that cannot be read."""
        try:
            people = list(people_of(body))
        except Exception as error:  # noqa: BLE001 - a call that a queue changed must not stop the others
            reason = _reason(error.problems) if isinstance(error, BadArgument) else type(error).__name__
            return [{**self._unknown(arrived_ms, body), **self._held(f"the call cannot be read: {reason}")}]
        return [self._values(person, arrived_ms) for person in people]

    # One person ------------------------------------------------------------------------------------------

    def _values(self, person: CalledPerson, arrived_ms: int) -> dict[str, Any]:
        """The columns of a person's entry, without its number."""
        payload = json.dumps(person.payload, ensure_ascii=False, separators=(",", ":"))
        urgent = person.target in self._options.urgent
        lane, target = URGENT if urgent else NORMAL, person.target
        values: dict[str, Any] = {**self._unknown(arrived_ms, payload), "lane": lane, "target": target}
        try:
            campaign = self._routes.find(person)
            values |= {"campaign": campaign.name, "version": campaign.fingerprint}
            values["lane"] = URGENT if campaign.name in self._options.urgent else values["lane"]
            return {**values, **self._rendered(campaign, person)}
        except Unroutable as error:
            return {**values, **self._held(str(error))}
        except BadArgument as error:
            return {**values, **self._held(_reason(error.problems))}
        except BaseException as error:  # noqa: BLE001 - a function of the user's, or a profile that cannot be rendered
            _LOG.warning("a person of a call is held: %s", type(error).__name__, exc_info=True)
            return {**values, **self._held(f"{type(error).__name__} while the call was read or rendered")}

    def _unknown(self, arrived_ms: int, payload: str) -> dict[str, Any]:
        """The columns of an entry whose user and campaign are not known."""
        return {
            "channel": self._tables.channel,
            "lane": NORMAL,
            "campaign": "",
            "arrived_ms": arrived_ms,
            "user_hash": _UNKNOWN_USER,
            "payload": payload,
        }

    def _rendered(self, campaign: Campaign, person: CalledPerson) -> dict[str, Any]:
        try:
            delivery = campaign.fill(person.profile, event=person.event, zone=self._options.zone)
        except BadArgument:
            values = campaign.compiled.person(person.profile, person.event, None, self._options.zone)
            campaign.compiled.fill(values, RenderOptions(self._options.zone))
            if values.missing:
                why = _reason(skipped.reasons(values, campaign.to))
                return {"state": SKIPPED, "reason": why, "settled_at": self._now()}
            raise
        body = BodyCache().body_without_recipient(delivery)
        return {
            "state": QUEUED,
            "user_id": delivery.to,
            "user_hash": self._tables.user_hash(delivery.to),
            "occurrence": self._tables.digest(*self._occurrence(person, delivery, body)),
            "body": body,
        }

    def _occurrence(self, person: CalledPerson, delivery: Delivery, body: bytes) -> tuple[bytes, ...]:
        named = self._options.occurrence
        if named is None:
            return occurrence.parts_of(person.target, delivery.to, body)
        return occurrence.named_parts(person.target, delivery.to, named(person.payload, person.profile))

    def _held(self, reason: str) -> Mapping[str, Any]:
        return {"state": HELD, "reason": reason[:300], "settled_at": self._now()}


def _reason(problems: tuple[Problem, ...]) -> str:
    """What is wrong, without the values: they may be personal data."""
    return "; ".join(f"{problem.path} {problem.rule}" for problem in problems[:3])[:300]
