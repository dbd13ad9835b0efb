"""Runs a bulk send over threads."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from typing import Any

from linetap.http.sync import SyncTransport
from linetap.http.sync.source import ThreadedSource
from linetap.line.bulk.delivery import Delivery, DeliveryOutcome
from linetap.line.bulk.options import BulkOptions, closing_run, send_pass
from linetap.line.bulk.run import BulkSend


def run(
    transport: SyncTransport, bulk: BulkSend, options: BulkOptions, deliveries: Iterable[Delivery]
) -> Generator[DeliveryOutcome, None, None]:
    """Sends, and yields the outcomes. At every end, requests in flight are waited for and recorded first."""
    # A list is read at once. Another iterable may wait, and outcomes must not wait for it.
    if not isinstance(deliveries, Sequence):
        source: Any = ThreadedSource(deliveries)
        deliveries, bulk.read_ahead = source, source.close
    with closing_run(bulk):
        for items in bulk.passes(deliveries):
            with closing(send_pass(transport, bulk, options, items)) as outcomes:
                for outcome in outcomes:
                    yield from bulk.take_outcomes(outcome.item)
