"""A campaign sent to many profiles: ``push_many(campaign.deliveries(...))`` beside a loop of ``Session.post``."""

from __future__ import annotations

from collections.abc import Iterable

import requests

from linetap import LineClient
from tests.benchmarks.bench_preview import PLAIN, by_hand, people
from tests.benchmarks.sends import PATH, headers, unpaced
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

IN_FLIGHT = 32


def rows(quick: bool) -> Iterable[Row]:
    """CPU for the same messages; the loop sends one after another, with a retry key and no check."""
    profiles = [one for one in people(300 if quick else 1_500) if one["LineID"]]
    with serve() as url:
        line, session = unpaced(LineClient("token", base_url=url)), requests.Session()

        def ours() -> None:
            report = line.push_many(PLAIN.deliveries(profiles), in_flight=IN_FLIGHT)
            assert report.sent == len(profiles)

        def loop() -> None:
            for profile in profiles:
                session.post(url + PATH, data=by_hand(profile), headers=headers("token"), timeout=10).raise_for_status()

        yield from compare(
            f"push_many of a campaign's deliveries to {len(profiles):,} people, CPU",
            {"linetap": ours, "requests.Session.post in a loop": loop},
            goals={"requests.Session.post in a loop": "<= 0.5"},
            rounds=3 if quick else 5,
        )
