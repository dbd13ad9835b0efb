"""The sender: each occurrence is pushed once, and every other end has its reason."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from linetap.campaign.campaign import Campaign
from linetap.errors import BadArgument, StorageError
from linetap.fields import ProfileField
from linetap.line.api.retry_keys import retry_key_for
from linetap.line.bulk.delivery import Delivery
from linetap.relay import EntryOutcome, InboundCall, OutboxSender, PerPerson
from tests.relay.conftest import SALE, Backend

NEWS = Campaign("news").with_text("News")


def test_a_repeat_is_not_sent_and_a_later_qualification_is(backend: Backend) -> None:
    """A repeat after 57 s is a repeat; the same text an hour and a day later are further messages."""
    outcomes: list[EntryOutcome] = []
    backend.call(backend.person())
    assert backend.drain().ok
    backend.later(seconds=57)
    backend.call(backend.person())
    assert backend.drain(on_outcome=outcomes.append).outcomes == {"repeat": 1}
    for hours in (1, 23):
        backend.later(hours=hours)
        backend.call(backend.person())
        backend.drain()
    assert backend.texts() == ["Hello Mei"] * 3
    assert [(each.state, each.user_id, each.target) for each in outcomes] == [("repeat", backend.users[0], "7")]
    assert [each.state for each in backend.outbox().history(backend.users[0])] == [
        "accepted",
        "repeat",
        "accepted",
        "accepted",
    ]


def test_a_repeat_is_recognised_however_it_is_written(backend: Backend) -> None:
    """The same message is a repeat in another grouping, with other keys of the payload, and within one call."""
    one, two = backend.person(0), backend.person(1)
    backend.call(one, two, one)
    backend.call(two)
    backend.call({"Identity": "0", "ProfileData": dict(reversed(one["profileData"].items()))})
    backend.call(one, key_values={"other": "x"})
    assert backend.drain().outcomes == {"accepted": 2, "repeat": 4}
    backend.call(one, targetId=8)
    backend.call(backend.person(0, Name="Ann"))
    assert backend.drain().outcomes == {"accepted": 2}


def test_repeats_are_measured_from_the_first_arrival(backend: Backend) -> None:
    """Arrivals 100 s apart: the third is 200 s after the first and is a message of its own; a clock may go back."""
    for seconds in (0, 100, 100, -250):
        backend.time += seconds
        backend.call(backend.person())
        backend.drain()
    assert [each.state for each in backend.outbox().history(backend.users[0])] == [
        "accepted",
        "repeat",
        "accepted",
        "repeat",
    ]


def test_a_repeat_can_be_replayed(backend: Backend) -> None:
    """A message that was a repeat by mistake can be sent, and other dead letters do not include it."""
    backend.call(backend.person())
    backend.call(backend.person())
    backend.drain()
    outbox = backend.outbox()
    assert list(outbox.dead_letters()) == []
    assert outbox.replay(outbox.dead_letters(reason="repeat")) == 1
    assert backend.drain().outcomes == {"accepted": 1}
    assert backend.texts() == ["Hello Mei"] * 2


def test_an_occurrence_of_the_users_own_has_no_window(backend: Backend) -> None:
    """The function names the occurrence: one name is one message a day later too; a raised error holds the person."""

    def occurrence(payload: Any, profile: Any) -> str:
        return str(payload["key_values"]["order"])

    for hours, order in ((0, 1), (30, 1), (1, 2)):
        backend.later(hours=hours)
        backend.call(backend.person(), key_values={"order": order})
        backend.drain(occurrence=occurrence)
    backend.call(backend.person())
    assert backend.drain(occurrence=occurrence).outcomes == {"held": 1}
    assert [each.state for each in backend.outbox().history(backend.users[0])] == ["accepted", "repeat", "accepted"]
    assert next(backend.outbox().dead_letters()).reason.startswith("KeyError")


def test_values_cannot_break_the_message(backend: Backend) -> None:
    """Quotes, braces and line breaks in a profile arrive as they are."""
    name = 'A"}],"to":"x\\{{ 1 }}\n\u202e'
    backend.call(backend.person(Name=name))
    assert backend.drain().ok
    assert backend.texts() == [f"Hello {name}"]


# Routing -------------------------------------------------------------------------------------------------


def test_a_person_without_a_campaign_is_held_and_can_be_replayed(backend: Backend) -> None:
    """Unknown name, version and target are held with the reason; after the campaign is there, a replay sends them."""
    old = SALE.with_text("old")
    wrong = [{"linetap_campaign": "gone"}, {"linetap_campaign": "sale", "linetap_version": old.fingerprint}, {}]
    for number, values in enumerate(wrong):
        backend.call(backend.person(number), key_values=values)
    report = backend.drain([SALE, NEWS])
    assert report.outcomes == {"held": 3}
    outbox = backend.outbox()
    reasons = sorted(each.reason for each in outbox.dead_letters(reason="held"))
    assert [reason.split(" ")[0] for reason in reasons] == ["the", "unknown", "unknown"]
    assert outbox.replay(outbox.dead_letters()) == 3
    known = {"gone": NEWS, "7": NEWS, "sale": SALE, "sale of May": old}
    assert backend.drain(known).outcomes == {"accepted": 3}
    assert (backend.texts(0), backend.texts(1), backend.texts(2)) == (["News"], ["Hello Mei", "old"], ["News"])


def test_what_was_rendered_is_pinned(backend: Backend) -> None:
    """A message that waits or has no response keeps its text and key, whatever campaign is deployed meanwhile."""
    backend.call(backend.person(), backend.person(1))
    backend.box.faults.add("line.push", cut="after", times=1)
    assert backend.drain(attempts=1, in_flight=1).outcomes == {"accepted": 1}
    key = backend.outbox().history(backend.users[0])[0].retry_key
    backend.later(minutes=1)
    assert backend.drain(Campaign("sale").with_text("changed")).outcomes == {"accepted": 1}
    assert (backend.texts(0), backend.texts(1)) == (["Hello Mei"], ["Hello Mei"])
    assert backend.outbox().history(backend.users[0])[0].retry_key == key


def test_a_call_that_cannot_be_read_delays_no_other(backend: Backend) -> None:
    """A call that a queue of the user's damaged is held as a whole, before and after a replay; the others are sent."""
    outbox = backend.outbox()
    for body in ("{", "[]", '{"profiles": 3}', '{"profiles": []}', '{"profiles": [{"key_values": 1}]}', ""):
        when = datetime.fromtimestamp(backend.time, timezone.utc)
        outbox.receive(InboundCall(uuid4().hex, "campaign", when, body))
    backend.call(backend.person())
    assert backend.drain().outcomes == {"accepted": 1, "held": 6}
    assert outbox.replay(outbox.dead_letters(reason="the call cannot be read")) == 6
    assert backend.drain().outcomes == {"held": 6}


