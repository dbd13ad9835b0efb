"""``sync_followers``, for every night, and ``replay_rejected``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.upload import checked_in_flight
from linetap.display.progress import Progress, reporting
from linetap.errors import invalid, literal_text
from linetap.fields import ProfileField
from linetap.sync import profile_records
from linetap.sync.arguments import check_clients, open_ledger
from linetap.sync.follower_pages import FollowerPages
from linetap.sync.identity import IdentityPolicy, LineIdAsIdentity, check_policy
from linetap.sync.ledger import Ledger
from linetap.sync.planning import plan_sync
from linetap.sync.profile_check import checked_number
from linetap.sync.report import SyncReport
from linetap.sync.run import SyncRun
from linetap.sync.run_options import RunOptions

if TYPE_CHECKING:
    from linetap.line.client import LineClient


def sync_followers(
    line: LineClient,
    clevertap: CleverTapClient,
    *,
    identity: IdentityPolicy,
    ledger: str | os.PathLike[str] | Ledger,
    property: str | ProfileField = "LineID",  # noqa: A002 - CleverTap's own word
    unfollow: profile_records.Unfollow = "mark",
    max_unfollow_ratio: float = 0.2,
    in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
    progress: Progress = None,
    dry_run: bool = False,
    check_profiles: int = 0,
    now: Callable[[], float] = time.time,
) -> SyncReport:
    """Sets every follower's LINE id on their CleverTap profile, and records which users unfollowed.

    Run it as often as you like: what CleverTap has is not sent again, and a run that was stopped resumes where
    it ended. ``dry_run`` reads both sides, reports what would be done, and writes nothing.

    Args:
        identity: maps LINE ids to identities: ``KnownFollowers(...)``, ``LineIdAsIdentity()`` or your own policy.
        ledger: the file that stores each follower's state; bound to this bot, account and property.
        unfollow: for users who unfollowed, ``"mark"`` sets ``LINE follower`` to False with a date, ``"clear"``
            deletes the property (try it first: CleverTap's pages disagree), ``"keep"`` uploads nothing.
        max_unfollow_ratio: the safety limit, from 0 to 1: the sync stops before it marks or clears more than this
            ratio of the followers.
        in_flight: concurrent uploads, 1 to 15.
        check_profiles: how many profiles to read before their first upload: those that CleverTap does not know
            become new, billed profiles, and are added to ``report.created``, which is exact only if all are read.
        progress: True for a bar (extra ``progress``), or ``callable(done, total)``.

    Raises (each with ``.report``; KeyboardInterrupt has one too):
        TooManyUnfollows: over the safety limit. The listed followers were uploaded; no profile was marked or cleared.
        FileLocked, BadArgument: the ledger is in use, or of another bot, account or property.
        StorageError: the ledger's disk is full, or the file is damaged. What was stored is kept; run again.
        LinetapError: a call failed after all retries. The ledger stores what was done; run again to resume.
    """
    check_policy(identity)
    check_clients(line, clevertap)
    mode, ratio = profile_records.check_unfollow(unfollow), profile_records.check_ratio(max_unfollow_ratio)
    width, name = checked_in_flight(in_flight), profile_records.check_property(property)
    options = RunOptions(name, mode, ratio, width, _no_tick, now, checked_number(check_profiles))
    if dry_run:
        return _dry_run(line, clevertap, identity, ledger, options, progress)
    with open_ledger(ledger) as opened:
        opened.bind(bot=line.bot_info().user_id, account=clevertap.account_id, prop=name)
        with reporting(progress, total=opened.count_following() or None, unit="followers") as tick:
            run = SyncRun(opened, clevertap, identity, attrs.evolve(options, tick=tick))
            return run.run(lambda token: FollowerPages(line, token))


def _no_tick(count: int) -> None:
    """No progress is shown."""


def _dry_run(
    line: LineClient,
    clevertap: CleverTapClient,
    identity: IdentityPolicy,
    ledger: str | os.PathLike[str] | Ledger,
    options: RunOptions,
    progress: Progress,
) -> SyncReport:
    with plan_sync(
        line,
        clevertap,
        identity=identity,
        ledger=ledger,
        property=options.property,
        unfollow=options.unfollow,
        max_unfollow_ratio=options.max_unfollow_ratio,
        progress=progress,
        check_profiles=options.check_profiles,
        now=options.now,
    ) as plan:
        return plan.report()


def replay_rejected(
    clevertap: CleverTapClient,
    *,
    ledger: str | os.PathLike[str] | Ledger,
    line_ids: Iterable[str] | None = None,
    in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
    progress: Progress = None,
    now: Callable[[], float] = time.time,
) -> SyncReport:
    """Sends dead letters again, without listing followers: all of them, or those of these LINE ids.

    The ``unfollow`` of the last sync applies: after ``"keep"``, no profile is marked or cleared.
    ``Ledger(path).fix(line_id, identity=...)`` first gives a follower another identity; a record that was rejected
    only by a temporary CleverTap error is sent unchanged. Errors are those of ``sync_followers``.
    """
    if isinstance(line_ids, str):
        raise invalid("line_ids", "must be an iterable of LINE ids", literal_text("a str"), "put a single id in a list")
    width, wanted = checked_in_flight(in_flight), None if line_ids is None else set(line_ids)
    with open_ledger(ledger) as opened:
        bot, prop = opened.bound("bot"), opened.bound("property")
        if bot is None or prop is None:
            rule = "must be a ledger that a sync has used"
            raise invalid("ledger", rule, literal_text("a new one"), "run sync_followers(...) first")
        opened.check_binding(bot=bot, account=clevertap.account_id, prop=prop)
        mode = profile_records.check_unfollow(opened.run.unfollow or "keep")
        with reporting(progress, unit="followers") as tick:
            run = SyncRun(opened, clevertap, LineIdAsIdentity(), RunOptions(prop, mode, 1.0, width, tick, now))
            return run.replay(lambda row: wanted is None or row.line_id in wanted)
