"""Driving a bulk send over threads."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Any

from linetap.line.bulk import Bulk
from linetap.line.bulk_wanted import Wanted, ending
from linetap.line.models_bulk import Delivery, DeliveryOutcome
from linetap.transport import Driver


def run(
    driver: Driver, bulk: Bulk, wanted: Wanted, deliveries: Iterable[Delivery]
) -> Generator[DeliveryOutcome, None, None]:
    """Sends, and gives the outcomes. However it ends, what was sent is waited for and entered first."""
    with ending(bulk):
        for items in bulk.rounds(deliveries):
            outcomes: Any = driver.fan_out(
                bulk.make,
                items,
                in_flight=wanted.in_flight,
                ordered=wanted.ordered,
                intend=bulk.intend,
                settled=bulk.settled,
            )
            with closing(outcomes):
                for outcome in outcomes:
                    yield from bulk.told(outcome.item)
