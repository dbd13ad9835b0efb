"""One sync run: LINE's followers become CleverTap records, and each follower is counted even if the run is killed.

The order of the steps makes this safe. The followers of a page are compared with the ledger. The rows of a
batch are stored as "unconfirmed" before the first byte is sent, and only CleverTap's response makes them
"uploaded". The stored page token is that of the first page with a follower who is not in the ledger yet.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.sync import profile_records
from linetap.sync.decide import (
    LATE_UNFOLLOW,
    SHAPE_UNKNOWN,
    Action,
    ProfileHolder,
    Row,
    State,
    holder_conflict,
    record_shape,
)
from linetap.sync.follower_pages import FollowerPages, ListingRestarted, Page
from linetap.sync.identity import IdentityPolicy
from linetap.sync.ledger import Ledger
from linetap.sync.ledger_format import Run
from linetap.sync.ledger_reader import Decider
from linetap.sync.profile_check import ProfileCheck
from linetap.sync.report import CONFLICTS_KEPT, SyncReport
from linetap.sync.run_options import RunOptions
from linetap.sync.unfollows import Unfollows
from linetap.sync.uploads import Batch, QueuedRecord, Uploads, batched

# Seconds that a page token is valid: https://developers.line.biz/en/reference/messaging-api/#get-follower-ids-response
_TOKEN_LIFETIME = 24 * 3600
# Listing is the bottleneck: yield the GIL to its thread instead of waiting for the switch interval of 5 ms.
_YIELD_EVERY = 100
Listing = Callable[["str | None"], "Iterable[Page | ListingRestarted]"]
"""Lists the followers, starting at a page token."""


class SyncRun:
    """One run with one ledger. Everything but listing and uploading happens in the calling thread."""

    def __init__(self, ledger: Ledger, clevertap: CleverTapClient, policy: IdentityPolicy, options: RunOptions) -> None:
        self.ledger = ledger
        self._policy = policy
        self._options = options
        self._uploads = Uploads(ledger, clevertap, options.in_flight, options.tick)
        self._begun = options.now()
        self._check = ProfileCheck(clevertap, options.check_profiles)
        self._missing: int | None = None
        self._pages: Iterable[Page | ListingRestarted] = ()
        self._resumed = False
        self._complete = False

    def run(self, listing: Listing) -> SyncReport:
        """The whole run."""
        try:
            run = self._begin()
            self._writer = self._new_writer(run.started)
            unfollows = Unfollows(self.ledger, self._writer, self._options)
            batches = self._unconfirmed_batches()
            self._uploads.run(batches if run.phase != "walk" else chain(batches, self._listed(listing)))
            if run.phase == "walk":
                self._check_safety_limit(unfollows)
                self._set_phase("unfollow")
            self._uploads.run(unfollows.batches())
            self._complete = True
            self._set_phase("done")
        except BaseException as error:
            self._attach(error)
            raise
        finally:
            if isinstance(self._pages, FollowerPages):
                self._pages.stop()
        return self.report()

    def replay(self, chosen: Callable[[Row], bool]) -> SyncReport:
        """Sends dead letters again, with the identity that was given since."""
        self._writer = self._new_writer(self._options.now())
        try:
            self._uploads.run(self._dead_letters(chosen))
            self._complete = self.ledger.run.phase == "done"
        except BaseException as error:
            self._attach(error)
            raise
        return self.report()

    def _new_writer(self, now: float) -> profile_records.Writer:
        return profile_records.Writer(self._options.property, self._options.unfollow, int(now))

    def _attach(self, error: BaseException) -> None:
        with suppress(Exception):  # an unreadable ledger must not hide the first error
            vars(error)["report"] = self.report()

    def _dead_letters(self, chosen: Callable[[Row], bool]) -> Iterator[Batch]:
        for rows in batched(filter(chosen, filter(self._may_resend, self.ledger.each_rejected()))):
            again = [_resend(row) for row in rows]
            holders = self.ledger.profile_holders([row.identity for row in again if row.identity is not None])
            sends: list[QueuedRecord] = []
            stored: list[Row] = []
            for row in again:
                other = holders.setdefault(row.identity or "", ProfileHolder(row.line_id))
                if other.line_id == row.line_id or other.unfollowed:
                    sends.append(QueuedRecord(row, self._writer.record(row)))
                elif row.unfollow_pending:  # the profile has another LINE id since: nothing is left to upload
                    stored.append(row._replace(state=State.UNFOLLOWED, unfollow_pending=0))
                else:
                    stored.append(holder_conflict(row, other))
            with self.ledger.transaction():
                self.ledger.put(stored)
            if sends:
                yield Batch(tuple(sends))

    def _may_resend(self, row: Row) -> bool:
        if row.unfollow_pending:
            return self._options.unfollow != "keep"
        # A follower whose old profile has the LINE id is not moved here: the next sync reports the conflict.
        return row.accepted_shape is None or row.fixed in (None, row.identity)

    def report(self) -> SyncReport:
        """The report, from the ledger's present state."""
        run, ledger = self.ledger.run, self.ledger
        census = ledger.census()
        counts = census.states
        return SyncReport(
            uploaded=counts["uploaded"],
            unchanged=counts["unchanged"],
            rejected=counts["rejected"],
            unidentified=counts["unidentified"],
            withheld=counts["conflict"],
            unconfirmed=counts["unconfirmed"],
            unfollowed_total=counts["unfollowed"],
            unfollows_rejected=census.unfollows_rejected,
            followers=census.listed,
            unfollowed=census.left if self._missing is None else self._missing,
            created=run.created,
            first_uploads=run.first_uploads,
            profiles_checked=run.profiles_checked,
            matched=run.matched,
            over_safety_limit=self._missing is not None,
            conflicts=tuple(islice(ledger.conflicts(), CONFLICTS_KEPT)),
            pages=run.pages,
            calls=run.calls,
            resent=run.resent,
            elapsed=self._options.now() - self._begun,
            complete=self._complete,
            resumed=self._resumed,
        )

    def _begin(self) -> Run:
        """Resumes the run that was stopped, or starts a new one."""
        ledger, now, unfollow = self.ledger, self._options.now(), self._options.unfollow
        run = ledger.run
        self._resumed = run.phase != "done" and run.unfollow == unfollow and self._options.may_unfollow is None
        if not self._resumed:
            started = Run(run.number + 1, run.snapshot + 1, "walk", started=now, token_at=now)
            started.shape, started.unfollow, started.base = record_shape(unfollow), unfollow, ledger.count_following()
            ledger.run = started
        elif now - run.token_at > _TOKEN_LIFETIME:
            self._restart_listing()
        with ledger.transaction():
            ledger.save_run()
        return ledger.run

    def _restart_listing(self) -> None:
        """Starts a new listing in the same run: only the new listing decides about unfollows."""
        run = self.ledger.run
        run.phase, run.token, run.token_at = "walk", None, self._options.now()
        run.snapshot += 1
        run.matched = 0

    def _set_phase(self, phase: str) -> None:
        self.ledger.run.phase = phase
        with self.ledger.transaction():
            self.ledger.save_run()

    def _check_safety_limit(self, unfollows: Unfollows) -> None:
        missing = unfollows.over_limit()
        if missing is not None:
            self._set_phase("done")  # the listing is complete, so the next run starts a new one
            self._missing = missing
            raise unfollows.limit_error(missing)

    # Batches, made lazily.

    def _unconfirmed_batches(self) -> Iterator[Batch]:
        """Before anything else: the records of an earlier run that got no response.

        Unfollow updates are not sent again during a new listing, because the follower may be in it.
        """
        again = self.ledger.run.phase == "unfollow"
        for rows in batched(self.ledger.each_unconfirmed()):
            with self.ledger.transaction():
                self.ledger.put(_unconfirmed(row) for row in rows if row.unfollow_pending and not again)
            resent = [row for row in rows if again or not row.unfollow_pending]
            sends = tuple(QueuedRecord(row, self._writer.record(row)) for row in resent)
            self.ledger.run.resent += len(sends)
            if sends:
                yield Batch(sends, fresh=False)

    def _listed(self, listing: Listing) -> Iterator[Batch]:
        ledger, run = self.ledger, self.ledger.run
        decider = Decider(
            ledger, self._policy, unfollow=self._options.unfollow, now=int(run.started), named=ledger.named()
        )
        waiting: deque[QueuedRecord] = deque()
        self._pages = listing(run.token)
        for step in self._pages:
            if isinstance(step, ListingRestarted):
                self._restart_listing()
                decider.stored(send.row.line_id for send in waiting)  # forget them: the new listing has them again
                waiting.clear()
                continue
            self._page(step, decider, waiting)
            while len(waiting) >= limits.RECORDS_PER_UPLOAD:
                yield self._next_batch(waiting, decider, step.next)
        while waiting:
            yield self._next_batch(waiting, decider, None)

    def _page(self, page: Page, decider: Decider, waiting: deque[QueuedRecord]) -> None:
        """Decides about the followers of one page; rows that need no upload are stored at once."""
        ledger, run = self.ledger, self.ledger.run
        in_flight, matched = self._uploads.line_ids_in_flight, decider.matched
        changed: list[Row] = []
        listed = [line_id for line_id in page.line_ids if line_id in in_flight]
        others = [line_id for line_id in page.line_ids if line_id not in in_flight] if listed else page.line_ids
        for number, ((action, row), was) in enumerate(decider.page(others, snapshot=run.snapshot)):
            if not number % _YIELD_EVERY:
                time.sleep(0)
            if action is Action.SEND:
                waiting.append(QueuedRecord(row, self._writer.follow(row), page.start))
            elif row is was:
                listed.append(row.line_id)
            else:
                changed.append(row)
        run.pages += 1
        run.matched += decider.matched - matched + len(set(page.line_ids) & in_flight)
        self._save_token(waiting, page.next)
        with ledger.transaction():
            ledger.put(changed)
            ledger.record_listed(listed)
            ledger.save_run()
        self._options.tick(len(changed) + len(listed))

    def _next_batch(self, waiting: deque[QueuedRecord], decider: Decider, after: str | None) -> Batch:
        sends = tuple(waiting.popleft() for _ in range(min(len(waiting), limits.RECORDS_PER_UPLOAD)))
        self._count_new_profiles(sends)
        decider.stored(send.row.line_id for send in sends)
        self._save_token(waiting, after)
        return Batch(sends)

    def _count_new_profiles(self, sends: Sequence[QueuedRecord]) -> None:
        run, checked, unknown = self.ledger.run, self._check.checked, self._check.unknown
        first = [send.row for send in sends if send.row.accepted_in_run is None]
        self._check.add([row.identity for row in first if row.identity is not None and row.identity != row.line_id])
        run.profiles_checked += self._check.checked - checked
        run.created += self._check.unknown - unknown

    def _save_token(self, waiting: deque[QueuedRecord], after: str | None) -> None:
        run = self.ledger.run
        token = waiting[0].start if waiting else after
        if token != run.token:
            run.token, run.token_at = token, self._options.now()


def _resend(row: Row) -> Row:
    """A dead letter to be sent again: with the identity given since; an unfollow update to the same profile."""
    if row.unfollow_pending:
        return row._replace(state=State.UNCONFIRMED, unfollow_pending=LATE_UNFOLLOW, code=None)
    return row._replace(state=State.UNCONFIRMED, identity=row.fixed or row.identity, code=None)


def _unconfirmed(row: Row) -> Row:
    """A row whose unfollow update got no response, before a new listing."""
    state = State.UNFOLLOWED if row.unfollow_pending == LATE_UNFOLLOW else State.UPLOADED
    return row._replace(state=state, accepted_shape=SHAPE_UNKNOWN, unfollow_pending=0)
