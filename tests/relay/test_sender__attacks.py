"""The sender while other things happen: controls during a send, a clock that jumps, functions that end their thread."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from linetap.line.bulk.delivery import Delivery
from linetap.relay import Outbox, OutboxSender
from linetap.store.sqlite_file import Store
from tests.relay.conftest import SALE, START, Backend


@pytest.mark.parametrize("control", ["suppress", "forget"])
def test_nothing_that_was_taken_ahead_is_sent_to_a_user_who_is_suppressed_or_erased(
    backend: Backend, control: str
) -> None:
    """A message that waits for a thread when its user is suppressed or erased is not sent."""
    outbox, first = backend.outbox(), threading.Event()
    outbox.enqueue([Delivery(user, "Hello") for user in backend.users[:4]])
    last = backend.users[3]

    def allow(user: str, payload: Any) -> bool:
        if not first.is_set():
            first.set()
            outbox.suppress(last, "asked") if control == "suppress" else outbox.forget(last)
            seen.wait(10)
        return True

    seen = threading.Event()
    report = backend.drain(allow=allow, in_flight=2, on_outcome=lambda outcome: seen.set(), fuse=None)
    assert report.ok or report.outcomes["suppressed"]
    assert backend.texts(3) == []
    assert [backend.texts(number) for number in range(3)] == [["Hello"]] * 3


def test_a_clock_that_is_set_back_does_not_lengthen_a_pause(
    file_backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    """After a 401 a running sender tries again in a minute, also where the clock was set back by a day meanwhile."""
    ticks, stop = 0, threading.Event()

    def now() -> float:  # from the pause on a day earlier, and every look at the clock takes a second
        nonlocal ticks
        if "nothing is sent for 60 s" not in caplog.text:
            return file_backend.time
        ticks += 1
        if ticks > 1_000:
            stop.set()
        return file_backend.time - 86_400 + ticks

    outbox = Outbox(file_backend.folder / "outbox.sqlite", now=now)
    outbox.enqueue([Delivery(file_backend.users[0], "Hello")])
    file_backend.box.faults.add("line.push", status=401, json_body={"message": "Authentication failed"})
    sender = OutboxSender(outbox, file_backend.line(), SALE, on_outcome=lambda outcome: stop.set())
    assert sender.run(stop).outcomes == {"accepted": 1}
    assert file_backend.texts() == ["Hello"]


def test_a_user_is_erased_while_messages_to_them_arrive(file_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is stored while its user is erased is erased too, and no error says that the file is damaged."""
    outbox, user, scrub = file_backend.outbox(), file_backend.users[0], Store.scrub
    outbox.enqueue([Delivery(user, "Hello")])
    arriving = [Delivery(user, "Hello again")]

    def scrubbed(store: Store) -> None:
        while arriving:
            file_backend.outbox().enqueue([arriving.pop()])
        scrub(store)

    monkeypatch.setattr(Store, "scrub", scrubbed)
    assert outbox.forget(user) == 2
    assert outbox.status().entries == {"suppressed": 2}


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_function_that_ends_its_thread_holds_the_entry(backend: Backend, error: type[BaseException]) -> None:
    """allow, occurrence and campaigns that raise what is no Exception hold one entry; the sender goes on."""

    def wrong(*_: Any) -> Any:
        raise error

    backend.outbox().enqueue([Delivery(backend.users[0], "Hello")])
    assert backend.drain(allow=wrong).outcomes == {"held": 1}
    backend.call(backend.person(1))
    assert backend.drain(occurrence=wrong).outcomes == {"held": 1}
    backend.call(backend.person(2))
    assert backend.drain(wrong).outcomes == {"held": 1}


def test_a_folder_of_campaigns_may_be_replaced_while_it_is_read(backend: Backend, tmp_path: Path) -> None:
    """Links to nothing and folders are no campaigns; while the folder is missing, its last campaigns are used."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / "sale.json").write_text(json.dumps(SALE.to_json()))
    (folder / "gone.json").symlink_to(folder / "nothing")
    (folder / "a_folder.json").mkdir()
    (folder / "deep.json").write_text("[" * 100_000)
    sender = OutboxSender(backend.outbox(), backend.line(), folder)
    backend.call(backend.person(0))
    assert sender.drain().ok
    folder.rename(tmp_path / "moved")
    backend.call(backend.person(1))
    assert sender.drain().ok
    assert [backend.texts(number) for number in range(2)] == [["Hello Mei"]] * 2


def test_a_reason_that_no_database_can_store_is_escaped(backend: Backend) -> None:
    """Half of a surrogate pair in a reason of allow or in LINE's message ends one entry; the sender goes on."""
    outbox = backend.outbox()
    outbox.enqueue([Delivery(backend.users[0], "Hello")])
    assert backend.drain(allow=lambda *_: "asked \ud800").outcomes == {"suppressed": 1}
    for status, outcomes in ((400, {"rejected": 1}), (401, {})):
        outbox.enqueue([Delivery(backend.users[1], "Hello")])
        backend.box.faults.add("line.push", status=status, body=b'{"message": "wrong \\ud800"}')
        assert backend.drain().outcomes == outcomes
    assert [dead.reason.split()[-1] for dead in outbox.dead_letters()] == ["\\ud800"] * 2
    assert "\\ud800" in outbox.status().paused_reason


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_child_can_write_that_was_forked_during_a_write(tmp_path: Path) -> None:
    """A fork waits for the transaction of another thread: a child that inherits it could never write."""
    inside, released = threading.Event(), threading.Event()

    def now() -> float:  # read inside the transaction of ``pause``
        if threading.current_thread() is thread:
            inside.set()
            released.wait(60)
        return START

    outbox = Outbox(tmp_path / "outbox.sqlite", now=now)
    thread = threading.Thread(target=outbox.pause)
    thread.start()
    assert inside.wait(60)
    os.register_at_fork(before=released.set)  # hooks that were registered last run first
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 1 - outbox.enqueue([Delivery("U" + "1" * 32, "Hello")])
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    thread.join()
    assert outbox.status().entries == {"queued": 1}
