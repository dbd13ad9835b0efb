"""The push journal: an interrupted run is resumed, and no user gets a message twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from linetap import Campaign, Delivery, ProfileField, RetryPolicy, retry_key_for
from linetap.errors import BadArgument, FileLocked, NoResponse, QuotaExceeded, Rejected, StorageError
from linetap.line import SendReport
from linetap.line import bulk_client as client_module
from linetap.line.bulk.journal import Journal, journal_rows
from linetap.sandbox import Sandbox
from linetap.store import opening
from linetap.store.sends import ACCEPTED, EXPIRED, OPEN, REJECTED
from tests.line.bulk.test_run import deliveries, texts
from tests.line.test_client import box as box
from tests.line.test_client import client

KEY, OTHER = "123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174001"
HELLO = Delivery("U" + "1" * 32, "Hello")
TAIL = b',"messages":[]}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "push.sqlite"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of day of all runs of a test."""
    now = [1_700_000_000.0]
    monkeypatch.setattr(client_module, "time", lambda: now[0])
    return now


def states(path: Path) -> list[str]:
    return sorted(state for _, _, state in journal_rows(path))


def test_a_second_run_sends_nothing_again(box: Sandbox, path: Path) -> None:
    """The same deliveries with the same journal: all were accepted before, and nothing is sent."""
    given = deliveries(box, 20)

    first = client(box).push_many(given, journal=path)
    second = client(box).push_many(list(reversed(given)), journal=path)

    assert (first.sent, second.sent, second.already_accepted) == (20, 0, 20)
    assert len(box.journal.of("push")) == 20


def test_a_stopped_run_is_resumed(box: Sandbox, path: Path) -> None:
    """After a used-up quota the next run sends only to users who got nothing."""
    given = deliveries(box, 30)
    box.line.quota, box.line.used = 12, 0
    with pytest.raises(QuotaExceeded):
        client(box).push_many(given, journal=path, in_flight=4)

    box.line.quota = 1000
    report = client(box).push_many(given, journal=path, in_flight=4)

    assert (report.already_accepted, report.sent) == (12, 18)
    assert all(len(found) == 1 for found in texts(box).values())


def test_a_lost_response_is_requested_again_with_its_key(box: Sandbox, path: Path, now: list[float]) -> None:
    """A send without a response is repeated by the next run with the same key and body: LINE reports that it was
    accepted.
    """
    [delivery] = deliveries(box, 1)
    box.faults.add("line.push", cut="after", taken=True, times=1)
    first = client(box, retry=RetryPolicy(attempts=1)).push_many([delivery], journal=path)
    now[0] += 23 * 3600

    second = client(box).push_many([delivery], journal=path)

    assert (first.no_response, second.already_accepted) == (1, 1)
    before, after = box.journal.of("push")
    assert before.headers["x-line-retry-key"] == after.headers["x-line-retry-key"]
    assert before.json() == after.json()
    assert len(box.line.inbox(delivery.to)) == 1


def test_a_key_older_than_24_hours_is_never_used_again(box: Sandbox, path: Path, now: list[float]) -> None:
    """After 24 hours LINE has deleted the key and a repeat could deliver twice: it is reported, and not sent."""
    [delivery] = deliveries(box, 1)
    box.faults.add("line.push", cut="after", taken=True, times=1)
    client(box, retry=RetryPolicy(attempts=1)).push_many([delivery], journal=path)
    now[0] += 24 * 3600
    box.clock.advance(hours=24)

    report = client(box).push_many([delivery], journal=path)

    [failure] = report.failures
    assert report.no_response == 1
    assert isinstance(failure.error, NoResponse)
    assert "24 hours" in str(failure.error)
    assert failure.error.retry_key == box.journal.of("push")[0].headers["x-line-retry-key"]
    assert len(box.journal.of("push")) == 1
    assert states(path) == ["expired"]


