"""``python -m linetap.sandbox``."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import requests

from linetap.sandbox import Sandbox
from linetap.sandbox.__main__ import main


def test_it_prints_how_to_reach_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines printed are what a shell needs, and they work while it serves."""
    seen = []

    def look() -> None:
        lines = [line[7:].split("=", 1) for line in capsys.readouterr().out.splitlines() if line.startswith("export ")]
        env = {name: value.strip("'") for name, value in lines}
        headers = {"Authorization": f"Bearer {env['LINETAP_LINE_CHANNEL_ACCESS_TOKEN']}"}
        url = env["LINETAP_LINE_BASE_URL"]
        seen.append(requests.get(f"{url}/v2/bot/followers/ids", headers=headers, timeout=5).json()["userIds"])
        seen.append(requests.get(f"{url}/v2/bot/message/quota", headers=headers, timeout=5).json())
        assert env.keys() == Sandbox(port=0).env.keys()

    assert main(["--followers", "5", "--blocked", "2", "--quota", "7"], wait=look) == 0
    assert len(seen[0]) == 3
    assert seen[1] == {"type": "limited", "value": 7}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_process_ends_when_interrupted(tmp_path: object) -> None:
    """As a separate process it serves until it is interrupted, and ends with 0."""
    process = subprocess.Popen([sys.executable, "-m", "linetap.sandbox"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        lines = []
        while not (lines and lines[-1].startswith("#")):
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=20)

    assert code == 0
    assert len(lines) == 7
