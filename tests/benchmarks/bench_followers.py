"""Walking the followers: what a page of 1,000 ids costs, beside line-bot-sdk and bare urllib3."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import urllib3
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi

from linetap import LineClient
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

PAGES = 20
WHAT = f"follower walk, {PAGES} pages of 1,000 ids"
GOALS = {"line-bot-sdk": "<= 0.5"}


def rows(quick: bool) -> Iterable[Row]:
    """CPU of a whole walk; the promise is half of line-bot-sdk."""
    with serve(pages=PAGES) as url, walks(url) as ways:
        yield from compare(f"{WHAT}, CPU", ways, goals=GOALS, rounds=3 if quick else 15)


@contextmanager
def walks(url: str) -> Iterator[dict[str, Callable[[], None]]]:
    """A whole walk, by each way."""
    pool = urllib3.PoolManager()
    configuration = Configuration(host=url, access_token="token")
    with LineClient("token", base_url=url) as line, ApiClient(configuration) as api:
        sdk = MessagingApi(api)

        def ours() -> None:
            assert sum(1 for _ in line.followers()) == PAGES * 1000

        def theirs() -> None:
            total, start = 0, None
            while True:
                page = sdk.get_followers(limit=1000, **({"start": start} if start else {}))
                total += len(page.user_ids)
                if not (start := page.next):
                    break
            assert total == PAGES * 1000

        def bare() -> None:
            total, start = 0, ""
            while True:
                page = json.loads(pool.request("GET", f"{url}/v2/bot/followers/ids?limit=1000{start}").data)
                total += len(page["userIds"])
                if "next" not in page:
                    break
                start = f"&start={page['next']}"
            assert total == PAGES * 1000

        yield {"linetap": ours, "line-bot-sdk": theirs, "urllib3 + json.loads": bare}
