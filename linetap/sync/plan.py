# ruff: noqa: S608 - statements are put together from this file's own words; values are always bound
"""Plan, then apply: what a sync would do, written into a file of its own, and done only if the world is still so."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs

from linetap import html
from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.records import ProfileRecord
from linetap.errors import bad
from linetap.fields import ProfileField
from linetap.progress import Progress, Tick, reporting
from linetap.store import Store
from linetap.sync import records as wire
from linetap.sync.decide import Act, Carried, Row, State, Why
from linetap.sync.engine import brake
from linetap.sync.identity import IdentityPolicy, check_policy
from linetap.sync.judge import Judge
from linetap.sync.ledger import Ledger
from linetap.sync.report import CONFLICTS_KEPT, SyncConflict, SyncReport
from linetap.sync.sending import thousands
from linetap.sync.walk import Page, Walk

if TYPE_CHECKING:
    from linetap.line.client import LineClient

_VERSION_1 = """
CREATE TABLE planned (
    number INTEGER PRIMARY KEY,
    line_id TEXT NOT NULL UNIQUE,
    act TEXT NOT NULL,
    identity TEXT,
    why TEXT,
    other TEXT,
    creates INTEGER NOT NULL DEFAULT 0,
    since INTEGER NOT NULL DEFAULT 0,
    there INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX planned_by_identity ON planned (identity) WHERE act IN ('add', 'change')
"""
_COLUMNS = "line_id, act, identity, why, other, creates, since"
_PUT = f"INSERT OR IGNORE INTO planned ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
LEAVING = ("unfollow", "late")
"""The acts of a plan that are about who is not listed."""
_CLEVERTAP_TAKES = 0.3  # seconds an upload, where nobody has measured it yet


@attrs.frozen
class Summary:
    """What a plan comes to."""

    adds: int = 0
    """Followers whose LINE id CleverTap does not have."""
    changes: int = 0
    """Followers who are sent again: the policy changed, or an earlier answer never came."""
    unfollows: int = 0
    """Followers of the last snapshot who are not listed."""
    late: int = 0
    """Gone before, while nothing was told (``unfollow="keep"``): their profiles are marked or cleared now."""
    unchanged: int = 0
    rejected: int = 0
    """Refused before, and not sent again as they are."""
    unidentified: int = 0
    withheld: int = 0
    creates: int = 0
    """New profiles with the LINE id as identity: CleverTap bills them."""
    followers: int = 0
    base: int = 0
    """Followers before, as the ledger knows."""
    pages: int = 0
    page_seconds: float = 0.0
    """What a page of LINE's took."""

    @property
    def calls(self) -> int:
        """Uploads needed."""
        kinds = (self.adds + self.changes, self.unfollows, self.late)
        return sum(-(-told // limits.RECORDS_PER_UPLOAD) for told in kinds)


class SyncPlan:
    """What a sync would do. It lives in a file of its own (or, without one, as long as this object).

    ``SyncPlan.open(path)`` reads it back. Close it, or use it in a ``with`` block.
    """

    def __init__(self, store: Store, summary: Summary, facts: Mapping[str, Any]) -> None:
        self.store = store
        self.summary = summary
        self.facts = dict(facts)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> SyncPlan:
        """A plan from its file."""
        if not os.path.exists(path):
            raise bad("path", "is the file of a plan", str(path), "plan_sync(..., plan=path) writes one")
        store = Store(path, kind="sync plan", migrations=[_VERSION_1], instead="plan again")
        kept = store.meta("summary")
        if kept is None:
            store.close()
            raise bad("path", "is a finished plan", str(path), "plan again: this one was interrupted")
        return cls(store, Summary(**json.loads(kept)), json.loads(store.meta("facts") or "{}"))

    def __enter__(self) -> SyncPlan:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in attrs.asdict(self.summary).items() if value)
        return f"SyncPlan({told})"

    def close(self) -> None:
        """Lets go of the file; a plan without one is gone."""
        self.store.close()

    @property
    def braked(self) -> bool:
        """Whether applying it would stop at the brake."""
        return brake(self.summary.unfollows, self.summary.base, self.facts["share"], self.facts["unfollow"])

    def conflicts(self) -> Iterator[SyncConflict]:
        """Who would be withheld, and why."""
        for line_id, why, identity, other in self.scan("line_id, why, identity, other", "why IS NOT NULL"):
            yield SyncConflict(line_id, Why[why], identity, other, withheld=Why[why] is not Why.REPLACED)

    def each(self, act: str) -> Iterator[str]:
        """The LINE ids of one kind: ``add``, ``change``, ``unfollow``, ``late``, ``unchanged``, ..."""
        for (line_id,) in self.scan("line_id", "act = ?", (act,)):
            yield line_id

    def records(self) -> Iterator[ProfileRecord]:
        """What would be uploaded for those who are added or changed: for ``write_profiles_csv``, say.

        The ledger learns nothing of an upload by hand: the next sync sends the same once more, which is harmless.
        """
        writer = wire.Writer(self.facts["property"], self.facts["unfollow"], int(self.facts["made"]))
        for line_id, identity, since in self.scan("line_id, identity, since", "act IN ('add', 'change')"):
            yield writer.follow(Row(line_id, State.UNKNOWN, identity, since=since))

    def seconds(self, upload: float = _CLEVERTAP_TAKES, in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT) -> float:
        """How long a sync would take: the longer of the walk, as measured, and the uploads, as assumed."""
        return max(self.summary.pages * self.summary.page_seconds, self.summary.calls * upload / in_flight)

    def report(self) -> SyncReport:
        """The same as the report that a sync would give, were the world to stand still."""
        found, summary = tuple(islice(self.conflicts(), CONFLICTS_KEPT)), self.summary
        return SyncReport(
            uploaded=summary.adds + summary.changes,
            unchanged=summary.unchanged,
            rejected=summary.rejected,
            unidentified=summary.unidentified,
            withheld=summary.withheld,
            gone=self.facts["gone"] + (0 if self.braked else summary.unfollows),
            unheard=self.facts["unheard"],
            followers=summary.followers,
            unfollowed=summary.unfollows,
            created=summary.creates,
            conflicts=found,
            pages=summary.pages,
            calls=summary.calls,
            elapsed=self.facts["elapsed"],
            complete=True,
            dry_run=True,
        )

    def _repr_html_(self) -> str:
        words = {"creates": "new profiles (billed)", "base": "followers before", "page_seconds": "seconds a page"}
        rows = [(words.get(name, name), value) for name, value in attrs.asdict(self.summary).items() if value]
        rows += [("uploads", self.summary.calls), ("seconds, about", round(self.seconds(), 1))]
        note = "The brake would stop it: too many would be unfollowed at once." if self.braked else ""
        return html.table("Plan of a sync", rows, note=note)

    def scan(self, columns: str, where: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of the plan in its order, a thousand at a time."""
        sql = f"SELECT number, {columns} FROM planned WHERE number > ? AND {where} ORDER BY number LIMIT 1000"
        last = 0
        while part := self.store.rows(sql, (last, *values)):
            for row in part:
                yield row[1:]
            last = part[-1][0]


def plan_sync(
    line: LineClient,
    clevertap: CleverTapClient,
    *,
    identity: IdentityPolicy,
    ledger: str | os.PathLike[str] | Ledger,
    property: str | ProfileField = "LineID",  # noqa: A002 - CleverTap's own word
    unfollow: wire.Unfollow = "mark",
    max_unfollow_share: float = 0.2,
    plan: str | os.PathLike[str] | None = None,
    progress: Progress = None,
    now: Callable[[], float] = time.time,
) -> SyncPlan:
    """What :func:`sync_followers` would do, found out by reading only: nothing is written but the plan itself.

    ``plan`` names its file, which must not exist yet; without one the plan lives as long as the object. All
    else is as for ``sync_followers``, errors too. ``apply_plan`` does what the plan says.
    """
    check_policy(identity)
    facts: dict[str, Any] = {
        "property": wire.check_property(property),
        "unfollow": wire.check_unfollow(unfollow),
        "share": wire.check_share(max_unfollow_share),
        "bot": line.bot_info().user_id,
        "account": clevertap.account_id,
        "ledger": None if isinstance(ledger, Ledger) else str(os.fspath(ledger)),
    }
    if plan is not None and os.path.exists(plan):
        raise bad("plan", "is a file that does not exist yet", str(plan), "SyncPlan.open(path) reads a plan")
    book = ledger if isinstance(ledger, Ledger) else Ledger.for_reading(ledger)
    store = Store(plan, kind="sync plan", migrations=[_VERSION_1], instead="plan again")
    try:
        book.check_binding(bot=facts["bot"], account=facts["account"], prop=facts["property"])
        with reporting(progress, total=book.following() or None, unit="followers") as tick:
            return _Planner(book, store, identity, facts, tick, now).plan(Walk(line))
    except BaseException:
        store.close()
        raise
    finally:
        if book is not ledger:
            book.close()


def rehearse(
    line: LineClient,
    clevertap: CleverTapClient,
    ledger: str | os.PathLike[str] | Ledger,
    identity: IdentityPolicy,
    prop: str,
    unfollow: wire.Unfollow,
    share: float,
    progress: Progress,
    now: Callable[[], float],
) -> SyncReport:
    """A sync with ``dry_run``: planned, reported and forgotten."""
    with plan_sync(
        line,
        clevertap,
        identity=identity,
        ledger=ledger,
        property=prop,
        unfollow=unfollow,
        max_unfollow_share=share,
        progress=progress,
        now=now,
    ) as plan:
        return plan.report()


class _Planner:
    """Judges a whole listing against a ledger that is only read, and writes the plan."""

    def __init__(
        self,
        book: Ledger,
        store: Store,
        policy: IdentityPolicy,
        facts: dict[str, Any],
        tick: Tick,
        now: Callable[[], float],
    ) -> None:
        self._book = book
        self._store = store
        self._facts = facts
        self._tick = tick
        self._now = now
        self._begun = now()
        self._judge = Judge(self, policy, unfollow=facts["unfollow"], now=int(self._begun), named=book.named())
        self._back = self._heard = 0  # gone before and listed again; of those, whose farewell was refused
        self._counts: dict[str, int] = dict.fromkeys((a.name for a in attrs.fields(Summary)), 0)

    def rows(self, line_ids: Sequence[str]) -> dict[str, Row]:
        """As the ledger has them; those already planned stand in this snapshot."""
        known = self._book.rows(line_ids)
        planned = self._store.among("SELECT line_id FROM planned WHERE line_id IN ({})", line_ids)
        snapshot = self._book.run.snapshot + 1
        again = {line_id: known.get(line_id) or Row(line_id, State.UNIDENTIFIED) for (line_id,) in planned}
        return known | {line_id: row._replace(seen=snapshot) for line_id, row in again.items()}

    def owners(self, identities: Sequence[str]) -> dict[str, Carried]:
        """As the ledger knows, and as the plan would make it."""
        sql = "SELECT identity, line_id FROM planned WHERE act IN ('add', 'change') AND identity IN ({})"
        planned = {identity: Carried(line_id) for identity, line_id in self._store.among(sql, identities)}
        return self._book.owners(identities) | planned

    def plan(self, walk: Walk) -> SyncPlan:
        """The whole plan."""
        try:
            for step in walk:
                if isinstance(step, Page):
                    self._page(step)
        finally:
            walk.stop()
        self._leavers()
        if self._facts["unfollow"] != "keep":
            self._late()
        return self._finish()

    def _page(self, page: Page) -> None:
        rows = []
        for decision, was in self._judge.page(page.line_ids, snapshot=self._book.run.snapshot + 1):
            row, act = decision.row, _act(decision.act, decision.row, was)
            creates = decision.act is Act.SEND and row.identity == row.line_id and row.sent is None
            if was is not None and was.state is State.GONE:
                self._back += 1
                self._heard += bool(was.leaving)
            self._counts[_PLURAL.get(act, act)] += 1
            self._counts["creates"] += creates
            rows.append((row.line_id, act, row.wanted or row.identity, row.why, row.other, int(creates), row.since))
        with self._store.transaction():
            self._store.executemany(_PUT, rows)
        self._judge.written(row[0] for row in rows)
        self._counts["followers"] += len(rows)
        self._counts["pages"] += 1
        self._tick(len(rows))

    def _leavers(self) -> None:
        self._walked = self._now() - self._begun
        for rows in thousands(self._book.each_following()):
            ids = [row.line_id for row in rows]
            listed = {key for (key,) in self._store.among("SELECT line_id FROM planned WHERE line_id IN ({})", ids)}
            gone = [
                (row.line_id, "unfollow", row.identity, None, None, 0, 0) for row in rows if row.line_id not in listed
            ]
            with self._store.transaction():
                self._store.executemany(_PUT, gone)
            self._counts["unfollows"] += len(gone)

    def _late(self) -> None:
        for rows in thousands(self._book.each_late(self._facts["unfollow"])):
            ids, names = [row.line_id for row in rows], [row.identity or "" for row in rows]
            listed = {key for (key,) in self._store.among("SELECT line_id FROM planned WHERE line_id IN ({})", ids)}
            sql = "SELECT identity FROM planned WHERE act IN ('add', 'change') AND identity IN ({})"
            given = {name for (name,) in self._store.among(sql, names)}  # the profile will be another follower's
            late = [row for row in rows if row.line_id not in listed and row.identity not in given]
            with self._store.transaction():
                self._store.executemany(_PUT, [(row.line_id, "late", row.identity, None, None, 0, 0) for row in late])
            self._counts["late"] += len(late)

    def _finish(self) -> SyncPlan:
        pages = self._counts["pages"]
        seconds = round(self._walked / pages, 4) if pages else 0.0
        counted = Summary(**self._counts)
        census = self._book.census()
        summary = attrs.evolve(counted, base=self._book.following(), page_seconds=seconds)
        self._facts |= {
            "run": attrs.asdict(self._book.run),
            "made": self._begun,
            "elapsed": self._now() - self._begun,
            "gone": census.states[State.GONE.value] - self._back,
            "unheard": census.unheard - self._heard,
        }
        with self._store.transaction():
            self._store.set_meta("facts", json.dumps(self._facts))
            self._store.set_meta("summary", json.dumps(attrs.asdict(summary)))
        return SyncPlan(self._store, summary, self._facts)


_PLURAL = {"add": "adds", "change": "changes"}


def _act(act: Act, row: Row, was: Row | None) -> str:
    if act is Act.SEND:
        return "change" if was is not None and was.sent is not None else "add"
    return "unchanged" if row.state is State.UPLOADED else row.state.value
