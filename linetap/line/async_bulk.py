"""Driving a bulk send over tasks of one event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import aclosing

from linetap.aio import AsyncDriver
from linetap.line.bulk import Bulk
from linetap.line.bulk_wanted import Wanted, ending, fan_out
from linetap.line.models_bulk import Delivery, DeliveryOutcome


async def run(
    driver: AsyncDriver, bulk: Bulk, wanted: Wanted, deliveries: Iterable[Delivery] | AsyncIterable[Delivery]
) -> AsyncGenerator[DeliveryOutcome, None]:
    """Sends, and gives the outcomes. However it ends, what was sent is waited for and entered first."""
    with ending(bulk):
        async for items in bulk.rounds_async(deliveries):
            async with aclosing(fan_out(driver, bulk, wanted, items)) as outcomes:
                async for outcome in outcomes:
                    for told in bulk.told(outcome.item):
                        yield told
