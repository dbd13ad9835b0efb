"""The counts of a bulk send, and the errors that end it early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy

from linetap.errors import (
    FileLocked,
    Forbidden,
    LinetapError,
    QuotaExceeded,
    Rejected,
    StorageError,
    TooManyRequests,
    Unauthorized,
)
from linetap.line.bulk.delivery import DeliveryOutcome, count_of
from linetap.line.bulk.report import SendReport

# The report stores at most this many failures, so that memory does not grow; a callback gets all of them.
FAILURES_KEPT = 10_000

# These errors are the same for every later recipient, so the run ends. The last two: the journal cannot be written.
_SAME_FOR_ALL = (QuotaExceeded, Unauthorized, Forbidden, StorageError, FileLocked)

# By name, so that asyncio is not imported. The text of the caller's own errors is left out: it may contain user ids.
_ENDED_BY = {
    "CancelledError": "the run was cancelled",
    "GeneratorExit": "the loop over the outcomes ended early",
    "KeyboardInterrupt": "Ctrl-C ended the run",
}

_COUNTS = ("sent", "already_accepted", "rejected", "no_response", "not_sent")


class OutcomeCounter:
    """Counts outcomes. ``max_failures`` requests in a row that used up all attempts end the run."""

    def __init__(
        self,
        *,
        max_failures: int,
        clock: Callable[[], float],
        tick: Callable[[int], None],
        on_outcome: Callable[[DeliveryOutcome], object] | None,
    ) -> None:
        self.stopped_by: LinetapError | None = None
        self.source: object = None
        """The iterable of the deliveries; one of ``Campaign.deliveries`` has its own counts and problems."""
        self._max_failures, self._clock, self._tick, self._on_outcome = max_failures, clock, tick, on_outcome
        self._started = clock()
        self._counts: dict[str, int] = dict.fromkeys(_COUNTS, 0)
        self._failures: list[DeliveryOutcome] = []
        self._in_a_row = 0

    def note_request(self, error: LinetapError | None) -> None:
        """Takes the result of one request and decides whether it ends the run."""
        if isinstance(error, _SAME_FOR_ALL):
            self.stopped_by = self.stopped_by or error
        of_the_message = isinstance(error, Rejected) and not isinstance(error, TooManyRequests)
        failed = error is not None and (not of_the_message or getattr(error, "may_have_arrived", False))
        self._in_a_row = self._in_a_row + 1 if failed else 0
        if self._in_a_row >= self._max_failures:
            self.stopped_by = self.stopped_by or error

    def stop(self, error: BaseException) -> None:
        """Stores the reason for an early end, unless there is one already."""
        if self.stopped_by is None:
            self.stopped_by = _reason(error)

    def add(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """Counts all outcomes before the callback gets the first one, because a callback may raise."""
        for outcome in outcomes:
            self._counts[count_of(outcome)] += 1
            if not outcome.ok and len(self._failures) < FAILURES_KEPT:
                self._failures.append(outcome)
        if self._on_outcome is not None:
            for outcome in outcomes:
                self._on_outcome(outcome)
        if outcomes:
            self._tick(len(outcomes))

    def elapsed(self) -> float:
        """Seconds since the run started."""
        return self._clock() - self._started

    def report(self) -> SendReport:
        """The counts so far."""
        return SendReport(
            **self._counts,
            elapsed=self.elapsed(),
            failures=tuple(self._failures),
            stopped_by=self.stopped_by,
            skipped=dict(getattr(self.source, "skipped", ())),
            problems=tuple(getattr(self.source, "problems", ())),
        )


def _reason(error: BaseException) -> LinetapError:
    if isinstance(error, LinetapError):
        return copy(error)  # the error itself carries the report, and a cycle cannot be pickled
    name = type(error).__name__
    return LinetapError(_ENDED_BY.get(name, f"{name} ended the run") + " before all deliveries were read and sent")
