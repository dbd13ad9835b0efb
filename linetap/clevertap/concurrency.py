"""At most three calls of an endpoint at once: CleverTap rejects more, except uploads.

A fourth call waits here, within its own time limit. For uploads the limit is ``in_flight``.
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
from linetap.http.sync.interrupt import DeferInterrupt
from linetap.http.transport_base import BaseTransport
from linetap.http.types import Operation

T = TypeVar("T")
Semaphore = TypeVar("Semaphore")
TransportT = TypeVar("TransportT", bound=BaseTransport)

_UPLOADS = "/1/upload"
_STEP = 0.1  # seconds: the longest delay of Ctrl-C while a call waits for a slot


class ConcurrencySlots(Generic[Semaphore]):
    """One semaphore for each endpoint, made at its first use."""

    def __init__(self, make: Callable[[int], Semaphore]) -> None:
        self._make = make
        self._found: dict[str, Semaphore] = {}

    def of(self, operation: Operation[Any]) -> Semaphore:
        """The semaphore of this operation's endpoint. The GET that reads the result of a POST is the same endpoint."""
        path = operation.rate_limit_key.rpartition(" ")[2]
        found = self._found.get(path)
        if found is None:
            most = limits.UPLOADS_IN_FLIGHT if path == _UPLOADS else limits.CALLS_IN_FLIGHT
            found = self._found.setdefault(path, self._make(most))  # atomic: two threads get the same semaphore
        return found

    def clear(self) -> None:
        """After a fork, or in another event loop: the calls that have a slot do not run here and cannot release it."""
        self._found.clear()


class ConcurrencyLimitedTransport(SyncTransport):
    """The sync transport with at most three calls of an endpoint at once."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._slots = ConcurrencySlots(threading.BoundedSemaphore)

    def do(self, operation: Operation[T]) -> T:
        """One call, when a slot is free."""
        slot, started = self._slots.of(operation), self.clock()
        taken: list[threading.BoundedSemaphore] = []
        try:
            try:
                at_once = _take(slot, taken)
                if not at_once and not _wait(slot, taken, min(self.retry.total, threading.TIMEOUT_MAX)):
                    raise slot_timeout(operation)
                return SyncTransport.do(self if at_once else with_remaining_time(self, operation, started), operation)
            finally:
                _release(taken)
        finally:  # again, for a Ctrl-C before the first release started
            _release(taken)

    def _page(self, operation: Operation[T], short: bool) -> T:
        return self.do(operation)

    def _after_fork(self) -> None:
        super()._after_fork()
        self._slots.clear()


def _take(slot: threading.BoundedSemaphore, taken: list[threading.BoundedSemaphore], seconds: float = 0) -> bool:
    """Takes a slot and records it. Ctrl-C is deferred between the two, so that the slot is not lost."""
    with DeferInterrupt():
        if slot.acquire(seconds > 0, seconds or None):
            taken.append(slot)
    return bool(taken)


def _wait(slot: threading.BoundedSemaphore, taken: list[threading.BoundedSemaphore], seconds: float) -> bool:
    """Waits for a slot; in the main thread, which gets Ctrl-C, in short steps."""
    step = _STEP if threading.current_thread() is threading.main_thread() else seconds
    while seconds > 0 and not _take(slot, taken, min(step, seconds)):
        seconds -= step
    return bool(taken)


def _release(taken: list[threading.BoundedSemaphore]) -> None:
    with DeferInterrupt():
        while taken:
            taken.pop().release()


def with_remaining_time(transport: TransportT, operation: Operation[Any], started: float) -> TransportT:
    """The transport for a call that waited for a slot: the wait counts against the time of the call."""
    retry = transport.retry
    remaining = retry.total - (transport.clock() - started)
    if remaining <= 0:
        raise slot_timeout(operation)
    return transport.with_options(retry=attrs.evolve(retry, total=remaining))


def slot_timeout(operation: Operation[Any]) -> LinetapError:
    """The error of a call whose time ended before a slot was free."""
    return final_error(CallState(operation), None, None)
