"""The counts of a bulk send, and when it has to end early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy

from linetap.errors import (
    Forbidden,
    LinetapError,
    QuotaExceeded,
    Rejected,
    TooManyRequests,
    Unauthorized,
)
from linetap.line.bulk.report import DeliveryOutcome, SendReport, count_of

# So many failures are kept in the report; a callback sees all, so that memory does not grow.
KEPT = 10_000

# These come again for everybody who follows, so that going on would only repeat them.
_FOR_ALL = (QuotaExceeded, Unauthorized, Forbidden)

# By name: asyncio is not loaded for it. What the caller's own errors say stays out, for it may name people.
_LEFT = {
    "CancelledError": "the run was cancelled",
    "GeneratorExit": "the loop over the outcomes was left",
    "KeyboardInterrupt": "Ctrl-C ended the run",
}

_COUNTS = ("sent", "already_accepted", "rejected", "no_response", "not_sent")


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
        trouble = error is not None and (not isinstance(error, Rejected) or isinstance(error, TooManyRequests))
        self._in_a_row = self._in_a_row + 1 if trouble else 0
        if self._in_a_row >= self._patience:
            self.stopped_by = self.stopped_by or error

    def stop(self, error: BaseException) -> None:
        """Notes what ends the run before its end, unless something did before."""
        if self.stopped_by is None:
            self.stopped_by = _why(error)

    def add(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """Counts what became of some deliveries, and then tells of them: a callback may raise."""
        for outcome in outcomes:
            self._counts[count_of(outcome)] += 1
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


def _why(error: BaseException) -> LinetapError:
    if isinstance(error, LinetapError):
        return copy(error)  # the error itself carries the report, and a circle does not pickle
    name = type(error).__name__
    return LinetapError(_LEFT.get(name, f"{name} ended the run") + " before all was drawn and sent")
