"""push_many, beside a thread pool around line-bot-sdk, bare urllib3, and bare aiohttp."""

from __future__ import annotations

import asyncio
import json
import time
from bisect import bisect_right
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import aiohttp
import urllib3
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, PushMessageRequest, TextMessage

from linetap import AsyncLineClient, Delivery, LineClient, Pace
from tests.benchmarks.sends import PATH, headers, texts, unpaced
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare, row

IN_FLIGHT = 128


class _Sync:
    """The same sends three ways, over threads."""

    def __init__(self, url: str, count: int) -> None:
        self.url, self.count = url, count
        self.line = unpaced(LineClient("token", base_url=url))
        configuration = Configuration(host=url, access_token="token")
        configuration.connection_pool_maxsize = IN_FLIGHT
        self.sdk = MessagingApi(ApiClient(configuration))
        self.pool = urllib3.PoolManager(maxsize=IN_FLIGHT)
        self.threads = ThreadPoolExecutor(IN_FLIGHT)

    def ours(self) -> None:
        report = self.line.push_many((Delivery(*each) for each in texts(self.count)), in_flight=IN_FLIGHT)
        assert report.sent == self.count

    def by_sdk(self) -> None:
        def one(each: tuple[str, str]) -> None:
            request = PushMessageRequest(to=each[0], messages=[TextMessage(text=each[1])])
            self.sdk.push_message(request, x_line_retry_key=str(uuid4()))

        assert len(list(self.threads.map(one, texts(self.count)))) == self.count

    def by_urllib3(self) -> None:
        def one(each: tuple[str, str]) -> None:
            response = self.pool.request("POST", self.url + PATH, body=_body(each), headers=headers("token"))
            assert response.status == 200

        assert len(list(self.threads.map(one, texts(self.count)))) == self.count


def _body(each: tuple[str, str]) -> bytes:
    return json.dumps({"to": each[0], "messages": [{"type": "text", "text": each[1]}]}).encode()


class _Async:
    """The same sends over tasks; clients and loop live through all rounds, as those of a service do."""

    def __init__(self, url: str, count: int) -> None:
        self.url, self.count = url, count
        self.loop = asyncio.new_event_loop()
        self.line = unpaced(AsyncLineClient("token", base_url=url))
        self.session = self.loop.run_until_complete(self._session())

    async def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT))

    def ours(self) -> None:
        given = (Delivery(*each) for each in texts(self.count))
        report = self.loop.run_until_complete(self.line.push_many(given, in_flight=IN_FLIGHT))
        assert report.sent == self.count

    def bare(self) -> None:
        self.loop.run_until_complete(self._bare())

    async def _bare(self) -> None:
        source = texts(self.count)

        async def worker() -> None:
            for each in source:
                async with self.session.post(self.url + PATH, data=_body(each), headers=headers("token")) as response:
                    json.loads(await response.read())

        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))

    def close(self) -> None:
        self.loop.run_until_complete(self.line.close())
        self.loop.run_until_complete(self.session.close())
        self.loop.close()


def rows(quick: bool) -> Iterable[Row]:
    """Sends a second at 50 ms, and CPU; bodies differ, are built and checked on our side."""
    count, rounds = (300, 3) if quick else (6000, 5)
    with serve(latency=0.05) as url:
        sync = _Sync(url, count)
        over_threads = {
            "linetap": sync.ours,
            "line-bot-sdk + threads": sync.by_sdk,
            "urllib3 + threads": sync.by_urllib3,
        }
        yield from compare(
            f"push_many, 50 ms, {IN_FLIGHT} in flight, sends a second",
            over_threads,
            goals={"line-bot-sdk + threads": ">= 1.5", "urllib3 + threads": ">= 0.85"},
            rounds=rounds,
            clock=time.perf_counter,
            rate=True,
        )
        yield from compare(f"push_many, 50 ms, {IN_FLIGHT} in flight, CPU", over_threads, rounds=rounds)
        over = _Async(url, count)
        over_tasks = {"linetap": over.ours, "aiohttp": over.bare}
        yield from compare(
            f"async push_many, 50 ms, {IN_FLIGHT} in flight, sends a second",
            over_tasks,
            goals={"aiohttp": ">= 0.9"},
            rounds=rounds,
            clock=time.perf_counter,
            rate=True,
        )
        yield from compare(f"async push_many, 50 ms, {IN_FLIGHT} in flight, CPU", over_tasks, rounds=rounds)
        over.close()
        yield from _paced(url, 400 if quick else 2000)


def _paced(url: str, count: int) -> Iterable[Row]:
    """What a server sees of ``Pace(200)``: the rate over all, and the most in any one second."""
    line = LineClient("token", base_url=url, pace=Pace(200))
    line.push_many((Delivery(*each) for each in texts(100)), in_flight=32)  # connections are made, the pool is warm
    line.request("GET", "/arrivals")
    line.push_many((Delivery(*each) for each in texts(count)), in_flight=32)
    arrivals = line.request("GET", "/arrivals").json()
    assert len(arrivals) == count
    rate = (count - 1) / (arrivals[-1] - arrivals[0])
    busiest = max(bisect_right(arrivals, at + 1) - number for number, at in enumerate(arrivals))
    yield row("push_many with Pace(200), rate a server sees", "200 a second", [rate / 200], ">= 0.97")
    # On their way some requests overtake others, by milliseconds: departures are exact, arrivals nearly.
    yield row("push_many with Pace(200), most in any one second", "200 a second", [busiest / 200], "<= 1.03")
