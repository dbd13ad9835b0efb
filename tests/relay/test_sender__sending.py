"""The sender: each request is sent once under its key, and every other end has its reason."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.line.api.retry_keys import retry_key_for
from linetap.line.bulk.delivery import Delivery
from tests.relay.conftest import Backend


@pytest.mark.parametrize(
    "fault", [{"cut": "after"}, {"cut": "half"}, {"cut": "before"}, {"status": 500, "taken": True}]
)
def test_a_request_without_a_response_is_sent_again_under_its_key(backend: Backend, fault: dict[str, Any]) -> None:
    """Whatever became of the first request, the user gets one message, and it ends as accepted."""
    backend.call(backend.person())
    backend.box.faults.add("line.push", **fault)
    assert backend.drain(attempts=1).remaining == 1
    assert backend.drain(attempts=1).remaining == 1  # not due yet
    backend.later(seconds=30)
    assert backend.drain(attempts=1).ok
    assert backend.texts() == ["Hello Mei"]


def test_after_24_hours_it_is_in_doubt(backend: Backend) -> None:
    """A request without a response is not sent again when LINE no longer stores its key."""
    backend.call(backend.person())
    backend.box.faults.add("line.push", cut="after")
    backend.drain(attempts=1)
    backend.later(hours=24)
    assert backend.drain().outcomes == {"in doubt": 1}
    outbox = backend.outbox()
    assert outbox.replay(outbox.dead_letters(), even_expired=True) == 0
    assert backend.texts() == ["Hello Mei"]


def test_a_key_that_line_no_longer_stores_is_not_used(backend: Backend) -> None:
    """A process that is stopped for a day between claim and request does not send: another may have sent it."""
    backend.call(backend.person())

    def allow(user_id: str, payload: Any) -> bool:
        backend.later(hours=25)
        return True

    assert backend.drain(allow=allow).outcomes == {}
    backend.later(minutes=1)
    assert backend.drain().outcomes == {"expired": 1}
    assert len(backend.box.journal.of("line.push")) == 0


def test_what_was_not_sent_in_time_expires(backend: Backend) -> None:
    """An entry older than expires_after is not sent; a replay sends it only with even_expired."""
    backend.call(backend.person())
    backend.outbox().pause()
    backend.drain()
    backend.later(hours=25)
    backend.outbox().resume()
    assert backend.drain().outcomes == {"expired": 1}
    outbox = backend.outbox()
    assert outbox.replay(outbox.dead_letters()) == 0
    assert outbox.replay(outbox.dead_letters(), even_expired=True) == 1
    assert backend.drain().outcomes == {"accepted": 1}


def test_a_rejected_message_delays_no_other(backend: Backend) -> None:
    """LINE's 400 ends one entry with LINE's words; the others are sent; a replay tries it again."""
    outbox = backend.outbox()
    outbox.enqueue([Delivery("U" + "f" * 32, "Hello"), *(Delivery(user, "Hello") for user in backend.users[:9])])
    assert backend.drain().outcomes == {"accepted": 9, "rejected": 1}
    [dead] = outbox.dead_letters()
    assert "Failed to send messages" in dead.reason
    assert outbox.replay([dead]) == 1
    assert backend.drain().outcomes == {"rejected": 1}


@pytest.mark.parametrize(("status", "message"), [(401, "Authentication failed"), (403, "Not available"), (429, "")])
def test_an_error_for_all_pauses_the_channel(backend: Backend, status: int, message: str) -> None:
    """After a 401, a 403 or a used-up quota nothing is lost: the sender looks again later, and sends all."""
    if status == 429:
        backend.box.line.quota = 0
    else:
        backend.box.faults.add("line.push", status=status, json_body={"message": message}, times=1000)
    outbox = backend.outbox()
    outbox.enqueue([Delivery(user, "Hello") for user in backend.users])
    report = backend.drain()
    assert (report.outcomes, report.remaining) == ({}, 60)
    assert report.stopped_by
    assert outbox.status().paused_reason == report.stopped_by
    backend.box.faults.clear()
    backend.box.line.quota = None
    backend.later(hours=1)
    assert backend.drain().outcomes == {"accepted": 60}
    assert outbox.status().paused_until is None
    assert all(backend.texts(number) == ["Hello"] for number in range(60))


def test_an_order_is_sent_once(backend: Backend) -> None:
    """A delivery with a key of its own is sent once, a week later too, under that key."""
    key = retry_key_for("order", 17)
    for _ in range(2):
        backend.outbox().enqueue([Delivery(backend.users[0], "Order 17", key)])
        backend.drain()
        backend.later(hours=24 * 7)
    assert backend.texts() == ["Order 17"]
    assert backend.outbox().history(backend.users[0])[0].retry_key == str(key)


def test_a_sender_sends_its_own_channel(backend: Backend) -> None:
    """Rows of another channel of the same file are not sent."""
    one, two = backend.outbox("one"), backend.outbox("two")
    backend.call(backend.person(), outbox=one)
    two.enqueue([Delivery(backend.users[1], "Hello")])
    assert backend.drain(outbox=two).outcomes == {"accepted": 1}
    assert one.status().calls == 1
    assert backend.texts(0) == []
