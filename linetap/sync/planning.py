# ruff: noqa: S608 - statements are put together from this file's own words; values are always bound
"""Makes a plan: a whole listing, compared with a ledger that is only read."""

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
from linetap.store.rows import Rows
from linetap.store.sqlite_file import Store
from linetap.sync import profile_records
from linetap.sync.arguments import check_clients, open_ledger
from linetap.sync.decide import Action, ProfileHolder, Row, State
from linetap.sync.follower_pages import FollowerPages, Page
from linetap.sync.identity import IdentityPolicy, check_policy
from linetap.sync.ledger import Ledger
from linetap.sync.ledger_reader import Decider
from linetap.sync.plan import PLANNED, Summary, SyncPlan, plan_file
from linetap.sync.profile_check import ProfileCheck, checked_number
from linetap.sync.uploads import batched

if TYPE_CHECKING:
    from linetap.line.client import LineClient


def plan_sync(
    line: LineClient,
    clevertap: CleverTapClient,
    *,
    identity: IdentityPolicy,
    ledger: str | os.PathLike[str] | Ledger,
    property: str | ProfileField = "LineID",  # noqa: A002 - CleverTap's own word
    unfollow: profile_records.Unfollow = "mark",
    max_unfollow_ratio: float = 0.2,
    plan: str | os.PathLike[str] | None = None,
    progress: Progress = None,
    check_profiles: int = 0,
    now: Callable[[], float] = time.time,
) -> SyncPlan:
    """What :func:`sync_followers` would do; reads both sides and writes only the plan.

    ``check_profiles`` reads that many profiles of new identities: those that CleverTap does not know become new,
    billed profiles (``summary.new_profiles``). ``plan`` is the plan's file, which must not exist yet; without one
    the plan ends with the object. The other arguments and the errors are those of ``sync_followers``.
    ``apply_plan`` does what the plan says.
    """
    check_policy(identity)
    check_clients(line, clevertap)
    check = ProfileCheck(clevertap, checked_number(check_profiles))
    facts: dict[str, Any] = {
        "property": profile_records.check_property(property),
        "unfollow": profile_records.check_unfollow(unfollow),
        "share": profile_records.check_ratio(max_unfollow_ratio),
        "bot": line.bot_info().user_id,
        "account": clevertap.account_id,
        "ledger": None if isinstance(ledger, Ledger) else str(os.fspath(ledger)),
    }
    if plan is not None and os.path.exists(plan):
        raise _plan_exists(plan)
    with open_ledger(ledger, Ledger.for_reading) as opened:
        opened.check_binding(bot=facts["bot"], account=facts["account"], prop=facts["property"])
        with _new(plan) as store, reporting(progress, total=opened.count_following() or None, unit="followers") as tick:
            return _Planner(opened, store, identity, facts, tick, now).plan(FollowerPages(line), check)


@contextmanager
def _new(plan: str | os.PathLike[str] | None) -> Iterator[Store]:
    """The store of a new plan. If planning fails, its file is removed, so that the name is free again."""
    path = None if plan is None else Path(plan)
    made, store = path is not None and _create_file(path), None
    try:
        store = plan_file(plan)
        yield store
    except BaseException:
        if store is not None:
            store.close()
        if path is not None and made:
            for left in (
                path,
                path.with_name(f"{path.name}-wal"),
            ):  # SQLite keeps the log on a full disk
                left.unlink(missing_ok=True)
        raise


def _create_file(plan: Path) -> bool:
    """Whether this call created the file: a file of another process is neither written to nor removed."""
    try:
        plan.touch(0o600, exist_ok=False)
    except FileExistsError:
        raise _plan_exists(plan) from None
    except OSError:  # the store raises the fitting error
        return False
    return True


def _plan_exists(plan: str | os.PathLike[str]) -> BadArgument:
    return invalid("plan", "must be a file that does not exist yet", str(plan), "SyncPlan.open(path) reads a plan")


