"""Exactly one push for each occurrence, whatever process is killed or stopped at whatever step."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

import pytest

from linetap.relay import InboundCall, Outbox
from linetap.sandbox import Sandbox

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a matter of POSIX")
ROOT = Path(__file__).resolve().parent.parent.parent
PEOPLE = 24
SEEDS = [
    1,
    *(pytest.param(seed, marks=pytest.mark.ci) for seed in range(2, 7)),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(7, 101)),
]
FAULTS = ({"cut": "after"}, {"cut": "half"}, {"cut": "before"}, {"status": 500, "taken": True}, {"status": 500})


def started(box: Sandbox, path: Path, kill_at: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.relay.kill_points", str(path), str(kill_at), *more]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **box.env}, stdout=subprocess.PIPE, text=True)


def called(outbox: Outbox, people: list[str], groups: int) -> None:
    """CleverTap calls: the same people once more in other groups."""
    size = len(people) // groups
    for at in range(0, len(people), size):
        profiles = [{"profileData": {"LineID": user, "Name": "Mei"}} for user in people[at : at + size]]
        body = json.dumps({"targetId": 7, "profiles": profiles})
        outbox.receive(InboundCall(uuid4().hex, "campaign", datetime.now(timezone.utc), body))


def called_with_identities(box: Sandbox, outbox: Outbox, people: list[str]) -> None:
    """One call for profiles that CleverTap has."""
    profiles = []
    for number, user in enumerate(people):
        box.clevertap.add_profile(f"c{number}", {"LineID": user})
        profiles.append({"identity": f"c{number}", "profileData": {"LineID": user, "Name": "Mei"}})
    body = json.dumps({"targetId": 7, "profiles": profiles})
    outbox.receive(InboundCall(uuid4().hex, "campaign", datetime.now(timezone.utc), body))


def finish(box: Sandbox, path: Path) -> None:
    """Runs to the end; requests without a response are due after some seconds: their wait is ended here."""
    box.faults.clear()
    for _ in range(5):
        with started(box, path, 0) as process:
            said = process.communicate(timeout=60)[0]
        assert process.returncode == 0
        if said.split()[1] == "0":
            return
        with Outbox(path) as outbox:
            # What a restart after the wait would see.
            outbox._tables.entries.update({"due_at": "0"}, "state = ?1", [(1,)])
            outbox._tables.entries.update({"due_at": "0"}, "state = ?1", [(0,)])
    raise AssertionError("the sender does not come to an end")


def checked(box: Sandbox, path: Path, people: list[str]) -> None:
    received = Counter(len(box.line.inbox(user)) for user in people)
    assert received == {1: len(people)}
    with Outbox(path) as outbox:
        assert outbox.status().waiting == 0
        assert outbox.status().entries == {"accepted": len(people), "repeat": len(people)}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_occurrence_is_pushed_once(tmp_path: Path, seed: int) -> None:
    """Senders that are killed at random steps, one after the other, with lost responses, push each message once."""
    chance, path = random.Random(seed), tmp_path / "outbox.sqlite"
    with Sandbox(port=0) as box:
        people = box.line.add_followers(PEOPLE)
        with Outbox(path) as outbox:
            called(outbox, people, 3)
            called(outbox, people, chance.choice([1, 2, 4]))
        for _ in range(4):
            box.faults.add("line.push", **chance.choice(FAULTS), after=chance.randrange(4))
            with started(box, path, chance.randrange(1, 40)) as process:
                process.communicate(timeout=60)
            assert process.returncode in (-signal.SIGKILL, 0)
        finish(box, path)
        checked(box, path, people)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stopped_leader_sends_nothing_that_another_sent(tmp_path: Path, seed: int) -> None:
    """A leader that is stopped (SIGSTOP) at a step while its lock file is lost does not send beside the next leader."""
    chance, path = random.Random(seed), tmp_path / "outbox.sqlite"
    with Sandbox(port=0) as box:
        people = box.line.add_followers(PEOPLE)
        with Outbox(path) as outbox:
            called(outbox, people, 2)
            called(outbox, people, 1)
        box.faults.add("line.push", **chance.choice(FAULTS), after=chance.randrange(8))
        with started(box, path, chance.randrange(8, 60), "STOP") as first:
            _, status = os.waitpid(first.pid, os.WUNTRACED)
            if os.WIFSTOPPED(status):
                for file in tmp_path.glob("*-leader-*"):
                    file.unlink()
                # A leader that is stopped inside a transaction has the file: then no other sender can start.
                if _is_free(path):
                    with started(box, path, 0) as second:
                        second.communicate(timeout=60)
                    assert second.returncode == 0
                os.kill(first.pid, signal.SIGCONT)
            else:  # it ended before that step; Popen must not wait for it again
                first.returncode = os.waitstatus_to_exitcode(status)
            first.communicate(timeout=60)
        finish(box, path)
        checked(box, path, people)


def _is_free(path: Path) -> bool:
    import fcntl

    file = os.open(f"{path}-lock", os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
