"""Taking entries that are due: decides about many of them at once, and writes their requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import attrs

from linetap.relay.controls import Facts, Verdict, decide
from linetap.relay.emergency import NO_EXPIRY
from linetap.relay.options import SenderOptions
from linetap.relay.queue_rows import QueueRows
from linetap.relay.schema import CANCELLED, EXPIRED, IN_DOUBT, SENDING, SUPPRESSED
from linetap.relay.tables import ALL, Entry, Tables
from linetap.relay.workers import Claim
from linetap.store.rows import Row
from linetap.store.sends import KEY_LIFETIME, KEY_MARGIN, usable_from

_STATE_OF = {
    Verdict.CANCELLED: CANCELLED,
    Verdict.SUPPRESSED: SUPPRESSED,
    Verdict.EXPIRED: EXPIRED,
    Verdict.IN_DOUBT: IN_DOUBT,
}
_PAUSED_AGAIN = 5  # seconds after which a request without a response is checked again, in a paused campaign
Ended = tuple[Entry, int, str]
"""An entry, the state in which it ended, and the reason."""
Controls = dict[str, tuple[str, str]]
"""Campaign -> (``paused`` or ``cancelled``, the reason)."""


@attrs.frozen
class Taken:
    """What came of the entries that were due."""

    claims: list[Claim] = attrs.field(factory=list)
    """To be sent as soon as the transaction is on the disk."""
    ended: list[Ended] = attrs.field(factory=list)


class Claiming:
    """Takes entries, inside the leader's transactions."""

    def __init__(self, tables: Tables, options: SenderOptions, rows: QueueRows) -> None:
        self._tables, self._options, self._rows = tables, options, rows
        self._turn = 0

    def controls(self) -> Controls:
        """The controls of the channel."""
        return {row[1]: (row[2], row[3]) for row in self._tables.active_controls()}

    def take(self, lane: int, free: int, in_flight: Collection[int], controls: Controls) -> Taken:
        """Up to ``free`` entries of a lane: first those without a response, then of each campaign an equal share."""
        taken = Taken()
        self._decide(self._rows.without_response(lane, in_flight, free), controls, taken)
        names = list(self._rows.campaigns(lane))
        self._turn += 1
        more = self._turn % len(names) if names else 0
        left = [*names[more:], *names[:more]]
        while left and len(taken.claims) < free:
            left = [name for name in left if (control_of(controls, name) or ("",))[0] != "paused"]
            left = self._round(lane, left, free, controls, taken)
        return taken

    def _round(self, lane: int, names: list[str], free: int, controls: Controls, taken: Taken) -> list[str]:
        """An equal share of each campaign; gives those that have more."""
        more = []
        for number, name in enumerate(names):
            share = -(-(free - len(taken.claims)) // (len(names) - number))
            if share <= 0:
                break
            rows = self._rows.queued(lane, name, share)
            self._decide(rows, controls, taken)
            more += [name] if len(rows) == share else []
        return more

    def _decide(self, rows: Sequence[Row], controls: Controls, taken: Taken) -> None:
        entries = [Entry(row) for row in rows]
        known = self._known(entries)
        first: list[Entry] = []
        for entry in entries:
            facts = self._facts(entry, known, control_of(controls, entry.campaign))
            verdict, why = decide(facts, self._options.expires_after, self._options.fuse)
            if verdict is not Verdict.SEND:
                self._not_sent(facts, (entry, verdict, why), controls, taken)
            elif facts.first:
                known.recent[entry.user_hash] += 1
                first.append(entry)
            else:
                taken.claims.append(_claim(entry, first=False))
        taken.claims.extend(_claim(entry, first=True) for entry in self._rows.write_claims(first))

    def _not_sent(self, facts: Facts, decided: tuple[Entry, Verdict, str], controls: Controls, taken: Taken) -> None:
        entry, verdict, why = decided
        if verdict is Verdict.PAUSE:
            self._tables.controls.put([(self._tables.channel, entry.campaign, "paused", why, int(self._tables.now()))])
            self._tables.write_audit("pause", entry.campaign, why, 0)
            controls[entry.campaign] = ("paused", why)
        elif verdict is Verdict.WAIT and not facts.first:
            # Checked again later: entries of a paused campaign must not use the slots of the others.
            self._rows.send_again(entry.id, int(self._tables.now()) + _PAUSED_AGAIN)
        elif verdict in _STATE_OF:
            state = _STATE_OF[verdict]
            self._rows.ended(entry.id, entry.key, state, why)
            taken.ended.append((entry, state, why))

    def _known(self, entries: Sequence[Entry]) -> _Known:
        hashes = list({entry.user_hash for entry in entries})
        fuse = self._options.fuse
        since = self._tables.now() - fuse.within.total_seconds() if fuse else 0
        recent = self._rows.recent(hashes, since) if fuse else Counter[bytes]()
        return _Known(self._rows.suppressed(hashes), recent)

    def _facts(self, entry: Entry, known: _Known, control: tuple[str, str] | None) -> Facts:
        now, first = self._tables.now(), entry.state != SENDING
        earliest, latest = usable_from(now)
        started = None if first else self._rows.started_at(entry.key)
        return Facts(
            now=now,
            arrived=entry.arrived_ms / 1000,
            first=first,
            usable=started is not None and earliest <= started <= latest,
            may_expire=not entry.forced & NO_EXPIRY,
            control=control,
            suppressed=known.suppressed.get(entry.user_hash),
            recent=known.recent[entry.user_hash] if first else 0,
        )


@attrs.frozen
class _Known:
    """What the file has about the users of some entries."""

    suppressed: dict[bytes, str]
    """User -> the reason for which nothing is sent."""
    recent: Counter[bytes]
    """User -> messages in the time of the fuse, those of this transaction included."""


def _claim(entry: Entry, *, first: bool) -> Claim:
    return Claim(entry, entry.key, first, entry.sent_at + KEY_LIFETIME - KEY_MARGIN)


def control_of(controls: Controls, campaign: str) -> tuple[str, str] | None:
    """The control of a campaign; ``cancelled`` before ``paused``."""
    found = [controls[name] for name in (ALL, campaign) if name in controls]
    return min(found, default=None)
