"""The input of a bulk run, read by a thread of its own, so that outcomes are given while the input is slow."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from linetap.http.bulk import Pending

Item = TypeVar("Item")

# Seconds: how long the reader waits for an item before it says that there is none now. Most inputs are faster.
_BRIEF = 0.002
_END = object()


class ThreadedSource(Generic[Item]):
    """Iterates over ``items`` in another thread, one item for each call; a ``Pending`` if there is none now.

    The thread has a copy of the caller's context variables. An exception of ``items`` is raised by ``next``.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self._found: list[Any] = []
        self._wanted = threading.Semaphore(0)
        self._ready = threading.Condition()
        self._pending: Pending | None = None
        self._asked = self._closed = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Iterator[Item | Pending]:
        return self

    def __next__(self) -> Item | Pending:
        """The next item, or a ``Pending`` after a brief wait."""
        self._start()
        with self._ready:
            if not self._asked:
                self._asked = True
                self._wanted.release()
            if not self._found:
                self._ready.wait(_BRIEF)
            if not self._found:
                self._pending = Pending()
                return self._pending
            return self._take()

    def __getattr__(self, name: str) -> Any:
        """What the input itself says, for example which recipients it skipped."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._items, name)

    def close(self) -> list[Item]:
        """End the thread; returns an item that was read and not taken."""
        with self._ready:
            self._closed = True
            left = [item for item in self._found if item is not _END]
            self._found.clear()
        self._wanted.release()
        return left

    def _take(self) -> Item:
        item: Any = self._found.pop()
        if item is _END:
            self._found.append(_END)
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            raise StopIteration
        self._asked = False
        found: Item = item
        return found

    def _start(self) -> None:
        if self._thread is None:
            context = contextvars.copy_context()
            self._thread = threading.Thread(target=context.run, args=(self._read,), name="linetap-source", daemon=True)
            self._thread.start()

    def _read(self) -> None:
        item: Any = None
        iterator: Any = None
        while item is not _END:
            self._wanted.acquire()
            if self._closed:
                return
            try:
                iterator = iter(self._items) if iterator is None else iterator
                item = next(iterator, _END)
            except BaseException as error:  # noqa: BLE001 - raised in the thread that iterates
                self._error, item = error, _END
            with self._ready:
                self._found.append(item)
                self._ready.notify()
                pending, self._pending = self._pending, None
            if pending is not None:
                pending.set()
