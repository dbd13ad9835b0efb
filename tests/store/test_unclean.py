"""Files that are removed, replaced, cut or full while they are in use: nothing is lost without an error."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from linetap import Delivery, LineIdAsIdentity, sync_followers
from linetap.errors import BadArgument, StorageError
from linetap.relay import InboundCall, Outbox
from linetap.sandbox import Sandbox
from linetap.store.__main__ import main as store_command

ROOT = Path(__file__).resolve().parent.parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="Windows does not remove or replace a file that is open")


def _remove(path: Path) -> None:
    path.unlink()


def _replace(path: Path) -> None:
    other = path.with_name("other")
    shutil.copy(path, other)
    os.replace(other, path)


def _remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


LOST = pytest.mark.parametrize("lose", [_remove, _replace, _remove_folder])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a folder of its own."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "file"


def _call(number: int) -> InboundCall:
    return InboundCall(f"{number:032x}", "campaign", datetime(2026, 1, 1, tzinfo=timezone.utc), "{}")


def _with(users: list[str], at: int, act: Callable[[], object]) -> Iterator[Delivery]:
    for number, user in enumerate(users):
        if number == at:
            act()
        yield Delivery(user, "once")


@posix
@LOST
def test_a_journal_that_is_lost_during_a_run_ends_it(path: Path, lose: Callable[[Path], None]) -> None:
    """No request is sent without its row in the file that the next run reads; the error says what is lost."""
    box = Sandbox()
    users = box.line.add_followers(200)
    with pytest.raises(StorageError, match="removed or replaced") as caught:
        box.line_client().push_many(_with(users, 40, lambda: lose(path)), journal=path, in_flight=4)
    assert caught.value.reason == "damaged"
    assert "only to users who got nothing" in str(caught.value)
    report: Any = caught.value.report
    assert not report.ok
    assert report.sent == sum(len(box.line.inbox(user)) for user in users) < 100


@posix
@LOST
def test_a_ledger_that_is_lost_during_a_sync_ends_it(path: Path, lose: Callable[[Path], None]) -> None:
    """A sync whose results would be lost does not report success."""
    box = Sandbox()
    box.line.add_followers(3000)

    def progress(done: int, total: int | None) -> None:
        if done and path.exists():
            lose(path)

    line, clevertap = box.line_client(), box.clevertap_client()
    with pytest.raises(StorageError, match="removed or replaced"):
        sync_followers(line, clevertap, identity=LineIdAsIdentity(), ledger=path, progress=progress)


@posix
@LOST
def test_a_call_is_not_confirmed_by_an_outbox_that_is_lost(path: Path, lose: Callable[[Path], None]) -> None:
    """A webhook call that no sender can find raises, so that CleverTap gets no 200 and calls again."""
    outbox = Outbox(path)
    assert outbox.receive(_call(1))
    lose(path)
    with pytest.raises(StorageError, match="removed or replaced"):
        outbox.receive(_call(2))


def test_an_outbox_without_its_lock_file_loses_nothing(path: Path) -> None:
    """Two processes of which one made the lock file anew still write one after the other."""
    one = Outbox(path)
    one.receive(_call(1))
    Path(f"{path}-lock").unlink(missing_ok=True)
    other = Outbox(path)
    assert [other.receive(_call(2)), one.receive(_call(3))] == [True, True]
    assert one.status().calls == other.status().calls == 3


@posix
def test_an_outbox_whose_log_was_removed_raises(path: Path) -> None:
    """A commit that would go to a log that no other process reads is an error."""
    outbox = Outbox(path)
    outbox.receive(_call(1))
    Path(f"{path}-wal").unlink()
    with pytest.raises(StorageError):
        outbox.receive(_call(2))


@posix
@pytest.mark.parametrize("suffix, length", [("", 4096), ("-wal", 100), ("-wal", 0)])
def test_a_journal_that_is_cut_short_during_a_run_sends_nothing_twice(path: Path, suffix: str, length: int) -> None:
    """The run ends well or with StorageError, and so does the next one; each user has the message at most once."""
    box = Sandbox()
    users = box.line.add_followers(200)
    for deliveries in (
        _with(users, 100, lambda: os.truncate(f"{path}{suffix}", length)),
        _with(users, 0, lambda: None),
    ):
        with suppress(StorageError):
            box.line_client().push_many(deliveries, journal=path, in_flight=4)
    assert {len(box.line.inbox(user)) for user in users} <= {0, 1}


@pytest.mark.parametrize(
    "name",
    [
        "with blank",
        "配信 🌸",
        "50% off?#sale;a",
        "line\nbreak",
        "-option",
        "~",
        "file:a?mode=ro",
        "'quote\"",
        ":memory:",
    ],
)
def test_any_name_is_a_file_of_this_name(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A run, the next run and the commands use one file of exactly this name."""
    box = Sandbox()
    deliveries = [Delivery(user, "once") for user in box.line.add_followers(2)]
    if os.name != "posix":
        pytest.skip("Windows does not allow these names")
    assert box.line_client().push_many(deliveries, journal=tmp_path / name).sent == 2
    assert box.line_client().push_many(deliveries, journal=tmp_path / name).already_accepted == 2
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert store_command(["check", str(tmp_path / name)]) == 0
    assert "intact" in capsys.readouterr().out


@posix
@pytest.mark.parametrize("length", [248, 255, 300])
def test_a_name_that_is_too_long_is_a_bad_argument(tmp_path: Path, length: int) -> None:
    """SQLite's files beside it need some letters more; no file is created."""
    with pytest.raises(BadArgument, match="at most 247 bytes"):
        Outbox(tmp_path / ("x" * length))
    assert not list(tmp_path.iterdir())
    Outbox(tmp_path / ("x" * 247)).receive(_call(1))


@posix
def test_a_link_is_followed_and_one_to_nothing_is_rejected(tmp_path: Path) -> None:
    """A link and the file that it names are one file; a link to nothing is a bad argument that says so."""
    one, link = Outbox(tmp_path / "file"), tmp_path / "link"
    link.symlink_to(tmp_path / "file")
    other = Outbox(link)
    assert [one.receive(_call(1)), other.receive(_call(1)), other.receive(_call(2))] == [True, False, True]
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    with pytest.raises(BadArgument, match="a link to nothing"):
        Outbox(tmp_path / "nowhere")


FULL = """
import json, resource, sys
from linetap import Delivery
from linetap.errors import StorageError
from linetap.sandbox import Sandbox
box = Sandbox()
deliveries = [Delivery(user, "x" * 900) for user in box.line.add_followers(400)]
def send():
    return box.line_client().push_many(deliveries, journal=sys.argv[1], in_flight=4)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, hard))
try:
    send()
    first = "well"
except StorageError as error:
    first = error.reason
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
second = send()
inboxes = [len(box.line.inbox(one.to)) for one in deliveries]
print(json.dumps([first, second.ok, second.already_accepted > 0, min(inboxes), max(inboxes)]))
"""


@posix
def test_a_file_that_may_not_grow_ends_a_run_and_the_next_one_sends_the_rest(path: Path) -> None:
    """With a limit on the size of files, the run ends with StorageError; without it, each user has the message once."""
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, cwd=ROOT, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    reason, *rest = json.loads(run.stdout)
    assert reason in ("full", "failed")
    assert rest == [True, True, 1, 1], (reason, rest)
