"""``python -m linetap.relay``: a sender that runs, and the controls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from linetap.line.bulk.delivery import Delivery
from linetap.relay import Outbox
from linetap.relay.__main__ import main
from linetap.sandbox import Sandbox
from tests.relay.processes import Arrivals

ROOT = Path(__file__).resolve().parent.parent.parent
USERS = [f"U{number:032x}" for number in range(3)]


def test_the_controls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command does what its method does, and prints what came of it."""
    path = str(tmp_path / "outbox.sqlite")
    with Outbox(path) as outbox:
        outbox.enqueue([Delivery(user, "sale") for user in USERS], campaign="sale")
    assert main(["pause", path, "--campaign", "sale", "--reason", "price"]) == 0
    assert capsys.readouterr().out == "paused: sale\n"
    assert main(["status", path]) == 0
    assert "sale: paused: price" in capsys.readouterr().out
    assert main(["resume", path, "--campaign", "Sale"]) == 0
    assert capsys.readouterr().out == "was neither paused nor cancelled: Sale\n"
    assert main(["history", path, "U" + "9" * 32]) == 0
    assert capsys.readouterr().out == "no entry of this user id is in the outbox\n"
    assert main(["cancel", path, "--campaign", "sale", "--reason", "wrong price"]) == 0
    assert main(["dead", path, "--reason", "cancelled", "--limit", "2"]) == 0
    assert main(["resume", path, "--campaign", "sale"]) == 0
    assert main(["replay", path, "--reason", "wrong"]) == 0
    assert main(["history", path, USERS[0]]) == 0
    assert main(["audit", path]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "3 entries are cancelled"
    assert [line.split("\t")[2:] for line in out[1:3]] == [["cancelled", "sale", "wrong price"]] * 2
    assert out[3:5] == ["resumed: sale", "3 entries are queued again"]
    assert out[5].split("\t")[2] == "queued"
    assert [line.split("\t")[2] for line in out[6:]] == ["pause", "resume", "cancel", "resume", "replay"]


def test_errors_are_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no outbox and a name that is no sender end with 1 and a message."""
    (tmp_path / "text").write_text("no outbox, but long enough to look at it")
    assert main(["status", str(tmp_path / "text")]) == 1
    assert "'outbox' that linetap wrote" in capsys.readouterr().err
    for name in ("no_module:x", "json", "json:loads_", "json:JSONDecoder"):
        assert main(["run", name]) == 1
        assert "MODULE:NAME must" in capsys.readouterr().err


def test_a_command_makes_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped path ends with 1: a new file would report that nothing waits, and a pause of it would stop nothing."""
    for command in (["status"], ["pause"], ["cancel", "--reason", "wrong price"]):
        assert main([*command, str(tmp_path / "typo.sqlite")]) == 1
        assert "OUTBOX must be the path of an outbox that exists" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_channel_without_rows_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a file has other channels alone, a command for this one ends with 1 and names them."""
    path = str(tmp_path / "outbox.sqlite")
    with Outbox(path, channel="jp") as outbox:
        outbox.enqueue([Delivery(USERS[0], "sale")])
    for channel in ([], ["--channel", "tw"]):
        assert main(["pause", path, *channel]) == 1
        assert "must be a channel of the outbox" in (found := capsys.readouterr().err)
        assert "jp" in found
    assert main(["pause", path, "--channel", "jp"]) == 0


def test_rows_can_be_printed_anywhere(tmp_path: Path) -> None:
    """A row is one line of plain cells, in any encoding; a pipe whose reader has ended causes no traceback."""
    path = str(tmp_path / "outbox.sqlite")
    with Outbox(path) as outbox:
        outbox.enqueue([Delivery(USERS[0], "sale")])
        outbox.cancel(None, "wrong\nprice\t日本")
    command = [sys.executable, "-m", "linetap.relay", "dead", path]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split("\t")[2:] == ["cancelled", "enqueued", "wrong price \\u65e5\\u672c\n"]
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (1, "")


def test_a_wrong_limit_is_reported(tmp_path: Path) -> None:
    """--limit must be a number that is not negative; names without a module are reported as such."""
    with pytest.raises(SystemExit) as ended:
        main(["dead", str(tmp_path), "--limit", "-1"])
    assert ended.value.code == 2
    assert [main(["run", name]) for name in (":x", ".:x")] == [1, 1]


def test_an_address_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The address of a database instead of a name is an error that does not show its password."""
    for command in ("status", "migrate", "run"):
        assert main([command, "postgresql://web:sekret@127.0.0.1/x"]) == 1
        said = capsys.readouterr().err
        assert "must" in said
        assert "sekret" not in said


@pytest.mark.skipif(os.name != "posix", reason="SIGTERM is a matter of POSIX")
def test_run_sends_until_sigterm(tmp_path: Path) -> None:
    """``run`` sends what is enqueued while it runs; after SIGTERM it ends with 0."""
    (tmp_path / "brand.py").write_text(
        "from linetap import Campaign, LineClient\nfrom linetap.relay import Outbox, OutboxSender\n"
        "def sender():\n"
        '    return OutboxSender(Outbox("outbox.sqlite"), LineClient.from_env(), Campaign("sale").with_text("x"))\n'
    )
    with Sandbox(port=0) as box, Outbox(tmp_path / "outbox.sqlite") as outbox:
        users = box.line.add_followers(3)
        arrivals = Arrivals()
        box.faults.add("line.push", wait=arrivals.arrived, times=3)
        env = {**os.environ, **box.env, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "linetap.relay", "run", "brand:sender"]
        with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as process:
            outbox.enqueue([Delivery(user, "Hello") for user in users])
            assert arrivals.until(lambda: all(map(box.line.inbox, users)), timeout=60)
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=60)[0]
        assert process.returncode == 0
        assert "'accepted': 3" in said
