"""Delays KeyboardInterrupt while the bookkeeping of a bulk run is updated."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class DeferInterrupt:
    """A ``with`` block that Ctrl-C does not interrupt: ``KeyboardInterrupt`` is raised at its end.

    Python may raise it between any two steps of the main thread. Between "the thread was started" and "the thread is
    in the list" that would leave a request whose response is not waited for, and which is then sent again. Only for
    code that does not wait. Does nothing in other threads, or if the program has a signal handler of its own.
    """

    __slots__ = ("_active", "_interrupted")

    def __enter__(self) -> None:
        self._interrupted = False
        self._active = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._active:
            signal.signal(signal.SIGINT, self._note)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._active:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._interrupted:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._interrupted = True
