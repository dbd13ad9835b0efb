"""``python -m linetap.demo`` runs all four steps and the relay, and fails where its counts do not match."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from linetap import demo
from linetap.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "linetap.demo"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def results() -> tuple[demo.Results, list[str]]:
    """The demo, run once over real sockets: its counts and its output."""
    shown: list[str] = []
    with Sandbox(port=0) as box:
        return demo.run_steps(box, shown.append), shown


def test_everyone_is_accounted_for(results: tuple[demo.Results, list[str]]) -> None:
    """Every follower and every profile of the segment has one outcome, and the sums match."""
    found, shown = results

    assert found.mismatches() == []
    assert found.upload is not None
    assert found.upload.rejected_count == demo.MISTYPED
    assert found.outcomes[demo.ESCAPED] == 1
    assert found.outcomes[demo.GONE] == demo.BLOCKING
    assert found.outcomes[demo.SKIPPED] == demo.BLOCKED + demo.ELSEWHERE + demo.MISTYPED
    assert found.outcomes[demo.LOST] == 0
    assert [line[0] for line in shown] == ["1", "2", "3", "4", "5"]


def test_the_account_says_who_was_left_out_and_why(results: tuple[demo.Results, list[str]]) -> None:
    """The summary names collected, saved, rejected with the reason, delivered and skipped."""
    text = "\n".join(demo.lines(results[0]))

    for word in ("collected", "saved", "rejected, code 516", "not uploaded", "delivered", "skipped", "2,500"):
        assert word in text


@pytest.mark.parametrize(
    "change",
    [
        {"collected": 1},
        {"unpaired": 1},
        {"segment": 1},
        {"outcomes": Counter({demo.DELIVERED: 1})},
        {"upload": None},
        {"relayed": Counter()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_count_that_does_not_add_up_is_found(
    results: tuple[demo.Results, list[str]], change: dict[str, object]
) -> None:
    """If any count were different, the check would name the sum that fails."""
    found = results[0]
    other = demo.Results(found.collected, found.unpaired, found.upload, found.segment, found.outcomes, found.relayed)
    for name, value in change.items():
        setattr(other, name, value)

    assert other.mismatches()


def test_it_exits_with_an_error_where_it_does_not_add_up(
    results: tuple[demo.Results, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong count ends the program with a status that is not 0, and is printed on the last lines."""
    found = results[0]
    wrong = demo.Results(
        found.collected - 1, found.unpaired, found.upload, found.segment, found.outcomes, found.relayed
    )
    monkeypatch.setattr(demo, "run_steps", lambda box, show: wrong)

    assert demo.main() == 1
    assert "counts do not match: followers" in capsys.readouterr().out


def test_it_runs_as_a_program() -> None:
    """The command of README exits 0, also behind a proxy, and prints its progress separately and no traceback."""
    behind_proxy = {**ENVIRONMENT, "HTTP_PROXY": "http://127.0.0.1:9", "no_proxy": "intra.example"}
    run = subprocess.run(COMMAND, cwd=ROOT, env=behind_proxy, capture_output=True, text=True, encoding="utf-8")

    assert run.returncode == 0
    assert run.stdout.rstrip().endswith("All counts match.")
    assert "Traceback" not in run.stderr
    assert "followers" in run.stderr


def test_a_closed_pipe_shows_no_traceback() -> None:
    """``python -m linetap.demo | head -1`` ends without a traceback."""
    with subprocess.Popen(COMMAND, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        said = run.stderr.read().decode()

    assert run.returncode == 1
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
