"""Applies a plan, if followers and ledger have not changed since it was made."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.upload import checked_in_flight
from linetap.display.progress import Progress, reporting
from linetap.errors import BadArgument, PlanOutdated, TooManyUnfollows, invalid, literal_text
from linetap.store.rows import Rows, verify
from linetap.sync import profile_records
from linetap.sync.arguments import check_clients, open_ledger
from linetap.sync.decide import ConflictReason, PolicyResult
from linetap.sync.follower_pages import FollowerPages, ListingRestarted, Page
from linetap.sync.ledger import Ledger
from linetap.sync.plan import PLANNED, UNFOLLOW_ACTIONS, SyncPlan
from linetap.sync.report import SyncReport
from linetap.sync.run import SyncRun
from linetap.sync.run_options import RunOptions

if TYPE_CHECKING:
    from linetap.line.client import LineClient

_MAX_AGE = 24 * 3600.0  # seconds


def apply_plan(
    plan: SyncPlan,
    line: LineClient,
    clevertap: CleverTapClient,
    *,
    ledger: str | os.PathLike[str] | Ledger | None = None,
    tolerance: float = 0.01,
    in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
    progress: Progress = None,
    now: Callable[[], float] = time.time,
) -> SyncReport:
    """Does what the plan says, and nothing else.

    LINE's followers are listed again first. The plan is rejected when it is older than a day, when another
    sync has run since, or when more than ``tolerance`` (a ratio of the followers; 0.01 is one in a hundred)
    followed or unfollowed. Within the tolerance, new followers wait for the next sync, users who unfollowed
    are not uploaded, and users who follow again are not marked as unfollowed.

    Raises:
        PlanOutdated: followers or ledger have changed since the plan was made; nothing was done.
        TooManyUnfollows: the plan is over its safety limit; nothing was done.
        StorageError: a row of the plan is damaged; nothing was done.
    """
    check_clients(line, clevertap)
    _check_plan(plan, line, clevertap, now)
    facts = plan.facts
    profile_records.check_ratio(tolerance, "tolerance", "0.01 allows one follower in a hundred to come or go")
    width = checked_in_flight(in_flight)
    with open_ledger(ledger if ledger is not None else _path_of(facts)) as opened:
        opened.bind(bot=facts["bot"], account=facts["account"], prop=facts["property"])
        if attrs.asdict(opened.run) != facts["run"]:  # a resumed run keeps its number, so compare the whole run
            raise PlanOutdated("another sync has used the ledger since the plan was made: plan again")
        _check_followers(plan, FollowerPages(line), tolerance)
        policy = _PlannedIdentities(plan)
        with reporting(progress, total=plan.summary.followers, unit="followers") as tick:
            options = RunOptions(facts["property"], facts["unfollow"], 1.0, width, tick, now, 0, policy.may_unfollow)
            report = SyncRun(opened, clevertap, policy, options).run(lambda token: _pages(plan))
            return attrs.evolve(report, matched=facts.get("matched"))


def _check_plan(plan: object, line: LineClient, clevertap: CleverTapClient, now: Callable[[], float]) -> None:
    if not isinstance(plan, SyncPlan):
        raise invalid("plan", "must be a SyncPlan", literal_text(type(plan).__name__), "SyncPlan.open(path) reads one")
    verify(plan.store)
    facts = plan.facts
    for key, value in (("bot", line.bot_info().user_id), ("account", clevertap.account_id)):
        if facts[key] != value:
            raise invalid("plan", f"must be a plan for this {key}", facts[key], "plan again with these clients")
    if now() - facts["made"] > _MAX_AGE:
        raise PlanOutdated("the plan is older than a day: plan again")
    if plan.over_safety_limit:
        raise TooManyUnfollows(
            f"the plan would unfollow {plan.summary.unfollows} of {plan.summary.base} followers, which is over its "
            f"safety limit of {facts['share']:.1%}: nothing was done. If they did unfollow, plan again with a larger "
            "max_unfollow_ratio",
            operation="apply_plan",
            report=plan.report(),
        )


def _path_of(facts: Mapping[str, Any]) -> str:
    if facts["ledger"] is None:
        raise BadArgument("the plan was made with an open Ledger: pass the same one to apply_plan as ledger=")
    return str(facts["ledger"])


def _check_followers(plan: SyncPlan, pages: FollowerPages, tolerance: float) -> None:
    """Lists the followers again and marks in the plan those who are listed; too many changes are rejected."""
    store, rows, came = plan.store, Rows(plan.store, PLANNED), 0
    store.execute("UPDATE planned SET there = 0")
    try:
        for step in pages:
            if not isinstance(step, Page):
                store.execute("UPDATE planned SET there = 0")
                came = 0
                continue
            ids = list(dict.fromkeys(step.line_ids))
            known: dict[str, str] = {row[1]: row[2] for row in rows.among("line_id", ids)}
            came += len(ids) - sum(1 for act in known.values() if act not in UNFOLLOW_ACTIONS)
            with store.transaction():
                store.executemany("UPDATE planned SET there = 1 WHERE line_id = ?", ((key,) for key in known))
    finally:
        pages.stop()
    left = int(store.one("SELECT count(*) FROM planned WHERE act NOT IN ('unfollow', 'late') AND NOT there"))
    allowed = tolerance * max(1, plan.summary.followers)
    if came + left > allowed:
        raise PlanOutdated(
            f"since the plan was made {came} followers came and {left} left, and at most {allowed:.0f} may "
            f"(tolerance={tolerance}): nothing was done; plan again",
            operation="apply_plan",
        )


def _pages(plan: SyncPlan) -> Iterator[Page | ListingRestarted]:
    """The planned followers who are still listed, as pages."""
    part: list[str] = []
    for row in plan.scan("act NOT IN ('unfollow', 'late') AND there"):
        part.append(row[1])
        if len(part) == limits.RECORDS_PER_UPLOAD:
            yield Page(tuple(part), None, None)
            part = []
    yield Page(tuple(part), None, None)


class _PlannedIdentities:
    """The identities that the plan contains; the policy is not called again."""

    creates = False

    def __init__(self, plan: SyncPlan) -> None:
        self._rows = Rows(plan.store, PLANNED)

    def policy_results(self, line_ids: Sequence[str]) -> dict[str, PolicyResult]:
        """The plan's result for these followers."""
        found = {}
        for _, line_id, act, identity, why, other, _, _ in self._rows.among("line_id", line_ids):
            reason = None if why is None or act in ("add", "change") else ConflictReason[why]
            found[line_id] = PolicyResult(identity, reason, None if reason is None else other)
        return found

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The identities only."""
        return {line_id: result.identity for line_id, result in self.policy_results(line_ids).items()}

    def may_unfollow(self, line_ids: Sequence[str]) -> set[str]:
        """Of these users, those whom the plan unfollows and the new listing does not contain."""
        where = "act IN ('unfollow', 'late') AND NOT there"
        return {row[1] for row in self._rows.among("line_id", tuple(line_ids), where)}
