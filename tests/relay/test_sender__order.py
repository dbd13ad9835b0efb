"""What is sent next: no message waits for another, and a control applies in the middle of many rows."""

from __future__ import annotations

import json
import threading
from collections import Counter

import pytest

from linetap.line.bulk.delivery import Delivery
from linetap.relay import EntryOutcome, Outbox, OutboxSender
from tests.relay.conftest import SALE, Backend

MANY = [1_000, pytest.param(100_000, marks=pytest.mark.ci)]
IN_FLIGHT, CLAIMED_AHEAD = 8, 8


def sent_texts(file_backend: Backend) -> list[str]:
    """The texts that reached LINE, in their order."""
    pushes = [call for call in file_backend.box.journal if call.operation == "line.push"]
    return [json.loads(call.content or b"")["messages"][0]["text"] for call in pushes]


@pytest.mark.parametrize("waiting", MANY)
def test_an_urgent_message_is_sent_next(file_backend: Backend, waiting: int) -> None:
    """One response that does not come, one message that LINE rejects, a campaign that waits: urgent ones are next."""
    outbox, stop, released = file_backend.outbox(), threading.Event(), threading.Event()
    file_backend.box.faults.add("line.push", wait=lambda: released.wait(300))
    outbox.enqueue([Delivery("U" + "f" * 32, "rejected")], campaign="sale")
    outbox.enqueue((Delivery(file_backend.users[n % 60], f"sale {n}") for n in range(waiting)), campaign="sale")
    before: dict[str, int] = {}
    ends = Counter[str]()

    def on_outcome(outcome: EntryOutcome) -> None:
        ends[outcome.state] += 1
        if ends.total() % 40 == 0 and len(before) < 10:
            name = f"urgent {len(before)}"
            before[name] = len(sent_texts(file_backend))
            outbox.enqueue([Delivery(file_backend.users[0], name)], urgent=True)
        if ends.total() == 500:
            stop.set()
            released.set()

    sender = OutboxSender(outbox, file_backend.line(), SALE, in_flight=IN_FLIGHT, fuse=None, on_outcome=on_outcome)
    report = sender.run(stop)

    assert report.outcomes["rejected"] == 1
    order = sent_texts(file_backend)
    assert len(before) == 10
    # Sent before it: what was claimed when it was stored, at most.
    assert all(order.index(name) - sent <= IN_FLIGHT + CLAIMED_AHEAD for name, sent in before.items())


def test_a_campaign_gets_its_share_beside_a_large_one(file_backend: Backend) -> None:
    """A campaign of few messages does not wait for the thousand messages of another, whatever its name."""
    outbox = file_backend.outbox()
    outbox.enqueue((Delivery(file_backend.users[n % 60], f"large {n}") for n in range(1000)), campaign="a")
    outbox.enqueue([Delivery(user, f"small {n}") for n, user in enumerate(file_backend.users[:10])], campaign="b")

    assert file_backend.drain(in_flight=IN_FLIGHT, fuse=None).ok

    order = sent_texts(file_backend)
    assert max(order.index(f"small {n}") for n in range(10)) <= 2 * 10 + 2 * (IN_FLIGHT + CLAIMED_AHEAD)


@pytest.mark.parametrize("waiting", MANY)
def test_what_users_got_equals_the_history_after_cancel_resume_and_replay(file_backend: Backend, waiting: int) -> None:
    """Cancelled in the middle, resumed, replayed and paused: each user has exactly the messages of their history."""
    outbox = file_backend.outbox()
    outbox.enqueue((Delivery(file_backend.users[n % 60], f"sale {n}") for n in range(waiting)), campaign="sale")
    first = _sent_until(file_backend, outbox, 300, lambda: outbox.cancel("sale", "wrong price"))
    assert first <= 300 + 2 * (IN_FLIGHT + CLAIMED_AHEAD)
    assert outbox.status().entries == {"accepted": first, "cancelled": waiting - first}

    outbox.resume("sale")
    assert outbox.replay(outbox.dead_letters(reason="wrong price")) == waiting - first
    second = _sent_until(file_backend, outbox, 200, lambda: outbox.pause("sale"))

    sent = first + second
    assert sent <= 500 + 4 * (IN_FLIGHT + CLAIMED_AHEAD)
    assert outbox.status().entries == {"accepted": sent, "queued": waiting - sent}
    received = [text for number in range(60) for text in file_backend.texts(number)]
    assert len(received) == len(set(received)) == sent
    for number, user in enumerate(file_backend.users):
        states = Counter(each.state for each in outbox.history(user))
        assert states["accepted"] == len(file_backend.texts(number))


def _sent_until(file_backend: Backend, outbox: Outbox, count: int, act: object) -> int:
    """Drains, and acts when so many messages were accepted; gives how many were accepted in all."""
    assert callable(act)
    seen = Counter[str]()

    def on_outcome(outcome: EntryOutcome) -> None:
        seen[outcome.state] += 1
        if outcome.state == "accepted" and seen["accepted"] == count:
            act()

    file_backend.drain(outbox=outbox, in_flight=IN_FLIGHT, fuse=None, on_outcome=on_outcome)
    return seen["accepted"]