def test_what_only_this_run_delivers_is_sent(box: Sandbox, path: Path) -> None:
    """A request that never arrived is sent again by the next run, which counts its deliveries as sent."""
    once = client(box, retry=RetryPolicy(attempts=1))
    box.faults.add("line.push", cut="before", times=1)
    given = deliveries(box, 1)

    first = once.push_many(given, journal=path)
    second = once.push_many(given, journal=path)
    third = once.push_many(given, journal=path)

    counts = [(report.no_response, report.sent, report.already_accepted) for report in (first, second, third)]
    assert counts == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_still_no_response_is_reported_and_kept(box: Sandbox, path: Path) -> None:
    """Where the repeated question gets no response either, the delivery stays no_response, for a later run to ask."""
    [delivery] = deliveries(box, 1)
    box.faults.add("line.push", cut="after", taken=True, times=2)
    once = client(box, retry=RetryPolicy(attempts=1))

    reports = [once.push_many([delivery], journal=path) for _ in range(3)]

    assert [(report.no_response, report.already_accepted) for report in reports] == [(1, 0), (1, 0), (0, 1)]
    assert len(box.line.inbox(delivery.to)) == 1


def test_a_rejected_recipient_is_tried_again(box: Sandbox, path: Path) -> None:
    """LINE sent nothing to a rejected recipient; a later run tries again, with a new key."""
    [delivery] = deliveries(box, 1)
    box.faults.add("line.push", status=400, times=1)

    first = client(box).push_many([delivery], journal=path)
    second = client(box).push_many([delivery], journal=path)

    assert (first.rejected, second.sent) == (1, 1)
    keys = {entry.headers["x-line-retry-key"] for entry in box.journal.of("push")}
    assert len(keys) == 2


@pytest.mark.parametrize("status", [402, 405, 408, 418, 421, 425, 451, 460, 499])
def test_a_status_of_a_gateway_is_no_rejection(box: Sandbox, path: Path, status: int) -> None:
    """A 4xx that LINE does not document may come after LINE accepted the push: the next run uses the same key."""
    [user_id] = box.line.add_followers(1)
    box.faults.add("line.push", status=status, body=b"<html>", taken=True)
    line = client(box, retry=RetryPolicy(attempts=1))

    first = line.push_many([Delivery(user_id, "Hello")], journal=path)
    assert (first.ok, first.rejected, first.no_response) == (False, 0, 1)
    error = first.failures[0].error
    assert isinstance(error, Rejected)
    assert error.may_have_arrived
    assert error.retry_key is not None
    second = line.push_many([Delivery(user_id, "Hello")], journal=path)
    assert (second.ok, second.already_accepted) == (True, 1)
    assert texts(box) == {user_id: ["Hello"]}


def test_the_same_delivery_twice_is_two_deliveries(box: Sandbox, path: Path) -> None:
    """A recipient listed twice with the same text gets it twice, and a second run has both outcomes."""
    [delivery] = deliveries(box, 1)

    first = client(box).push_many([delivery, delivery], journal=path)
    second = client(box).push_many([delivery, delivery, delivery], journal=path)

    assert (first.sent, second.already_accepted, second.sent) == (2, 2, 1)
    assert len(box.line.inbox(delivery.to)) == 3


def test_a_key_of_ones_own_is_one_delivery(box: Sandbox, path: Path) -> None:
    """Deliveries with the same key of the caller's are the same, in one run or in two."""
    [user] = box.line.add_followers(1)
    delivery = Delivery(user, "Hello", KEY)

    first = client(box).push_many([delivery, delivery], journal=path, in_flight=2)
    second = client(box).push_many([delivery], journal=path)

    assert (first.sent, first.already_accepted, second.already_accepted) == (1, 1, 1)
    assert len(box.line.inbox(user)) == 1


