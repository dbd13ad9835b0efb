"""Walking the followers: what a page of 1,000 ids costs, beside line-bot-sdk and bare urllib3."""

from __future__ import annotations

import json
from collections.abc import Iterable

import urllib3
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi

from linetap import LineClient
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

PAGES = 20


def rows(quick: bool) -> Iterable[Row]:
    """CPU of a whole walk; the promise is half of line-bot-sdk."""
    with serve(pages=PAGES) as url:
        line = LineClient("token", base_url=url)
        configuration = Configuration(host=url, access_token="token")
        pool = urllib3.PoolManager()
        with ApiClient(configuration) as api:
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

            yield from compare(
                f"follower walk, {PAGES} pages of 1,000 ids, CPU",
                {"linetap": ours, "line-bot-sdk": theirs, "urllib3 + json.loads": bare},
                goals={"line-bot-sdk": "<= 0.5"},
                rounds=3 if quick else 15,
            )
        line.close()
