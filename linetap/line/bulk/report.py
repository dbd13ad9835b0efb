"""The report of a bulk send, as a frozen value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any

import attrs

from linetap.errors import BadArgument, LinetapError, Problem, Rejected, short
from linetap.line.api.results import count_repr
from linetap.line.bulk.delivery import DeliveryOutcome, reason_of

_MOST_REASONS = 10


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
    skipped: Mapping[str, int] = attrs.field(factory=dict)
    """Reason -> the number of profiles for which ``Campaign.deliveries`` made no delivery."""
    problems: tuple[Problem, ...] = attrs.field(default=(), repr=False)
    """Why ``Campaign.deliveries`` made no delivery, and properties that no profile has."""

    @property
    def consumed(self) -> int:
        """How many deliveries were read from the iterable."""
        return self.sent + self.already_accepted + self.rejected + self.no_response + self.not_sent

    @property
    def drawn(self) -> int:
        """The first name of :attr:`consumed`."""
        return self.consumed

    @property
    def ok(self) -> bool:
        """All deliveries that were read were accepted, the run was completed, and ``problems`` has no error."""
        wrong = any(problem.severity == "error" for problem in self.problems)
        return self.stopped_by is None and self.consumed == self.sent + self.already_accepted and not wrong

    def raise_for_failures(self) -> SendReport:
        """Returns this report where it is ``ok``; otherwise raises the error that ended the run, or the first one."""
        if self.ok:
            return self
        error = self.stopped_by or next((outcome.error for outcome in self.failures if outcome.error), None)
        # A copy: the report contains the error itself, and a cycle cannot be pickled.
        errors = [problem for problem in self.problems if problem.severity == "error"]
        missing = BadArgument(problems=errors) if errors else LinetapError("some deliveries were not sent")
        error = copy(error) if error else missing
        error.report = self
        raise error

    def rows(self) -> Iterator[dict[str, Any]]:
        """The stored failures as flat rows: to, retry_key, reason, status, request_id, error."""
        for outcome in self.failures:
            error = outcome.error
            yield {
                "to": outcome.delivery.to,
                "retry_key": getattr(error, "retry_key", None) or outcome.delivery.retry_key,
                "reason": reason_of(outcome),
                "status": error.status if error else None,
                "request_id": error.request_id if error else None,
                "error": str(error) if error else None,
            }

    def to_frame(self, backend: str = "pandas") -> Any:
        """The rows as a frame of ``backend`` (extra ``frames``)."""
        from linetap.frames import to_frame

        return to_frame(self.rows(), ("to", "retry_key", "reason", "status", "request_id", "error"), backend)

    def to_json(self) -> dict[str, Any]:
        """The counts, ``stopped_by`` and the rows of ``failures`` as JSON."""
        from linetap.display.values import report_json

        problems = [attrs.asdict(problem) for problem in self.problems]
        return report_json(self, skipped=self.skipped, problems=problems, failures=self.rows())

    def to_text(self) -> str:
        """The report as a table for a terminal, without user ids."""
        from linetap.display import text

        return self._shown(text.table).rstrip()

    def __str__(self) -> str:
        from linetap.display import text

        return self._shown(text.line).rstrip()

    def _shown(self, table: Callable[..., str]) -> str:
        # Reasons and counts, no user ids: printed reports end up in logs.
        reasons = Counter(_why(outcome) for outcome in self.failures)
        rows = [(count, reason) for reason, count in reasons.most_common(_MOST_REASONS)]
        note = "each is in .failures (the first 10,000); on_outcome and a journal see all"
        failures = table("Not accepted", rows, head=("deliveries", "why"), note=note) if rows else ""
        return self._counted(table) + failures

    def _counted(self, table: Callable[..., str]) -> str:
        counts = [
            ("sent", self.sent),
            ("already accepted", self.already_accepted),
            ("rejected", self.rejected),
            ("no response", self.no_response),
            ("not sent", self.not_sent),
        ]
        rows = [*counts, *((f"skipped: {reason}", count) for reason, count in self.skipped.items())]
        notes = [f"stopped: {self.stopped_by}"] if self.stopped_by else []
        notes += [str(problem).replace("\n", " ") for problem in self.problems]
        return table("Bulk send", [*rows, ("seconds", round(self.elapsed, 1))], note="; ".join(notes))

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


def _why(outcome: DeliveryOutcome) -> str:
    """The reason, with the first detail of LINE: details name properties, not users."""
    details = outcome.error.details if isinstance(outcome.error, Rejected) else ()
    return f"{reason_of(outcome)}: {short(details[0].summary, 200).rstrip('.')}" if details else reason_of(outcome)
