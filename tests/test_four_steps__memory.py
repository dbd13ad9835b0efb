"""The four steps over 100,000 followers with the sandbox in another process: linetap's memory does not grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLLOWERS = 100_000

SERVER = f"""
import json, sys
from linetap.sandbox import Sandbox
with Sandbox(port=0) as box:
    box.line.add_followers({FOLLOWERS})
    print(json.dumps(box.env), flush=True)
    sys.stdin.read()
"""

WALKER = """
import json, psutil
from linetap import CleverTapClient, LineClient, ProfileRecord

line, clevertap, me = LineClient.from_env(), CleverTapClient.from_env(), psutil.Process()
seen, kept = 0, []

def records():
    global seen
    for user_id in line.followers():
        seen += 1
        if seen % 10_000 == 0:
            kept.append(me.memory_info().rss)
        yield ProfileRecord(f"customer-{seen}", {"LineID": user_id})

report = clevertap.upload_profiles(records())
print(json.dumps({"processed": report.processed, "ok": report.ok, "kept": kept}))
"""


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The environment variables of a sandbox in another process."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield json.loads(server.stdout.readline())
        server.stdin.close()


@pytest.mark.ci
def test_memory_does_not_grow_with_the_followers(environment: dict[str, str]) -> None:
    """Between the 20,000th and the 100,000th follower the memory of a listing with uploads grows by at most 8 MB."""
    run = subprocess.run(
        [sys.executable, "-c", WALKER],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)

    assert found["ok"]
    assert found["processed"] == FOLLOWERS
    assert max(found["kept"][2:]) - found["kept"][1] < 8 * 2**20
