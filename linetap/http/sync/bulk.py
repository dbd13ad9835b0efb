"""Bulk runs over threads; imported by the first one."""

from __future__ import annotations

import atexit
import contextvars
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from linetap.http.bulk import BulkRun, Pending
from linetap.http.call import Outcome
from linetap.http.call_errors import not_sent
from linetap.http.sync.interrupt import DeferInterrupt
from linetap.http.types import Operation

T = TypeVar("T")
Item = TypeVar("Item")


class ThreadRun(Generic[Item, T]):
    """A bulk run over threads of its own. All bookkeeping is done by the thread that iterates."""

    def __init__(self, call: Callable[[Operation[T], threading.Event], T], run: BulkRun[Item, T], service: str) -> None:
        self._call = call
        self._run = run
        self._service = service
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._results: dict[int, tuple[T | None, BaseException | None]] = {}
        self._tasks: queue.SimpleQueue[tuple[int, Operation[T], contextvars.Context] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        """Numbers of finished calls; None when the input has an item again."""
        self._waits_for_input = False

    def outcomes(self) -> Iterator[Outcome[Item, T]]:
        """The outcome of each item. If the loop is left, nothing more is sent and requests in flight are completed."""
        run = self._run
        # A generator that is never finished must not keep the interpreter alive, and must not lose requests in flight.
        atexit.register(self._stop_threads)
        try:
            while not run.finished():
                yield from run.ready()
                while run.has_capacity and not self._waits_for_input:
                    self._start()
                if (run.in_flight or self._waits_for_input) and not run.has_ready:
                    self._settle(self._done.get())
            run.raise_if_failed()
        finally:
            self._end()

    def _end(self) -> None:
        waited = False
        try:
            self._stop_threads()
            atexit.unregister(self._stop_threads)
            waited = True
        finally:
            # No result: Ctrl-C before the thread started the item, or a second Ctrl-C that ended the waiting.
            with DeferInterrupt():
                self._run.settle_left(self._results, may_have_arrived=not waited)

    def _start(self) -> None:
        """Take one item from the input, which may take some time, and give it to a thread."""
        for item in self._run.next_item():
            if isinstance(item, Pending):
                self._waits_for_input = True
                item.call_when_set(lambda: self._done.put(None))
                continue
            with DeferInterrupt():
                if (started := self._run.start(item)) is not None:
                    self._add_thread()
                    # The caller's context variables: spans and log filters of its code belong to it in the threads too.
                    self._tasks.put((*started, contextvars.copy_context()))

    def _add_thread(self) -> None:
        """Start a thread if there are fewer threads than calls in flight."""
        if len(self._threads) < self._run.in_flight:
            name = f"linetap-{self._service}-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _stop_threads(self) -> None:
        """End the waits and the threads; nothing more is sent."""
        self._stop.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _settle(self, number: int | None) -> None:
        if number is None:
            self._waits_for_input = False
            return
        with DeferInterrupt():
            self._run.settle(number, *self._results[number])
            del self._results[number]

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            number, operation, context = task
            try:
                if self._stop.is_set():
                    raise not_sent(operation)
                self._results[number] = (context.run(self._call, operation, self._stop), None)
            except BaseException as error:  # noqa: BLE001 - passed to the thread that iterates
                self._results[number] = (None, error)
            self._done.put(number)
