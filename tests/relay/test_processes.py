"""The relay as it is deployed: processes that are killed and stopped at random, responses that are lost."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from bisect import bisect_left
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests

from linetap.line.bulk.delivery import Delivery
from linetap.relay import Outbox
from linetap.sandbox import Sandbox
from tests.benchmarks.server import serve
from tests.relay import processes
from tests.relay.processes import SECRET, Arrivals, Backend, Chaos

pytest.importorskip("gunicorn", reason="gunicorn is not installed")
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs the /proc of Linux")
PEOPLE = 40
SEEDS = [
    *(pytest.param(seed, marks=pytest.mark.ci) for seed in range(1, 5)),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(5, 101)),
]
FAULTS: tuple[dict[str, Any], ...] = (
    {"cut": "after"},
    {"cut": "half"},
    {"cut": "before"},
    {"status": 500, "taken": True},
    {"status": 500},
)


class Client(threading.Thread):
    """CleverTap's part: calls the relay, repeats its calls, and knows which of them it got a 200 for."""

    def __init__(self, url: str, calls: list[list[str]], chance: random.Random, chaos: Chaos) -> None:
        super().__init__()
        self._url, self._calls, self._chance, self._chaos = url, calls, chance, chaos
        self.stored: set[str] = set()
        """The people of calls that were responded with 200."""

    def run(self) -> None:
        for people in self._calls:
            self._call(people, attempts=self._chance.choice([1, 30, 30, 30]))
            for _ in range(self._chance.randrange(3)):
                self._chaos.more(self._chance.randrange(4), timeout=1)
                again = list(people)
                self._chance.shuffle(again)
                self._call(again[: self._chance.randrange(1, len(again) + 1)], attempts=1)

    def _call(self, people: list[str], attempts: int) -> None:
        profiles = [{"profileData": {"LineID": user, "Name": "Mei"}} for user in people]
        body = json.dumps({"targetId": 7, "profiles": profiles})
        for _ in range(attempts):
            if self._is_stored(body):
                self.stored.update(people)
                return
            self._chaos.more(1, timeout=0.2)

    def _is_stored(self, body: str) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
            try:
                return session.post(self._url, body, headers=headers, timeout=60).status_code == 200
            except requests.RequestException:
                return False


def groups(people: list[str], chance: random.Random) -> list[list[str]]:
    found, left = [], list(people)
    while left:
        size = chance.randrange(1, 6)
        found.append(left[:size])
        left = left[size:]
    return found


def finish(box: Sandbox) -> None:
    """Sends what is left; the waits of requests without a response are ended."""
    box.faults.clear()
    with processes.outbox() as outbox:
        for _ in range(5):
            outbox._tables.entries.update({"due_at": "0"}, "state IN (0, 1)", [()])
            if not processes.sender(outbox).drain().remaining:
                return
    raise AssertionError("the sender does not come to an end")


@pytest.mark.parametrize("store", ["file", "postgres"])
@pytest.mark.parametrize("seed", SEEDS)
def test_each_occurrence_is_pushed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, seed: int, store: str
) -> None:
    """Whatever process is killed or stopped, and whatever connection the database ends: a user in a call that got 200
    gets one message, every other user at most one."""
    chance = random.Random(seed)
    server = request.getfixturevalue("postgres") if store == "postgres" else None
    with Sandbox(port=0) as box:
        people = box.line.add_followers(PEOPLE)
        backend = Backend(tmp_path, box, postgres=server)
        chaos = Chaos(backend, random.Random(seed + 1000))
        for _ in range(10 * PEOPLE):
            box.faults.add("line.push", wait=chaos.arrived, **(chance.choice(FAULTS) if chance.random() < 0.3 else {}))
        try:
            backend.start_web()
            for _ in range(2):
                backend.start_sender()
            calls = groups(people, chance)
            clients = [Client(backend.url, calls[n::3], random.Random(seed * 10 + n), chaos) for n in range(3)]
            with chaos.running():
                for client in clients:
                    client.start()
                for client in clients:
                    client.join()
        finally:
            backend.stop()
        for name, value in {**box.env, **backend.store}.items():
            monkeypatch.setenv(name, value)
        finish(box)

        stored = set[str]().union(*(client.stored for client in clients))
        received = Counter({user: len(box.line.inbox(user)) for user in people})
        wrong = {user: received[user] for user in people if received[user] != 1 and (user in stored or received[user])}
        assert not wrong, (wrong, chaos.did)
        with processes.outbox() as outbox:
            assert outbox.status().waiting == 0
            assert set(outbox.status().entries) <= {"accepted", "repeat"}
            assert outbox.status().entries["accepted"] == sum(received.values())
        assert len(stored) > PEOPLE // 2, os.linesep.join(chaos.did)


@pytest.mark.ci
def test_a_standby_sends_on_and_no_second_has_more_than_the_rate(tmp_path: Path) -> None:
    """After kill -9 of the leader the standby sends the rest, and both together keep to the rate of the channel."""
    with Sandbox(port=0) as box:
        users = box.line.add_followers(3 * processes.RATE)
        backend = Backend(tmp_path, box, "tests.relay.processes:paced_sender")
        arrivals = Arrivals()
        # At a third of the messages the leader is killed, while the request is in flight.
        box.faults.add("line.push", wait=lambda: _kill_leader(backend), after=processes.RATE)
        box.faults.add("line.push", wait=arrivals.arrived, times=10_000)
        try:
            with Outbox(backend.path) as outbox:
                outbox.enqueue([Delivery(user, "Hello") for user in users], campaign="sale")
                backend.start_sender()
                backend.start_sender()
                assert arrivals.until(lambda: all(map(box.line.inbox, users)), timeout=120)
        finally:
            backend.stop()
    assert [len(box.line.inbox(user)) for user in users] == [1] * len(users)
    slots = sorted(float(call.headers["x-slot"]) for call in box.journal.of("line.push"))
    busiest = max(bisect_left(slots, at + 1) - number for number, at in enumerate(slots))
    # Each of the two paces may let a late request catch up by 1 % of a second.
    assert busiest <= processes.RATE + 2 * (1 + processes.RATE // 100), busiest


def _kill_leader(backend: Backend) -> None:
    with Outbox(backend.path) as outbox:
        leader = re.search(r"process (\d+)", outbox.status().sender or "")
    assert leader is not None
    os.kill(int(leader[1]), signal.SIGKILL)


@pytest.mark.ci
def test_the_log_stays_small_and_the_memory_flat(tmp_path: Path) -> None:
    """With 10,000 calls and a sender the log stays below 20 MB, and the memory grows by less than 16 MiB."""
    with serve() as url:
        env = {**os.environ, "LINETAP_LINE_CHANNEL_ACCESS_TOKEN": "t" * 100, "LINETAP_LINE_BASE_URL": url}
        command = [sys.executable, "-m", "tests.relay.many_calls", str(tmp_path / "outbox.sqlite"), "10000"]
        run = subprocess.run(command, cwd=processes.ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
    log, grown = map(int, run.stdout.split())
    assert log <= 20_000_000
    assert grown <= 16 * 1024
