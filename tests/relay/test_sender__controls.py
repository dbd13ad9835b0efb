"""The sender: the order of messages, and what pauses, suppresses or cancels them."""

from __future__ import annotations

import json
import threading
from datetime import time
from typing import Any

from linetap.campaign.campaign import Campaign
from linetap.line.bulk.delivery import Delivery
from linetap.relay import EntryOutcome, OutboxSender, PerPerson
from tests.relay.conftest import SALE, Backend

NEWS = Campaign("news").with_text("News")


def order_at_the_server(backend: Backend) -> list[str]:
    pushes = [call for call in backend.box.journal if call.operation == "line.push"]
    return [json.loads(call.content or b"")["messages"][0]["text"] for call in pushes]


def test_an_urgent_message_is_sent_next(backend: Backend) -> None:
    """Of the messages that wait, the urgent one is sent first; a later one overtakes all that are not in flight."""
    outbox = backend.outbox()
    outbox.enqueue([Delivery(backend.users[n % 60], f"sale {n}") for n in range(400)], campaign="sale")
    late = threading.Event()

    def on_outcome(outcome: EntryOutcome) -> None:
        if not late.is_set():
            late.set()
            outbox.enqueue([Delivery(backend.users[0], "urgent 2")], urgent=True)

    outbox.enqueue([Delivery(backend.users[0], "urgent 1")], urgent=True)
    assert backend.drain(on_outcome=on_outcome, in_flight=8, fuse=None).outcomes == {"accepted": 402}
    order = order_at_the_server(backend)
    assert "urgent 1" in order[:8]
    assert order.index("urgent 2") <= 8 * 8  # of 402: those in flight, and what was sent before it was stored


def test_one_slow_response_delays_no_other(backend: Backend) -> None:
    """While one request waits for its response, all others are sent."""
    released = threading.Event()
    backend.box.faults.add("line.push", wait=lambda: released.wait(60))
    outbox, seen = backend.outbox(), []

    def on_outcome(outcome: EntryOutcome) -> None:
        seen.append(outcome.user_id)
        if len(seen) == 59:
            released.set()

    outbox.enqueue([Delivery(user, "Hello") for user in backend.users])
    assert backend.drain(on_outcome=on_outcome, in_flight=4).ok
    assert len(seen) == 60


def test_cancel_is_obeyed_by_a_running_sender(backend: Backend) -> None:
    """After cancel only requests in flight are completed; resume and replay send exactly the others."""
    outbox = backend.outbox()
    outbox.enqueue([Delivery(user, "Hello") for user in backend.users], campaign="sale")

    def on_outcome(outcome: EntryOutcome) -> None:
        if outcome.state == "accepted" and not outbox.status().controls:
            outbox.cancel("sale", "wrong price")

    report = backend.drain(on_outcome=on_outcome, in_flight=2)
    sent = report.outcomes["accepted"]
    assert sent <= 4
    assert outbox.status().entries == {"accepted": sent, "cancelled": 60 - sent}
    backend.call(backend.person())
    assert backend.drain().outcomes == {"cancelled": 1}
    outbox.resume("sale")
    outbox.replay(outbox.dead_letters(reason="wrong price"))
    assert backend.drain().outcomes == {"accepted": 61 - sent}
    for number in range(60):
        states = [each.state for each in outbox.history(backend.users[number])]
        assert states == ["accepted"] * len(backend.texts(number)), number


def test_the_window_holds_all_but_urgent(backend: Backend) -> None:
    """Outside the hours only urgent messages are sent; at its start the others are."""
    window = (time(8), time(21), "Asia/Tokyo")
    backend.time += 13 * 3600  # 22:00 in Tokyo
    outbox = backend.outbox()
    outbox.enqueue([Delivery(backend.users[0], "sale")])
    outbox.enqueue([Delivery(backend.users[1], "order")], urgent=True)
    assert backend.drain(send_window=window).remaining == 1
    assert (backend.texts(0), backend.texts(1)) == ([], ["order"])
    backend.later(hours=10)
    assert backend.drain(send_window=window).ok


