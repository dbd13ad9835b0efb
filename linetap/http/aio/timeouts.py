"""Time limits of responses, kept by one timer for all requests of an event loop.

aiohttp sets one timer for the whole of each request and another one for each piece of its response. That costs more
than all that linetap itself does for a push. The time limits are the same here: the connection of a request that gets
no bytes for too long, or that is not finished in time, is closed.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import aiohttp

# If the event loop was blocked, responses may already be waiting in the sockets: read those before timing requests
# out. uvloop reads after its timers, and then the task needs a turn.
_TURNS = 3
_CURRENT: ContextVar[RequestTimer | None] = ContextVar("linetap_request_timer", default=None)


class RequestTimer:
    """The time limits of one request, from the moment when it has a connection.

    ``read``: seconds to the next bytes. ``left``: seconds for the whole request.
    """

    __slots__ = ("_connection", "_deadline", "_read", "_wheel", "due", "late")

    def __init__(self, wheel: TimerWheel, read: float, left: float) -> None:
        self._wheel, self._read = wheel, read
        self._deadline = wheel.time() + left
        self.due = self._deadline
        self.late = False
        """Whether a time limit passed."""

    def enter(self) -> None:
        """Make this the timer of the running task; the connector reads it."""
        _CURRENT.set(self)

    def leave(self) -> None:
        """The request is finished."""
        self._wheel.timers.discard(self)
        # Not reset(token): a task whose loop has ended is closed in another context.
        _CURRENT.set(None)

    def begin(self, connection: Any) -> None:
        """The request is sent now, over this connection."""
        self._connection = connection
        self.touch()
        self._wheel.add(self)

    def touch(self) -> None:
        """Bytes arrived: the next ones have the full time again."""
        self.due = min(self._wheel.time() + self._read, self._deadline)

    def abort(self) -> None:
        """Close the connection; the task that waits for the response gets an exception."""
        self.late = True
        if (transport := self._connection.transport) is not None:
            transport.abort()


class TimerWheel:
    """The timers of all requests in flight in one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.timers: set[RequestTimer] = set()
        self.time = loop.time
        self._loop = loop
        self._next = math.inf
        self._handle: asyncio.TimerHandle | None = None

    def add(self, timer: RequestTimer) -> None:
        """Watch this timer. In most cases the loop's timer is already set for an earlier one."""
        self.timers.add(timer)
        if timer.due < self._next:
            self._schedule(timer.due)

    def close(self) -> None:
        """Cancel the loop's timer."""
        if self._handle is not None:
            self._handle.cancel()
        self._next, self._handle = math.inf, None

    def _schedule(self, at: float) -> None:
        self.close()
        self._next, self._handle = at, self._loop.call_at(at, self._check)

    def _check(self, turns: int = _TURNS) -> None:
        self.close()
        if turns:
            self._loop.call_soon(self._check, turns - 1)
            return
        now = self.time()
        for timer in [timer for timer in self.timers if timer.due <= now]:
            self.timers.discard(timer)
            timer.abort()
        if self.timers:
            self._schedule(min(timer.due for timer in self.timers))


class Connector(aiohttp.TCPConnector):
    """Gives the timer of a request its connection. https://docs.aiohttp.org/en/stable/client_reference.html#connectors"""

    async def connect(self, *args: Any, **named: Any) -> Any:
        """A connection of the pool, or a new one."""
        timer = _CURRENT.get()
        if timer is None:
            return await super().connect(*args, **named)
        if timer.late:  # aiohttp repeats a GET whose connection was lost, but this one was closed on purpose
            raise asyncio.TimeoutError
        try:
            connection = await super().connect(*args, **named)
        except asyncio.CancelledError:
            if self.closed and not _cancelled():
                raise aiohttp.ClientConnectionError from None
            raise
        timer.begin(connection)
        return connection


def _cancelled() -> bool:
    """Whether the running task was cancelled. Closing the pool cancels the tasks that wait for a connection, too.

    Python 3.10 cannot distinguish the two; there it always counts as cancelled.
    """
    cancelling: Callable[[], int] | None = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is None or cancelling() > 0
