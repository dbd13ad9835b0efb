"""The sender: one sender at a time sends, and one that is stopped or replaced sends nothing more."""

from __future__ import annotations

import errno
import logging
import os
import threading
from typing import Any

import pytest

from linetap.errors import StorageError
from linetap.line.bulk.delivery import Delivery
from linetap.relay import EntryOutcome, OutboxSender
from tests.relay.conftest import SALE, Backend


def test_a_sender_that_lost_the_lead_reports_nothing_of_what_the_other_sends(file_backend: Backend) -> None:
    """What is in flight when the lead is lost is the other sender's: its accepted push is not reported as an end."""
    file_backend.outbox().enqueue([Delivery(user, "Hello") for user in file_backend.users[:2]])
    lost, stop, outcomes = threading.Event(), threading.Event(), list[EntryOutcome]()

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "another sender is the leader" in record.getMessage():
                stop.set()
                lost.set()

    def allow(user: str, _: object) -> bool:
        if user == file_backend.users[0]:
            for path in file_backend.folder.glob("*-leader-*"):
                path.unlink()
            assert file_backend.drain().outcomes == {"accepted": 2}
            return True
        lost.wait(20)
        return False

    heard = Heard()
    logging.getLogger("linetap.relay").addHandler(heard)
    try:
        sender = OutboxSender(
            file_backend.outbox(), file_backend.line(), SALE, in_flight=3, allow=allow, on_outcome=outcomes.append
        )
        assert sender.run(stop).outcomes == {}
    finally:
        logging.getLogger("linetap.relay").removeHandler(heard)
    assert outcomes == []
    assert [file_backend.texts(0), file_backend.texts(1)] == [["Hello"]] * 2


def test_after_stop_nothing_more_is_sent(backend: Backend) -> None:
    """A sender that is stopped completes what is in flight; what it took ahead is queued, and due at once."""
    stop, outbox = threading.Event(), backend.outbox()
    outbox.enqueue([Delivery(user, "Hello") for user in backend.users])

    sender = OutboxSender(outbox, backend.line(), SALE, in_flight=4, on_outcome=lambda outcome: stop.set())
    sent = sender.run(stop).outcomes["accepted"]

    assert sent == sum(len(backend.texts(number)) for number in range(60)) <= 4 + 2 * 4
    assert outbox.status().entries == {"accepted": sent, "queued": 60 - sent}
    assert backend.drain().outcomes == {"accepted": 60 - sent}


def test_one_sender_leads(backend: Backend) -> None:
    """A second sender does nothing while the first one runs, and leads after it has ended."""
    outbox = backend.outbox()
    sent = threading.Event()
    backend.call(backend.person())
    first = OutboxSender(outbox, backend.line(), SALE, on_outcome=lambda outcome: sent.set()).start()
    assert sent.wait(60)
    backend.call(backend.person())
    assert not backend.drain().led
    first.stop()
    assert not first.is_alive()
    backend.call(backend.person(1))
    assert backend.drain().led


def test_a_sender_that_lost_the_lead_sends_nothing(file_backend: Backend) -> None:
    """When the number in the file is another sender's, a sender stops before its next request."""
    outbox = file_backend.outbox()
    outbox.enqueue([Delivery(user, "Hello") for user in file_backend.users])

    def on_outcome(outcome: EntryOutcome) -> None:
        for name in os.listdir(file_backend.folder):
            if "-leader-" in name:
                (file_backend.folder / name).unlink()
        if not second:
            second.append(file_backend.drain())

    second: list[Any] = []
    report = file_backend.drain(on_outcome=on_outcome, in_flight=1)
    assert "another sender" in report.stopped_by
    assert second[0].led
    assert all(file_backend.texts(number) == ["Hello"] for number in range(60))


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs a POSIX file system")
def test_a_leader_file_that_cannot_be_opened_is_a_storage_error(
    file_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without open files left, a sender raises the storage error, and sends nothing."""
    file_backend.call(file_backend.person())
    real = os.open

    def no_more(path: Any, *arguments: Any, **named: Any) -> int:
        if "-leader-" in str(path):
            raise OSError(errno.EMFILE, "Too many open files")
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", no_more)

    with pytest.raises(StorageError, match="Too many open files"):
        file_backend.drain()
    assert file_backend.texts() == []
