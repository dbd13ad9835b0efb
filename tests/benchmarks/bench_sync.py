"""A sync against what a user would write (get a page, upload it, repeat) and against what the network allows."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import requests

from linetap.clevertap.client import CleverTapClient
from linetap.line.client import LineClient
from linetap.sync.followers import sync_followers
from linetap.sync.identity import LineIdAsIdentity
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, row

PAGE = 0.05
_DATE = "$D_1767225600"


def ours(url: str) -> float:
    """Seconds for a first night by linetap, the ledger included."""
    with tempfile.TemporaryDirectory() as folder:
        line, clevertap = LineClient("token", base_url=url), CleverTapClient("id", "passcode", base_url=url)
        begun = time.perf_counter()
        with line, clevertap:
            report = sync_followers(
                line, clevertap, identity=LineIdAsIdentity(), ledger=Path(folder) / "ledger", in_flight=15
            )
        assert report.uploaded == report.followers > 0
        return time.perf_counter() - begun


def loop(url: str) -> float:
    """Seconds for the loop that a user would write with requests, which remembers nothing."""
    session, start, done = requests.Session(), None, 0
    begun = time.perf_counter()
    while True:
        params = {"limit": "1000"} | ({"start": start} if start else {})
        page = session.get(f"{url}/v2/bot/followers/ids", params=params, timeout=30).json()
        records = [
            {
                "type": "profile",
                "identity": user_id,
                "profileData": {"LineID": user_id, "LINE follower": True, "LINE follower changed": _DATE},
            }
            for user_id in page["userIds"]
        ]
        headers = {"Content-Type": "application/json", "X-CleverTap-Passcode": "p", "X-CleverTap-Account-Id": "a"}
        response = session.post(f"{url}/1/upload", data=json.dumps({"d": records}), headers=headers, timeout=30)
        done += int(response.json()["processed"])
        start = page.get("next")
        if start is None:
            assert done
            return time.perf_counter() - begun


def rows(quick: bool) -> Iterable[Row]:
    """Ratios of wall time. A quick run is too short for the promises: beginning and end are a fifth of it."""
    pages, rounds = (20, 1) if quick else (200, 3)
    bounds = ("", "", "") if quick else ("<= 1.2", "<= 0.6", "<= 0.25")
    with serve(latency=PAGE, pages=pages, unique=True) as url:
        took = [(ours(url), loop(url)) for _ in range(rounds)]
    bound = pages * PAGE
    what = f"sync of {pages * 1000:,}, 50 ms both"
    yield row(f"{what}, wall", "pages x latency", [mine / bound for mine, _ in took], bounds[0])
    yield row(f"{what}, wall", "get-upload-repeat", [mine / theirs for mine, theirs in took], bounds[1])
    pages = 20 if quick else 50
    with serve(latency=PAGE, pages=pages, unique=True, upload_latency=0.3) as url:
        took = [(ours(url), loop(url)) for _ in range(rounds)]
    what = f"sync of {pages * 1000:,}, CleverTap 300 ms"
    yield row(f"{what}, wall", "get-upload-repeat", [mine / theirs for mine, theirs in took], bounds[2])
