"""The cost of a start: the import alone, and all up to a first push; each in a new process.

Every process reads bytecode that an earlier one wrote, as an installed package's is: a checkout under
``PYTHONDONTWRITEBYTECODE`` would be compiled again each time, and only ours is a checkout.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping

from tests.benchmarks.sends import TO, TOKEN
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, row

SDK = "line-bot-sdk"
GOALS = {
    "import linetap": "<= 0.02",
    "from linetap import LineClient": "<= 0.12",
    "a client made": "<= 0.2",
    "a first push": "<= 0.25",
}
MADE = "from linetap import LineClient; line = LineClient('{token}', base_url='{url}')"
SDK_IMPORT = "import linebot.v3.messaging"
SDK_MADE = """
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, PushMessageRequest, TextMessage
line = MessagingApi(ApiClient(Configuration(host='{url}', access_token='{token}')))
"""
SDK_PUSH = "line.push_message(PushMessageRequest(to='{to}', messages=[TextMessage(text='Hello')]))"
OURS = {
    "import linetap": "import linetap",
    "from linetap import LineClient": "from linetap import LineClient",
    "a client made": MADE,
    "a first push": MADE + "; line.push('{to}', 'Hello')",
}
THEIRS = {
    "import linetap": SDK_IMPORT,
    "from linetap import LineClient": SDK_IMPORT,
    "a client made": SDK_MADE,
    "a first push": SDK_MADE + SDK_PUSH,
}


def rows(quick: bool) -> Iterable[Row]:
    """Net of a bare interpreter, as a share of what line-bot-sdk needs for the same."""
    with serve() as url, tempfile.TemporaryDirectory() as cache:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["PYTHONPYCACHEPREFIX"] = cache
        took = _took(3 if quick else 11, url, environ)
    for what, goal in GOALS.items():
        net = zip(took[OURS[what]], took["pass"], took[THEIRS[what]], strict=True)
        yield row(f"{what}, wall, net", SDK, [(ours - bare) / (sdk - bare) for ours, bare, sdk in net], goal)


def _took(rounds: int, url: str, environ: Mapping[str, str]) -> dict[str, list[float]]:
    """Seconds of every code, round by round in shuffled order."""
    codes = list({"pass", *OURS.values(), *THEIRS.values()})
    took: dict[str, list[float]] = {code: [] for code in codes}
    for round_ in range(rounds + 1):
        for code in random.sample(codes, len(codes)):
            seconds = _wall(code.format(url=url, token=TOKEN, to=TO), environ)
            if round_:  # the first wrote the bytecode
                took[code].append(seconds)
    return took


def _wall(code: str, environ: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, env=environ)
    return time.perf_counter() - began
