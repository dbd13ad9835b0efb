"""LINE's list of followers, read in a thread of its own: the next page loads while the caller uses this one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from linetap.errors import BadRequest

if TYPE_CHECKING:
    from linetap.line.client import LineClient

_PAGES_AHEAD = 2  # pages in memory besides the one in use
_LISTINGS = 3  # stop if the page token is still rejected: it has not just expired


class Page(NamedTuple):
    """One page, its own token and that of the next page."""

    line_ids: tuple[str, ...]
    start: str | None
    next: str | None


class ListingRestarted:
    """LINE no longer accepted the page token: the listing starts again at the first page."""


class FollowerPages:
    """Iterate it for each ``Page``, and for ``ListingRestarted`` where the listing had to start again.

    The thread starts with the first step. It ends with the last page, with an error, or with :meth:`stop`.
    https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
    """

    def __init__(self, line: LineClient, start: str | None = None, *, page_size: int = 1_000) -> None:
        self._line = line
        self._start = start
        self._size = page_size
        self._pages: queue.Queue[Page | ListingRestarted | BaseException | None] = queue.Queue(_PAGES_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._list, name="linetap-followers", daemon=True)

    def __iter__(self) -> Iterator[Page | ListingRestarted]:
        self._thread.start()
        while (step := self._pages.get()) is not None:
            if isinstance(step, BaseException):
                raise step
            yield step

    def stop(self) -> None:
        """Reads no further page. A request in flight is not waited for: it only reads."""
        self._stopped.set()
        while not self._pages.empty():  # a thread that waits for a free place in the queue continues and stops
            self._pages.get_nowait()

    def _list(self) -> None:
        try:
            self._read_all(self._start)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that iterates
            self._emit(error)
        else:
            self._emit(None)

    def _read_all(self, start: str | None) -> None:
        for _ in range(_LISTINGS):
            try:
                for page in self._line.followers(page_size=self._size, start=start).pages():
                    self._emit(Page(tuple(page.user_ids), start, page.next))
                    start = page.next
                    if self._stopped.is_set():
                        return
                return
            except BadRequest:  # a token is valid for 24 hours; a listing without one cannot have expired
                if start is None:
                    raise
                start = None
                self._emit(ListingRestarted())
        raise BadRequest("LINE rejected its own page token several times", operation="line.followers", status=400)

    def _emit(self, step: Page | ListingRestarted | BaseException | None) -> None:
        if not self._stopped.is_set():
            self._pages.put(step)
