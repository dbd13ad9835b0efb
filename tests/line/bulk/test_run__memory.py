"""Memory of a bulk send: bounded by what is in flight, whatever the number of deliveries."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from linetap import Delivery, LineClient
from linetap.http.rate_limit import EndpointLimiters
from linetap.http.types import Headers, Response
from tests.benchmarks.bench_memory import WAYS, peaks
from tests.benchmarks.server import serve

RESPONSE = Response(200, Headers({"x-line-request-id": "r"}), b'{"sentMessages":[{"id":"1"}]}')


def client() -> LineClient:
    """A client without a network: every request is accepted at once, and no pace delays it."""
    line: Any = LineClient("token")
    line._transport._sender.send = lambda *_: RESPONSE
    line._transport._limiters = EndpointLimiters({}, None)
    return line


@pytest.mark.parametrize("options", [{}, {"use_multicast": True}, {"journal": "push.sqlite"}])
def test_deliveries_are_let_go(tmp_path: Path, options: dict[str, Any]) -> None:
    """At no moment do more deliveries live than are in flight, or gathered for folding."""
    options = {name: tmp_path / value if name == "journal" else value for name, value in options.items()}
    count = 600 if "journal" in options else 6000
    living: weakref.WeakSet[Delivery] = weakref.WeakSet()
    most = 0

    def source() -> Iterator[Delivery]:
        nonlocal most
        for number in range(count):
            delivery = Delivery(f"U{number:032x}", f"Hello, number {number}")
            living.add(delivery)
            most = max(most, len(living))
            yield delivery

    report = client().push_many(source(), in_flight=16, **options)

    assert report.sent == count
    assert most <= (2600 if "use_multicast" in options else 64)


@pytest.mark.long
@pytest.mark.parametrize("ordered", [False, True])
def test_a_million_messages_take_no_more_than_ten_thousand(ordered: bool) -> None:
    """Between the 10,000th and the 1,000,000th delivery a run grows by less than 4 MB."""
    psutil = pytest.importorskip("psutil", reason="psutil measures the memory")
    me, grown = psutil.Process(), {}

    def source() -> Iterator[Delivery]:
        for number in range(1_000_001):
            if number in (10_000, 1_000_000):
                gc.collect()
                grown[number] = me.memory_info().rss
            yield Delivery(f"U{number:032x}", f"Hello, number {number}")

    sent = sum(outcome.ok for outcome in client().push_each(source(), in_flight=16, ordered=ordered))

    assert sent == 1_000_001
    assert grown[1_000_000] - grown[10_000] < 4_000_000


@pytest.mark.long
@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_over_http_no_memory_is_kept_for_a_message(tmp_path: Path, way: str, journal: bool) -> None:
    """For 90,000 more messages over HTTP less than one object in ten messages is kept, and less than 28 bytes for
    each.
    """
    pytest.importorskip("psutil", reason="psutil measures the memory")

    with serve() as url:
        found = peaks(way, url, 100_000, tmp_path / "push.sqlite" if journal else None)

    assert found.kept < 9_000
    assert found.whole - found.first < 28 * 90_000
