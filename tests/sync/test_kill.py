"""A sync that is killed at any step and run again ends like one that was never killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from linetap.sandbox import Sandbox
from linetap.sync.followers import sync_followers
from linetap.sync.identity import KnownFollowers
from linetap.sync.ledger import Ledger
from tests.sync.kill_points import IN_FLIGHT, NIGHT, SIZE, identity_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a matter of POSIX")
ROOT = Path(__file__).resolve().parent.parent.parent
FOLLOWERS = 300
TROUBLES: list[tuple[str, dict[str, Any]]] = [
    ("line.followers", {"status": 429}),
    ("line.followers", {"status": 500, "times": 2}),
    ("line.followers", {"cut": "half"}),
    ("line.followers", {"cut": "before"}),
    ("line.followers", {"status": 400, "json_body": {"message": "Invalid start param"}, "after": 4}),
    ("line.followers", {"status": 401, "json_body": {"message": "Authentication failed"}, "after": 3}),
    ("clevertap.upload", {"status": 429, "times": 3}),
    ("clevertap.upload", {"status": 500}),
    ("clevertap.upload", {"status": 503, "taken": True}),
    ("clevertap.upload", {"cut": "half", "after": 2}),
    ("clevertap.upload", {"cut": "after", "after": 5}),
    ("clevertap.upload", {"cut": "before"}),
]


class Night:
    """Services on the second night: some users left, some are new, some records are rejected."""

    def __init__(self, folder: Path) -> None:
        self.box = Sandbox(port=0)
        self.ledger_path = folder / "brand.sqlite"
        self.broken = 0
        ids = self.box.line.add_followers(FOLLOWERS)
        self._first()
        for line_id in ids[10:40]:
            self.box.line.block(line_id)
        come = self.box.line.add_followers(FOLLOWERS)
        for line_id in come[::41]:
            self.box.clevertap.reject_record(identity_of(line_id) or line_id, 523)
        self.box.journal.clear()

    def __enter__(self) -> Night:
        return self

    def __exit__(self, *_: object) -> None:
        self.box.close()

    def _first(self) -> None:
        policy = KnownFollowers(identity_of, unknown="create")
        with self.box.line_client() as line, self.box.clevertap_client() as clevertap:
            sync_followers(line, clevertap, identity=policy, ledger=self.ledger_path, now=lambda: NIGHT - 86_400)

    def run(self, kill_at: int) -> dict[str, Any] | None:
        """The sync in a separate process; its output, or None where it was killed or failed."""
        box, env = self.box, {**os.environ, **self.box.env, "PYTHONPATH": str(ROOT)}
        env |= {"LINETAP_LINE_CHANNEL_ID": box.channel_id, "LINETAP_LINE_CHANNEL_SECRET": box.channel_secret}
        del env["LINETAP_LINE_CHANNEL_ACCESS_TOKEN"]
        command = [sys.executable, "-m", "tests.sync.kill_points", str(self.ledger_path), str(kill_at)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode == 0:
            said: dict[str, Any] = json.loads(done.stdout)
            return said
        self.broken += 1
        # More troubles than a call has attempts end a run by an error of linetap's, and no other.
        assert done.returncode == -signal.SIGKILL or "\nlinetap.errors." in done.stderr, done.stderr
        return self.ended()

    def run_to_the_end(self, kill_at: int) -> dict[str, Any]:
        """Killed once, and then run as often as necessary."""
        end = self.run(kill_at)
        for _ in range(4):
            end = end or self.run(0)
        assert end is not None
        return end

    def ended(self) -> dict[str, Any] | None:
        """What the ledger says where the night was over before the process died."""
        with Ledger(self.ledger_path) as ledger:
            over = ledger.run.number == 2 and ledger.run.phase == "done"
            return {"states": ledger.counts()} if over else None

    def ledger(self) -> dict[str, Any]:
        """Every row, but for the numbers of listings."""
        with Ledger(self.ledger_path) as ledger:
            return {row.line_id: row._replace(last_listed=0) for row in ledger._scan("1", ())}

    def profiles(self) -> dict[str, Any]:
        return {name: dict(profile.data) for name, profile in self.box.clevertap.profiles.items()}

    def uploaded(self) -> Counter[str]:
        """How often each record was accepted."""
        records = [r for entry in self.box.journal.of("upload") if entry.status == 200 for r in entry.json()["d"]]
        return Counter(json.dumps(record, sort_keys=True) for record in records)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same run without a kill."""
    with Night(tmp_path_factory.mktemp("clean")) as night:
        said = night.run(0)
        assert said is not None
        return said, night.ledger(), night.profiles(), night.uploaded()


def killed_once(folder: Path, clean: Any, seed: int) -> None:
    said, ledger, profiles, uploaded = clean
    draw = random.Random(seed)
    kill_at = draw.randint(1, said["moments"])
    troubles = draw.sample(TROUBLES, 2)
    print(f"seed {seed}: killed at {kill_at} of {said['moments']}, with {troubles}")
    with Night(folder) as night:
        for operation, trouble in troubles:
            night.box.faults.add(operation, **trouble)
        end = night.run_to_the_end(kill_at)
        assert end["states"] == said["states"]
        assert sum(end["states"].values()) == len(ledger)
        assert night.ledger() == ledger
        assert night.profiles() == profiles
        again = night.uploaded() - uploaded
        lost = sum(1 for _, trouble in troubles if trouble.get("cut") in ("half", "after") or trouble.get("taken"))
        # Responses cut or faked were repeated by the call itself; each run that died or gave up had batches in flight.
        assert sum(again.values()) <= SIZE * (night.broken * IN_FLIGHT + lost)
        assert not uploaded - night.uploaded()


@pytest.mark.parametrize("number", range(10))
def test_a_killed_sync_ends_as_a_clean_one(tmp_path: Path, clean: Any, number: int) -> None:
    """Killed at a random step, with errors on both sides: the same ledger, profiles and sums, and at most
    the batches in flight are uploaded twice."""
    killed_once(tmp_path, clean, random.SystemRandom().randrange(2**32) if number else 1)


@pytest.mark.ci
@pytest.mark.parametrize("number", range(100))
def test_a_hundred_killed_syncs_end_as_a_clean_one(tmp_path: Path, clean: Any, number: int) -> None:
    """The same rule for a hundred seeds."""
    killed_once(tmp_path, clean, random.SystemRandom().randrange(2**32))


@pytest.mark.ci
def test_a_sync_killed_again_and_again_ends_as_a_clean_one(tmp_path: Path, clean: Any) -> None:
    """A sync that is killed every few steps until it completes loses nothing and doubles nothing."""
    said, ledger, profiles, _ = clean
    with Night(tmp_path) as night:
        end = None
        for step in range(12, 500, 9):
            end = end or night.run(step)
        assert end is not None
        assert end["states"] == said["states"]
        assert night.ledger() == ledger
        assert night.profiles() == profiles
