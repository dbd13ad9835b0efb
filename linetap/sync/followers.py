"""``sync_followers``: what users run every night."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.upload import checked_in_flight
from linetap.display.progress import Progress, reporting
from linetap.errors import invalid, literal_text
from linetap.fields import ProfileField
from linetap.sync import profile_records as wire
from linetap.sync.follower_pages import Walk
from linetap.sync.identity import IdentityPolicy, LineIdAsIdentity, check_policy
from linetap.sync.ledger import Ledger
from linetap.sync.planning import rehearse
from linetap.sync.report import SyncReport
from linetap.sync.run import Sync

if TYPE_CHECKING:
    from linetap.line.client import LineClient


def sync_followers(
    line: LineClient,
    clevertap: CleverTapClient,
    *,
    identity: IdentityPolicy,
    ledger: str | os.PathLike[str] | Ledger,
    property: str | ProfileField = "LineID",  # noqa: A002 - CleverTap's own word
    unfollow: wire.Unfollow = "mark",
    max_unfollow_ratio: float = 0.2,
    in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
    progress: Progress = None,
    dry_run: bool = False,
    now: Callable[[], float] = time.time,
) -> SyncReport:
    """Brings every follower's LINE id onto their CleverTap profile, and takes note of who left.

    Run it as often as you like: what CleverTap has is not sent again, and a run that was stopped goes on
    where it was. ``dry_run`` reads both sides, reports what would be done and writes nothing anywhere.

    Args:
        identity: whose LINE id it is: ``KnownFollowers(...)``, ``LineIdAsIdentity()`` or a policy of yours.
        ledger: the file that remembers; bound to this bot, account and property.
        unfollow: for who left, ``"mark"`` sets ``LINE follower`` to False with a date, ``"clear"`` deletes the
            property (CleverTap's pages doubt that for custom ones: try it first), ``"keep"`` tells nothing.
        max_unfollow_ratio: the brake: stop before more than this share of the base is marked or cleared.
        in_flight: uploads at once, 1 to 15.
        progress: True for a bar (extra ``progress``), or ``callable(done, total)``.

    Raises (each with ``.report``, as Ctrl-C has one too):
        TooManyUnfollows: the brake. What is there was uploaded; nothing was taken away.
        FileLocked, BadArgument: the ledger is in use, or of another bot, account or property.
        StorageError: the ledger's disk is full, or the file damaged. What was recorded is kept; run again.
        LinetapError: a call failed for good. The ledger holds what was done; run again to go on.
    """
    check_policy(identity)
    width, name = checked_in_flight(in_flight), wire.check_property(property)
    mode, share = wire.check_unfollow(unfollow), wire.check_share(max_unfollow_ratio)
    if dry_run:
        return rehearse(line, clevertap, ledger, identity, name, mode, share, progress, now)
    book = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    try:
        book.bind(bot=line.bot_info().user_id, account=clevertap.account_id, prop=name)
        with reporting(progress, total=book.following() or None, unit="followers") as tick:
            return Sync(book, clevertap, identity, name, mode, share, width, tick, now).run(lambda t: Walk(line, t))
    finally:
        if book is not ledger:
            book.close()


def replay_rejected(
    clevertap: CleverTapClient,
    *,
    ledger: str | os.PathLike[str] | Ledger,
    line_ids: Iterable[str] | None = None,
    in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
    progress: Progress = None,
    now: Callable[[], float] = time.time,
) -> SyncReport:
    """Sends dead letters again at once, without a walk: all of them, or those of these LINE ids.

    The ``unfollow`` of the last sync holds here too: after a ``"keep"``, nobody is marked or cleared.
    ``Ledger(path).fix(line_id, identity=...)`` first gives them another identity; a record that only met a
    passing error of CleverTap's goes as it is. Errors are those of ``sync_followers``.
    """
    if isinstance(line_ids, str):
        raise invalid("line_ids", "is an iterable of LINE ids", literal_text("a str"), "put a single one into a list")
    width, wanted = checked_in_flight(in_flight), None if line_ids is None else set(line_ids)
    book = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    try:
        bot, prop = book.bound("bot"), book.bound("property")
        if bot is None or prop is None:
            raise invalid("ledger", "was used by a sync before", literal_text("a new one"), "sync_followers(...) first")
        book.check_binding(bot=bot, account=clevertap.account_id, prop=prop)
        mode = wire.check_unfollow(book.run.unfollow or "keep")
        with reporting(progress, unit="followers") as tick:
            sync = Sync(book, clevertap, LineIdAsIdentity(), prop, mode, 1.0, width, tick, now)
            return sync.replay(lambda row: wanted is None or row.line_id in wanted)
    finally:
        if book is not ledger:
            book.close()
