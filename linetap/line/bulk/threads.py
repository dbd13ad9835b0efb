"""Driving a bulk send over threads."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing

from linetap.http.sync import SyncTransport
from linetap.line.bulk.options import Wanted, ending, fan_out
from linetap.line.bulk.report import Delivery, DeliveryOutcome
from linetap.line.bulk.run import Bulk


def run(
    driver: SyncTransport, bulk: Bulk, wanted: Wanted, deliveries: Iterable[Delivery]
) -> Generator[DeliveryOutcome, None, None]:
    """Sends, and gives the outcomes. However it ends, what was sent is waited for and entered first."""
    with ending(bulk):
        for items in bulk.rounds(deliveries):
            with closing(fan_out(driver, bulk, wanted, items)) as outcomes:
                for outcome in outcomes:
                    yield from bulk.told(outcome.item)
