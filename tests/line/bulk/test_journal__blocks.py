"""Blocks of a push journal: written before the first byte, killed anywhere, on a full disk, and afterwards."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from linetap import Delivery, RetryPolicy
from linetap.errors import BadArgument, QuotaExceeded, StorageError
from linetap.line.bulk.journal import Journal, journal_rows
from linetap.sandbox import Sandbox
from linetap.store import opening
from linetap.store.sends import ACCEPTED, BLOCK, OPEN
from tests.line.bulk.test_journal import HELLO, KEY, OTHER, TAIL
from tests.line.bulk.test_journal import now as now
from tests.line.bulk.test_journal import path as path
from tests.line.bulk.test_run import deliveries, texts
from tests.line.test_client import box as box
from tests.line.test_client import client

ROOT = Path(__file__).resolve().parent.parent.parent.parent
MANY = 200


def states(path: Path) -> Counter[str]:
    return Counter(state for _, _, state in journal_rows(path))


@pytest.mark.parametrize("kind", [list, iter])
def test_a_block_is_on_disk_before_its_first_byte(box: Sandbox, path: Path, kind: Any) -> None:
    """Whatever arrives, its key is in the file, committed; a list enters in blocks of 64."""
    given = deliveries(box, MANY)
    seen: list[tuple[str, int]] = []
    look = threading.Lock()

    def copy(*_: Any) -> None:
        with look:
            arrived = {e.headers["x-line-retry-key"]: e.json()["to"] for e in list(box.journal.of("push"))}
            copied = path.with_name(f"copy{len(seen)}.sqlite")
            for suffix in ("", "-wal"):
                Path(f"{copied}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
            Journal(copied, lambda: 1_700_000_000.0).close()
            rows = {key: to for key, [to], _ in journal_rows(copied)}
            assert arrived.items() <= rows.items()
            seen.append((str(copied), len(rows)))

    box.faults.add("line.push", wait=copy, delay=0.001, times=5)
    report = client(box).push_many(kind(given), journal=path, in_flight=2)

    assert report.sent == MANY
    assert len(seen) == 5
    if kind is list:
        assert min(count for _, count in seen) >= BLOCK - 5  # five of them may have been settled and more begun


class Killed:
    """A bulk send that is killed and run again until it ends well."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.box = Sandbox(port=0)
        self.journal, self.people, self.kind = folder / "journal", folder / "people", kind
        self.ids = self.box.line.add_followers(150)
        self.people.write_text("\n".join(self.ids), "utf-8")

    def run(self, kill_at: int) -> int | None:
        """How many moments a run has that ends well; None for one that was killed."""
        env = {**os.environ, **self.box.env, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.line.bulk.kill_points"]
        command += [str(self.journal), str(self.people), str(kill_at), self.kind]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return int(done.stdout) if done.returncode == 0 else None

    def check(self) -> None:
        """Each user has the message once, and it is their own."""
        for user in self.ids:
            assert [message["text"] for message in self.box.line.inbox(user)] == [f"for {user}"]
        assert states(self.journal) == {"accepted": len(self.ids)}


def killed(folder: Path, seed: int) -> None:
    draw = random.Random(seed)
    kind = draw.choice(["list", "iterator"])
    world = Killed(folder, kind)
    try:
        if draw.random() < 0.5:
            world.box.faults.add("line.push", cut="after", taken=True, after=draw.randrange(100), times=2)
        moments = [draw.randrange(1, 320) for _ in range(draw.randint(1, 3))]
        print(f"seed {seed}: {kind}, killed at {moments}")
        for moment in moments:
            world.run(moment)
        assert world.run(0) is not None
        world.check()
    finally:
        world.box.close()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a matter of POSIX")
@pytest.mark.parametrize("seed", range(4))
def test_a_send_that_is_killed_within_a_block_sends_each_message_once(tmp_path: Path, seed: int) -> None:
    """Killed at random moments, before and after commits, requests and outcomes, and then run to its end."""
    killed(tmp_path, seed)


@pytest.mark.ci
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a matter of POSIX")
@pytest.mark.parametrize("seed", range(4, 104))
def test_a_hundred_killed_sends_send_each_message_once(tmp_path: Path, seed: int) -> None:
    """The same, a hundred times."""
    killed(tmp_path, seed)


@pytest.mark.parametrize("kind", [list, iter])
def test_a_disk_that_is_full_before_the_first_byte_sends_nothing(
    box: Sandbox, path: Path, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with StorageError, all that was read counts as not sent, and a later run sends it."""
    given, configure = deliveries(box, MANY), opening._configure
    Journal(path, lambda: 1_700_000_000.0).close()

    def on_a_full_disk(db: sqlite3.Connection, **options: bool) -> None:
        configure(db, **options)
        db.execute("PRAGMA max_page_count = 1  -- SQLite makes it the pages that there are")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="the disk is full") as caught:
        patch.setattr(opening, "_configure", on_a_full_disk)
        client(box).push_many(kind([Delivery(each.to, "x" * 4000) for each in given]), journal=path)

    report = caught.value.report
    assert not box.journal.of("push")
    assert (report.sent, report.no_response, report.rejected) == (0, 0, 0)
    assert report.consumed == report.not_sent > 0
    assert client(box).push_many(given, journal=path).sent == MANY


def test_a_stopped_run_has_no_open_request(box: Sandbox, path: Path) -> None:
    """A request that was recorded with its block and not sent is removed when the run ends."""
    given = deliveries(box, MANY)
    box.line.quota, box.line.used = 10, 0
    with pytest.raises(QuotaExceeded) as caught:
        client(box).push_many(given, journal=path, in_flight=4)

    found = states(path)
    assert found["accepted"] == caught.value.report.sent == 10
    assert found["open"] == 0
    box.line.quota = 1000
    assert client(box).push_many(given, journal=path).sent == MANY - 10
    assert all(len(found) == 1 for found in texts(box).values())


def test_ids_are_deleted_after_seven_days_and_the_outcome_is_kept(box: Sandbox, path: Path, now: list[float]) -> None:
    """Recipients of settled requests go after keep_payload; a later run still knows that they got the message."""
    given = deliveries(box, 50)
    client(box).push_many(given, journal=path)
    assert given[0].to.encode() in path.read_bytes()

    now[0] += timedelta(days=6).total_seconds()
    Journal(path, lambda: now[0]).close()
    assert given[0].to.encode() in path.read_bytes()
    now[0] += timedelta(days=2).total_seconds()
    report = client(box).push_many(given, journal=path)

    assert report.already_accepted == 50
    assert not [each for each in given if each.to.encode() in path.read_bytes()]
    assert [people for _, people, _ in journal_rows(path)] == [()] * 50


def test_keep_payload_says_how_long_ids_are_stored(box: Sandbox, path: Path, now: list[float]) -> None:
    """With an hour, the next run after it deletes the recipients, and still sends to none of them again."""
    given, hour = deliveries(box, 20), timedelta(hours=1)
    client(box).push_many(given, journal=path, keep_payload=hour)
    list(client(box).push_each(given, journal=path, keep_payload=hour))
    assert given[0].to.encode() in path.read_bytes()

    now[0] += timedelta(hours=2).total_seconds()
    outcomes = list(client(box).push_each(given, journal=path, keep_payload=hour))

    assert [outcome.result.already_accepted for outcome in outcomes if outcome.result] == [True] * 20
    assert not [each for each in given if each.to.encode() in path.read_bytes()]


@pytest.mark.parametrize("kept", [7, timedelta(seconds=-1), "7 days"])
def test_keep_payload_is_a_timedelta(box: Sandbox, path: Path, kept: Any) -> None:
    """Another value, or one without a journal, is a BadArgument before anything is sent."""
    with pytest.raises(BadArgument, match="keep_payload must be a timedelta"):
        client(box).push_many(deliveries(box, 1), journal=path, keep_payload=kept)
    with pytest.raises(BadArgument, match="without journal"):
        client(box).push_many(deliveries(box, 1), keep_payload=timedelta(days=1))
    assert not path.exists()


def test_requests_without_a_response_keep_their_recipients(box: Sandbox, path: Path, now: list[float]) -> None:
    """Only settled requests lose their payload: an open one is sent again with the same bytes."""
    [delivery] = deliveries(box, 1)
    box.faults.add("line.push", cut="after", taken=True, times=1)
    client(box, retry=RetryPolicy(attempts=1)).push_many([delivery], journal=path)
    now[0] += 3600

    journal = Journal(path, lambda: now[0], keep_payload=timedelta(0))
    [found] = journal.unfinished()
    journal.close()

    assert found.recipients == (delivery.to,)


def test_a_delivery_is_read_while_another_thread_writes(path: Path) -> None:
    """Reading the source in one thread and writing outcomes in another: neither waits for the other's transaction."""
    journal = Journal(path, lambda: 1_700_000_000.0)
    entry = journal.find(HELLO, TAIL)
    journal.plan(KEY, [HELLO.to], TAIL, [entry.row_key])
    errors: list[BaseException] = []

    def read() -> None:
        try:
            for number in range(300):
                user = f"U{number:032x}"
                found = journal.find(Delivery(user, "x"), TAIL)
                journal.plan(f"{number}", [user], TAIL, [found.row_key])
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    journal.before_send(KEY, [HELLO.to], TAIL, [entry.row_key])
    journal.accepted(KEY, None)
    thread.join()
    for number in range(300):
        journal.before_send(f"{number}", [f"U{number:032x}"], TAIL, [])
    journal.close()

    assert not errors
    assert states(path) == {"accepted": 1, "open": 300}


def test_two_requests_with_one_key_are_one_row(path: Path) -> None:
    """A key that is in flight twice stays until the last of them ended; accepted once, it stays accepted."""
    journal = Journal(path, lambda: 1_700_000_000.0)
    mine = Delivery(HELLO.to, "Hello", KEY)
    first, second = journal.find(mine, TAIL), journal.find(mine, TAIL)
    assert (first.state, second.state, first.row_key) == (None, None, second.row_key)
    for _ in range(2):
        journal.before_send(KEY, [HELLO.to], TAIL, [first.row_key])
    journal.not_sent(KEY)
    journal.close()
    assert states(path) == {"open": 1}

    journal = Journal(path, lambda: 1_700_000_000.0)
    for _ in range(2):
        journal.before_send(KEY, [HELLO.to], TAIL, [first.row_key])
    journal.accepted(KEY, "r-1")
    journal.not_sent(KEY)
    journal.before_send(OTHER, [HELLO.to], TAIL, [])
    assert journal.find(mine, TAIL).state == ACCEPTED != OPEN
    journal.close()
    assert states(path) == {"accepted": 1, "open": 1}
