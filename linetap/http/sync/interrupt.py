"""Ctrl-C, kept waiting for as long as the books of a bulk run are being written."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Shield:
    """A ``with`` block that Ctrl-C cannot tear apart: ``KeyboardInterrupt`` comes at its end.

    Python raises it between any two steps of the main thread. Between "the thread runs" and "the thread is in
    the list", that would leave a send that nobody waits for, and that is sent again. Only for what does not
    wait; elsewhere than in the main thread, or where somebody handles the signal otherwise, it does nothing.
    """

    __slots__ = ("_came", "_held")

    def __enter__(self) -> None:
        self._came = False
        self._held = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._held:
            signal.signal(signal.SIGINT, self._note)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._came:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came = True
