"""A sandbox, an outbox with a clock of the test, and calls of CleverTap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import pytest

from linetap.campaign.campaign import Campaign
from linetap.fields import ProfileField
from linetap.http.policy import RetryPolicy
from linetap.line.client import LineClient
from linetap.relay import InboundCall, Outbox, OutboxSender, PostgresOutbox, SenderReport
from linetap.sandbox import Sandbox
from tests.relay.postgres_server import Server, programs, running

START = 1_767_225_600.0
SALE = Campaign("sale").with_text("Hello " + ProfileField("Name", default="you"))


@attrs.define
class Backend:
    """The user's backend, on the first day."""

    box: Sandbox
    folder: Path
    time: float = START
    users: list[str] = attrs.field(factory=list)
    postgres: Server | None = None
    """The server of the outbox; None: it is a file."""
    schema: str = ""

    def now(self) -> float:
        return self.time

    def outbox(self, channel: str | None = None) -> Any:
        if self.postgres is not None:
            return PostgresOutbox(self.postgres.connect, schema=self.schema, channel=channel, now=self.now)
        return Outbox(self.folder / "outbox.sqlite", channel=channel, now=self.now)

    def line(self, attempts: int = 3) -> LineClient:
        return self.box.line_client(retry=RetryPolicy(attempts=attempts, first_wait=0.001, longest_wait=0.001))

    def later(self, **time: float) -> None:
        """Moves both clocks."""
        seconds = time.get("seconds", 0) + 60 * time.get("minutes", 0) + 3600 * time.get("hours", 0)
        self.time += seconds
        self.box.line.clock.advance(seconds=seconds)

    def person(self, number: int = 0, **values: Any) -> dict[str, Any]:
        return {"identity": str(number), "profileData": {"LineID": self.users[number], "Name": "Mei", **values}}

    def call(self, *people: dict[str, Any], outbox: Any = None, **more: Any) -> None:
        """CleverTap calls the relay."""
        body = json.dumps({"targetId": 7, "profiles": list(people), **more}, ensure_ascii=False)
        time = datetime.fromtimestamp(self.time, timezone.utc)
        (outbox or self.outbox()).receive(InboundCall(uuid4().hex, "campaign", time, body))

    def drain(self, campaigns: Any = SALE, *, attempts: int = 3, outbox: Any = None, **o: Any) -> SenderReport:
        return OutboxSender(outbox or self.outbox(), self.line(attempts), campaigns, **o).drain()

    def texts(self, number: int = 0) -> list[str]:
        """What a user has received."""
        return [message["text"] for message in self.box.line.inbox(self.users[number])]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A Postgres for all tests of this process."""
    if programs() is None:
        pytest.skip("Postgres is not installed")
    with running() as server:
        yield server


@pytest.fixture
def file_backend(tmp_path: Path) -> Iterator[Backend]:
    """A backend whose outbox is a file."""
    box = Sandbox()
    with box:
        yield Backend(box, tmp_path, users=box.line.add_followers(60))


@pytest.fixture
def backend_in_postgres(postgres: Server, file_backend: Backend) -> Backend:
    """A backend whose outbox is in Postgres."""
    file_backend.postgres, file_backend.schema = postgres, postgres.new_schema()
    with file_backend.outbox() as outbox:
        outbox.migrate()
    return file_backend


@pytest.fixture(params=["file_backend", pytest.param("backend_in_postgres", marks=pytest.mark.ci)])
def backend(request: pytest.FixtureRequest) -> Backend:
    """A backend with either store: the rules are the same."""
    found: Backend = request.getfixturevalue(request.param)
    return found