@pytest.mark.parametrize("hours", [0, 23, 25, 100])
def test_a_key_for_each_profile_prevents_a_second_message_though_texts_change(
    box: Sandbox, path: Path, now: list[float], hours: int
) -> None:
    """A run stops with one response lost and points change: the next run, soon or days later, sends the rest."""
    campaign = Campaign("Points", messages=[f"You have {ProfileField('Points')} points"])
    people = [{"LineID": user, "Points": 10} for user in box.line.add_followers(20)]

    def run(**options: Any) -> SendReport:
        given = campaign.deliveries(people, retry_key=lambda person: retry_key_for("points", person["LineID"]))
        return client(box, **options).push_many(given, journal=path, in_flight=1)

    box.line.quota, box.line.used = 8, 0
    box.faults.add("line.push", cut="after", taken=True, times=1)
    with pytest.raises(QuotaExceeded) as caught:
        run(retry=RetryPolicy(attempts=1))
    assert (caught.value.report.sent, caught.value.report.no_response) == (7, 1)
    box.line.quota = 1000
    now[0] += hours * 3600
    box.clock.advance(hours=hours)
    for person in people:
        person["Points"] = 20
    report = run()

    lost_for_good = hours >= 24
    assert (report.sent, report.already_accepted, report.no_response) == (12, 8 - lost_for_good, int(lost_for_good))
    found = texts(box)
    assert all(len(found[str(person["LineID"])]) == 1 for person in people)
    assert sorted(text for [text] in found.values()) == ["You have 10 points"] * 8 + ["You have 20 points"] * 12


def test_without_a_key_a_changed_text_is_another_delivery(box: Sandbox, path: Path) -> None:
    """A journal knows a delivery without a key by recipient and content: another text is sent."""
    [user] = box.line.add_followers(1)

    reports = [client(box).push_many([Delivery(user, text)], journal=path) for text in ("10 points", "20 points")]

    assert [report.sent for report in reports] == [1, 1]


def test_a_folded_run_is_resumed_by_its_multicasts(box: Sandbox, path: Path) -> None:
    """A multicast whose response was lost is asked again with the very same recipients under its key."""
    people = box.line.add_followers(700)
    given = [Delivery(user, "Hello") for user in people]
    box.faults.add("line.multicast", cut="after", taken=True, times=2)
    first = client(box, retry=RetryPolicy(attempts=1)).push_many(given, journal=path, use_multicast=True)

    second = client(box).push_many(given[::-1], journal=path, use_multicast=True)

    assert (first.no_response, second.already_accepted, second.consumed) == (700, 700, 700)
    assert all(len(box.line.inbox(user)) == 1 for user in people)


def test_ending_the_loop_records_every_outcome(box: Sandbox, path: Path) -> None:
    """After the loop ends early the journal has the outcome of every send, so the rest can follow."""
    given = deliveries(box, 60)
    each = client(box).push_each(given, in_flight=8, journal=path)
    next(each)
    each.close()
    assert set(states(path)) == {"accepted"}

    report = client(box).push_many(given, journal=path)

    assert report.sent + report.already_accepted == 60
    assert all(len(found) == 1 for found in texts(box).values())


def test_ctrl_c_records_every_outcome(box: Sandbox, path: Path) -> None:
    """An interrupted run waits for the calls in flight and records them; the error has the counts."""
    given = deliveries(box, 60)
    heard: list[int] = []

    def interrupt(done: int, total: int | None) -> None:
        heard.append(done)
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        client(box).push_many(given, journal=path, in_flight=8, progress=interrupt)

    assert set(states(path)) == {"accepted"}
    assert caught.value.report.sent == len(states(path))  # type: ignore[attr-defined]
    assert client(box).push_many(given, journal=path).ok
    assert all(len(found) == 1 for found in texts(box).values())


