"""At most three calls of an endpoint at once (see :mod:`linetap.clevertap.concurrency`), over asyncio."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from linetap.clevertap.concurrency import ConcurrencySlots, slot_timeout, with_remaining_time
from linetap.http.aio.transport import AsyncTransport
from linetap.http.types import Operation

T = TypeVar("T")


class AsyncConcurrencyLimitedTransport(AsyncTransport):
    """The async transport with at most three calls of an endpoint at once."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._slots = ConcurrencySlots(asyncio.Semaphore)
        self._loops: list[asyncio.AbstractEventLoop] = []

    async def do(self, operation: Operation[T]) -> T:
        """One call, when a slot is free."""
        loop = asyncio.get_running_loop()
        if self._loops != [loop]:
            self._slots.clear()
            self._loops[:] = [loop]
        slot, started = self._slots.of(operation), self.clock()
        if at_once := not slot.locked():
            await slot.acquire()
        else:
            await self._wait_for(slot, operation)
        try:
            return await AsyncTransport.do(
                self if at_once else with_remaining_time(self, operation, started), operation
            )
        finally:
            slot.release()

    async def _wait_for(self, slot: asyncio.Semaphore, operation: Operation[Any]) -> None:
        try:
            await asyncio.wait_for(slot.acquire(), self.retry.total)
        except asyncio.TimeoutError:
            raise slot_timeout(operation) from None
