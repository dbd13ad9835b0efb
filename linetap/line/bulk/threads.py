"""Runs a bulk send over threads."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing

from linetap.http.sync import SyncTransport
from linetap.line.bulk.delivery import Delivery, DeliveryOutcome
from linetap.line.bulk.options import BulkOptions, closing_run, send_pass
from linetap.line.bulk.run import BulkSend


def run(
    transport: SyncTransport, bulk: BulkSend, options: BulkOptions, deliveries: Iterable[Delivery]
) -> Generator[DeliveryOutcome, None, None]:
    """Sends, and yields the outcomes. At every end, requests in flight are waited for and recorded first."""
    with closing_run(bulk):
        for items in bulk.passes(deliveries):
            with closing(send_pass(transport, bulk, options, items)) as outcomes:
                for outcome in outcomes:
                    yield from bulk.take_outcomes(outcome.item)
