"""Feedback while the sender is killed: an event is recorded once, or reported as one that may have been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from linetap.relay import Outbox
from linetap.sandbox import Sandbox
from tests.relay.test_kill import PEOPLE, ROOT, called_with_identities

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a matter of POSIX")
SEEDS = [
    *(pytest.param(seed, marks=pytest.mark.ci) for seed in range(1, 3)),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 51)),
]


def drained(box: Sandbox, path: Path, kill_at: int) -> int:
    command = [sys.executable, "-m", "tests.relay.kill_points", str(path), str(kill_at)]
    env = {**os.environ, **box.env, "FEEDBACK": "1"}
    return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, check=False, timeout=120).returncode


@pytest.mark.parametrize("seed", SEEDS)
def test_no_event_is_uploaded_twice(tmp_path: Path, seed: int) -> None:
    """After kills at random steps and lost responses, the events of each profile are at most one, and all accounted."""
    chance, path = random.Random(seed), tmp_path / "outbox.sqlite"
    with Sandbox(port=0) as box, Outbox(path) as outbox:
        people = box.line.add_followers(PEOPLE)
        called_with_identities(box, outbox, people)
        codes = []
        for _ in range(5):
            if chance.random() < 0.3:
                box.faults.add("clevertap.upload", cut=chance.choice(["before", "after", "half"]))
            codes.append(drained(box, path, chance.randrange(5, 60)))
            outbox._tables.entries.update({"due_at": "0"}, "state IN (0, 1)", [()])  # the wait for a lost response
        box.faults.clear()
        codes.append(drained(box, path, 0))
        outbox._tables.entries.update({"due_at": "0"}, "state IN (0, 1)", [()])
        codes.append(drained(box, path, 0))
        assert set(codes) <= {-signal.SIGKILL, 0}
        assert -signal.SIGKILL in codes
        assert outbox.status().entries == {"accepted": PEOPLE}
        counts = Counter(event["identity"] for event in box.clevertap.events)
        found = dict(outbox.status().feedback)
        unknown, recorded = found.pop("may have been recorded", 0), found.pop("recorded", 0)
        assert found == {}
        assert unknown + recorded == PEOPLE
        assert set(counts.values()) <= {1}
        assert recorded <= len(counts) <= recorded + unknown
