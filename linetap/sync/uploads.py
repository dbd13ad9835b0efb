"""Batches on their way: written down before they leave, settled by CleverTap's answer alone, split where one is bad."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.records import ProfileRecord
from linetap.clevertap.reports import BatchAnswer
from linetap.display.progress import Tick
from linetap.errors import Forbidden, Gone, LinetapError, NotFound, Rejected, TooManyRequests, Unauthorized
from linetap.http.call import Outcome
from linetap.sync.decide import Row
from linetap.sync.ledger import Ledger

_REFUSED_IN_A_ROW = 200  # whole batches, while splitting: then it is not the records
# These speak of the caller or the moment, not of a record among a thousand.
_NOT_OF_A_RECORD = (Unauthorized, Forbidden, TooManyRequests, NotFound, Gone)


class Send(NamedTuple):
    """One record on its way, with the row that says so."""

    row: Row
    record: ProfileRecord
    start: str | None = None
    """The token of the page that listed the follower."""


class Batch(NamedTuple):
    """Up to 1,000 of them; ``fresh`` ones are written into the ledger before they are sent."""

    sends: tuple[Send, ...]
    fresh: bool = True


class Sending:
    """Sends batches for one run. Bookkeeping happens in the thread that called, the calls in others."""

    def __init__(self, ledger: Ledger, clevertap: CleverTapClient, in_flight: int, tick: Tick) -> None:
        self._ledger = ledger
        self._clevertap = clevertap
        self._in_flight = in_flight
        self._tick = tick
        self._again: deque[Batch] = deque()
        self._refused_in_a_row = 0
        self._error: LinetapError | None = None
        self.flying: set[str] = set()
        """The LINE ids that are sent and not settled."""

    def run(self, batches: Iterator[Batch]) -> None:
        """Sends all of them, drawn as there is room. Raises the first error that no splitting mends."""
        source = self._fed(batches)
        while True:
            for _ in self._clevertap.upload_each(
                source, _records, in_flight=self._in_flight, intend=self._intend, settled=self._settled
            ):
                pass
            if self._error is not None:
                raise self._error
            if not self._again:
                return
            source = self._fed(iter(()))  # halves of a batch that was refused when nothing was left to draw

    def _fed(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        while self._error is None:
            if self._again:
                yield self._again.popleft()
            elif (batch := next(batches, None)) is not None:
                yield batch
            else:
                return

    def _intend(self, batch: Batch, operation: object) -> None:
        self.flying.update(send.row.line_id for send in batch.sends)
        if not batch.fresh:
            return
        new = sum(1 for send in batch.sends if send.row.identity == send.row.line_id and send.row.sent is None)
        self._ledger.run.created += new
        with self._ledger.transaction():
            self._ledger.put(send.row for send in batch.sends)
            self._ledger.keep_run()

    def _settled(self, outcome: Outcome[Batch, BatchAnswer]) -> None:
        batch, error = outcome.item, outcome.error
        self._ledger.run.calls += 1
        if outcome.result is not None:
            self._refused_in_a_row = 0
            self._answered(batch, outcome.result)
        elif error is not None and isinstance(error, Rejected) and not isinstance(error, _NOT_OF_A_RECORD):
            self._split(batch, error)
        elif error is not None:
            self._error = self._error or error  # its rows stay unknown: the next run sends them again

    def _answered(self, batch: Batch, answer: BatchAnswer) -> None:
        if len(batch.sends) == 1 and answer.rejected:
            self._write(batch, dict.fromkeys(_keys(batch), answer.rejected[0].code))
        elif any(found.record is None for found in answer.rejected):
            self._halve(batch)  # it does not say who: sending again is harmless, and halves tell
        else:
            self._write(batch, {id(found.record): found.code for found in answer.rejected})

    def _split(self, batch: Batch, error: Rejected) -> None:
        self._refused_in_a_row += 1
        if self._refused_in_a_row > _REFUSED_IN_A_ROW:
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
            ledger.took(row.line_id for row in good if not row.leaving)
            ledger.gone((row.line_id for row in good if row.leaving), told=True)
            bad = [(codes[id(send.record)], send.row) for send in batch.sends if id(send.record) in codes]
            ledger.refused((code, row.line_id) for code, row in bad if not row.leaving)
            ledger.unfollow_rejected((code, row.line_id) for code, row in bad if row.leaving)
            ledger.keep_run()
        self.flying.difference_update(send.row.line_id for send in batch.sends)
        self._tick(len(batch.sends))


def _keys(batch: Batch) -> list[int]:
    return [id(send.record) for send in batch.sends]


def _records(batch: Batch) -> list[ProfileRecord]:
    return [send.record for send in batch.sends]


def thousands(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in parts of a batch's size."""
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == limits.RECORDS_PER_UPLOAD:
            yield part
            part = []
    if part:
        yield part
