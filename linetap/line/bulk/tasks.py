"""Runs a bulk send over tasks of one event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import aclosing

from linetap.http.aio.transport import AsyncTransport
from linetap.line.bulk.delivery import Delivery, DeliveryOutcome
from linetap.line.bulk.options import BulkOptions, closing_run, send_pass
from linetap.line.bulk.run import BulkSend


async def run(
    transport: AsyncTransport,
    bulk: BulkSend,
    options: BulkOptions,
    deliveries: Iterable[Delivery] | AsyncIterable[Delivery],
) -> AsyncGenerator[DeliveryOutcome, None]:
    """Sends, and yields the outcomes. At every end, requests in flight are waited for and recorded first."""
    with closing_run(bulk):
        async for items in bulk.passes_async(deliveries):
            async with aclosing(send_pass(transport, bulk, options, items)) as outcomes:
                async for outcome in outcomes:
                    for known in bulk.take_outcomes(outcome.item):
                        yield known