def test_the_fuse_pauses_a_campaign(backend: Backend) -> None:
    """More messages to one user than the fuse allows pause the campaign; others go on; the pause is in the audit."""
    outbox = backend.outbox()
    outbox.enqueue([Delivery(backend.users[0], f"loop {n}") for n in range(5)], campaign="loop")
    outbox.enqueue([Delivery(backend.users[1], "news")], campaign="news")
    report = backend.drain(fuse=PerPerson(3, hours=1))
    assert (report.outcomes, report.remaining) == ({"accepted": 4}, 2)
    assert len(backend.texts(0)) == 3
    assert outbox.status().controls["loop"].startswith("paused: fuse")
    assert [each.action for each in outbox.audit()] == ["pause"]
    backend.later(hours=2)
    outbox.resume("loop")
    assert backend.drain(fuse=PerPerson(3, hours=1)).ok


def test_the_reserve_is_for_urgent_messages(backend: Backend) -> None:
    """Messages that are not urgent stop at the reserve; urgent ones use it."""
    backend.box.line.quota = 20
    outbox = backend.outbox()
    outbox.enqueue([Delivery(user, "sale") for user in backend.users])
    assert backend.drain(reserve=12, in_flight=16).outcomes == {"accepted": 8}
    outbox.enqueue([Delivery(user, "order") for user in backend.users[:8]], urgent=True)
    assert backend.drain(reserve=12, in_flight=4).outcomes == {"accepted": 8}


def test_allow_is_asked_before_the_first_request(backend: Backend) -> None:
    """False and a reason suppress, an exception and other values hold, True sends; the payload is the person's."""
    said: dict[str, Any] = {"0": True, "1": False, "2": "opted out", "4": None}

    def allow(user_id: str, payload: Any) -> Any:
        return said[payload["profiles"]["identity"]]

    for number in range(5):
        backend.call(backend.person(number))
    assert backend.drain(allow=allow).outcomes == {"accepted": 1, "suppressed": 2, "held": 2}
    reasons = sorted(each.reason for each in backend.outbox().dead_letters())
    assert reasons[:2] == ["allow raised KeyError", "allow returned False"]
    assert reasons[3] == "opted out"
    backend.outbox().enqueue([Delivery(backend.users[5], "order")])
    assert backend.drain(allow=lambda user_id, payload: payload is None).ok


def test_staging_sends_to_the_listed_users_alone(backend: Backend) -> None:
    """With only_to, messages to other users are suppressed with that reason, and can be replayed."""
    backend.call(backend.person(0), backend.person(1))
    outbox = backend.outbox()
    staging = backend.box.line_client(only_to=[backend.users[0]])

    report = OutboxSender(outbox, staging, SALE).drain()

    assert report.outcomes == {"accepted": 1, "suppressed": 1}
    assert backend.texts(1) == []
    [dead] = outbox.dead_letters()
    assert "only_to" in dead.reason
    assert outbox.replay([dead]) == 1
    assert backend.drain().outcomes == {"accepted": 1}


def test_a_suppressed_user_gets_nothing(backend: Backend) -> None:
    """A call for a suppressed user ends as suppressed."""
    backend.outbox().suppress(backend.users[0], "asked by phone")
    backend.call(backend.person(), backend.person(1))
    assert backend.drain().outcomes == {"accepted": 1, "suppressed": 1}
    assert backend.texts(0) == []


def test_a_forgotten_user_gets_nothing(file_backend: Backend) -> None:
    """What waits for a user who was erased is not sent, and nothing of the user is in the file."""
    file_backend.call(file_backend.person(0), file_backend.person(1))
    file_backend.outbox().pause()
    file_backend.drain()
    outbox = file_backend.outbox()
    assert outbox.forget(file_backend.users[0]) == 1
    outbox.resume()
    assert file_backend.drain().outcomes == {"accepted": 1}
    outbox.close()
    assert file_backend.users[0].encode() not in outbox.path.read_bytes()


def test_a_paused_campaign_keeps_no_place_of_the_others(backend: Backend) -> None:
    """Entries of a paused campaign without a response do not delay those of another campaign."""
    outbox = backend.outbox()
    for number in range(4):
        backend.call(backend.person(number), key_values={"linetap_campaign": "sale"}, outbox=outbox)
    backend.call(backend.person(5), key_values={"linetap_campaign": "news"}, outbox=outbox)
    backend.box.faults.add("line.push", cut="before", times=5)
    backend.drain([SALE, NEWS], attempts=1, in_flight=2)
    outbox.pause("sale")
    for _ in range(4):
        backend.later(minutes=3)
        backend.drain([SALE, NEWS], attempts=1, in_flight=2)

    assert backend.texts(5) == ["News"]
    assert backend.texts(0) == []