def test_a_killed_process_is_resumed(tmp_path: Path) -> None:
    """After signal 9 in the middle of a run the next run sends to the rest, and to no user twice."""
    path = tmp_path / "push.sqlite"
    with Sandbox(port=0, latency=0.005) as box:
        given = deliveries(box, 120)
        people = tmp_path / "people.txt"
        people.write_text("\n".join(delivery.to for delivery in given))
        script = f"""
            from pathlib import Path
            from linetap import Delivery, LineClient
            people = Path({str(people)!r}).read_text().split()
            given = (Delivery(user, f"Hello {{number}}") for number, user in enumerate(people))
            with LineClient.from_env() as line:
                for outcome in line.push_each(given, in_flight=8, journal={str(path)!r}):
                    print(outcome.ok, flush=True)
        """
        command = [sys.executable, "-c", textwrap.dedent(script)]
        with subprocess.Popen(command, env={**os.environ, **box.env}, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(40):
                assert child.stdout.readline() == "True\n"
            child.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        sent_before = sum(len(found) for found in texts(box).values())

        report = box.line_client().push_many(given, journal=path)

        assert 40 <= sent_before < 120
        assert report.sent + report.already_accepted == 120
        assert report.already_accepted >= 40
        assert all(found == [delivery.messages] for delivery in given for found in [texts(box)[delivery.to]])


def test_the_send_is_on_disk_before_its_first_byte(box: Sandbox, path: Path) -> None:
    """When a request arrives, key and recipient are already committed to the file."""
    [delivery] = deliveries(box, 1)
    seen: list[tuple[str, tuple[str, ...], str]] = []

    def look(*_: Any) -> None:
        copied = path.with_name("copy.sqlite")
        for suffix in ("", "-wal"):
            Path(f"{copied}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
        Journal(copied, lambda: 0.0).close()
        seen.extend(journal_rows(copied))

    box.faults.add("line.push", wait=look, delay=0.001)
    client(box).push_many([delivery], journal=path)

    assert seen == [(box.journal.of("push")[0].headers["x-line-retry-key"], (delivery.to,), "open")]


def test_a_journal_serves_one_run_at_a_time(box: Sandbox, path: Path) -> None:
    """A second run on the same file is rejected during the first, and sends nothing."""
    each = client(box).push_each(deliveries(box, 10), journal=path, in_flight=1)
    next(each)

    with pytest.raises(FileLocked):
        client(box).push_many(deliveries(box, 1), journal=path)
    each.close()


def test_bodies_are_kept_no_longer_than_needed(box: Sandbox, path: Path) -> None:
    """After an accepted delivery the file has no text of a message; only its owner can read it."""
    client(box).push_many([Delivery(delivery.to, "CANARY") for delivery in deliveries(box, 3)], journal=path)

    assert b"CANARY" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_file_is_no_journal(box: Sandbox, tmp_path: Path) -> None:
    """A file of something else is rejected before anything is sent."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database, but long enough to look like a file of somebody's" * 20)

    with pytest.raises(BadArgument, match="journal"):
        client(box).push_many(deliveries(box, 1), journal=other)

    assert len(box.journal) == 0


def test_a_file_that_cannot_be_made_is_reported_as_the_journal(box: Sandbox, tmp_path: Path) -> None:
    """For a missing directory the error names the argument, the problem and the fix."""
    wrong = tmp_path / "nowhere" / "push.sqlite"

    with pytest.raises(BadArgument, match=r"journal.* must be the path of a file that can be created") as caught:
        client(box).push_many(deliveries(box, 1), journal=wrong)

    assert str(wrong) in str(caught.value)
    assert "ts directory does not exist" in str(caught.value)
    with pytest.raises(
        BadArgument, match=r"journal.* must be the path of a file that can be written(.|\n)*name a file"
    ):
        client(box).push_many(deliveries(box, 1), journal=tmp_path)
    assert len(box.journal) == 0


@pytest.fixture
def journal(path: Path) -> Iterator[Callable[[], Journal]]:
    """Opens the journal again, for the next run."""
    opened: list[Journal] = []

    def again() -> Journal:
        for each in opened:
            each.close()
        opened[:] = [Journal(path, lambda: 1_000.0)]
        return opened[0]

    yield again
    for each in opened:
        each.close()


@pytest.mark.parametrize(
    ("settle", "state"),
    [
        (lambda journal: journal.accepted(KEY, "r-1"), ACCEPTED),
        (lambda journal: journal.rejected(KEY), REJECTED),
        (lambda journal: None, OPEN),
        (lambda journal: journal.not_sent(KEY), None),
    ],
)
def test_the_next_run_has_the_outcome_of_each_send(
    journal: Callable[[], Journal], settle: Callable[[Journal], None], state: int | None
) -> None:
    """Accepted, rejected, no_response or not sent: a delivery read again gets that outcome, once for each time."""
    first = journal()
    part = first.find(HELLO, TAIL)
    assert part.state is None
    first.before_send(KEY, [HELLO.to], TAIL, [part.row_key])
    settle(first)

    second = journal()

    assert second.find(HELLO, TAIL).state == state
    assert second.find(HELLO, TAIL).state is None


def test_a_clock_that_was_set_back_makes_no_key_young(path: Path) -> None:
    """A send dated in the future is of unknown age: it is not sent again, for LINE may have forgotten its key."""
    now = [1_700_000_000.0]
    journal = Journal(path, lambda: now[0])
    journal.before_send(KEY, [HELLO.to], TAIL, [])
    now[0] -= 3600
    assert journal.unfinished() == []
    journal.close()

    assert states(path) == ["expired"]


def test_a_full_disk_closes_the_journal(path: Path) -> None:
    """A write that fails is reported as a storage error, and the file can be opened again."""
    journal = Journal(path, lambda: 1_700_000_000.0)
    journal.before_send(KEY, [HELLO.to], TAIL, [])
    journal._store.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StorageError, match=r"push.sqlite: the disk is full"):
        for number in range(1000):
            journal.before_send(f"{number}", [HELLO.to], TAIL * 100, [])
    journal.close()

    again = Journal(path, lambda: 1_700_000_000.0)
    assert KEY in [found.key for found in again.unfinished()]
    again.close()


@pytest.mark.parametrize("use_multicast, pages", [(False, 30), (True, 30), (True, 16)])
def test_a_full_disk_in_the_middle_of_a_send_sends_nothing_twice(
    box: Sandbox, path: Path, use_multicast: bool, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with its report; with space again, the same call sends to the others only."""
    many = 1_200 if use_multicast else 600
    given, configure = deliveries(box, many), opening._configure

    def on_a_small_disk(db: sqlite3.Connection, **options: bool) -> None:
        configure(db, **options)
        db.execute(f"PRAGMA max_page_count = {pages}")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="the disk is full") as caught:
        patch.setattr(opening, "_configure", on_a_small_disk)
        client(box).push_many(given, journal=path, use_multicast=use_multicast)
    first = caught.value.report
    again = client(box).push_many(given, journal=path, use_multicast=use_multicast)

    assert first.sent < many == again.sent + again.already_accepted
    assert {len(box.line.inbox(delivery.to)) for delivery in given} == {1}


def test_only_what_is_open_and_young_is_left_behind(path: Path) -> None:
    """An no_response send is given back with its key, recipients and body, until LINE's day is over."""
    now = [0.0]
    first = Journal(path, lambda: now[0])
    for key in (KEY, OTHER):
        first.before_send(key, ["U1", "U2"], TAIL, [])
        now[0] += 3600
    first.accepted(OTHER, None)
    first.close()

    now[0] = 23 * 3600
    with_it = Journal(path, lambda: now[0])
    found = with_it.unfinished()
    with_it.close()
    now[0] = 24 * 3600
    later = Journal(path, lambda: now[0])
    gone = later.unfinished()
    later.close()

    assert [(each.key, each.recipients, each.tail) for each in found] == [(KEY, ("U1", "U2"), TAIL)]
    assert gone == []
    assert states(path) == ["accepted", "expired"]
    assert EXPIRED not in (OPEN, ACCEPTED, REJECTED)
