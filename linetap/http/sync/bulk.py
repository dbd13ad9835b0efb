"""Bulk runs over threads; loaded with the first one."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from linetap.http.bulk import BulkRun
from linetap.http.call import Outcome
from linetap.http.headers import stopped
from linetap.http.sync.interrupt import Shield
from linetap.http.types import Operation

T = TypeVar("T")
Item = TypeVar("Item")


class Threads(Generic[Item, T]):
    """A bulk run over threads of its own; all its bookkeeping happens in the thread that iterates."""

    def __init__(self, call: Callable[[Operation[T], threading.Event], T], run: BulkRun[Item, T], service: str) -> None:
        self._call = call
        self._run = run
        self._service = service
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._results: dict[int, tuple[T | None, BaseException | None]] = {}
        self._todo: queue.SimpleQueue[tuple[int, Operation[T]] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()

    def outcomes(self) -> Iterator[Outcome[Item, T]]:
        """What came of each item; leaving it sends nothing more and waits for what is in flight."""
        run = self._run
        # A generator that is never finished must not keep the interpreter from ending, nor lose what is out.
        atexit.register(self._leave)
        try:
            while not run.finished():
                yield from run.ready()
                while run.has_room:
                    self._start()
                if run.running and not run.has_ready:
                    self._settle(self._done.get())
            run.raise_if_broken()
        finally:
            self._end()

    def _end(self) -> None:
        waited = False
        try:
            self._leave()
            atexit.unregister(self._leave)
            waited = True
        finally:
            # No result: Ctrl-C fell between drawing and starting; or it came again, and the waiting was given up.
            with Shield():
                self._run.settle_left(self._results, may_have_arrived=not waited)

    def _start(self) -> None:
        """Draws one item, which may take its time, and hands it to a thread."""
        for item in self._run.next_item():
            with Shield():
                if (started := self._run.start(item)) is not None:
                    self._hire()
                    self._todo.put(started)

    def _hire(self) -> None:
        """One thread for each call that runs, and none that has nothing to do."""
        if len(self._threads) < self._run.running:
            name = f"linetap-{self._service}-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _leave(self) -> None:
        """Nothing more is sent, waits end, and the threads with them."""
        self._stop.set()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()

    def _settle(self, number: int) -> None:
        with Shield():
            self._run.settle(number, *self._results[number])
            del self._results[number]

    def _work(self) -> None:
        while (todo := self._todo.get()) is not None:
            number, operation = todo
            try:
                if self._stop.is_set():
                    raise stopped(operation)
                self._results[number] = (self._call(operation, self._stop), None)
            except BaseException as error:  # noqa: BLE001 - handed to the thread that iterates
                self._results[number] = (None, error)
            self._done.put(number)
