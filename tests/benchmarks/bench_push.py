"""Single sync pushes over the stock path: the CPU of one, and how many a second one process sends with 128 threads."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import requests
import urllib3
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, PushMessageRequest
from linebot.v3.messaging import TextMessage as SdkText

from linetap import LineClient, TextMessage
from tests.benchmarks.sends import PATH, TO, TOKEN, headers, unpaced
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

WIDTH = 128
GOALS = {"line-bot-sdk": "<= 0.75", "bare urllib3": "<= 1.3"}  # of the cost of a call
Push = Callable[[int], object]


def rows(quick: bool) -> Iterable[Row]:
    """CPU per call one after another, and the rate with 128 in flight at 50 ms."""
    with serve() as url:
        variants = serial(url, 50 if quick else 400)
        yield from compare("push, CPU per call", variants, goals=GOALS, rounds=3 if quick else 11)
    with serve(latency=0.05) as url:
        pushes = _pushes(url)
        count = 256 if quick else 6000
        rates = {name: _wide(push, count) for name, push in pushes.items()}
        goals = {"line-bot-sdk": ">= 1.15", "bare urllib3": ">= 0.75"}
        what = f"push, rate at 50 ms with {WIDTH} in flight"
        yield from compare(what, rates, goals=goals, rounds=3 if quick else 5, clock=time.perf_counter, rate=True)


def _pushes(url: str) -> dict[str, Push]:
    """One push by each way, its message built and given a retry key."""
    line = unpaced(LineClient(TOKEN, base_url=url))
    config = Configuration(host=url, access_token=TOKEN)
    config.connection_pool_maxsize = WIDTH
    sdk = MessagingApi(ApiClient(config))
    manager = urllib3.PoolManager(maxsize=WIDTH)
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=WIDTH))
    ready, fixed = json.dumps({"to": TO, "messages": [{"type": "text", "text": "Hello 1"}]}).encode(), headers()

    def by_sdk(number: int) -> object:
        request = PushMessageRequest(to=TO, messages=[SdkText(text=f"Hello {number}")])
        return sdk.push_message(request, x_line_retry_key=str(uuid4()))

    def by_requests(number: int) -> object:
        body = {"to": TO, "messages": [{"type": "text", "text": f"Hello {number}"}]}
        return session.post(url + PATH, json=body, headers=headers())

    return {
        "linetap": lambda number: line.push(TO, TextMessage(f"Hello {number}")),
        "line-bot-sdk": by_sdk,
        "requests": by_requests,
        "bare urllib3": lambda number: manager.request("POST", url + PATH, body=ready, headers=fixed),
    }


def serial(url: str, count: int) -> dict[str, Callable[[], None]]:
    """So many pushes one after another, by each way."""

    def by(push: Push) -> Callable[[], None]:
        def run() -> None:
            for number in range(count):
                push(number)

        return run

    return {name: by(push) for name, push in _pushes(url).items()}


def _wide(push: Push, count: int) -> Callable[[], None]:
    pool = ThreadPoolExecutor(WIDTH)

    def run() -> None:
        list(pool.map(push, range(count)))

    return run
