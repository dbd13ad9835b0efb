"""Doing what a plan says, if the world is still the one it was made for."""

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
from linetap.sync import profile_records as wire
from linetap.sync.decide import Why, Wish
from linetap.sync.follower_pages import Page, StartedOver, Walk
from linetap.sync.ledger import Ledger
from linetap.sync.plan import LEAVING, SyncPlan
from linetap.sync.report import SyncReport
from linetap.sync.run import Sync

if TYPE_CHECKING:
    from linetap.line.client import LineClient

_OLDEST = 24 * 3600.0


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
    """Does what a plan says, and nothing else.

    LINE's followers are listed again first. The plan is refused when it is older than a day, when another
    sync has run since, or when more than ``tolerance`` (a share of the followers; 0.01 is one in a hundred)
    came or left. Within it, who came since waits for the next sync, who left is not uploaded, and who came
    back is not taken for gone.

    Raises:
        PlanOutdated: it is not the world the plan was made for; nothing was done.
        TooManyUnfollows: the plan is over the brake it was made with; nothing was done.
    """
    facts = plan.facts
    wire.check_share(tolerance, "tolerance", "0.01 lets one follower in a hundred come or leave")
    width = checked_in_flight(in_flight)
    _check_plan(plan, line, clevertap, now)
    book = ledger if isinstance(ledger, Ledger) else Ledger(ledger if ledger is not None else _path_of(facts))
    try:
        book.bind(bot=facts["bot"], account=facts["account"], prop=facts["property"])
        if attrs.asdict(book.run) != facts["run"]:  # a run that went on where it stopped has kept its number
            raise PlanOutdated("another sync has used the ledger since the plan was made: plan again")
        _look_again(plan, Walk(line), tolerance)
        policy = _Planned(plan)
        with reporting(progress, total=plan.summary.followers, unit="followers") as tick:
            sync = Sync(
                book, clevertap, policy, facts["property"], facts["unfollow"], 1.0, width, tick, now,
                may_leave=policy.may_leave,
            )  # fmt: skip
            return sync.run(lambda token: _pages(plan))
    finally:
        if book is not ledger:
            book.close()


def _check_plan(plan: object, line: LineClient, clevertap: CleverTapClient, now: Callable[[], float]) -> None:
    if not isinstance(plan, SyncPlan):
        raise invalid("plan", "is a SyncPlan", literal_text(type(plan).__name__), "SyncPlan.open(path) reads one")
    facts = plan.facts
    for key, value in (("bot", line.bot_info().user_id), ("account", clevertap.account_id)):
        if facts[key] != value:
            raise invalid("plan", f"was made for this {key}", facts[key], "plan again with these clients")
    if now() - facts["made"] > _OLDEST:
        raise PlanOutdated("the plan is older than a day: plan again")
    if plan.braked:
        raise TooManyUnfollows(
            f"the plan would unfollow {plan.summary.unfollows} of {plan.summary.base} followers, over its brake of "
            f"{facts['share']:.1%}: nothing was done. Plan again with a larger max_unfollow_ratio if they did leave",
            operation="apply_plan",
            report=plan.report(),
        )


def _path_of(facts: Mapping[str, Any]) -> str:
    if facts["ledger"] is None:
        raise BadArgument("the plan was made with an open Ledger: give apply_plan the same as ledger=")
    return str(facts["ledger"])


def _look_again(plan: SyncPlan, walk: Walk, tolerance: float) -> None:
    """Lists the followers anew and marks in the plan who is there; too much movement is refused."""
    store, came, seen = plan.store, 0, 0
    store.execute("UPDATE planned SET there = 0")
    try:
        for step in walk:
            if not isinstance(step, Page):
                store.execute("UPDATE planned SET there = 0")
                came = 0
                continue
            ids = list(dict.fromkeys(step.line_ids))
            planned = store.among("SELECT line_id, act FROM planned WHERE line_id IN ({})", ids)
            known: dict[str, str] = {row[0]: row[1] for row in planned}
            came += len(ids) - sum(1 for act in known.values() if act not in LEAVING)
            with store.transaction():
                store.executemany("UPDATE planned SET there = 1 WHERE line_id = ?", ((key,) for key in known))
            seen += len(ids)
    finally:
        walk.stop()
    left = int(store.one("SELECT count(*) FROM planned WHERE act NOT IN ('unfollow', 'late') AND NOT there"))
    allowed = tolerance * max(1, plan.summary.followers)
    if came + left > allowed:
        raise PlanOutdated(
            f"since the plan was made {came} followers came and {left} left, and {allowed:.0f} are tolerated "
            f"(tolerance={tolerance}): nothing was done; plan again",
            operation="apply_plan",
        )


def _pages(plan: SyncPlan) -> Iterator[Page | StartedOver]:
    """The planned followers who are still there, as pages."""
    part: list[str] = []
    for (line_id,) in plan.scan("line_id", "act NOT IN ('unfollow', 'late') AND there"):
        part.append(line_id)
        if len(part) == limits.RECORDS_PER_UPLOAD:
            yield Page(tuple(part), None, None)
            part = []
    yield Page(tuple(part), None, None)


class _Planned:
    """The identities as the plan has them: nobody is asked again."""

    creates = False

    def __init__(self, plan: SyncPlan) -> None:
        self._store = plan.store

    def wishes(self, line_ids: Sequence[str]) -> dict[str, Wish]:
        """What the plan says about these followers."""
        sql = "SELECT line_id, act, identity, why, other FROM planned WHERE line_id IN ({})"
        found = {}
        for line_id, act, identity, why, other in self._store.among(sql, line_ids):
            sent = act in ("add", "change")
            found[line_id] = Wish(identity) if sent or why is None else Wish(identity, Why[why], other)
        return found

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The identities alone."""
        return {line_id: wish.identity for line_id, wish in self.wishes(line_ids).items()}

    def may_leave(self, line_ids: Sequence[str]) -> set[str]:
        """Of those who are not listed, the ones that the plan takes for gone."""
        sql = "SELECT line_id FROM planned WHERE act IN ('unfollow', 'late') AND NOT there AND line_id IN ({})"
        return {line_id for (line_id,) in self._store.among(sql, line_ids)}