def test_a_function_finds_the_campaign(backend: Backend) -> None:
    """campaigns may be a function of the payload; None and errors hold the person."""

    def find(payload: Any) -> Any:
        return {"0": SALE, "1": None, "2": "text"}[payload["profiles"]["identity"]]

    for number in range(4):
        backend.call(backend.person(number))
    assert backend.drain(find).outcomes == {"accepted": 1, "held": 3}


def test_profiles_without_a_value_are_skipped(backend: Backend) -> None:
    """A profile that the custom body would skip is skipped with the reason, which has no value of the profile."""
    strict = Campaign("sale").with_text(ProfileField("Coupon"))
    backend.call(backend.person(), {"profileData": {"Name": "Mei"}})
    assert backend.drain(strict).outcomes == {"skipped": 2}
    reasons = [each.reason for each in backend.outbox().dead_letters()]
    assert all("must have" in reason and "Mei" not in reason for reason in reasons)


def test_a_folder_of_campaigns_is_read_again(backend: Backend, tmp_path: Path) -> None:
    """A changed file is used without a restart; its older version is still found; a broken file changes nothing."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / "sale.json").write_text(json.dumps(SALE.to_json()))
    sender = OutboxSender(backend.outbox(), backend.line(), folder)
    changed = Campaign("sale").with_text("changed")
    (folder / "sale.json").write_text(json.dumps(changed.to_json()))
    for number, values in enumerate([{"linetap_campaign": "sale"}, {"linetap_version": SALE.fingerprint}]):
        backend.call(backend.person(number), key_values={"linetap_campaign": "sale", **values})
    assert sender.drain().ok
    (folder / "sale.json").write_text("{")
    backend.call(backend.person(2))
    assert sender.drain().ok
    assert [backend.texts(number) for number in range(3)] == [["changed"], ["Hello Mei"], ["changed"]]
    (folder / "sale.json").unlink()
    backend.call(backend.person(3), key_values={"linetap_campaign": "sale"})
    assert sender.drain().outcomes == {"held": 1}


# Sending -------------------------------------------------------------------------------------------------


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


# Order and controls --------------------------------------------------------------------------------------


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


def test_after_stop_nothing_more_is_sent(backend: Backend) -> None:
    """A sender that is stopped completes what is in flight; what it took ahead is queued, and due at once."""
    stop, outbox = threading.Event(), backend.outbox()
    outbox.enqueue([Delivery(user, "Hello") for user in backend.users])

    sender = OutboxSender(outbox, backend.line(), SALE, in_flight=4, on_outcome=lambda outcome: stop.set())
    sent = sender.run(stop).outcomes["accepted"]

    assert sent == sum(len(backend.texts(number)) for number in range(60)) <= 4 + 2 * 4
    assert outbox.status().entries == {"accepted": sent, "queued": 60 - sent}
    assert backend.drain().outcomes == {"accepted": 60 - sent}


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


# Leading -------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("urgent", "sale"),
        ("urgent", [None]),
        ("repeat_within", 180),
        ("repeat_within", timedelta(0)),
        ("occurrence", "x"),
        ("expires_after", 3),
        ("send_window", (8, 21, "Asia/Tokyo")),
        ("send_window", (time(8), time(8), "Asia/Tokyo")),
        ("send_window", (time(8), time(9), "Asia/Nowhere")),
        ("allow", 1),
        ("fuse", 20),
        ("reserve", -1),
        ("in_flight", 0),
        ("pace", 0),
        ("pace", "fast"),
        ("on_outcome", 1),
    ],
)
def test_wrong_options_name_themselves(backend: Backend, name: str, value: Any) -> None:
    """Each option that cannot work raises BadArgument with its name, before anything is read."""
    with pytest.raises(BadArgument, match=name):
        OutboxSender(backend.outbox(), backend.line(), SALE, **{name: value})


def test_wrong_arguments_name_themselves(backend: Backend) -> None:
    """An outbox, a client and campaigns of another type raise BadArgument."""
    outbox, line = backend.outbox(), backend.line()
    wrong: list[tuple[str, Any]] = [
        ("outbox", lambda: OutboxSender("path", line, SALE)),  # type: ignore[arg-type]
        ("line", lambda: OutboxSender(outbox, "token", SALE)),  # type: ignore[arg-type]
        ("campaigns", lambda: OutboxSender(outbox, line, 3)),
        ("campaigns", lambda: OutboxSender(outbox, line, ["sale"])),
        ("campaigns", lambda: OutboxSender(outbox, line, "no folder")),
        ("messages", lambda: OutboxSender(outbox, line, Campaign("empty"))),
        ("timeout", lambda: OutboxSender(outbox, line, SALE).drain(0)),
    ]
    for name, act in wrong:
        with pytest.raises(BadArgument, match=name):
            act()
    assert outbox.status().waiting == 0


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
