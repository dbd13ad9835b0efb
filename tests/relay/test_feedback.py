"""Feedback: outcomes as CleverTap's events and properties, each at most once, and never in the way of messages."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from linetap.clevertap import CleverTapClient
from linetap.errors import BadArgument
from linetap.http.policy import RetryPolicy
from linetap.line.bulk.delivery import Delivery
from linetap.relay import Feedback, Outbox
from tests.relay.conftest import Backend

ONCE = RetryPolicy(attempts=1)
NOT_KNOWN: dict[str, Any] = {"status": 400, "json_body": {"message": "Failed to send messages"}}
BAD_TEXT: dict[str, Any] = {"status": 400, "json_body": {"message": "The request body has 1 error(s)"}}


def client(backend: Backend) -> CleverTapClient:
    return backend.box.clevertap_client(retry=ONCE)


def called(backend: Backend, count: int, **values: Any) -> None:
    """CleverTap calls for so many of its profiles."""
    for number in range(count):
        backend.box.clevertap.add_profile(f"c{number}", {"LineID": backend.users[number]})
    again(backend, count, **values)


def again(backend: Backend, count: int, **values: Any) -> None:
    backend.call(*({**backend.person(number, **values), "identity": f"c{number}"} for number in range(count)))


def profile(backend: Backend, number: int) -> Any:
    return backend.box.clevertap.find(identity=f"c{number}")


def sent(backend: Backend, **options: Any) -> Outbox:
    outbox = backend.outbox()
    backend.drain(outbox=outbox, feedback=Feedback(client(backend), **options))
    return outbox


def events(backend: Backend) -> list[tuple[str, str]]:
    return [(found["identity"], found["name"]) for found in backend.box.clevertap.events]


def test_a_rejected_message_is_an_event_of_its_profile(backend: Backend) -> None:
    """A message that LINE rejected is one event, with campaign, targetId and reason; an accepted one is none."""
    called(backend, 3)
    backend.box.faults.add("line.push", **BAD_TEXT)
    outbox = sent(backend)
    [event] = backend.box.clevertap.events
    assert (event["name"], event["ts"]) == ("LINE Message Rejected", int(backend.time))
    assert event["data"]["Campaign"] == "sale"
    assert event["data"]["CleverTap campaign"] == "7"
    assert "The request body has 1 error(s)" in event["data"]["Reason"]
    assert outbox.status().feedback == {"recorded": 1}
    assert "feedback recorded: 1" in str(outbox.status())


def test_events_have_the_names_that_were_chosen(backend: Backend) -> None:
    """Accepted messages are events where it is asked for, under a name of your own, once for each message."""
    called(backend, 4)
    again(backend, 4)
    sent(backend, rejected=False, accepted="Got LINE")
    sent(backend, rejected=False, accepted="Got LINE")
    assert sorted(events(backend)) == [(f"c{number}", "Got LINE") for number in range(4)]


def test_only_an_unknown_id_changes_the_property(backend: Backend) -> None:
    """``LINE follower`` is False, with the date, where LINE does not know the id, and unchanged after other errors."""
    backend.users[1] = f"U{'f' * 32}"  # of another provider
    called(backend, 2)
    sent(backend, rejected=False)
    found = [profile(backend, number).data for number in range(2)]
    assert "LINE follower" not in found[0]
    assert (found[1]["LINE follower"], found[1]["LINE follower changed"]) == (False, f"$D_{int(backend.time)}")
    again(backend, 1, Name="Ken")
    backend.box.faults.add("line.push", **BAD_TEXT)
    sent(backend, rejected=False)
    assert "LINE follower" not in profile(backend, 0).data
    assert backend.box.clevertap.events == []


def test_a_user_who_blocked_keeps_the_property(backend: Backend) -> None:
    """LINE responds with 200 for a user who blocked the account: nothing is uploaded about them."""
    called(backend, 1)
    backend.box.line.block(backend.users[0])
    outbox = sent(backend)
    assert "LINE follower" not in profile(backend, 0).data
    assert outbox.status().feedback == {}


def test_an_object_id_names_the_profile(backend: Backend) -> None:
    """A call without an identity names its profile by objectId; one with neither has no profile."""
    backend.box.clevertap.add_profile("c0", {"LineID": backend.users[0]})
    known = profile(backend, 0)
    people = [backend.person(number)["profileData"] for number in range(2)]
    backend.call({"objectId": known.object_id, "profileData": people[0]}, {"email": "a@b.c", "profileData": people[1]})
    backend.box.faults.add("line.push", times=2, **BAD_TEXT)
    outbox = sent(backend)
    assert events(backend) == [("c0", "LINE Message Rejected")]
    assert outbox.status().feedback == {"recorded": 1, "no profile": 1}


def test_an_enqueued_delivery_has_no_profile(backend: Backend) -> None:
    """Nothing is uploaded for a delivery that was enqueued, and it is counted."""
    outbox = backend.outbox()
    outbox.enqueue([Delivery(backend.users[0], "Hello")])
    sent(backend, accepted=True)
    assert outbox.status().feedback == {"no profile": 1}
    assert backend.box.clevertap.events == []


@pytest.mark.parametrize(("cut", "recorded"), [("before", 0), ("after", 2), ("half", 2)])
def test_a_lost_response_is_reported(backend: Backend, cut: str, recorded: int) -> None:
    """Events without a response may have been recorded: it is said, and they are never uploaded again."""
    called(backend, 2)
    backend.box.faults.add("clevertap.upload", cut=cut, times=2)
    outbox = sent(backend, accepted=True)
    backend.box.faults.clear()
    backend.later(hours=1)
    sent(backend, accepted=True)
    assert len(backend.box.clevertap.events) == recorded
    assert outbox.status().feedback == {"may have been recorded": 2}


def test_a_property_without_a_response_is_uploaded_again(backend: Backend) -> None:
    """A property may be set twice: where the response was lost, it is."""
    called(backend, 1)
    backend.box.faults.add("line.push", **NOT_KNOWN)
    backend.box.faults.add("clevertap.upload", cut="before")
    outbox = sent(backend, rejected=False)
    assert outbox.status().feedback == {"waiting": 1}
    sent(backend, rejected=False)
    assert profile(backend, 0).data["LINE follower"] is False
    assert outbox.status().feedback == {"recorded": 1}


@pytest.mark.parametrize("status", [401, 429, 503])
def test_messages_are_sent_while_clevertap_rejects_everything(backend: Backend, status: int) -> None:
    """A drain ends although CleverTap takes nothing; the next one uploads what waited on the disk, once."""
    called(backend, 3)
    backend.box.faults.add("clevertap.upload", status=status, times=50)
    outbox = sent(backend, accepted=True)
    assert outbox.status().entries == {"accepted": 3}
    waiting = outbox.status().feedback
    backend.box.faults.clear()
    sent(backend, accepted=True)
    # A 503 may have been processed.
    assert waiting == ({"may have been recorded": 3} if status == 503 else {"waiting": 3})
    assert len(backend.box.clevertap.events) == (0 if status == 503 else 3)


def test_messages_do_not_wait_for_clevertap(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """All messages are accepted while one upload to CleverTap has not ended."""
    called(backend, 40)
    clevertap, arrived, may_end = client(backend), threading.Event(), threading.Event()
    real = clevertap._transport._run

    def slow(*arguments: Any) -> Any:
        arrived.set()
        assert may_end.wait(60)
        return real(*arguments)

    monkeypatch.setattr(clevertap._transport, "_run", slow)
    outbox = backend.outbox()
    later = threading.Thread(target=_after_all, args=(backend, arrived, may_end))
    later.start()
    backend.drain(outbox=outbox, feedback=Feedback(clevertap, accepted=True), in_flight=2)
    later.join()
    assert outbox.status().feedback == {"recorded": 40}


def _after_all(backend: Backend, arrived: threading.Event, may_end: threading.Event) -> None:
    arrived.wait(60)
    with backend.outbox() as outbox:
        while outbox.status().entries.get("accepted") != 40:
            may_end.wait(0.01)
    may_end.set()


def test_one_wrong_profile_does_not_stop_the_others(backend: Backend) -> None:
    """An event that CleverTap rejects, and an identity that it does not take, are counted; all others are recorded."""
    called(backend, 5)
    backend.call({**backend.person(5), "identity": "null"})
    backend.box.clevertap.reject_record("c3", 528)
    outbox = sent(backend, accepted=True)
    assert sorted(events(backend)) == [(f"c{number}", "LINE Message Accepted") for number in (0, 1, 2, 4)]
    assert outbox.status().feedback == {"recorded": 4, "rejected": 2}


def test_a_batch_that_is_rejected_whole_is_split(backend: Backend) -> None:
    """A status about the records or their size makes the batches smaller, until the wrong record is alone."""
    called(backend, 5)
    backend.box.faults.add("clevertap.upload", status=413, times=2)
    outbox = sent(backend, accepted=True)
    assert len(backend.box.clevertap.events) + outbox.status().feedback.get("rejected", 0) == 5
    assert outbox.status().feedback["recorded"] == len(backend.box.clevertap.events) >= 3


def test_a_temporary_code_is_uploaded_again(backend: Backend) -> None:
    """Code 555 is temporary: the event waits, up to five times, and then counts as rejected."""
    called(backend, 2)
    backend.box.clevertap.reject_record("c1", 555)
    outbox = sent(backend, accepted=True)
    assert outbox.status().feedback == {"waiting": 1, "recorded": 1}
    for _ in range(4):
        sent(backend, accepted=True)
    assert outbox.status().feedback == {"recorded": 1, "rejected": 1}
    assert events(backend) == [("c0", "LINE Message Accepted")]


def test_what_waits_is_erased_and_expires(backend: Backend) -> None:
    """``forget`` deletes what waits about a user; after seven days the rest is not uploaded."""
    called(backend, 3)
    backend.box.faults.add("clevertap.upload", status=429, times=100)
    outbox = sent(backend, accepted=True)
    outbox.forget(backend.users[1])
    assert outbox.status().feedback == {"waiting": 2}
    backend.box.faults.clear()
    backend.later(hours=24 * 8)
    sent(backend, accepted=True)
    assert outbox.status().feedback == {"expired": 2}
    assert backend.box.clevertap.events == []
    backend.later(hours=24 * 90)
    sent(backend)
    assert outbox.status().feedback == {}


def test_a_user_who_is_erased_in_flight_is_not_uploaded(backend: Backend) -> None:
    """Nothing is stored or uploaded about a user who was erased between the request and its response."""
    called(backend, 2)

    def erases(user_id: str, payload: object) -> bool:
        if user_id == backend.users[0]:
            with backend.outbox() as other:
                other.forget(user_id)
        return True

    outbox = backend.outbox()
    backend.drain(outbox=outbox, feedback=Feedback(client(backend), accepted=True), allow=erases)
    assert events(backend) == [("c1", "LINE Message Accepted")]
    assert outbox.status().feedback == {"recorded": 1}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rejected": ""}, "rejected must"),
        ({"accepted": "Notification Sent"}, "accepted must"),
        ({"accepted": 3}, "accepted must"),
        ({"following": "yes"}, "following must"),
        ({"rejected": False, "following": False}, "rejected must"),
    ],
)
def test_wrong_options_are_rejected(backend: Backend, options: dict[str, Any], says: str) -> None:
    """Names that CleverTap does not take, and feedback of nothing, are BadArgument."""
    with pytest.raises(BadArgument, match=says):
        Feedback(client(backend), **options)
    with pytest.raises(BadArgument, match="feedback must"):
        backend.drain(feedback=True)
    with pytest.raises(BadArgument, match="clevertap must"):
        Feedback("account")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