class _Planner:
    """Decides about each follower of a listing, against a ledger that is only read, and writes the plan."""

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        policy: IdentityPolicy,
        facts: dict[str, Any],
        tick: Tick,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._rows, self._number = Rows(store, PLANNED), 0
        self._facts = facts
        self._tick = tick
        self._now = now
        self._begun = now()
        self._decider = Decider(self, policy, unfollow=facts["unfollow"], now=int(self._begun), named=ledger.named())
        self._returned = 0  # unfollowed before and listed again
        self._returned_rejected = 0  # of those, whose unfollow update was rejected
        self._counts: dict[str, int] = dict.fromkeys((a.name for a in attrs.fields(Summary)), 0)

    def rows(self, line_ids: Sequence[str]) -> dict[str, Row]:
        """The ledger's rows; followers already planned count as listed in this listing."""
        known = self._ledger.rows(line_ids)
        snapshot = self._ledger.run.snapshot + 1
        again = {each: known.get(each) or Row(each, State.UNIDENTIFIED) for each in self._planned(line_ids)}
        return known | {line_id: row._replace(last_listed=snapshot) for line_id, row in again.items()}

    def profile_holders(self, identities: Sequence[str]) -> dict[str, ProfileHolder]:
        """The ledger's holders, and those that the plan would add."""
        sql = "SELECT identity, line_id FROM planned WHERE act IN ('add', 'change') AND identity IN ({})"
        planned = {identity: ProfileHolder(line_id) for identity, line_id in self._store.among(sql, identities)}
        return self._ledger.profile_holders(identities) | planned

    def plan(self, pages: FollowerPages, check: ProfileCheck) -> SyncPlan:
        """The whole plan."""
        try:
            for step in pages:
                if isinstance(step, Page):
                    self._page(step)
        finally:
            pages.stop()
        self._check_profiles(check)
        self._unfollows()
        if self._facts["unfollow"] != "keep":
            self._late_unfollows()
        return self._finish()

    def _page(self, page: Page) -> None:
        rows = []
        for decision, was in self._decider.page(page.line_ids, snapshot=self._ledger.run.snapshot + 1):
            row, act = decision.row, _planned_act(decision.action, decision.row, was)
            creates = decision.action is Action.SEND and row.identity == row.line_id and row.accepted_in_run is None
            if was is not None and was.state is State.UNFOLLOWED:
                self._returned += 1
                self._returned_rejected += bool(was.unfollow_pending)
            self._counts[_PLURAL.get(act, act)] += 1
            self._counts["creates"] += creates
            rows.append(
                (row.line_id, act, row.wanted or row.identity, row.why, row.other, int(creates), row.following_since)
            )
        self._put(rows)
        self._decider.stored(row[0] for row in rows)
        self._counts["followers"] += len(rows)
        self._counts["pages"] += 1
        self._tick(len(rows))

    def _check_profiles(self, check: ProfileCheck) -> None:
        first = "act = 'add' AND identity <> line_id"
        self._counts["first_uploads"] = int(self._store.one(f"SELECT count(*) FROM planned WHERE {first}"))
        sql = f"SELECT number, identity FROM planned WHERE number > ? AND {first} ORDER BY number LIMIT 1000"
        last, checked = 0, -1
        while checked != check.checked and (part := self._store.rows(sql, (last,))):
            last, checked = part[-1][0], check.checked
            check.add([identity for _, identity in part])
        self._counts |= {"profiles_checked": check.checked, "new_profiles": check.unknown}

    def _unfollows(self) -> None:
        self._listing_seconds = self._now() - self._begun
        for rows in batched(self._ledger.each_following()):
            listed = self._planned([row.line_id for row in rows])
            self._part([row for row in rows if row.line_id not in listed], "unfollow", "unfollows")

    def _late_unfollows(self) -> None:
        for rows in batched(self._ledger.each_late(self._facts["unfollow"])):
            listed = self._planned([row.line_id for row in rows])
            sql = "SELECT identity FROM planned WHERE act IN ('add', 'change') AND identity IN ({})"
            names = [row.identity or "" for row in rows]
            given = {name for (name,) in self._store.among(sql, names)}  # the profile gets another LINE id
            late = [row for row in rows if row.line_id not in listed and row.identity not in given]
            self._part(late, "late", "late")

    def _planned(self, line_ids: Sequence[str]) -> set[str]:
        """Those of them that the plan already contains."""
        return {key for (key,) in self._store.among("SELECT line_id FROM planned WHERE line_id IN ({})", line_ids)}

    def _part(self, rows: Sequence[Row], act: str, count: str) -> None:
        """Plans the unfollow updates of these users."""
        self._put([(row.line_id, act, row.identity, None, None, 0, 0) for row in rows])
        self._counts[count] += len(rows)

    def _put(self, planned: Sequence[tuple[Any, ...]]) -> None:
        numbers = range(self._number + 1, self._number + 1 + len(planned))
        self._number += len(planned)
        with self._store.transaction():  # a follower whom the plan has already is not added again
            self._rows.add((number, *row) for number, row in zip(numbers, planned, strict=True))

    def _finish(self) -> SyncPlan:
        pages = self._counts["pages"]
        seconds = round(self._listing_seconds / pages, 4) if pages else 0.0
        counted = Summary(**self._counts)
        census = self._ledger.census()
        summary = attrs.evolve(counted, base=self._ledger.count_following(), page_seconds=seconds)
        self._facts |= {
            "run": attrs.asdict(self._ledger.run),
            "matched": self._decider.matched,
            "made": self._begun,
            "elapsed": self._now() - self._begun,
            "gone": census.states[State.UNFOLLOWED.value] - self._returned,
            "unheard": census.unfollows_rejected - self._returned_rejected,
        }
        with self._store.transaction():
            self._store.set_meta("facts", json.dumps(self._facts))
            self._store.set_meta("summary", json.dumps(attrs.asdict(summary)))
        return SyncPlan(self._store, summary, self._facts)


_PLURAL = {"add": "adds", "change": "changes", "conflict": "withheld"}


def _planned_act(action: Action, row: Row, was: Row | None) -> str:
    if action is Action.SEND:
        return "change" if was is not None and was.accepted_in_run is not None else "add"
    return "unchanged" if row.state is State.UPLOADED else row.state.value
