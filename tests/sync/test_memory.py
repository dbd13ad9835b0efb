"""Memory does not grow with the number of followers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.server import serve

ROOT = Path(__file__).resolve().parents[2]
PAGES = 1_000

CHILD = """
import json, sys, psutil
from linetap import CleverTapClient, LineClient, LineIdAsIdentity, sync_followers

url, ledger = sys.argv[1:]
line = LineClient("token", base_url=url)
clevertap = CleverTapClient("account", "passcode", base_url=url)
me, kept = psutil.Process(), {}

def watch(done, total):
    kept[done // 100_000] = max(kept.get(done // 100_000, 0), me.memory_info().rss)

report = sync_followers(line, clevertap, identity=LineIdAsIdentity(), ledger=ledger, progress=watch)
print(json.dumps({"uploaded": report.uploaded, "kept": kept}))
"""


@pytest.mark.ci
def test_memory_does_not_grow_to_a_million_followers(tmp_path: Path) -> None:
    """Between the 100,000th and the 1,000,000th follower a sync with its ledger grows by at most 16 MB."""
    with serve(pages=PAGES, unique=True) as url:
        command = [sys.executable, "-c", CHILD, url, str(tmp_path / "ledger")]
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(run.stdout)
    assert found["uploaded"] == PAGES * 1_000
    assert max(found["kept"].values()) - found["kept"]["1"] < 16 * 2**20, found["kept"]
