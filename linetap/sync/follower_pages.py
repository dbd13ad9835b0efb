"""The walk over LINE's listing of followers, in a thread of its own: the next page comes while this one is handled."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from linetap.errors import BadRequest

if TYPE_CHECKING:
    from linetap.line.client import LineClient

_AHEAD = 2  # pages in memory beside the one that is being handled
_RESTARTS = 3  # a token that is refused again and again is no matter of age


class Page(NamedTuple):
    """One page, and the tokens of this one and the next."""

    line_ids: tuple[str, ...]
    start: str | None
    next: str | None


class StartedOver:
    """LINE no longer knew the token: the listing begins again."""


class Walk:
    """Iterate: ``Page`` after ``Page``, with a ``StartedOver`` where the listing had to begin again.

    The thread begins with the first step and ends with the last, with an error, or with :meth:`stop`.
    https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
    """

    def __init__(self, line: LineClient, start: str | None = None, *, page_size: int = 1_000) -> None:
        self._line = line
        self._start = start
        self._size = page_size
        self._pages: queue.Queue[Page | StartedOver | BaseException | None] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._walk, name="linetap-followers", daemon=True)

    def __iter__(self) -> Iterator[Page | StartedOver]:
        self._thread.start()
        while (step := self._pages.get()) is not None:
            if isinstance(step, BaseException):
                raise step
            yield step

    def stop(self) -> None:
        """Reads no further page. A request that is on its way is not waited for: it only reads."""
        self._stopped.set()
        while not self._pages.empty():  # a thread that waits for room gets it, and sees the event
            self._pages.get_nowait()

    def _walk(self) -> None:
        try:
            self._read_all(self._start)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that iterates
            self._hand(error)
        else:
            self._hand(None)

    def _read_all(self, start: str | None) -> None:
        for _ in range(_RESTARTS):
            try:
                for page in self._line.followers(page_size=self._size, start=start).pages():
                    self._hand(Page(tuple(page.user_ids), start, page.next))
                    start = page.next
                    if self._stopped.is_set():
                        return
                return
            except BadRequest:  # a token lives 24 hours; without one there is nothing to be too old
                if start is None:
                    raise
                start = None
                self._hand(StartedOver())
        raise BadRequest("LINE refused its own token again and again", operation="line.followers", status=400)

    def _hand(self, step: Page | StartedOver | BaseException | None) -> None:
        if not self._stopped.is_set():
            self._pages.put(step)
