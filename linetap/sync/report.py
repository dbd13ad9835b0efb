"""What a sync did, what it left alone, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from linetap.display import html
from linetap.display import text as plain
from linetap.frames import to_frame
from linetap.sync.decide import State, Why, remedy

CONFLICTS_KEPT = 10_000


@attrs.frozen
class SyncConflict:
    """One follower whose upload would overwrite or double an id, and so waits for a person to decide."""

    line_id: str
    why: Why
    identity: str | None
    """The identity that was wanted."""
    other: str | None = None
    """The other identity, or the other LINE id, that stands against it; None where there may be several."""
    withheld: bool = True
    """False where it is only told: the old id was of somebody who no longer follows."""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return remedy(self.why)


@attrs.frozen
class DeadLetter:
    """One record that CleverTap refused."""

    line_id: str
    identity: str | None
    code: int | None
    reason: str
    hint: str
    unfollow: bool = False
    """Whether it was to mark or clear the profile of somebody who is gone, which still says that they follow."""


@attrs.frozen
class SyncReport:
    """What a sync did. The states are the ledger's: every follower it knows is in exactly one."""

    uploaded: int = 0
    """CleverTap took them in this run."""
    unchanged: int = 0
    """CleverTap had them already."""
    rejected: int = 0
    """CleverTap refused them: ``Ledger(path).dead_letters()``."""
    unidentified: int = 0
    """Nobody knows who they are."""
    withheld: int = 0
    """Conflicts: see ``conflicts``."""
    unknown: int = 0
    """Sent, and no answer came; the next run sends them again."""
    gone: int = 0
    """No longer followers, of this run and all before."""
    unfollows_rejected: int = 0
    """Those of ``gone`` whose profile CleverTap refused to mark or clear; ``Ledger(path).dead_letters()`` says who."""
    followers: int = 0
    """Listed by LINE in this run's snapshot."""
    unfollowed: int = 0
    """Vanished since the last snapshot (with a brake: that would have been touched)."""
    created: int = 0
    """New profiles with the LINE id as identity: CleverTap bills them."""
    conflicts: tuple[SyncConflict, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """The first 10,000; ``Ledger(path).conflicts()`` gives all."""
    pages: int = 0
    """Pages of LINE's listing that were read."""
    calls: int = 0
    """Uploads that were answered, or given up."""
    resent: int = 0
    """Records sent again because an earlier run ended without their answer."""
    elapsed: float = 0.0
    """Seconds, of this process alone."""
    complete: bool = False
    """Whether the listing was read to its end and everything in it is settled."""
    resumed: bool = False
    """Whether this went on where an earlier run stopped."""
    dry_run: bool = False
    """Nothing was written anywhere; ``uploaded`` counts what would be sent."""

    @property
    def ok(self) -> bool:
        """Whether nothing waits for a person: no rejection, conflict or missing answer."""
        withheld = any(conflict.withheld for conflict in self.conflicts)
        return self.complete and not (self._refused or self.unknown or self.withheld or withheld)

    @property
    def states(self) -> dict[str, int]:
        """State -> how many; the sum is every follower the ledger knows."""
        return {state.value: getattr(self, _COUNT_OF.get(state, state.value)) for state in State}

    def rows(self) -> Iterator[dict[str, Any]]:
        """The conflicts as flat rows, for a frame or a CSV file."""
        for found in self.conflicts:
            yield {
                "line_id": found.line_id,
                "identity": found.identity,
                "other": found.other,
                "why": found.why.value,
                "remedy": found.remedy,
            }

    def to_frame(self, backend: str = "pandas") -> Any:
        """The conflicts as a frame (extra ``frames``): line_id, identity, other, why, remedy."""
        return to_frame(self.rows(), ("line_id", "identity", "other", "why", "remedy"), backend)

    def __str__(self) -> str:
        more = [text for count, text in self._elsewhere() if count]
        return "\n".join([self._shown(plain.table).rstrip(), *(f"  {text}" for text in more)])

    def _elsewhere(self) -> tuple[tuple[int, str], ...]:
        return (
            (len(self.conflicts), "who: .conflicts (the first 10,000), or Ledger(path).conflicts()"),
            (self._refused, "refused and why: Ledger(path).dead_letters(); again: replay_rejected(...)"),
        )

    @property
    def _refused(self) -> int:
        return self.rejected + self.unfollows_rejected

    def _repr_html_(self) -> str:
        return self._shown(html.table)

    def _shown(self, table: Callable[..., str]) -> str:
        title = "Sync, as it would be" if self.dry_run else "Sync of LINE followers"
        note = "" if self.complete else "The run is not complete: the next one goes on where it stopped."
        top = table(title, [row for row in _table(self) if row[1] or row[0] == "seconds"], note=note)
        if not self.conflicts:
            return top
        told: dict[str, list[Any]] = {}
        for found in self.conflicts:
            told.setdefault(found.why.value, [0, found.why.value, found.remedy])[0] += 1
        return top + table("Conflicts", list(told.values()), head=("followers", "why", "what to do"))


# A state's count in the report, where it has another name than the state.
_COUNT_OF = {State.CONFLICT: "withheld", State.UNCONFIRMED: "unknown", State.UNFOLLOWED: "gone"}


def _table(report: SyncReport) -> list[tuple[str, float]]:
    words: Mapping[str, str] = {
        "followers": "followers listed",
        "uploaded": "uploaded",
        "unchanged": "unchanged",
        "unidentified": "unidentified",
        "withheld": "withheld",
        "rejected": "rejected",
        "unknown": "unknown: sent, no answer",
        "unfollowed": "unfollowed since last time",
        "gone": "gone in all",
        "unfollows_rejected": "unfollows that CleverTap rejected",
        "created": "new profiles (billed)",
        "pages": "pages read",
        "calls": "uploads",
        "resent": "records sent again",
    }
    counts: list[tuple[str, float]] = [(word, getattr(report, name)) for name, word in words.items()]
    return [*counts, ("seconds", round(report.elapsed, 1))]
