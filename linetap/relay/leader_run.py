"""One run of a sender as the leader of its channel."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from linetap.line.client import LineClient
from linetap.relay import reports
from linetap.relay.claiming import Ended
from linetap.relay.dispatch import Dispatch
from linetap.relay.feedback_uploads import FeedbackUploads
from linetap.relay.intake import Intake
from linetap.relay.leader import Leader
from linetap.relay.options import SenderOptions
from linetap.relay.retention import clean_up
from linetap.relay.routing import Routes
from linetap.relay.schema import NORMAL, URGENT
from linetap.relay.tables import Entry, Tables

_POLL = 0.1  # seconds: other processes write into the store
_CLEAN_EVERY = 3600


class LeaderRun:
    """One sender as the leader: a thread that reads calls, and the loop that sends."""

    def __init__(
        self,
        tables: Tables,
        line: LineClient,
        routes: Routes,
        options: SenderOptions,
        on_end: Callable[[Ended, Counter[str]], None],
    ) -> None:
        self._tables, self._options, self._on_end = tables, options, on_end
        self._leader = Leader(tables)
        self._dispatch = Dispatch(tables, line, options, self._leader)
        self._intake = Intake(tables, routes, options, self._leader)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._feedback: FeedbackUploads | None = None
        self._failed: BaseException | None = None
        self._read: list[Ended] = []
        self._lock = threading.Lock()
        self._cleaned = 0.0

    def take(self) -> bool:
        """Becomes the leader, if no other sender is."""
        if not self._leader.acquire():
            return False
        self._dispatch.recover()
        self._dispatch.reserve.read()
        self._thread = threading.Thread(target=self._read_calls, name="linetap-intake", daemon=True)
        self._thread.start()
        if self._options.feedback is not None:
            self._feedback = FeedbackUploads(self._tables, self._options.feedback, self._leader)
            self._feedback.start()
        return True

    def work(self, stop: threading.Event, until: float | None, counts: Counter[str], *, drain: bool) -> str:
        """Sends until ``stop``, ``until``, or (``drain``) until nothing can be sent; gives why it ended early."""
        busy = False
        while not stop.is_set():
            if until is not None and time.monotonic() >= until:
                return "the time was up"
            ended, claimed = self._dispatch.step(0 if busy else _POLL)
            self._report(ended, counts)
            if self._failed is not None:
                raise self._failed
            busy = claimed > 0 and self._dispatch.in_flight < self._options.in_flight // 2
            if drain and not claimed and not ended and self._nothing_left():
                return self._dispatch.blocked_by
        return ""

    def end(self, counts: Counter[str]) -> None:
        """Waits for what is in flight, records it, and ends the lock."""
        self._over.set()
        self._dispatch.halt()
        try:
            if self._thread is not None:
                self._thread.join()
                self._report(self._dispatch.stop(), counts)
        finally:
            if self._feedback is not None:
                self._feedback.stop()
            self._leader.release()

    def _report(self, ended: list[Ended], counts: Counter[str]) -> None:
        with self._lock:
            ended, self._read = [*self._read, *ended], []
        for each in ended:
            self._on_end(each, counts)

    def _nothing_left(self) -> bool:
        """Whether nothing is in flight, no call waits, and what is queued must wait."""
        if self._dispatch.in_flight or self._read:
            return False
        if self._feedback is not None and not self._feedback.idle:
            return False
        lanes = {lane for lane in (URGENT, NORMAL) if self._dispatch.may_send(lane)}
        return not reports.has_work(self._tables, lanes)

    # The thread that reads calls -------------------------------------------------------------------------

    def _read_calls(self) -> None:
        try:
            self._chores()  # also in a drain that has nothing to send
            while not self._over.is_set():
                self._chores()
                ended = self._intake.work()
                if ended is None:
                    self._over.wait(_POLL)
                    continue
                with self._lock:
                    self._read += [(entry, entry.state, entry.reason) for entry in map(Entry, ended)]
                self._dispatch.wake()
        except BaseException as error:  # noqa: BLE001 - raised by the loop that sends
            self._failed = error
            self._dispatch.wake()

    def _chores(self) -> None:
        now = self._tables.now()
        if not 0 <= now - self._cleaned < _CLEAN_EVERY:
            self._cleaned = now
            clean_up(self._tables)
        self._dispatch.reserve.read()
