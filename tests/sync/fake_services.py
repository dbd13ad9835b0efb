"""Fake services for syncs: a LINE client that lists followers and a CleverTap that stores profiles, in dicts."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from linetap.errors import BadRequest, NoResponse
from linetap.line.api.results import FollowerPage
from linetap.sync.followers import sync_followers
from linetap.sync.identity import LineIdAsIdentity
from linetap.sync.ledger import Ledger
from tests.clevertap.service import Response, client

NIGHT = 1_767_225_600
BOT = "Ub0000000000000000000000000000000"


def user(number: int) -> str:
    return f"U{number:032x}"


def known(count: int) -> dict[str, str]:
    """Identities of the first ``count`` followers."""
    return {user(i): f"customer-{i}" for i in range(count)}


class Line:
    """Lists ``followers`` in pages; ``trouble(page)`` may raise or return an int at which to cut the listing short."""

    def __init__(self, followers: list[str], page_size: int = 100) -> None:
        self.followers_now = list(followers)
        self.page_size = page_size
        self.bot = BOT
        self.pages_read = 0
        self.trouble: Callable[[int], None] = lambda number: None
        self.dead_tokens: set[str] = set()
        self.dead_for_good = False
        self.end_after: int | None = None

    @contextmanager
    def cut_at(self, page: int) -> Iterator[None]:
        """The listing fails at this page, counted from the first page read in the block."""
        first = self.pages_read

        def cut(number: int) -> None:
            if number - first == page:
                raise NoResponse("cut")

        self.trouble = cut
        try:
            yield
        finally:
            self.trouble = lambda number: None

    def bot_info(self) -> Any:
        return SimpleNamespace(user_id=self.bot)

    def followers(self, *, page_size: int = 1_000, start: str | None = None) -> Any:
        return SimpleNamespace(pages=lambda: self._pages(start))

    def _pages(self, start: str | None) -> Iterator[FollowerPage]:
        while True:
            if start is not None and start in self.dead_tokens:
                if not self.dead_for_good:
                    self.dead_tokens.discard(start)
                raise BadRequest("Invalid start param", status=400)
            self.pages_read += 1
            self.trouble(self.pages_read)
            at = int(start or 0)
            ids = tuple(self.followers_now[at : at + self.page_size])
            more = at + self.page_size < len(self.followers_now)
            ended = self.end_after is not None and at + self.page_size >= self.end_after
            following = str(at + self.page_size) if more and not ended else None
            yield FollowerPage(ids, following)
            if following is None:
                return
            start = following


class CleverTap:
    """Stores profiles. ``trouble(number, body)`` may return a response; records of ``bad`` identities are rejected."""

    def __init__(self) -> None:
        self.profiles: dict[str, dict[str, Any]] = {}
        self.times: Counter[str] = Counter()
        self.bad: set[str] = set()
        self.poison: set[str] = set()
        self.trouble: Callable[[int, Any], Response | None] = lambda number, body: None
        self.after: Callable[[int, Any], Response | None] = lambda number, body: None
        self.lock = threading.Lock()
        self.client, self.service = client(self._response)

    def _response(self, number: int, path: str, body: Any) -> Response:
        with self.lock:
            early = self.trouble(number, body)
            if early is not None:
                return early
            if any(record["identity"] in self.poison for record in body["d"]):
                return 400, {"status": "fail", "error": "Bad request", "code": 400}
            rejected = [self._take(place, record) for place, record in enumerate(body["d"], 1)]
            unprocessed = [entry for entry in rejected if entry]
            late = self.after(number, body)
            processed = len(body["d"]) - len(unprocessed)
            return late or (200, {"status": "success", "processed": processed, "unprocessed": unprocessed})

    def _take(self, place: int, record: dict[str, Any]) -> dict[str, Any] | None:
        identity = record["identity"]
        self.times[identity] += 1
        if identity in self.bad:
            error = f"Identity is not acceptable. Skipped record number : {place}"
            return {"status": "fail", "code": 523, "error": error, "record": record}
        profile = self.profiles.setdefault(identity, {})
        for key, value in record["profileData"].items():
            if value == {"$delete": 1}:
                profile.pop(key, None)
            else:
                profile[key] = value
        return None

    def holders(self) -> dict[str, str]:
        """Identity -> LINE id of each profile that has one."""
        return {name: values["LineID"] for name, values in self.profiles.items() if "LineID" in values}

    def sent(self) -> list[Any]:
        return [record for call in self.service.calls for record in json.loads(call.body or b"{}")["d"]]


def sync(line: Line, clevertap: CleverTap, ledger_path: Path | Ledger, **options: Any) -> Any:
    """One run; without other arguments every follower's LINE id is the identity."""
    options = {"identity": LineIdAsIdentity(), "now": lambda: float(NIGHT)} | options
    return sync_followers(line, clevertap.client, ledger=ledger_path, **options)  # type: ignore[arg-type]
