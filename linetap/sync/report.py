"""What a sync did, what it did not do, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from linetap.display import html, text
from linetap.display.values import report_json
from linetap.frames import to_frame
from linetap.sync.decide import ConflictReason, State, remedy

CONFLICTS_KEPT = 10_000
_OVER_LIMIT = (
    "Over the safety limit: no follower was marked or cleared, and the next run stops here again. If they did "
    "unfollow, sync with a larger max_unfollow_ratio, or with unfollow='keep'."
)
# LINE user IDs differ from provider to provider: https://developers.line.biz/en/docs/messaging-api/getting-user-ids/
_NO_MATCH = "No pair matches any of the {:,} followers: the LINE ids may be of another provider, or swapped."
_UNCHECKED = (
    "{:,} first uploads were not looked up: identities unknown to CleverTap are new, billed profiles "
    "(check_profiles= counts them)."
)
_NO_FOLLOWERS = "LINE listed no follower: check that this is the right channel."


@attrs.frozen
class SyncConflict:
    """One follower whose upload would overwrite a LINE id or put one on two profiles: you have to decide."""

    line_id: str
    why: ConflictReason
    identity: str | None
    """The identity that was wanted."""
    other: str | None = None
    """The other identity or LINE id that conflicts with it; None where there may be several."""
    withheld: bool = True
    """False where the follower was uploaded: the old LINE id was of a user who no longer follows."""

    @property
    def remedy(self) -> str:
        """How to resolve it."""
        return remedy(self.why)


@attrs.frozen
class DeadLetter:
    """One record that CleverTap rejected."""

    line_id: str
    identity: str | None
    code: int | None
    reason: str
    hint: str
    unfollow: bool = False
    """True for an unfollow update: the profile still says that the user follows."""


@attrs.frozen
class SyncReport:
    """What a sync did. Every follower in the ledger has exactly one state."""

    uploaded: int = 0
    """CleverTap accepted them in this run."""
    unchanged: int = 0
    """CleverTap accepted them in an earlier run."""
    rejected: int = 0
    """CleverTap rejected them: ``Ledger(path).dead_letters()``."""
    unidentified: int = 0
    """The identity policy has no identity for them."""
    withheld: int = 0
    """Conflicts: see ``conflicts``."""
    unconfirmed: int = 0
    """Sent, and no response came; the next run sends them again."""
    unfollowed_total: int = 0
    """Users who no longer follow, of this run and all earlier ones."""
    unfollows_rejected: int = 0
    """Unfollow updates of ``unfollowed_total`` that CleverTap rejected: see ``Ledger(path).dead_letters()``."""
    followers: int = 0
    """Followers in this run's listing."""
    unfollowed: int = 0
    """Users who unfollowed since the last listing. At the safety limit: those who are missing, none was marked."""
    created: int = 0
    """New profiles, which CleverTap bills: those with the LINE id as identity, and those that a check found unknown.

    It counts all of them only where ``created_is_exact``."""
    first_uploads: int = 0
    """Uploads to identities that no earlier run uploaded to. CleverTap makes a new, billed profile for each identity
    that it does not know: ``check_profiles`` reads them first, and adds the unknown ones to ``created``."""
    profiles_checked: int = 0
    """Those of ``first_uploads`` whose profile was read first (``check_profiles``)."""
    matched: int | None = None
    """Followers of the listing for whom the policy has an identity; None where that was not counted."""
    over_safety_limit: bool = False
    """Too many followers were missing: no profile was marked or cleared."""
    conflicts: tuple[SyncConflict, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """The first 10,000; ``Ledger(path).conflicts()`` gives all."""
    pages: int = 0
    """Pages of LINE's listing that were read."""
    calls: int = 0
    """Upload calls, retries not counted."""
    resent: int = 0
    """Records sent again because an earlier run ended without their response."""
    elapsed: float = 0.0
    """Seconds, of this process alone."""
    complete: bool = False
    """Whether the listing was read to its end and every follower in it has a result."""
    resumed: bool = False
    """Whether this run resumed an earlier one."""
    dry_run: bool = False
    """Nothing was written anywhere; ``uploaded`` counts what would be sent."""

    @property
    def created_is_exact(self) -> bool:
        """Whether ``created`` counts every new profile: each identity of ``first_uploads`` was looked up before."""
        return self.profiles_checked >= self.first_uploads

    @property
    def gone(self) -> int:
        """The first name of :attr:`unfollowed_total`."""
        return self.unfollowed_total

    @property
    def unknown(self) -> int:
        """The first name of :attr:`unconfirmed`."""
        return self.unconfirmed

    @property
    def ok(self) -> bool:
        """Whether nothing is left to do: a complete run that reached followers, without rejections and conflicts."""
        return not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why ``ok`` is False, a sentence for each reason."""
        withheld = max(self.withheld, sum(conflict.withheld for conflict in self.conflicts))
        counts = (
            (self._rejections, "records were rejected"),
            (withheld, "followers are in conflict and were not uploaded"),
            (self.unconfirmed, "uploads got no response: the next run sends them again"),
        )
        return (*self._run_reasons(), *(f"{count:,} {text}." for count, text in counts if count))

    def _run_reasons(self) -> tuple[str, ...]:
        """The reasons that concern the run as a whole."""
        found = []
        if self.over_safety_limit:
            found.append(_OVER_LIMIT)
        elif not self.complete:
            found.append("The run is not complete: the next run resumes where it stopped.")
        if self.complete and self.matched == 0:
            found.append(_NO_MATCH.format(self.followers) if self.followers else _NO_FOLLOWERS)
        return tuple(found)

    def _unchecked(self) -> tuple[str, ...]:
        """That new profiles may not be counted: not a reason against ``ok``, and never left out of the text."""
        return () if self.created_is_exact else (_UNCHECKED.format(self.first_uploads - self.profiles_checked),)

    @property
    def states(self) -> dict[str, int]:
        """State -> how many followers; the sum is every follower in the ledger."""
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

    def to_json(self) -> dict[str, Any]:
        """The counts and the rows of ``conflicts`` as JSON."""
        return report_json(self, conflicts=self.rows())

    def to_text(self) -> str:
        """The report as a table for a terminal, without ids."""
        more = [line for count, line in self._where_to_look() if count]
        return "\n".join([self._shown(text.table).rstrip(), *(f"  {line}" for line in more)])

    def __str__(self) -> str:
        return self._shown(text.line).rstrip()

    def _where_to_look(self) -> tuple[tuple[int, str], ...]:
        return (
            (
                len(self.conflicts),
                "in conflict: .conflicts (the first 10,000), or Ledger(path).conflicts()",
            ),
            (
                self._rejections,
                "rejected, and why: Ledger(path).dead_letters(); send again: replay_rejected(...)",
            ),
        )

    @property
    def _rejections(self) -> int:
        return self.rejected + self.unfollows_rejected

    def _repr_html_(self) -> str:
        return self._shown(html.table)

    def _shown(self, table: Callable[..., str]) -> str:
        title = "Sync (dry run)" if self.dry_run else "Sync of LINE followers"
        note = " ".join([*self._run_reasons(), *self._unchecked()])
        top = table(title, [row for row in _table(self) if row[1] or row[0] == "seconds"], note=note)
        if not self.conflicts:
            return top
        counts: dict[str, list[Any]] = {}
        for found in self.conflicts:
            counts.setdefault(found.why.value, [0, found.why.value, found.remedy])[0] += 1
        return top + table("Conflicts", list(counts.values()), head=("followers", "why", "what to do"))


# The report's field of a state, where the names differ.
_COUNT_OF = {State.CONFLICT: "withheld", State.UNFOLLOWED: "unfollowed_total"}


def _table(report: SyncReport) -> list[tuple[str, float]]:
    words: Mapping[str, str] = {
        "followers": "followers listed",
        "uploaded": "uploaded",
        "unchanged": "unchanged",
        "unidentified": "unidentified",
        "withheld": "withheld",
        "rejected": "rejected",
        "unconfirmed": "unconfirmed: sent, no response",
        "unfollowed": "unfollowed since last time",
        "unfollowed_total": "unfollowed in all",
        "unfollows_rejected": "unfollows that CleverTap rejected",
        "created": "new profiles (billed)" if report.created_is_exact else "new profiles (billed), at least",
        "first_uploads": "first uploads (new profiles if unknown, billed)",
        "profiles_checked": "of these, profiles read before",
        "pages": "pages read",
        "calls": "uploads",
        "resent": "records sent again",
    }
    counts: list[tuple[str, float]] = [(word, getattr(report, name)) for name, word in words.items()]
    return [*counts, ("seconds", round(report.elapsed, 1))]
