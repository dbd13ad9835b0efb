"""The recipes of the relay's pages for web frameworks, each with the real server and framework."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import requests

from linetap.relay import Outbox, OutboxSender
from linetap.sandbox import Sandbox
from tests.relay.processes import SALE, Arrivals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn is for POSIX")
ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "s3cret-of-the-relay-0123456789"
_BLOCK = re.compile(r"^```\{code-block\} python\n:caption: (\S+)\n(.*?)^```$", re.M | re.S)
PAGES = ("relay.md", "relay-recipes.md")
RECIPES = dict(found for page in PAGES for found in _BLOCK.findall((ROOT / "docs" / page).read_text("utf-8")))
_PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


def needs(*names: str) -> None:
    for name in names:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")


@contextmanager
def serving(folder: Path, *command: str, senders: bool = True, **env: str) -> Iterator[str]:
    """The address of a real server with the recipes in its folder."""
    for name, code in RECIPES.items():
        if name != "gunicorn.conf.py" or (env and senders):
            (folder / name).write_text(code)
    values = {**os.environ, "RELAY_SECRET": SECRET, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **env}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=values,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if found := _PORT.search(line):
                yield f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise AssertionError("".join(lines))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def body(*users: str) -> bytes:
    return json.dumps(
        {"targetId": 7, "profiles": [{"profileData": {"LineID": u, "Name": "Mei"}} for u in users]}
    ).encode()


HEADERS = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
SERVERS = [
    ("flask", "app_flask", ["gunicorn", "--workers", "3", "--bind", "127.0.0.1:0"]),
    ("django", "app_django", ["gunicorn", "--workers", "3", "--bind", "127.0.0.1:0"]),
    ("fastapi", "app_fastapi", ["uvicorn", "--port", "0"]),
]


@pytest.mark.parametrize(("framework", "module", "server"), SERVERS)
def test_a_framework_stores_the_calls(tmp_path: Path, framework: str, module: str, server: list[str]) -> None:
    """Behind the real server a call is stored, and wrong ones get the relay's own status."""
    needs(framework, server[0])
    with serving(tmp_path, *server, f"{module}:app") as address:
        url = f"{address}/clevertap"
        session = requests.Session()
        session.trust_env = False
        call = body("U" + "1" * 32)
        # CleverTap's pages do not say that it follows a redirect
        responses = [session.post(url, call, headers=HEADERS, allow_redirects=False) for _ in range(3)]
        assert [each.status_code for each in responses] == [200] * 3
        assert session.post(url, call, headers={"Authorization": "Bearer x"}).status_code == 401
        assert session.post(url, b"[]", headers=HEADERS).status_code == 400
        assert session.post(url, b'{"is_test": true, "profiles": []}', headers=HEADERS).json()["ok"]
        assert session.get(url, headers=HEADERS).status_code == 405 or framework == "django"
    assert Outbox(tmp_path / "outbox.sqlite").status().calls == 3


def _all_received(box: Sandbox, users: list[str]) -> bool:
    return all(map(box.line.inbox, users))


def test_one_of_the_workers_sends(tmp_path: Path) -> None:
    """A sender in each of three gunicorn workers: each message is pushed once, although the leader is killed."""
    needs("flask", "gunicorn")
    session = requests.Session()
    session.trust_env = False
    with Sandbox(port=0) as box, Outbox(tmp_path / "outbox.sqlite") as outbox:
        users = box.line.add_followers(40)
        arrivals = Arrivals()
        box.faults.add("line.push", wait=arrivals.arrived, times=1000)
        with serving(tmp_path, "gunicorn", "--bind", "127.0.0.1:0", "app_flask:app", **box.env) as address:
            for half in (users[:20], users[:20], users[20:], users[20:]):
                assert session.post(f"{address}/clevertap", body(*half), headers=HEADERS).status_code == 200
                assert arrivals.until(partial(_all_received, box, half), timeout=60)
                leader = re.search(r"process (\d+)", outbox.status().sender or "")
                assert leader is not None
                with suppress(ProcessLookupError):  # killed already, and no other is the leader yet
                    os.kill(int(leader[1]), signal.SIGKILL)
            assert arrivals.until(partial(_all_received, box, users), timeout=60)
        assert OutboxSender(outbox, box.line_client(), SALE).drain().ok
        assert outbox.status().entries == {"accepted": 40, "repeat": 40}
        assert [len(box.line.inbox(user)) for user in users] == [1] * 40
