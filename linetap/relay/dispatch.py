"""The leader's loop: records how requests ended and takes the next entries, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from linetap.errors import LinetapError, TooManyRequests
from linetap.line.client import LineClient
from linetap.relay.controls import Facts, Verdict, decide
from linetap.relay.emergency import NO_EXPIRY
from linetap.relay.leader import Leader, NotLeader
from linetap.relay.options import SenderOptions
from linetap.relay.queue_rows import QueueRows
from linetap.relay.schedule import UNREACHABLE, backoff, pause_after
from linetap.relay.schema import (
    CANCELLED,
    EXPIRED,
    IN_DOUBT,
    NORMAL,
    REJECTED,
    SENDING,
    STATES,
    SUPPRESSED,
    URGENT,
)
from linetap.relay.tables import ALL, Entry, Tables
from linetap.relay.workers import Claim, Finished, Workers
from linetap.store.sends import Meaning, meaning, usable_from

_STATE_OF = {
    Verdict.CANCELLED: CANCELLED,
    Verdict.SUPPRESSED: SUPPRESSED,
    Verdict.EXPIRED: EXPIRED,
    Verdict.IN_DOUBT: IN_DOUBT,
}
_PAUSED_AGAIN = 5  # seconds after which a request without a response is checked again, in a paused campaign
_FEW = 10  # failures in a row, at least, before the sender waits
Ended = tuple[Entry, int, str]
"""An entry, the state in which it ended, and the reason."""


class Dispatch:
    """The entries of one channel, while this process is the leader. One thread uses it."""

    def __init__(self, tables: Tables, line: LineClient, options: SenderOptions, leader: Leader) -> None:
        self._tables, self._options, self._leader = tables, options, leader
        self._rows = QueueRows(tables)
        self._workers = Workers(line, options.allow, options.in_flight)
        self._attempts: Counter[int] = Counter()
        self._failures = 0
        self._paused_until, self._probing, self._stopping = 0.0, False, False
        self.reserve_left: Callable[[], bool] = lambda: True
        """Whether messages that are not urgent may be sent: set by the sender where there is a reserve."""
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
        ended: list[Ended] = []
        claims: list[Claim] = []
        with self._tables.store.transaction():
            self._leader.check()
            for each in finished:
                self._record(each, ended)
            for lane in (URGENT, NORMAL):
                self._claim(lane, claims, ended)
        for claim in claims:
            self._workers.start(claim)
        return ended, len(claims)

    def wake(self) -> None:
        """Ends a wait of ``step``."""
        self._workers.wake()

    def stop(self) -> list[Ended]:
        """Waits for the requests in flight and records how they ended, unless another sender is the leader now.

        That sender sends them again under their keys: what it recorded must not be overwritten.
        """
        ended: list[Ended] = []
        self._stopping = True
        finished = self._workers.stop()
        try:
            with self._tables.store.transaction():
                self._leader.check()
                for each in finished:
                    self._record(each, ended)
        except NotLeader:
            return []
        return ended

    def may_send(self, lane: int) -> bool:
        """Whether anything of a lane may be sent now."""
        if self._tables.now() < self._paused_until:
            return False
        self.blocked_by = ""
        window = self._options.window
        return lane == URGENT or ((window is None or window.is_open(self._tables.now())) and self.reserve_left())

    # Taking entries --------------------------------------------------------------------------------------

    def _free_slots(self, lane: int, taken: int) -> int:
        """Requests that may start now; some slots are for urgent messages alone."""
        most = 1 if self._probing else self._options.in_flight
        kept = 0 if lane == URGENT or most == 1 else max(1, most // 8)
        return most - kept - self.in_flight - taken

    def _claim(self, lane: int, claims: list[Claim], ended: list[Ended]) -> None:
        if not self.may_send(lane):
            return
        controls = {row[1]: (row[2], row[3]) for row in self._tables.active_controls()}
        free = max(0, self._free_slots(lane, len(claims)))
        for row in self._rows.without_response(lane, self._workers.in_flight, free):
            self._take(Entry(row), controls, claims, ended)
        for campaign in list(self._rows.campaigns(lane)):
            free = self._free_slots(lane, len(claims))
            if free <= 0:
                return
            if (_control(controls, campaign) or ("",))[0] == "paused":
                continue
            for row in self._rows.queued(lane, campaign, free):
                self._take(Entry(row), controls, claims, ended)

    def _take(
        self, entry: Entry, controls: dict[str, tuple[str, str]], claims: list[Claim], ended: list[Ended]
    ) -> None:
        first = entry.state != SENDING
        verdict, why = decide(
            self._facts(entry, first, _control(controls, entry.campaign)),
            self._options.expires_after,
            self._options.fuse,
        )
        if verdict is Verdict.SEND:
            key = self._rows.key_of(entry) if first else entry.key
            if first:  # written at once: two messages to one user in this transaction count as two
                self._rows.write_claim(entry, key)
            claims.append(Claim(entry, key, first))
        elif verdict is Verdict.PAUSE:
            self._tables.controls.put([(self._tables.channel, entry.campaign, "paused", why, int(self._tables.now()))])
            self._tables.write_audit("pause", entry.campaign, why, 0)
            controls[entry.campaign] = ("paused", why)
        elif verdict is Verdict.WAIT and not first:
            # Checked again later: entries of a paused campaign must not use the slots of the others.
            self._rows.send_again(entry.id, int(self._tables.now()) + _PAUSED_AGAIN)
        elif verdict in _STATE_OF:
            state = _STATE_OF[verdict]
            self._rows.ended(entry.id, entry.key, state, why)
            ended.append((entry, state, why))

    def _facts(self, entry: Entry, first: bool, control: tuple[str, str] | None) -> Facts:
        now, fuse = self._tables.now(), self._options.fuse
        earliest, latest = usable_from(now)
        started = None if first else self._rows.started_at(entry.key)
        return Facts(
            now=now,
            arrived=entry.arrived_ms / 1000,
            first=first,
            usable=started is not None and earliest <= started <= latest,
            may_expire=not entry.forced & NO_EXPIRY,
            control=control,
            suppressed=self._rows.suppressed(entry.user_hash),
            recent=self._rows.recent(entry.user_hash, now - fuse.within.total_seconds()) if fuse and first else 0,
        )

    # Recording ends --------------------------------------------------------------------------------------

    def _record(self, finished: Finished, ended: list[Ended]) -> None:
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
            self._rows.unsent(
                entry.id, claim.key, now + (0 if pause_after(error) else backoff(self._attempts[entry.id]))
            )
            return
        self._attempts.pop(entry.id, None)
        if means is Meaning.ACCEPTED:
            self._rows.accepted(entry.id, claim.key, finished.request_id)
            ended.append((entry, STATES.index("accepted"), ""))
        else:
            self._end(claim, REJECTED, f"{type(error).__name__}: {error and error.message}"[:300], ended)

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
            self.blocked_by = f"{type(error).__name__}: {error.message}"[:300]
            self._leader.note_pause(int(self._paused_until), self.blocked_by)


def _control(controls: dict[str, tuple[str, str]], campaign: str) -> tuple[str, str] | None:
    """The control of a campaign; ``cancelled`` before ``paused``."""
    found = [controls[name] for name in (ALL, campaign) if name in controls]
    return min(found, default=None)


def _temporary(error: LinetapError | None) -> bool:
    """A rejection that says nothing about the message."""
    return isinstance(error, TooManyRequests) or pause_after(error) is not None
