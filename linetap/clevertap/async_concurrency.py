"""Three calls of an endpoint at once (see ``client_places``), over asyncio."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from linetap.clevertap.concurrency import Places, for_the_rest, no_place
from linetap.http.aio.transport import AsyncTransport
from linetap.http.types import Operation

T = TypeVar("T")


class AsyncPlacedDriver(AsyncTransport):
    """A driver over aiohttp that has three calls of an endpoint on their way at once, and no more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = Places(asyncio.Semaphore)
        self._loops: list[asyncio.AbstractEventLoop] = []

    async def do(self, operation: Operation[T]) -> T:
        """One call, once there is a place for it."""
        loop = asyncio.get_running_loop()
        if self._loops != [loop]:
            self._places.clear()
            self._loops[:] = [loop]
        place, begun = self._places.of(operation), self.clock()
        if at_once := not place.locked():
            await place.acquire()
        else:
            await self._wait_for(place, operation)
        try:
            return await AsyncTransport.do(self if at_once else for_the_rest(self, operation, begun), operation)
        finally:
            place.release()

    async def _wait_for(self, place: asyncio.Semaphore, operation: Operation[Any]) -> None:
        try:
            await asyncio.wait_for(place.acquire(), self._retry.total)
        except asyncio.TimeoutError:
            raise no_place(operation) from None
