"""The counts of a bulk send, and when it has to end early."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linetap.errors import (
    BadArgument,
    Forbidden,
    LinetapError,
    NoAnswer,
    QuotaExceeded,
    Refused,
    TooManyRequests,
    Unauthorized,
)
from linetap.line.models_bulk import DeliveryOutcome, SendReport

# So many failures are kept in the report; a callback sees all, so that memory does not grow.
KEPT = 10_000

# These come again for everybody who follows, so that going on would only repeat them.
_FOR_ALL = (QuotaExceeded, Unauthorized, Forbidden)

_COUNTS = ("sent", "accepted_before", "refused", "unanswered", "not_sent")


class Tally:
    """Counts outcomes; ``patience`` sends in a row that used up all attempts end the run."""

    def __init__(
        self,
        *,
        patience: int,
        clock: Callable[[], float],
        tick: Callable[[int], None],
        on_outcome: Callable[[DeliveryOutcome], object] | None,
    ) -> None:
        self.stopped_by: LinetapError | None = None
        self._patience, self._clock, self._tick, self._on_outcome = patience, clock, tick, on_outcome
        self._begun = clock()
        self._counts: dict[str, int] = dict.fromkeys(_COUNTS, 0)
        self._failures: list[DeliveryOutcome] = []
        self._in_a_row = 0

    def judge(self, error: LinetapError | None) -> None:
        """Looks at what one request came to: does it end the run?"""
        if isinstance(error, _FOR_ALL):
            self.stopped_by = self.stopped_by or error
        trouble = error is not None and (not isinstance(error, Refused) or isinstance(error, TooManyRequests))
        self._in_a_row = self._in_a_row + 1 if trouble else 0
        if self._in_a_row >= self._patience:
            self.stopped_by = self.stopped_by or error

    def add(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """Counts what became of some deliveries, and then tells of them: a callback may raise."""
        for outcome in outcomes:
            self._counts[_kind(outcome)] += 1
            if not outcome.ok and len(self._failures) < KEPT:
                self._failures.append(outcome)
        if self._on_outcome is not None:
            for outcome in outcomes:
                self._on_outcome(outcome)
        if outcomes:
            self._tick(len(outcomes))

    def report(self) -> SendReport:
        """The counts so far."""
        return SendReport(
            **self._counts,
            elapsed=self._clock() - self._begun,
            failures=tuple(self._failures),
            stopped_by=self.stopped_by,
        )


def _kind(outcome: DeliveryOutcome) -> str:
    if outcome.result is not None:
        return "accepted_before" if outcome.result.accepted_before else "sent"
    error = outcome.error
    if isinstance(error, NoAnswer) and error.may_have_arrived:
        return "unanswered"
    if isinstance(error, BadArgument) or (isinstance(error, Refused) and outcome.attempted):
        return "refused"
    if isinstance(error, NoAnswer) or not outcome.attempted:
        return "not_sent"
    return "unanswered"
