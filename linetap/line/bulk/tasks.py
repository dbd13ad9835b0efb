"""Driving a bulk send over tasks of one event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import aclosing

from linetap.http.aio.transport import AsyncTransport
from linetap.line.bulk.options import Wanted, ending, fan_out
from linetap.line.bulk.report import Delivery, DeliveryOutcome
from linetap.line.bulk.run import Bulk


async def run(
    driver: AsyncTransport, bulk: Bulk, wanted: Wanted, deliveries: Iterable[Delivery] | AsyncIterable[Delivery]
) -> AsyncGenerator[DeliveryOutcome, None]:
    """Sends, and gives the outcomes. However it ends, what was sent is waited for and entered first."""
    with ending(bulk):
        async for items in bulk.rounds_async(deliveries):
            async with aclosing(fan_out(driver, bulk, wanted, items)) as outcomes:
                async for outcome in outcomes:
                    for told in bulk.told(outcome.item):
                        yield told
