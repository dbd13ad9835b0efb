"""What it costs to import linetap, beside the official SDK; each import in a fresh process."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterable

from tests.benchmarks.table import Row, row

IMPORTS = {
    "bare": "pass",
    "linetap": "import linetap",
    "LineClient": "from linetap import LineClient",
    "line-bot-sdk": "import linebot.v3.messaging",
}


def rows(quick: bool) -> Iterable[Row]:
    """Net of a bare interpreter, as a share of ``import linebot.v3.messaging``."""
    took: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(3 if quick else 11):
        for name in random.sample(list(IMPORTS), len(IMPORTS)):
            took[name].append(_wall(IMPORTS[name]))
    for name, goal in (("linetap", "<= 0.02"), ("LineClient", "<= 0.15")):
        net = zip(took[name], took["bare"], took["line-bot-sdk"], strict=True)
        yield row(
            f"{IMPORTS[name]}, wall, net",
            "line-bot-sdk",
            [(ours - bare) / (sdk - bare) for ours, bare, sdk in net],
            goal,
        )


def _wall(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
    return time.perf_counter() - began
