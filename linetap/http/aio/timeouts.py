"""How long an answer may take, kept by one timer for all exchanges of an event loop.

aiohttp sets a timer for the whole of each exchange and another for each piece of it, which costs more than all that a
push needs of linetap's own. The times that users gave hold all the same: an exchange that is silent for too long, or
not done in time, has its connection cut.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import aiohttp

# Where something held the loop up, answers lie in the sockets by now. They are heard before anybody is cut: uvloop
# reads after its timers, and then a task has its turn.
_TURNS = 3
_NOW: ContextVar[Wait | None] = ContextVar("linetap_exchange", default=None)


class Wait:
    """One exchange's patience, from when it has a connection.

    ``read`` are the seconds until the next bytes, ``left`` those for all of it.
    """

    __slots__ = ("_connection", "_deadline", "_read", "_watch", "due", "late")

    def __init__(self, watch: Watch, read: float, left: float) -> None:
        self._watch, self._read = watch, read
        self._deadline = watch.time() + left
        self.due = self._deadline
        self.late = False
        """Whether its time was up."""

    def enter(self) -> None:
        """It is the one of the running task, for the connector to find."""
        _NOW.set(self)

    def leave(self) -> None:
        """The exchange is over."""
        self._watch.waits.discard(self)
        # No reset: what is left of a task whose loop has ended is closed in another context.
        _NOW.set(None)

    def begin(self, connection: Any) -> None:
        """The request goes out now, over this connection."""
        self._connection = connection
        self.heard()
        self._watch.add(self)

    def heard(self) -> None:
        """Something came, and the next bytes have their full time again."""
        self.due = min(self._watch.time() + self._read, self._deadline)

    def cut(self) -> None:
        """Ends the exchange where it is: whoever awaits it is told that the connection was lost."""
        self.late = True
        if (transport := self._connection.transport) is not None:
            transport.abort()


class Watch:
    """The exchanges that are on their way in one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.waits: set[Wait] = set()
        self.time = loop.time
        self._loop = loop
        self._next = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def add(self, wait: Wait) -> None:
        """Sees to it that somebody looks when this one's time is up; mostly an earlier one's time comes first."""
        self.waits.add(wait)
        if wait.due < self._next:
            self._wake(wait.due)

    def close(self) -> None:
        """Sets no more timers."""
        if self._timer is not None:
            self._timer.cancel()
        self._next, self._timer = math.inf, None

    def _wake(self, at: float) -> None:
        self.close()
        self._next, self._timer = at, self._loop.call_at(at, self._look)

    def _look(self, turns: int = _TURNS) -> None:
        self.close()
        if turns:
            self._loop.call_soon(self._look, turns - 1)
            return
        now = self.time()
        for wait in [wait for wait in self.waits if wait.due <= now]:
            self.waits.discard(wait)
            wait.cut()
        if self.waits:
            self._wake(min(wait.due for wait in self.waits))


class Connector(aiohttp.TCPConnector):
    """Tells an exchange of its connection. https://docs.aiohttp.org/en/stable/client_reference.html#connectors"""

    async def connect(self, *given: Any, **named: Any) -> Any:
        """A connection of the pool, or a new one."""
        wait = _NOW.get()
        if wait is None:
            return await super().connect(*given, **named)
        if wait.late:  # aiohttp repeats a GET whose connection was lost, but this one was cut on purpose
            raise asyncio.TimeoutError
        try:
            connection = await super().connect(*given, **named)
        except asyncio.CancelledError:
            if self.closed and not _cancelled():
                raise aiohttp.ClientConnectionError from None
            raise
        wait.begin(connection)
        return connection


def _cancelled() -> bool:
    """Whether the running task was cancelled: closing a pool looks the same to those who wait for a place in it.

    Python 3.10 cannot tell, and there it always counts as cancelled.
    """
    cancelling: Callable[[], int] | None = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is None or cancelling() > 0
