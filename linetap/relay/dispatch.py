"""The leader's loop: records how requests ended and takes the next entries, in one transaction."""

from __future__ import annotations

import logging
from collections import Counter

from linetap.errors import LinetapError, TooManyRequests
from linetap.line.client import LineClient
from linetap.relay.claiming import Claiming, Controls, Ended, Taken, control_of
from linetap.relay.leader import Leader, NotLeader
from linetap.relay.options import SenderOptions
from linetap.relay.queue_rows import QueueRows
from linetap.relay.reserve import Reserve
from linetap.relay.schedule import UNREACHABLE, Allowance, backoff, pause_after
from linetap.relay.schema import ACCEPTED, IN_DOUBT, NORMAL, REJECTED, URGENT, reason_text
from linetap.relay.storage import LostConnection
from linetap.relay.tables import Entry, Tables
from linetap.relay.workers import Claim, Finished, Workers, push_rate
from linetap.store.sends import Meaning, meaning

_LOG = logging.getLogger("linetap.relay")
_FEW = 10  # failures in a row, at least, before the sender waits


class Dispatch:
    """The entries of one channel, while this process is the leader. One thread uses it."""

    def __init__(self, tables: Tables, line: LineClient, options: SenderOptions, leader: Leader) -> None:
        self._tables, self._options, self._leader = tables, options, leader
        self._rows = QueueRows(tables)
        self._claiming = Claiming(tables, options, self._rows)
        self._workers = Workers(line, options.allow, options.in_flight, tables.now)
        self._allowance = Allowance(push_rate(line), line._transport.clock)
        self._attempts: Counter[int] = Counter()
        self._looked_at, self._last_use = tables.now(), -1
        self._failures = 0
        self._paused_until, self._probing, self._stopping = 0.0, False, False
        self.reserve = Reserve(line, options.reserve, tables.now, lambda: self.in_flight)
        """Messages of the quota for urgent messages alone."""
        self.blocked_by = ""
        """Why nothing is sent now; empty where something is."""

    def recover(self) -> None:
        """At the start: what the last leader was sending is sent again under its keys."""
        with self._tables.store.transaction():
            self._leader.check()
            self._rows.recover()
            row = self._tables.senders.get(self._tables.channel)
            self._probing = row is not None and row[4] > self._tables.now()

    @property
    def in_flight(self) -> int:
        """Requests without an end."""
        return len(self._workers.in_flight)

    def step(self, wait: float) -> tuple[list[Ended], int]:
        """Waits for ends, records them, takes the next entries; gives what ended, and how many were taken."""
        finished = self._workers.finished(wait)
        with self._tables.store.transaction():
            self._leader.check()
            self._note_clock()
            ended = self._record_all(finished)
            controls = self._claiming.controls()
            self._withdraw(controls)
            taken = self._claim(controls)
        for claim in taken.claims:
            self._workers.start(claim)
        return [*ended, *taken.ended], len(taken.claims)

    def wake(self) -> None:
        """Ends a wait of ``step``."""
        self._workers.wake()

    def halt(self) -> None:
        """Nothing more is sent; requests in flight go on."""
        self._stopping = True
        self._workers.halt()

    def stop(self) -> list[Ended]:
        """Waits for the requests in flight and records how they ended, unless another sender is the leader now.

        That sender sends them again under their keys: what it recorded must not be overwritten.
        """
        self.halt()
        finished = self._workers.stop()
        try:
            with self._tables.store.transaction():
                self._leader.check()
                return self._record_all(finished)
        except (NotLeader, LostConnection):
            return []

    def may_send(self, lane: int) -> bool:
        """Whether anything of a lane may be sent now."""
        if self._tables.now() < self._paused_until:
            return False
        self.blocked_by = ""
        window = self._options.window
        is_open = window is None or window.is_open(self._tables.now())
        return lane == URGENT or (is_open and self.reserve.free() > 0)

    def _note_clock(self) -> None:
        """After the clock was set back, no wait is longer than it would have been."""
        now, before = self._tables.now(), self._looked_at
        self._looked_at = now
        if now < before:
            self._paused_until -= before - now
            self._rows.recover()

    def _withdraw(self, controls: Controls) -> None:
        """Claims that wait for a thread, and must not be sent now, are queued again."""
        paused, unwanted = self._tables.now() < self._paused_until, self._no_longer_wanted()
        if not controls and not paused and not unwanted:
            return
        for claim in self._workers.withdraw(
            lambda entry: paused or entry.id in unwanted or control_of(controls, entry.campaign) is not None
        ):
            if claim.first:
                self._rows.unsent(claim.entry.id, claim.key, int(self._tables.now()))
            else:
                self._rows.send_again(claim.entry.id, int(self._tables.now()))

    def _no_longer_wanted(self) -> set[int]:
        """After any use of a control: claims whose user was suppressed or erased since."""
        last_use, before = self._rows.last_use_of_a_control(), self._last_use
        self._last_use = last_use
        if last_use == before or not self._workers.in_flight:
            return set()
        entries = [claim.entry for claim in self._workers.in_flight.values()]
        suppressed = self._rows.suppressed([entry.user_hash for entry in entries])
        erased = self._rows.not_sending([entry.id for entry in entries])
        return erased | {entry.id for entry in entries if entry.user_hash in suppressed}

    def _claim(self, controls: Controls) -> Taken:
        """The entries that may be sent now, urgent ones first."""
        taken = Taken()
        for lane in (URGENT, NORMAL):
            free = self._workers.free(lane, len(taken.claims)) if not self._probing else 1 - self.in_flight
            free = min(free, self._allowance.available() - len(taken.claims))
            free = free if lane == URGENT else min(free, self.reserve.free() - len(taken.claims))
            if free > 0 and self.may_send(lane):
                found = self._claiming.take(lane, free, self._workers.in_flight, controls)
                taken.claims.extend(found.claims)
                taken.ended.extend(found.ended)
        self._allowance.use(len(taken.claims))
        self.reserve.use(len(taken.claims))
        return taken

    # Recording ends --------------------------------------------------------------------------------------

    def _record_all(self, finished: list[Finished]) -> list[Ended]:
        ended: list[Ended] = []
        accepted: list[tuple[Entry, str | None]] = []
        for each in finished:
            if each.accepted:
                self._note_failures(None)
                self._attempts.pop(each.claim.entry.id, None)
                accepted.append((each.claim.entry, each.request_id))
            else:
                self._record(each, ended)
        self._rows.accepted(accepted)
        found: list[Ended] = [*((entry, ACCEPTED, "") for entry, _ in accepted), *ended]
        if self._options.feedback is not None:
            self._options.feedback.store(self._tables, found)
        return found

    def _record(self, finished: Finished, ended: list[Ended]) -> None:
        """The end of a request that was not accepted."""
        claim, error = finished.claim, finished.error
        if finished.denied is not None:
            self._denied(claim, *finished.denied, ended)
            return
        self._note_failures(error)
        means = meaning(error, first_run=claim.first)
        entry, now = claim.entry, int(self._tables.now())
        self._attempts[entry.id] += 1
        if means is Meaning.UNKNOWN:
            self._rows.send_again(entry.id, now + backoff(self._attempts[entry.id]))
            return
        if means is Meaning.NOT_SENT or (means is Meaning.REJECTED and _temporary(error)):
            at_once = self._stopping or pause_after(error) is not None
            self._rows.unsent(entry.id, claim.key, now + (0 if at_once else backoff(self._attempts[entry.id])))
            return
        self._end(claim, REJECTED, reason_text(f"{type(error).__name__}: {error and error.message}"), ended)

    def _denied(self, claim: Claim, state: int, reason: str, ended: list[Ended]) -> None:
        if not claim.first:
            state, reason = IN_DOUBT, f"after a request without a response: {reason}"
        self._end(claim, state, reason, ended)

    def _end(self, claim: Claim, state: int, reason: str, ended: list[Ended]) -> None:
        self._attempts.pop(claim.entry.id, None)
        self._rows.ended(claim.entry.id, claim.key, state, reason)
        ended.append((claim.entry, state, reason))

    def _note_failures(self, error: LinetapError | None) -> None:
        """An error that every recipient would get pauses the channel; then one request tries again."""
        seconds = pause_after(error)
        if error is None:
            if self._probing:
                self._leader.note_pause(0, "")
            self._failures, self._probing = 0, False
        elif self._stopping:
            return
        elif seconds is None and meaning(error, first_run=True) is not Meaning.REJECTED:
            self._failures += 1
            if self._failures >= max(_FEW, self._options.in_flight) or self._probing:
                seconds, self._failures = UNREACHABLE, 0
        if seconds is not None and error is not None:
            self._paused_until, self._probing = self._tables.now() + seconds, True
            self.blocked_by = reason_text(f"{type(error).__name__}: {error.message}")
            self._leader.note_pause(int(self._paused_until), self.blocked_by)
            _LOG.warning("nothing is sent for %d s: %s", seconds, self.blocked_by)


def _temporary(error: LinetapError | None) -> bool:
    """A rejection that says nothing about the message."""
    return isinstance(error, TooManyRequests) or pause_after(error) is not None
