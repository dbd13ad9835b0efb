"""Three calls of an endpoint at once: CleverTap refuses more, uploads aside.

Who comes fourth waits here, within the time of its own call. An upload's width is ``in_flight``.
https://developer.clevertap.com/docs/api-request-limit
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

from linetap.clevertap import limits
from linetap.errors import LinetapError
from linetap.http.call_errors import CallState, final_error
from linetap.http.sync import SyncTransport
from linetap.http.sync.interrupt import Shield
from linetap.http.transport_base import BaseTransport
from linetap.http.types import Operation

T = TypeVar("T")
S = TypeVar("S")
D = TypeVar("D", bound=BaseTransport)

_UPLOADS = "/1/upload"
_TURN = 0.1  # seconds that Ctrl-C may have to wait while a call waits for its place


class Places(Generic[S]):
    """One semaphore for each endpoint; they come into being as endpoints are used."""

    def __init__(self, make: Callable[[int], S]) -> None:
        self._make = make
        self._found: dict[str, S] = {}

    def of(self, operation: Operation[Any]) -> S:
        """The semaphore of this operation's endpoint. Reading what another call began is the same endpoint."""
        path = operation.gate_key.rpartition(" ")[2]
        found = self._found.get(path)
        if found is None:
            most = limits.UPLOADS_IN_FLIGHT if path == _UPLOADS else limits.CALLS_IN_FLIGHT
            found = self._found.setdefault(path, self._make(most))  # atomic: two that meet here get the same one
        return found

    def clear(self) -> None:
        """After a fork, or in another event loop: nobody who holds a place is here to give it back."""
        self._found.clear()


class PlacedDriver(SyncTransport):
    """A driver over requests that has three calls of an endpoint on their way at once, and no more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = Places(threading.BoundedSemaphore)

    def do(self, operation: Operation[T]) -> T:
        """One call, once there is a place for it."""
        place, begun = self._places.of(operation), self.clock()
        held: list[threading.BoundedSemaphore] = []
        try:
            try:
                at_once = _take(place, held)
                if not at_once and not _wait(place, held, min(self._retry.total, threading.TIMEOUT_MAX)):
                    raise no_place(operation)
                return SyncTransport.do(self if at_once else for_the_rest(self, operation, begun), operation)
            finally:
                _give_back(held)
        finally:  # once more, for a Ctrl-C that came before the first had begun
            _give_back(held)

    def _after_fork(self) -> None:
        super()._after_fork()
        self._places.clear()


def _take(place: threading.BoundedSemaphore, held: list[threading.BoundedSemaphore], seconds: float = 0) -> bool:
    """Takes a place and notes that it is held: Ctrl-C does not come between the two, or it were lost for good."""
    with Shield():
        if place.acquire(seconds > 0, seconds or None):
            held.append(place)
    return bool(held)


def _wait(place: threading.BoundedSemaphore, held: list[threading.BoundedSemaphore], seconds: float) -> bool:
    """Waits for a place; in the main thread, where Ctrl-C comes, by turns."""
    turn = _TURN if threading.current_thread() is threading.main_thread() else seconds
    while seconds > 0 and not _take(place, held, min(turn, seconds)):
        seconds -= turn
    return bool(held)


def _give_back(held: list[threading.BoundedSemaphore]) -> None:
    with Shield():
        while held:
            held.pop().release()


def for_the_rest(driver: D, operation: Operation[Any], begun: float) -> D:
    """The driver for a call that waited for its place: the waiting counts, as all waiting does."""
    retry = driver._retry
    left = retry.total - (driver.clock() - begun)
    if left <= 0:
        raise no_place(operation)
    return driver.with_options(retry=attrs.evolve(retry, total=left))


def no_place(operation: Operation[Any]) -> LinetapError:
    """What a call ends with whose time was up before there was a place for it."""
    return final_error(CallState(operation), None, None)
