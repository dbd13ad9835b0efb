"""Uploads of a sync: stored before they are sent, settled only by CleverTap's response, split on a rejection."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from linetap.clevertap import codes, limits
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.records import ProfileRecord
from linetap.clevertap.reports import BatchResult
from linetap.display.progress import Tick
from linetap.errors import LinetapError, Rejected
from linetap.http.call import Outcome
from linetap.sync.decide import Row
from linetap.sync.ledger import Ledger

_MAX_REJECTED_IN_A_ROW = 200  # whole batches, while splitting: then the cause is not the records
# CleverTap documents 400 and its own codes for records, and 413 says that the batch is too large. Every other
# rejection (a gateway's 400 or 460, a 402, a 429) says nothing about the records: they are sent again.
_SUCCESS, _BAD_REQUEST, _TOO_LARGE = 200, 400, 413
_ABOUT_RECORDS = frozenset({_BAD_REQUEST}) | (codes.CODES.keys() - codes.TEMPORARY)


class QueuedRecord(NamedTuple):
    """One record to send, and its row in the ledger."""

    row: Row
    record: ProfileRecord
    start: str | None = None
    """The token of the page that contained the follower."""


class Batch(NamedTuple):
    """Up to 1,000 records; a ``fresh`` batch is stored in the ledger before it is sent."""

    sends: tuple[QueuedRecord, ...]
    fresh: bool = True


class Uploads:
    """Uploads the batches of one run. The calling thread writes the ledger; other threads make the calls."""

    def __init__(self, ledger: Ledger, clevertap: CleverTapClient, in_flight: int, tick: Tick) -> None:
        self._ledger = ledger
        self._clevertap = clevertap
        self._in_flight = in_flight
        self._tick = tick
        self._again: deque[Batch] = deque()
        self._rejected_in_a_row = 0
        self._error: LinetapError | None = None
        self.line_ids_in_flight: set[str] = set()
        """The LINE ids of the records in flight."""

    def run(self, batches: Iterator[Batch]) -> None:
        """Sends all batches, iterating lazily. Raises the first error that is not about the records."""
        source = self._source(batches)
        while True:
            for _ in self._clevertap.upload_each(
                source, _records, in_flight=self._in_flight, before_send=self._intend, on_outcome=self._settled
            ):
                pass
            if self._error is not None:
                raise self._error
            if not self._again:
                return
            source = self._source(iter(()))  # halves of a batch that was rejected after the last one was sent

    def _source(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        while self._error is None:
            if self._again:
                yield self._again.popleft()
            elif (batch := next(batches, None)) is not None:
                yield batch
            else:
                return

    def _intend(self, batch: Batch, operation: object) -> None:
        self.line_ids_in_flight.update(send.row.line_id for send in batch.sends)
        if not batch.fresh:
            return
        first = [send.row for send in batch.sends if send.row.accepted_in_run is None]
        own = sum(1 for row in first if row.identity == row.line_id)
        self._ledger.run.created += own
        self._ledger.run.first_uploads += len(first) - own
        with self._ledger.transaction():
            self._ledger.put(send.row for send in batch.sends)
            self._ledger.save_run()

    def _settled(self, outcome: Outcome[Batch, BatchResult]) -> None:
        batch, error = outcome.item, outcome.error
        self._ledger.run.calls += 1
        if outcome.result is not None:
            self._rejected_in_a_row = 0
            self._on_response(batch, outcome.result)
        elif isinstance(error, Rejected) and _may_split(error, len(batch.sends)):
            self._split(batch, error)
        elif error is not None:
            self._error = self._error or error  # its rows stay "unconfirmed": the next run sends them again

    def _on_response(self, batch: Batch, response: BatchResult) -> None:
        if len(batch.sends) == 1 and response.rejected:
            self._write(batch, dict.fromkeys(_keys(batch), response.rejected[0].code))
        elif any(found.record is None for found in response.rejected):
            self._halve(batch)  # the response does not say which record: resend halves, which is safe, until it does
        else:
            self._write(batch, {id(found.record): found.code for found in response.rejected})

    def _split(self, batch: Batch, error: Rejected) -> None:
        self._rejected_in_a_row += 1
        if self._rejected_in_a_row > _MAX_REJECTED_IN_A_ROW:
            self._error = self._error or error
        elif len(batch.sends) > 1:
            self._halve(batch)
        else:
            code = error.code if isinstance(error.code, int) else error.status
            self._write(batch, dict.fromkeys(_keys(batch), code))

    def _halve(self, batch: Batch) -> None:
        middle = len(batch.sends) // 2
        self._again += (Batch(batch.sends[:middle], fresh=False), Batch(batch.sends[middle:], fresh=False))

    def _write(self, batch: Batch, codes: dict[int, int | None]) -> None:
        ledger = self._ledger
        good = [send.row for send in batch.sends if id(send.record) not in codes]
        with ledger.transaction():
            ledger.record_accepted(row.line_id for row in good if not row.unfollow_pending)
            ledger.record_unfollowed((row.line_id for row in good if row.unfollow_pending), confirmed=True)
            bad = [(codes[id(send.record)], send.row) for send in batch.sends if id(send.record) in codes]
            ledger.record_rejected((code, row.line_id) for code, row in bad if not row.unfollow_pending)
            ledger.record_unfollow_rejected((code, row.line_id) for code, row in bad if row.unfollow_pending)
            ledger.save_run()
        self.line_ids_in_flight.difference_update(send.row.line_id for send in batch.sends)
        self._tick(len(batch.sends))


def _may_split(error: Rejected, count: int) -> bool:
    """Whether a rejection is about the records of a batch, or about its size."""
    if error.status == _TOO_LARGE:
        return count > 1
    return error.status in (_SUCCESS, _BAD_REQUEST) and error.code in _ABOUT_RECORDS


def _keys(batch: Batch) -> list[int]:
    return [id(send.record) for send in batch.sends]


def _records(batch: Batch) -> list[ProfileRecord]:
    return [send.record for send in batch.sends]


def batched(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in lists of a batch's size."""
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == limits.RECORDS_PER_UPLOAD:
            yield part
            part = []
    if part:
        yield part
