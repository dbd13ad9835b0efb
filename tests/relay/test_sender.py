"""The sender: a repeat is not sent, the values of a profile arrive as they are, wrong options are errors."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from linetap.campaign.campaign import Campaign
from linetap.errors import BadArgument
from linetap.relay import EntryOutcome, OutboxSender
from tests.relay.conftest import SALE, Backend


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
