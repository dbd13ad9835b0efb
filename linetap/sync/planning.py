"""Making a plan: a whole listing, judged against a ledger that is only read."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from linetap.clevertap.client import CleverTapClient
from linetap.display.progress import Progress, Tick, reporting
from linetap.errors import BadArgument, invalid
from linetap.fields import ProfileField
from linetap.store.sqlite_file import Store
from linetap.sync import profile_records as wire
from linetap.sync.decide import Act, Carried, Row, State
from linetap.sync.follower_pages import Page, Walk
from linetap.sync.identity import IdentityPolicy, check_policy
from linetap.sync.ledger import Ledger
from linetap.sync.ledger_reader import Judge
from linetap.sync.plan import PUT, Summary, SyncPlan, plan_file
from linetap.sync.report import SyncReport
from linetap.sync.uploads import thousands

if TYPE_CHECKING:
    from linetap.line.client import LineClient


def plan_sync(
    line: LineClient,
    clevertap: CleverTapClient,
    *,
    identity: IdentityPolicy,
    ledger: str | os.PathLike[str] | Ledger,
    property: str | ProfileField = "LineID",  # noqa: A002 - CleverTap's own word
    unfollow: wire.Unfollow = "mark",
    max_unfollow_ratio: float = 0.2,
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
        "share": wire.check_share(max_unfollow_ratio),
        "bot": line.bot_info().user_id,
        "account": clevertap.account_id,
        "ledger": None if isinstance(ledger, Ledger) else str(os.fspath(ledger)),
    }
    if plan is not None and os.path.exists(plan):
        raise _taken(plan)
    book = ledger if isinstance(ledger, Ledger) else Ledger.for_reading(ledger)
    try:
        book.check_binding(bot=facts["bot"], account=facts["account"], prop=facts["property"])
        with _new(plan) as store, reporting(progress, total=book.following() or None, unit="followers") as tick:
            return _Planner(book, store, identity, facts, tick, now).plan(Walk(line))
    finally:
        if book is not ledger:
            book.close()


@contextmanager
def _new(plan: str | os.PathLike[str] | None) -> Iterator[Store]:
    """The store of a new plan. Where planning fails its file goes with it, so that the next try may have its name."""
    path = None if plan is None else Path(plan)
    made, store = path is not None and _made(path), None
    try:
        store = plan_file(plan)
        yield store
    except BaseException:
        if store is not None:
            store.close()
        if path is not None and made:
            for left in (path, path.with_name(f"{path.name}-wal")):  # the log stays where the disk is full
                left.unlink(missing_ok=True)
        raise


def _made(plan: Path) -> bool:
    """Whether this call made the file: what another process made meanwhile is neither written to nor removed."""
    try:
        plan.touch(0o600, exist_ok=False)
    except FileExistsError:
        raise _taken(plan) from None
    except OSError:  # the store says why
        return False
    return True


def _taken(plan: str | os.PathLike[str]) -> BadArgument:
    return invalid("plan", "is a file that does not exist yet", str(plan), "SyncPlan.open(path) reads a plan")


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
        max_unfollow_ratio=share,
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
        snapshot = self._book.run.snapshot + 1
        again = {each: known.get(each) or Row(each, State.UNIDENTIFIED) for each in self._planned(line_ids)}
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
            if was is not None and was.state is State.UNFOLLOWED:
                self._back += 1
                self._heard += bool(was.leaving)
            self._counts[_PLURAL.get(act, act)] += 1
            self._counts["creates"] += creates
            rows.append((row.line_id, act, row.wanted or row.identity, row.why, row.other, int(creates), row.since))
        self._put(rows)
        self._judge.written(row[0] for row in rows)
        self._counts["followers"] += len(rows)
        self._counts["pages"] += 1
        self._tick(len(rows))

    def _leavers(self) -> None:
        self._walked = self._now() - self._begun
        for rows in thousands(self._book.each_following()):
            listed = self._planned([row.line_id for row in rows])
            self._part([row for row in rows if row.line_id not in listed], "unfollow", "unfollows")

    def _late(self) -> None:
        for rows in thousands(self._book.each_late(self._facts["unfollow"])):
            listed = self._planned([row.line_id for row in rows])
            sql = "SELECT identity FROM planned WHERE act IN ('add', 'change') AND identity IN ({})"
            names = [row.identity or "" for row in rows]
            given = {name for (name,) in self._store.among(sql, names)}  # the profile will be another follower's
            late = [row for row in rows if row.line_id not in listed and row.identity not in given]
            self._part(late, "late", "late")

    def _planned(self, line_ids: Sequence[str]) -> set[str]:
        """Those of them that the plan holds by now."""
        return {key for (key,) in self._store.among("SELECT line_id FROM planned WHERE line_id IN ({})", line_ids)}

    def _part(self, rows: Sequence[Row], act: str, count: str) -> None:
        """Plans that CleverTap is told of those who left."""
        self._put([(row.line_id, act, row.identity, None, None, 0, 0) for row in rows])
        self._counts[count] += len(rows)

    def _put(self, planned: Sequence[tuple[Any, ...]]) -> None:
        with self._store.transaction():
            self._store.executemany(PUT, planned)

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
            "gone": census.states[State.UNFOLLOWED.value] - self._back,
            "unheard": census.unfollows_rejected - self._heard,
        }
        with self._store.transaction():
            self._store.set_meta("facts", json.dumps(self._facts))
            self._store.set_meta("summary", json.dumps(attrs.asdict(summary)))
        return SyncPlan(self._store, summary, self._facts)


_PLURAL = {"add": "adds", "change": "changes", "conflict": "withheld"}


def _act(act: Act, row: Row, was: Row | None) -> str:
    if act is Act.SEND:
        return "change" if was is not None and was.sent is not None else "add"
    return "unchanged" if row.state is State.UPLOADED else row.state.value
