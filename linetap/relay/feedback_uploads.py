"""The thread that uploads feedback to CleverTap, while its process leads."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

from linetap.clevertap import codes, limits, operations
from linetap.clevertap.records import EventRecord, ProfileRecord, Record
from linetap.clevertap.reports import BatchResult
from linetap.clevertap.upload import may_have_arrived
from linetap.errors import BadArgument, LinetapError, Rejected
from linetap.relay.feedback import Feedback
from linetap.relay.feedback_rows import EVENT, MOST_ROUNDS, PROFILE, RECORDED, REJECTED, UNKNOWN, FeedbackRows
from linetap.relay.leader import Leader, NotLeader
from linetap.relay.schedule import backoff
from linetap.relay.tables import Tables
from linetap.store.rows import Row
from linetap.sync.profile_records import CHANGED, FOLLOWER

_LOG = logging.getLogger("linetap.relay")
_POLL = 0.1  # seconds: the sender's thread and other processes write into the file
_AFTER_ERROR = 10.0
_ABOUT_RECORDS = (200, 400, 413)
"""Statuses with which CleverTap rejects a batch for its records or for its size."""
_NAMES = {EVENT: "events", PROFILE: "properties"}


class FeedbackUploads:
    """Uploads what is waiting, a batch at a time. Memory contains one batch, however much waits on the disk."""

    def __init__(self, tables: Tables, feedback: Feedback, leader: Leader) -> None:
        self._tables, self._leader = tables, leader
        self._transport = feedback.clevertap._transport
        self._rows = FeedbackRows(tables)
        self._size = limits.RECORDS_PER_UPLOAD
        self._failures = 0
        self._over = threading.Event()
        self._blocked = False
        self._thread = threading.Thread(target=self._work, name="linetap-feedback", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Uploads nothing more, and waits for the upload in flight."""
        self._over.set()
        self._thread.join()

    @property
    def idle(self) -> bool:
        """Whether nothing is left to be uploaded, or CleverTap cannot take it now: a drain may end."""
        return self._blocked or not self._thread.is_alive() or not self._rows.is_waiting()

    def _work(self) -> None:
        while not self._over.is_set():
            try:
                self._recover()
                while not self._over.is_set():
                    seconds = self._round()
                    self._blocked = seconds > _POLL
                    self._over.wait(seconds)
            except NotLeader:
                return  # the thread that sends ends with the same error
            except Exception:  # noqa: BLE001 - the messages must be sent all the same
                _LOG.exception("feedback has an error, and starts again in %.0f s", _AFTER_ERROR)
                self._blocked = True
                self._over.wait(_AFTER_ERROR)

    def _recover(self) -> None:
        """What was being uploaded when a process, or the disk, failed: its responses are lost."""
        with self._tables.store.transaction():
            self._leader.check()
            lost = self._rows.recover()
        self._warn(lost)

    def _round(self) -> float:
        """Uploads one batch of each kind; gives the seconds to wait."""
        if not self._rows.is_waiting():
            return _POLL
        waits = [self._upload(kind) for kind in (PROFILE, EVENT)]
        return max(waits)

    def _upload(self, kind: int) -> float:
        with self._tables.store.transaction():  # on the disk before the first byte is sent
            self._leader.check()
            rows = self._rows.mark(kind, self._size)
        if not rows:
            return _POLL
        records, wrong = _records(rows)
        try:
            result = self._sent([record for _, record in records])
        except LinetapError as error:
            return self._failed(kind, [row for row, _ in records], wrong, error)
        self._failures, self._size = 0, min(limits.RECORDS_PER_UPLOAD, 2 * self._size)
        return self._settled(kind, records, wrong, result)

    def _sent(self, records: list[Record]) -> BatchResult:
        if not records:
            return BatchResult(0)
        return self._transport._run(operations.upload(records), self._over)

    def _settled(self, kind: int, records: list[tuple[Row, Record]], wrong: list[Row], result: BatchResult) -> float:
        found = {id(each.record): each.code for each in result.rejected if each.record is not None}
        again, bad, good = list[Row](), list(wrong), list[Row]()
        for row, record in records:
            if id(record) not in found:
                good.append(row)
            elif found[id(record)] in codes.TEMPORARY and row[5] + 1 < MOST_ROUNDS:
                again.append(row)
            else:
                bad.append(row)
        unclear = any(each.record is None for each in result.rejected)
        with self._tables.store.transaction():
            self._leader.check()
            self._rows.settle(bad, REJECTED)
            self._rows.settle(good, UNKNOWN if unclear else RECORDED)
            self._rows.wait(again, 1)
        _LOG.info("CleverTap recorded %d %s, and rejected %d", 0 if unclear else len(good), _NAMES[kind], len(bad))
        self._warn(len(good) if unclear else 0)
        return float(backoff(1)) if again else 0.0

    def _failed(self, kind: int, rows: list[Row], wrong: list[Row], error: LinetapError) -> float:
        """A whole batch failed: events that may have arrived are never uploaded again, all others are."""
        self._failures += 1
        lost = kind == EVENT and may_have_arrived(error)
        about_records = isinstance(error, Rejected) and error.status in _ABOUT_RECORDS
        with self._tables.store.transaction():
            self._leader.check()
            self._rows.settle(wrong, REJECTED)
            if lost:
                self._rows.settle(rows, UNKNOWN)
            elif about_records and len(rows) == 1:
                self._rows.settle(rows, REJECTED)
            else:
                self._rows.wait(rows)
        self._warn(len(rows) if lost else 0)
        _LOG.warning("an upload of %d %s failed: %s", len(rows), _NAMES[kind], error)
        if about_records:  # the smaller batches show which record it is
            self._size = max(1, len(rows) // 2)
            return 0.0
        return float(backoff(self._failures))

    def _warn(self, lost: int) -> None:
        if lost:
            _LOG.warning("%d CleverTap events may have been recorded: they are not uploaded again", lost)


def _records(rows: list[Row]) -> tuple[list[tuple[Row, Record]], list[Row]]:
    """The record of each row, and the rows whose identity CleverTap would reject."""
    records, wrong = list[tuple[Row, Record]](), list[Row]()
    for row in rows:
        try:
            records.append((row, _record(row)))
        except BadArgument:
            wrong.append(row)
    return records, wrong


def _record(row: Row) -> Record:
    kind, at, text = row[2], row[4], row[7]
    found: dict[str, Any] = json.loads(text)
    identity, object_id = found.get("identity"), found.get("object_id")
    if kind == PROFILE:
        return ProfileRecord(identity, {FOLLOWER: False, CHANGED: f"$D_{at}"}, object_id=object_id)
    return EventRecord(identity, found["event"], found["properties"], object_id=object_id, timestamp=at)
