"""The four steps: followers collected and saved, and a campaign pushed, against line-bot-sdk with plain requests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import requests
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, PushMessageRequest, TextMessage

from linetap import Campaign, CleverTapClient, LineClient, ProfileField, ProfileRecord
from tests.benchmarks.server import FOLLOWERS, serve
from tests.benchmarks.table import Row, compare

PEER = "line-bot-sdk + requests"
IN_FLIGHT = 32


class Ours:
    """The four steps with linetap."""

    def __init__(self, url: str) -> None:
        self.line = LineClient("token", base_url=url)
        self.clevertap = CleverTapClient("ACCOUNT", "passcode", base_url=url)
        self.campaign = Campaign("Spring sale").with_text(f"Hello {ProfileField('Name', default='friend')}")

    def save(self) -> int:
        """Walks the followers and uploads them, 1,000 a call."""
        records = (ProfileRecord(f"customer-{user_id}", {"LineID": user_id}) for user_id in self.line.followers())
        return self.clevertap.upload_profiles(records).processed

    def reach(self, profiles: list[dict[str, str]]) -> int:
        """Pushes everyone their own message."""
        return self.line.push_many(self.campaign.deliveries(profiles), in_flight=IN_FLIGHT).sent


class Theirs:
    """The four steps with LINE's official SDK, and requests for CleverTap."""

    def __init__(self, url: str) -> None:
        self.url = url
        config = Configuration(access_token="token", host=url)
        config.connection_pool_maxsize = IN_FLIGHT
        self.api = MessagingApi(ApiClient(config))
        self.session = requests.Session()
        self.session.headers.update({"X-CleverTap-Account-Id": "ACCOUNT", "X-CleverTap-Passcode": "passcode"})

    def pages(self) -> Iterator[list[str]]:
        """Page after page of ids."""
        start = None
        while True:
            page = self.api.get_followers(limit=1000, start=start)
            yield page.user_ids
            start = page.next
            if start is None:
                return

    def save(self) -> int:
        """Gets a page, uploads it, gets the next."""
        saved = 0
        for user_ids in self.pages():
            records = [
                {"identity": f"customer-{user_id}", "type": "profile", "profileData": {"LineID": user_id}}
                for user_id in user_ids
            ]
            response = self.session.post(f"{self.url}/1/upload", data=json.dumps({"d": records}), timeout=30)
            saved += response.json()["processed"]
        return saved

    def reach(self, profiles: list[dict[str, str]]) -> int:
        """Pushes everyone their own message from a pool of threads."""
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            return sum(1 for _ in pool.map(self._push, profiles))

    def _push(self, profile: dict[str, str]) -> None:
        message = TextMessage(text=f"Hello {profile.get('Name') or 'friend'}")  # type: ignore[call-arg]
        self.api.push_message(PushMessageRequest(to=profile["LineID"], messages=[message]))  # type: ignore[call-arg]


def rows(quick: bool) -> Iterable[Row]:
    """Elapsed at 20 ms a call, and CPU without latency."""
    pages, people, rounds = (3, 100, 3) if quick else (20, 1000, 7)
    profiles = [{"LineID": f"U{number:032x}", "Name": f"Customer {number}"} for number in range(people)]
    for latency, clock, unit in ((0.02, time.perf_counter, "elapsed at 20 ms"), (0.0, time.process_time, "CPU")):
        with serve(latency=latency, pages=pages) as url:
            ours, theirs = Ours(url), Theirs(url)
            assert ours.save() == theirs.save() == pages * FOLLOWERS
            assert ours.reach(profiles) == theirs.reach(profiles) == people
            what = f"walk and save {pages * FOLLOWERS:,} followers, {unit}"
            yield from compare(what, {"linetap": ours.save, PEER: theirs.save}, rounds=rounds, clock=clock)
            what = f"push {people:,} messages of a campaign, {IN_FLIGHT} in flight, {unit}"
            calls = {"linetap": lambda: ours.reach(profiles), PEER: lambda: theirs.reach(profiles)}
            yield from compare(what, calls, rounds=rounds, clock=clock)
