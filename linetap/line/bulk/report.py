"""The report of a bulk send, as a frozen value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy

import attrs

from linetap.errors import LinetapError
from linetap.line.api.results import count_repr
from linetap.line.bulk.delivery import DeliveryOutcome, reason_of


@attrs.frozen
class SendReport:
    """The report of a bulk send. The five counts add up to the deliveries that were read."""

    sent: int = 0
    """Accepted by LINE in this run."""
    already_accepted: int = 0
    """Accepted earlier under the same retry key, or in an earlier run of the same journal."""
    rejected: int = 0
    """Rejected by LINE or by linetap's own checks; nothing was sent to these recipients."""
    no_response: int = 0
    """Sent, but no attempt got a response: the messages may have arrived."""
    not_sent: int = 0
    """Read, but not sent: no connection, or the run had stopped (a used-up quota, an error in the caller's code)."""
    elapsed: float = 0.0
    """Seconds."""
    failures: tuple[DeliveryOutcome, ...] = attrs.field(default=(), repr=count_repr)
    """The first 10,000 outcomes that are not ok; ``on_outcome`` sees all."""
    stopped_by: LinetapError | None = None
    """The reason for an early end: an error, a cancellation, Ctrl-C. None: the run was completed."""

    @property
    def drawn(self) -> int:
        """How many deliveries were read from the iterable."""
        return self.sent + self.already_accepted + self.rejected + self.no_response + self.not_sent

    @property
    def ok(self) -> bool:
        """All deliveries that were read were accepted, and the run was completed."""
        return self.stopped_by is None and self.drawn == self.sent + self.already_accepted

    def raise_for_failures(self) -> SendReport:
        """Returns this report where it is ``ok``; otherwise raises the error that ended the run, or the first one."""
        if self.ok:
            return self
        error = self.stopped_by or next((outcome.error for outcome in self.failures if outcome.error), None)
        # A copy: the report contains the error itself, and a cycle cannot be pickled.
        error = copy(error) if error else LinetapError("some deliveries were not sent")
        error.report = self
        raise error

    def __str__(self) -> str:
        from linetap.display import text

        # Kinds and counts, no user ids: printed reports end up in logs.
        kinds = Counter(reason_of(outcome) for outcome in self.failures)
        rows = [(count, kind) for kind, count in kinds.most_common()]
        failures = text.table(
            "Not accepted",
            rows,
            head=("deliveries", "why"),
            note="each is in .failures (the first 10,000); on_outcome and a journal see all",
        )
        return (self._counted(text.table) + (failures if rows else "")).rstrip()

    def _counted(self, table: Callable[..., str]) -> str:
        counts = [
            ("sent", self.sent),
            ("accepted before", self.already_accepted),
            ("rejected", self.rejected),
            ("no_response", self.no_response),
            ("not sent", self.not_sent),
        ]
        rows = [*counts, ("seconds", round(self.elapsed, 1))]
        return table("Bulk send", rows, note=f"stopped: {self.stopped_by}" if self.stopped_by else "")

    def _repr_html_(self) -> str:
        from linetap.display import html

        picture = self._counted(html.table)
        if not self.failures:
            return picture
        more = len(self.failures) - 10
        rows = [(outcome.delivery.to, str(outcome.error or reason_of(outcome))) for outcome in self.failures[:10]]
        return picture + html.table(
            "Not accepted", rows, head=("to", "why"), note=f"and {more:,} more in .failures" if more > 0 else ""
        )
