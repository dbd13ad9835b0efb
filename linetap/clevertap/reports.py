"""What an upload did: accepted records, rejections with reasons, and records without a response."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from linetap.clevertap import codes, limits
from linetap.clevertap.records import Record
from linetap.display import html, text
from linetap.display.values import report_json
from linetap.errors import NoResponse, Rejected
from linetap.frames import to_frame


@attrs.frozen
class Rejection:
    """One record that CleverTap rejected."""

    record: Record | None
    """The record that you gave; None where CleverTap's response does not say which one it was."""
    code: int | None
    """CleverTap's code, such as 523: https://developer.clevertap.com/docs/api-errors"""
    reason: str
    """The code's meaning."""
    hint: str
    """What to do about it."""
    clevertap_text: str = attrs.field(default="", repr=False)
    """CleverTap's own text. It may contain personal data, so logs and errors do not show it."""

    @property
    def temporary(self) -> bool:
        """True for a temporary error: the record may be sent again unchanged."""
        return self.code in codes.TEMPORARY

    @property
    def passing(self) -> bool:
        """The first name of :attr:`temporary`."""
        return self.temporary

    @property
    def said(self) -> str:
        """The first name of :attr:`clevertap_text`."""
        return self.clevertap_text


@attrs.frozen
class BatchResult:
    """CleverTap's response to one upload call, with each rejection matched to its record."""

    processed: int
    rejected: tuple[Rejection, ...] = ()


@attrs.frozen
class UploadReport:
    """What an upload did. Every record iterated is counted once: processed, rejected, no_response or not sent."""

    processed: int = 0
    """Records that CleverTap accepted."""
    rejected: tuple[Rejection, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """The first 10,000 rejections; ``rejected_count`` counts all, ``on_rejection`` receives all."""
    rejected_count: int = 0
    no_response: tuple[Record, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """Sent, but no reliable response came: they may have been applied."""
    not_sent: tuple[Record, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    """Not applied: rejected as a batch, or not sent because the upload ended."""
    batches: int = 0
    """Calls, retries not counted; with ``dry_run`` the calls that would be needed."""
    elapsed: float = 0.0
    """Seconds."""
    checked: int = 0
    """With ``dry_run``: records that passed all offline checks."""

    @property
    def ok(self) -> bool:
        """Whether every record was accepted."""
        return not (self.rejected_count or self.no_response or self.not_sent)

    def raise_for_failures(self) -> UploadReport:
        """Returns the report if every record was accepted.

        Raises:
            NoResponse: some records may or may not have been applied (``.report.no_response``).
            Rejected: some records were rejected or not sent (``.report.rejected``).
        """
        if self.no_response:
            raise NoResponse(self._summary(), operation="clevertap.upload", report=self)
        if not self.ok:
            first = next((found.code for found in self.rejected if found.code), None)
            raise Rejected(self._summary(), code=first, operation="clevertap.upload", report=self)
        return self

    def by_code(self) -> dict[int | None, int]:
        """Code -> how many of the stored rejections have it, most frequent first."""
        return dict(Counter(found.code for found in self.rejected).most_common())

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rejections as flat rows, for a frame or a CSV file."""
        for found in self.rejected:
            record = found.record
            identity, object_id = (record.identity, record.object_id) if record else (None, None)
            yield {
                "identity": identity,
                "object_id": object_id,
                "code": found.code,
                "reason": found.reason,
                "hint": found.hint,
            }

    def to_frame(self, backend: str = "pandas") -> Any:
        """The stored rejections as a frame (extra ``frames``): identity, object_id, code, reason, hint."""
        return to_frame(self.rows(), ("identity", "object_id", "code", "reason", "hint"), backend)

    def _summary(self) -> str:
        # Counts and codes only: identities are personal data, and this goes into logs.
        parts = [
            f"{self.rejected_count} rejected" if self.rejected_count else "",
            f"{len(self.no_response)} without a response" if self.no_response else "",
            f"{len(self.not_sent)} not sent" if self.not_sent else "",
        ]
        why = [f"{n} x {code}: {codes.meaning(code).reason}" for code, n in list(self.by_code().items())[:5]]
        counts = ", ".join(part for part in parts if part)
        return "; ".join([f"{self.processed} processed, {counts}", *why])

    def to_json(self) -> dict[str, Any]:
        """The counts, the rows of ``rejected``, and the identities of ``no_response`` and ``not_sent`` as JSON."""
        return report_json(
            self, rejected=self.rows(), no_response=_identities(self.no_response), not_sent=_identities(self.not_sent)
        )

    def to_text(self) -> str:
        """The report as a table for a terminal, without identities."""
        rest = (
            (self.rejected_count, "each with its record: .rejected (the first 10,000); on_rejection receives all"),
            (len(self.no_response), "may have been applied: .no_response"),
            (len(self.not_sent), "to be uploaded again: .not_sent"),
        )
        return "\n".join([self._shown(text.table).rstrip(), *(f"  {line}" for count, line in rest if count)])

    def __str__(self) -> str:
        return self._shown(text.line).rstrip()

    def _repr_html_(self) -> str:
        return self._shown(html.table)

    def _shown(self, table: Callable[..., str]) -> str:
        counts = [
            ("processed", self.processed),
            ("rejected", self.rejected_count),
            ("no response: may have been applied", len(self.no_response)),
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


def _identities(records: tuple[Record, ...]) -> list[dict[str, Any]]:
    return [{"identity": record.identity, "object_id": record.object_id} for record in records]
