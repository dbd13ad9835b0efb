"""Async pushes on one event loop: the cost of one, and how many a second one process sends."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import attrs
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, Configuration, PushMessageRequest
from linebot.v3.messaging import TextMessage as SdkText

from linetap import AsyncLineClient, TextMessage
from tests.benchmarks.sends import PATH, TO, TOKEN, headers, unpaced
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

WIDTH = 128
GOALS = {"line-bot-sdk async": "<= 0.45", "bare aiohttp": "<= 1.4"}  # of the cost of a call
Push = Callable[[int], Awaitable[object]]


def rows(quick: bool) -> Iterable[Row]:
    """CPU per call one after another, and the rate with 128 in flight at 50 ms."""
    for latency, way in ((0.0, _cpu), (0.05, _rate)):
        with serve(latency=latency) as url, opened(url) as (loop, ways):
            yield from way(loop, ways, quick)


@contextmanager
def opened(url: str) -> Iterator[tuple[asyncio.AbstractEventLoop, dict[str, Way]]]:
    """Every way to push, on one loop."""
    loop = asyncio.new_event_loop()
    ways = loop.run_until_complete(_ways(url))
    yield loop, ways
    for one in ways.values():
        loop.run_until_complete(one.close())
    loop.close()


def serial(loop: asyncio.AbstractEventLoop, ways: dict[str, Way], count: int) -> dict[str, Callable[[], object]]:
    """So many pushes one after another, by each way."""
    return {name: _run(loop, _serial, way.push, count) for name, way in ways.items()}


def _cpu(loop: asyncio.AbstractEventLoop, ways: dict[str, Way], quick: bool) -> list[Row]:
    variants = serial(loop, ways, 50 if quick else 400)
    return compare("async push, CPU per call", variants, goals=GOALS, rounds=3 if quick else 11)


def _rate(loop: asyncio.AbstractEventLoop, ways: dict[str, Way], quick: bool) -> list[Row]:
    count = 256 if quick else 2000
    variants = {name: _run(loop, way.many, count) for name, way in ways.items()}
    what, goals = f"async push, rate at 50 ms with {WIDTH} in flight", {"bare aiohttp": ">= 0.9"}
    return compare(what, variants, goals=goals, rounds=3 if quick else 7, clock=time.perf_counter, rate=True)


@attrs.frozen
class Way:
    """One way to push: once, many times, and closing what it opened."""

    push: Push
    many: Callable[[int], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


async def _ways(url: str) -> dict[str, Way]:
    return {"linetap": _ours(url), "line-bot-sdk async": _sdk(url), "bare aiohttp": _bare(url)}


def _ours(url: str) -> Way:
    line = unpaced(AsyncLineClient(TOKEN, base_url=url))

    async def push(number: int) -> object:
        return await line.push(TO, TextMessage(f"Hello {number}"))

    return Way(push, lambda count: _wide(push, count), line.close)


def _sdk(url: str) -> Way:
    config = Configuration(host=url, access_token=TOKEN)
    config.connection_pool_maxsize = WIDTH  # its default would be the bound of the rate
    client = AsyncApiClient(config)
    api = AsyncMessagingApi(client)

    async def push(number: int) -> object:
        request = PushMessageRequest(to=TO, messages=[SdkText(text=f"Hello {number}")])
        return await api.push_message(request, x_line_retry_key=str(uuid4()))

    return Way(push, lambda count: _wide(push, count), client.close)


def _bare(url: str) -> Way:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=WIDTH))
    ready = json.dumps({"to": TO, "messages": [{"type": "text", "text": "Hello 1"}]}).encode()
    fixed = headers()

    async def push(number: int) -> object:
        async with session.post(url + PATH, data=ready, headers=fixed) as response:
            return await response.read()

    return Way(push, lambda count: _wide(push, count), session.close)


async def _serial(push: Push, count: int) -> None:
    for number in range(count):
        await push(number)


async def _wide(push: Push, count: int) -> None:
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await push(number)

    await asyncio.gather(*[worker() for _ in range(WIDTH)])


def _run(loop: asyncio.AbstractEventLoop, way: Callable[..., Awaitable[None]], *given: Any) -> Callable[[], object]:
    return lambda: loop.run_until_complete(way(*given))  # type: ignore[arg-type]
