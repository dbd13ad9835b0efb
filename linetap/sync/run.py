"""The engine of a run: LINE's followers into CleverTap, each accounted for, whatever happens on the way.

The order of things is what makes it safe. A page's followers are judged against the ledger; a batch's rows
say "unknown" in the ledger before its first byte leaves; only CleverTap's answer makes them "uploaded". The
token kept for going on is that of the first page with a follower who is not in the ledger yet.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.display.progress import Tick
from linetap.errors import TooManyUnfollows
from linetap.sync import profile_records as wire
from linetap.sync.decide import LATE, UNCLEAR, Act, Carried, Row, State, shape_of, taken_by
from linetap.sync.follower_pages import Page, StartedOver, Walk
from linetap.sync.identity import IdentityPolicy
from linetap.sync.ledger import Ledger, Run
from linetap.sync.ledger_reader import Judge
from linetap.sync.report import CONFLICTS_KEPT, SyncReport
from linetap.sync.uploads import Batch, Send, Sending, thousands

_TOKEN_LIVES = 24 * 3600  # seconds: https://developers.line.biz/en/reference/messaging-api/#get-follower-ids-response
# The walk is what all wait for: its thread is let in at once, not after the interpreter's 5 ms (switchinterval).
_BREATH = 100
Listing = Callable[["str | None"], "Iterable[Page | StartedOver]"]
"""Lists the followers from a token on."""


class Sync:
    """One run over one ledger; all in the thread that called, but for the walk and the uploads themselves."""

    def __init__(
        self,
        ledger: Ledger,
        clevertap: CleverTapClient,
        policy: IdentityPolicy,
        prop: str,
        unfollow: wire.Unfollow,
        share: float,
        in_flight: int,
        tick: Tick,
        now: Callable[[], float],
        *,
        may_leave: Callable[[Sequence[str]], set[str]] | None = None,
    ) -> None:
        self.ledger = ledger
        self._may_leave = may_leave
        self._policy = policy
        self._property = prop
        self._unfollow: wire.Unfollow = unfollow
        self._share = share
        self._sending = Sending(ledger, clevertap, in_flight, tick)
        self._tick = tick
        self._now = now
        self._begun = now()
        self._vanished: int | None = None
        self._walk: Iterable[Page | StartedOver] = ()
        self._resumed = False
        self._complete = False

    def run(self, listing: Listing) -> SyncReport:
        """The whole run."""
        try:
            run = self._begin()
            self._writer = wire.Writer(self._property, self._unfollow, int(run.started))
            self._sending.run(
                self._unsettled() if run.phase != "walk" else chain(self._unsettled(), self._listed(listing))
            )
            if run.phase == "walk":
                self._check_brake()
                self._enter("unfollow")
            self._sending.run(self._left())
            self._complete = True
            self._enter("done")
        except BaseException as error:
            self._attach(error)
            raise
        finally:
            if isinstance(self._walk, Walk):
                self._walk.stop()
        return self.report()

    def replay(self, chosen: Callable[[Row], bool]) -> SyncReport:
        """Sends dead letters again, by the identity that was given to them since."""
        self._writer = wire.Writer(self._property, self._unfollow, int(self._now()))
        try:
            self._sending.run(self._letters(chosen))
            self._complete = self.ledger.run.phase == "done"
        except BaseException as error:
            self._attach(error)
            raise
        return self.report()

    def _attach(self, error: BaseException) -> None:
        with suppress(Exception):  # a ledger that can no longer be read must not hide why
            vars(error)["report"] = self.report()

    def _letters(self, chosen: Callable[[Row], bool]) -> Iterator[Batch]:
        for rows in thousands(filter(chosen, filter(self._may_go_again, self.ledger.each_refused()))):
            again = [_once_more(row) for row in rows]
            carried = self.ledger.owners([row.identity for row in again if row.identity is not None])
            sends: list[Send] = []
            held: list[Row] = []
            for row in again:
                other = carried.setdefault(row.identity or "", Carried(row.line_id))
                if other.line_id == row.line_id or other.gone:
                    sends.append(Send(row, self._writer.record(row)))
                elif row.leaving:  # the profile is another follower's since: there is nothing left to say
                    held.append(row._replace(state=State.UNFOLLOWED, leaving=0))
                else:
                    held.append(taken_by(row, other))
            with self.ledger.transaction():
                self.ledger.put(held)
            if sends:
                yield Batch(tuple(sends))

    def _may_go_again(self, row: Row) -> bool:
        if row.leaving:
            return self._unfollow != "keep"
        # One whose old profile carries the id is not moved here: the next sync reports it.
        return row.taken is None or row.fixed in (None, row.identity)

    def report(self) -> SyncReport:
        """What the ledger says now."""
        run, ledger = self.ledger.run, self.ledger
        census = ledger.census()
        counts = census.states
        return SyncReport(
            uploaded=counts["uploaded"],
            unchanged=counts["unchanged"],
            rejected=counts["rejected"],
            unidentified=counts["unidentified"],
            withheld=counts["conflict"],
            unknown=counts["unconfirmed"],
            gone=counts["unfollowed"],
            unfollows_rejected=census.unfollows_rejected,
            followers=census.listed,
            unfollowed=census.left if self._vanished is None else self._vanished,
            created=run.created,
            conflicts=tuple(islice(ledger.conflicts(), CONFLICTS_KEPT)),
            pages=run.pages,
            calls=run.calls,
            resent=run.resent,
            elapsed=self._now() - self._begun,
            complete=self._complete,
            resumed=self._resumed,
        )

    def _begin(self) -> Run:
        """Goes on with the run that was stopped, or begins a new one."""
        ledger, now = self.ledger, self._now()
        run, shape = ledger.run, shape_of(self._unfollow)
        self._resumed = run.phase != "done" and run.unfollow == self._unfollow and self._may_leave is None
        if not self._resumed:
            started = Run(run.number + 1, run.snapshot + 1, "walk", started=now, token_at=now)
            started.shape, started.unfollow, started.base = shape, self._unfollow, ledger.following()
            ledger.run = started
        elif now - run.token_at > _TOKEN_LIVES:
            self._start_over()
        with ledger.transaction():
            ledger.keep_run()
        return ledger.run

    def _start_over(self) -> None:
        """A new listing in the same run: who is not in it has left, whatever the old one said."""
        run = self.ledger.run
        run.phase, run.token, run.token_at = "walk", None, self._now()
        run.snapshot += 1

    def _enter(self, phase: str) -> None:
        self.ledger.run.phase = phase
        with self.ledger.transaction():
            self.ledger.keep_run()

    # Batches, drawn as there is room for them.

    def _unsettled(self) -> Iterator[Batch]:
        """What an earlier run sent without hearing back: again, and first.

        But a farewell is not said again where a new listing is being made: it may name them.
        """
        again = self.ledger.run.phase == "unfollow"
        for rows in thousands(self.ledger.each_unknown()):
            with self.ledger.transaction():
                self.ledger.put(_in_doubt(row) for row in rows if row.leaving and not again)
            sends = tuple(Send(row, self._writer.record(row)) for row in rows if again or not row.leaving)
            self.ledger.run.resent += len(sends)
            if sends:
                yield Batch(sends, fresh=False)

    def _listed(self, listing: Listing) -> Iterator[Batch]:
        ledger, run = self.ledger, self.ledger.run
        judge = Judge(ledger, self._policy, unfollow=self._unfollow, now=int(run.started), named=ledger.named())
        waiting: deque[Send] = deque()
        self._walk = listing(run.token)
        for step in self._walk:
            if isinstance(step, StartedOver):
                self._start_over()
                judge.written(send.row.line_id for send in waiting)  # forgotten: the new listing names them again
                waiting.clear()
                continue
            self._page(step, judge, waiting)
            while len(waiting) >= limits.RECORDS_PER_UPLOAD:
                yield self._cut(waiting, judge, step.next)
        while waiting:
            yield self._cut(waiting, judge, None)

    def _page(self, page: Page, judge: Judge, waiting: deque[Send]) -> None:
        """Judges one page; who needs no upload is written down at once."""
        ledger, run = self.ledger, self.ledger.run
        flying = self._sending.flying
        noted: list[Row] = []
        listed = [line_id for line_id in page.line_ids if line_id in flying]  # on their way already
        others = [line_id for line_id in page.line_ids if line_id not in flying] if listed else page.line_ids
        for number, ((act, row), was) in enumerate(judge.page(others, snapshot=run.snapshot)):
            if not number % _BREATH:
                time.sleep(0)
            if act is Act.SEND:
                waiting.append(Send(row, self._writer.follow(row), page.start))
            elif row is was:
                listed.append(row.line_id)
            else:
                noted.append(row)
        run.pages += 1
        self._keep_token(waiting, page.next)
        with ledger.transaction():
            ledger.put(noted)
            ledger.see(listed)
            ledger.keep_run()
        self._tick(len(noted) + len(listed))

    def _cut(self, waiting: deque[Send], judge: Judge, after: str | None) -> Batch:
        sends = tuple(waiting.popleft() for _ in range(min(len(waiting), limits.RECORDS_PER_UPLOAD)))
        judge.written(send.row.line_id for send in sends)
        self._keep_token(waiting, after)
        return Batch(sends)

    def _keep_token(self, waiting: deque[Send], after: str | None) -> None:
        run = self.ledger.run
        token = waiting[0].start if waiting else after
        if token != run.token:
            run.token, run.token_at = token, self._now()

    def _left(self) -> Iterator[Batch]:
        """Those who were followers and are not in the complete listing."""
        keep = self._unfollow == "keep"
        # First: what is refused of those below for a passing reason waits for another night.
        for rows in () if keep else self._leavers(self.ledger.each_late(self._unfollow)):
            if rows:
                yield self._farewells(rows, leaving=LATE)
        for rows in self._leavers(self.ledger.each_vanished()):
            told = [] if keep else [row for row in rows if row.taken is not None and row.identity is not None]
            quiet = {row.line_id for row in rows} - {row.line_id for row in told}
            with self.ledger.transaction():
                self.ledger.gone(quiet, told=False)
            self._tick(len(quiet))
            if told:
                yield self._farewells(told, leaving=1)

    def _leavers(self, found: Iterable[Row]) -> Iterator[list[Row]]:
        for rows in thousands(found):
            if self._may_leave is None:
                yield rows
            else:
                allowed = self._may_leave([row.line_id for row in rows])
                yield [row for row in rows if row.line_id in allowed]

    def _farewells(self, rows: list[Row], *, leaving: int) -> Batch:
        left = (row._replace(state=State.UNCONFIRMED, leaving=leaving, why=None) for row in rows)
        return Batch(tuple(Send(row, self._writer.farewell(row)) for row in left))

    def _check_brake(self) -> None:
        ledger, base = self.ledger, self.ledger.run.base
        vanished = ledger.vanished()
        if not brake(vanished, base, self._share, self._unfollow):
            return
        self._enter("done")  # the listing was complete, so the next run begins a new one
        self._vanished, share = vanished, vanished / base
        raise TooManyUnfollows(
            f"{vanished} of {base} followers ({share:.1%}) are no longer listed, the brake is at {self._share:.1%}: "
            "nobody was marked or cleared. Check that the channel is the right one and its listing whole; if they "
            f"did leave, sync again with max_unfollow_ratio={min(1.0, share + 0.01):.2f}, or unfollow='keep'",
            operation="sync_followers",
        )


def _once_more(row: Row) -> Row:
    """A dead letter on its way: by the identity given since; a farewell to the profile that was written to."""
    if row.leaving:
        return row._replace(state=State.UNCONFIRMED, leaving=LATE, code=None)
    return row._replace(state=State.UNCONFIRMED, identity=row.fixed or row.identity, code=None)


def _in_doubt(row: Row) -> Row:
    """One whose farewell got no answer, before a new listing."""
    state = State.UNFOLLOWED if row.leaving == LATE else State.UPLOADED
    return row._replace(state=state, taken=UNCLEAR, leaving=0)


def brake(vanished: int, base: int, share: float, unfollow: str) -> bool:
    """Whether too many vanished at once to be marked or cleared."""
    return unfollow != "keep" and base > 0 and vanished > share * base
