"""What an upload did: how many were taken, which were refused and why, and which nobody can be sure of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from linetap.clevertap import codes, limits
from linetap.clevertap.records import Record
from linetap.display import html
from linetap.display import text as plain
from linetap.errors import NoResponse, Rejected
from linetap.frames import to_frame


@attrs.frozen
class Rejection:
    """One record that CleverTap did not take."""

    record: Record | None
    """The record you gave; None where CleverTap's answer does not say which one it was."""
    code: int | None
    """CleverTap's code, such as 523: https://developer.clevertap.com/docs/api-errors"""
    reason: str
    """The code in plain words."""
    hint: str
    """What to do about it."""
    said: str = attrs.field(default="", repr=False)
    """CleverTap's own sentence. It may quote the person's data, so it is kept out of logs and errors."""

    @property
    def passing(self) -> bool:
        """True where the record itself is not to blame and may be sent again as it is."""
        return self.code in codes.PASSING


@attrs.frozen
class BatchAnswer:
    """CleverTap's answer to one upload, tied back to the records that were sent."""

    processed: int
    rejected: tuple[Rejection, ...] = ()


@attrs.frozen
class UploadReport:
    """What an upload did. Every record drawn is counted once: processed, rejected, no_response or not sent."""

    processed: int = 0
    """Records that CleverTap says it took."""
    rejected: tuple[Rejection, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """The first 10,000 that it refused; ``rejected_count`` counts all, ``on_rejection`` sees all."""
    rejected_count: int = 0
    no_response: tuple[Record, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """Sent, but no answer that can be relied on came: they may have been applied."""
    not_sent: tuple[Record, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """Drawn, and certainly not applied: refused as a batch, or drawn when the upload had to end."""
    batches: int = 0
    """Calls that were answered or not, repeats aside; with ``dry_run`` the calls it would take."""
    elapsed: float = 0.0
    """Seconds."""
    checked: int = 0
    """With ``dry_run``: records that passed every check that can be made offline."""

    @property
    def ok(self) -> bool:
        """Whether every record was taken."""
        return not (self.rejected_count or self.no_response or self.not_sent)

    def raise_for_failures(self) -> UploadReport:
        """Itself where all went well.

        Raises:
            NoResponse: some records may or may not have been applied (``.report.no_response``).
            Rejected: some records were refused or not sent (``.report.rejected``).
        """
        if self.no_response:
            raise NoResponse(self._told(), operation="clevertap.upload", report=self)
        if not self.ok:
            first = next((found.code for found in self.rejected if found.code), None)
            raise Rejected(self._told(), code=first, operation="clevertap.upload", report=self)
        return self

    def by_code(self) -> dict[int | None, int]:
        """How many of the rejections kept have which code, most frequent first."""
        return dict(Counter(found.code for found in self.rejected).most_common())

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rejections as flat rows, for a frame or a CSV file."""
        for found in self.rejected:
            who = found.record
            identity, object_id = (who.identity, who.object_id) if who else (None, None)
            yield {
                "identity": identity,
                "object_id": object_id,
                "code": found.code,
                "reason": found.reason,
                "hint": found.hint,
            }

    def to_frame(self, backend: str = "pandas") -> Any:
        """The rejections kept as a frame (extra ``frames``): identity, object_id, code, reason, hint."""
        return to_frame(self.rows(), ("identity", "object_id", "code", "reason", "hint"), backend)

    def _told(self) -> str:
        # Counts and codes only: identities are personal data, and this goes into logs.
        parts = [
            f"{self.rejected_count} rejected" if self.rejected_count else "",
            f"{len(self.no_response)} no_response" if self.no_response else "",
            f"{len(self.not_sent)} not sent" if self.not_sent else "",
        ]
        why = [f"{n} x {code}: {codes.meaning(code).reason}" for code, n in list(self.by_code().items())[:5]]
        counts = ", ".join(part for part in parts if part)
        return "; ".join([f"{self.processed} processed, {counts}", *why])

    def __str__(self) -> str:
        rest = (
            (self.rejected_count, "each with its record: .rejected (the first 10,000); on_rejection sees all"),
            (len(self.no_response), "in doubt: .no_response"),
            (len(self.not_sent), "to be uploaded again: .not_sent"),
        )
        return "\n".join([self._shown(plain.table).rstrip(), *(f"  {text}" for count, text in rest if count)])

    def _repr_html_(self) -> str:
        return self._shown(html.table)

    def _shown(self, table: Callable[..., str]) -> str:
        counts = [
            ("processed", self.processed),
            ("rejected", self.rejected_count),
            ("no_response: may have been applied", len(self.no_response)),
            ("not sent", len(self.not_sent)),
            ("checked offline", self.checked),
            ("calls", self.batches),
            ("seconds", round(self.elapsed, 1)),
        ]
        shown = [row for row in counts if row[1] or row[0] == "processed"]
        top = table("Upload to CleverTap", shown)
        if not self.rejected:
            return top
        why = [
            (n, code, codes.meaning(code).reason, codes.meaning(code).hint)
            for code, n in list(self.by_code().items())[:10]
        ]
        kept = len(self.rejected)
        note = f"of the first {limits.REJECTIONS_KEPT:,}" if self.rejected_count > kept else ""
        return top + table("Rejected", why, head=("records", "code", "reason", "what to do"), note=note)
