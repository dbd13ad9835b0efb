"""The relay's sender, beside the same client's push_many without a journal, and beside bare aiohttp."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import aiohttp

from linetap import Campaign, Delivery, LineClient
from linetap.relay import Outbox, OutboxSender
from tests.benchmarks.sends import PATH, headers, texts, unpaced
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

CAMPAIGN = Campaign("sale").with_text("Hello")


class _Filled:
    """Outboxes with waiting messages: filling them is not measured."""

    def __init__(self, folder: Path, rounds: int, count: int) -> None:
        self._left = [self._made(folder / f"{number}", count) for number in range(rounds + 1)]
        self.flushes = 0

    def _made(self, path: Path, count: int) -> Outbox:
        outbox = Outbox(path)
        outbox.enqueue((Delivery(*each) for each in texts(count)), campaign="sale")
        return outbox

    def next(self) -> Outbox:
        return self._left.pop()


def rows(quick: bool) -> Iterable[Row]:
    """Messages a second. What bounds the sender is printed: CPU of its process, and flushes of its file."""
    sizes: tuple[tuple[float, int, int, int, Callable[[str, int, int], Callable[[], object]], str, str], ...] = (
        (0.05, 128, 300 if quick else 6000, 2 if quick else 5, _by_push_many, "push_many", ">= 0.67"),
        (0.25, 512, 600 if quick else 6000, 2 if quick else 5, _by_aiohttp, "aiohttp", ">= 0.8"),
    )
    for latency, in_flight, count, rounds, peer, name, goal in sizes:
        with serve(latency=latency) as url, tempfile.TemporaryDirectory() as folder:
            filled = _Filled(Path(folder), rounds, count)
            ways = {"sender": _by_sender(url, in_flight, count, filled), name: peer(url, in_flight, count)}
            what = f"relay sender, {latency * 1000:.0f} ms, {in_flight} in flight, messages a second"
            yield from compare(what, ways, goals={name: goal}, rounds=rounds, clock=time.perf_counter, rate=True)


def _by_sender(url: str, in_flight: int, count: int, filled: _Filled) -> Callable[[], object]:
    line = unpaced(LineClient("token", base_url=url))

    def send() -> None:
        outbox = filled.next()
        with _counted(outbox, count):
            report = OutboxSender(outbox, line, CAMPAIGN, in_flight=in_flight).drain()
        assert report.outcomes == {"accepted": count}

    return send


class _counted:
    """Prints the rate of one run, and the shares of its time: CPU, and waiting for the disk."""

    def __init__(self, outbox: Outbox, count: int) -> None:
        self._store, self._count = outbox._tables.store, count
        self._commits, self._waited = 0, 0.0

    def __enter__(self) -> None:
        commit = self._store.commit

        def measured() -> None:
            began = time.perf_counter()
            commit()
            self._waited += time.perf_counter() - began
            self._commits += 1

        self._store.commit = measured  # type: ignore[method-assign]
        self._began, self._cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        took, cpu = time.perf_counter() - self._began, time.process_time() - self._cpu
        said = f"{self._count / took:.0f} messages a second, {1000 * cpu / self._count:.2f} ms of CPU for each"
        shares = f"CPU {100 * cpu / took:.0f} %, {self._commits} flushes {100 * self._waited / took:.0f} % of the time"
        print(f"relay sender: {said}; {shares}", file=sys.stderr)


def _by_push_many(url: str, in_flight: int, count: int) -> Callable[[], object]:
    line = unpaced(LineClient("token", base_url=url))

    def send() -> None:
        report = line.push_many((Delivery(*each) for each in texts(count)), in_flight=in_flight)
        assert report.sent == count

    return send


def _by_aiohttp(url: str, in_flight: int, count: int) -> Callable[[], object]:
    async def run() -> None:
        source = texts(count)
        connector = aiohttp.TCPConnector(limit=in_flight)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def worker() -> None:
                for to, text in source:
                    body = json.dumps({"to": to, "messages": [{"type": "text", "text": text}]}).encode()
                    async with session.post(url + PATH, data=body, headers=headers("token")) as response:
                        json.loads(await response.read())

            await asyncio.gather(*(worker() for _ in range(in_flight)))

    return lambda: asyncio.run(run())
