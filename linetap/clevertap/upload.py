"""One upload of any length: collects records into batches, and counts the outcomes.

The same for threads and asyncio: a transport's ``run_bulk`` iterates over :meth:`Upload.batches` and calls
:meth:`Upload.on_outcome` for each. Memory contains the batches in flight and the first 10,000 rejections.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from linetap.clevertap import limits
from linetap.clevertap.records import EventRecord, ProfileRecord, Record
from linetap.clevertap.reports import BatchResult, Rejection, UploadReport
from linetap.errors import (
    BadArgument,
    LinetapError,
    NoResponse,
    Rejected,
    ServerError,
    UnreadableResponse,
    invalid,
    literal_text,
)
from linetap.http.call import Outcome

OnRejection = Callable[[Rejection], object]
Batch = tuple[Record, ...]


def checked_in_flight(in_flight: object) -> int:
    """How many uploads may run at once: 1 to 15, as CleverTap allows an account."""
    most = limits.UPLOADS_IN_FLIGHT
    if isinstance(in_flight, int) and not isinstance(in_flight, bool) and 1 <= in_flight <= most:
        return in_flight
    rule = f"must be a whole number from 1 to {most}: CleverTap rejects more uploads at once"
    raise invalid("in_flight", rule, in_flight, page=limits.LIMITS_PAGE)


def checked_batch_size(size: object) -> int:
    """How many records one call contains: 1 to 1,000."""
    most = limits.RECORDS_PER_UPLOAD
    if isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= most:
        return size
    raise invalid("batch_size", f"must be a whole number from 1 to {most}", size, page=limits.UPLOAD_PAGE)


def checked_records(records: Any, *, allow_async: bool = False) -> Any:
    """An iterable of records; raises ``BadArgument`` for a single record, a mapping or a str."""
    if allow_async and isinstance(records, AsyncIterable):
        return records
    if isinstance(records, (str, bytes, Mapping, ProfileRecord, EventRecord)) or not isinstance(records, Iterable):
        rule = "must be an iterable of records"
        mapping = isinstance(records, Mapping)
        remedy = "make a ProfileRecord of each entry" if mapping else "pass a list of one record"
        raise invalid("records", rule, literal_text(type(records).__name__), remedy, limits.UPLOAD_PAGE)
    return records


@attrs.frozen
class UploadOptions:
    """The options of ``upload_profiles`` and ``upload_events``, checked."""

    kind: type[Any]
    dry_run: bool
    in_flight: int = attrs.field(converter=checked_in_flight)
    batch_size: int = attrs.field(converter=checked_batch_size)
    on_rejection: OnRejection | None = None

    def start(self, tick: Callable[[int], object] | None = None) -> Upload:
        """The state of a new upload."""
        return Upload(self.kind, self.on_rejection, tick, self.batch_size)


class Upload:
    """The state of one upload, used only in the thread that iterates."""

    def __init__(
        self,
        kind: type[Record],
        on_rejection: OnRejection | None = None,
        tick: Callable[[int], object] | None = None,
        size: int = limits.RECORDS_PER_UPLOAD,
    ) -> None:
        self._kind = kind
        self._size = size
        self._on_rejection = on_rejection
        self._tick = tick
        self._error: LinetapError | None = None
        self._processed = self._rejected_count = self._batches = self._checked = 0
        self._rejected: list[Rejection] = []
        self._no_response: list[Record] = []
        self._not_sent: list[Record] = []

    def batches(self, records: Iterable[Record]) -> Iterator[Batch]:
        """Batches of ``size`` records, read lazily; the iterable is not read further after a batch failed."""
        batch: list[Record] = []
        try:
            for number, record in enumerate(records):
                if full := self._add(batch, number, record):
                    yield full
                    if self._error is not None:
                        return
        except BaseException:
            self._not_sent += batch  # read, but not sent, because the iterable raised
            raise
        if batch:
            yield tuple(batch)

    def any_batches(self, records: Iterable[Record] | AsyncIterable[Record]) -> Any:
        """The batches of either kind of iterable: an iterator, or an async iterator."""
        return self.batches_async(records) if isinstance(records, AsyncIterable) else self.batches(records)

    async def batches_async(self, records: Iterable[Record] | AsyncIterable[Record]) -> AsyncIterator[Batch]:
        """The batches of either kind of iterable, as an async iterator."""
        if not isinstance(records, AsyncIterable):
            for whole in self.batches(records):
                yield whole
            return
        batch: list[Record] = []
        number = 0
        try:
            async for record in records:
                if full := self._add(batch, number, record):
                    yield full
                    if self._error is not None:
                        return
                number += 1
        except BaseException:
            self._not_sent += batch
            raise
        if batch:
            yield tuple(batch)

    def _add(self, batch: list[Record], number: int, record: Record) -> Batch | None:
        if not isinstance(record, self._kind):
            raise self._wrong(number, record)
        batch.append(record)
        if len(batch) < self._size:
            return None
        full = tuple(batch)
        batch.clear()
        return full

    def on_outcome(self, outcome: Outcome[Batch, BatchResult]) -> None:
        """Counts the outcome of one batch."""
        self._batches += 1
        if outcome.error is not None:
            self._failed(outcome.item, outcome.error)
        elif outcome.result is not None:
            self._processed += outcome.result.processed
            for rejection in outcome.result.rejected:
                self._reject(rejection)
        if self._tick is not None:
            self._tick(len(outcome.item))

    def count_checked(self, batch: Batch) -> None:
        """Counts a batch of a dry run: each record passed all offline checks when it was made."""
        self._batches += 1
        self._checked += len(batch)
        if self._tick is not None:
            self._tick(len(batch))

    def report(self, elapsed: float) -> UploadReport:
        """The counts so far."""
        return UploadReport(
            processed=self._processed,
            rejected=tuple(self._rejected),
            rejected_count=self._rejected_count,
            no_response=tuple(self._no_response),
            not_sent=tuple(self._not_sent),
            batches=self._batches,
            elapsed=elapsed,
            checked=self._checked,
        )

    def finish(self, elapsed: float) -> UploadReport:
        """Returns the report, or raises the error that ended the upload, with the report."""
        report = self.report(elapsed)
        if self._error is not None:
            self._error.report = report
            raise self._error
        return report

    def _failed(self, batch: Batch, error: LinetapError) -> None:
        self._error = self._error or error
        (self._no_response if may_have_arrived(error) else self._not_sent).extend(batch)

    def _reject(self, rejection: Rejection) -> None:
        self._rejected_count += 1
        if len(self._rejected) < limits.REJECTIONS_KEPT:
            self._rejected.append(rejection)
        if self._on_rejection is not None:
            self._on_rejection(rejection)

    def _wrong(self, number: int, record: object) -> BadArgument:
        name = self._kind.__name__
        rule = f"must be {'an' if name.startswith('E') else 'a'} {name}"
        found = literal_text(type(record).__name__)
        return invalid(f"records[{number}]", rule, found, f"make it with {name}(...)")


def may_have_arrived(error: LinetapError) -> bool:
    """Whether CleverTap may have applied the records although the call failed."""
    if isinstance(error, (NoResponse, ServerError, Rejected)):
        return error.may_have_arrived
    return isinstance(error, UnreadableResponse)
