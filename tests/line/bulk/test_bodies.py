"""Bodies of a bulk send: checked, and encoded once where recipients share them."""

from __future__ import annotations

from typing import Any

import pytest

from linetap import Delivery, ProfileField
from linetap.errors import BadArgument
from linetap.line.api import messaging
from linetap.line.bulk import bodies as bulk_bodies
from linetap.line.bulk.bodies import BodyCache
from linetap.line.messages.kinds import TextMessage

U1, U2 = "U" + "1" * 32, "U" + "2" * 32
GROUP = "C" + "1" * 32


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The deliveries whose messages were checked and encoded."""
    made: list[Any] = []
    stock = bulk_bodies._check
    monkeypatch.setattr(bulk_bodies, "_check", lambda delivery: made.append(delivery) or stock(delivery))
    return made


@pytest.mark.parametrize("messages", ["Hello", TextMessage("Hello"), ["Hello", TextMessage("x")], ("Hello",)])
def test_shared_messages_are_encoded_once(made: list[Any], messages: Any) -> None:
    """A thousand deliveries of the same messages cost one encoding, and give the bytes of a push."""
    bodies = BodyCache()

    tails = {bodies.body_without_recipient(Delivery(f"U{n:032x}", messages)) for n in range(1000)}

    assert len(made) == 1
    [tail] = tails
    plain = messaging.push_encoded(U1, tail, retry_key="k").request.json()
    assert plain["to"] == U1
    assert plain["messages"][0] == {"type": "text", "text": "Hello"}


def test_a_list_that_changes_is_read_again(made: list[Any]) -> None:
    """After a caller replaces a message in the list, the next recipient gets the new one."""
    bodies, messages = BodyCache(), [TextMessage("for one")]
    first = bodies.body_without_recipient(Delivery(U1, messages))
    messages[0] = TextMessage("for two")

    assert b"for two" in bodies.body_without_recipient(Delivery(U2, messages))
    assert b"for one" in first


def test_options_and_kind_of_recipient_keep_bodies_apart(made: list[Any]) -> None:
    """The same text without a notification, under a unit, or for a group has a body of its own."""
    bodies = BodyCache()
    given = [
        Delivery(U1, "x"),
        Delivery(U1, "x", notification_disabled=True),
        Delivery(U1, "x", aggregation_unit="a"),
        Delivery(GROUP, "x"),
    ]

    assert len({bodies.body_without_recipient(delivery) for delivery in given}) == 3
    assert len(made) == 4


def test_ids_that_are_used_again_do_not_mix(made: list[Any]) -> None:
    """Messages that are made and dropped one after the other, and may have the same address, keep their own bytes."""
    bodies = BodyCache()

    for number in range(200):
        assert f'"{number}"'.encode() in bodies.body_without_recipient(Delivery(U1, TextMessage(f"{number}")))

    assert len(made) == 200
    assert len(bodies._entries) <= 32


def test_all_that_is_wrong_is_reported_at_once(made: list[Any]) -> None:
    """Recipient, messages and unit of a delivery are checked together, and again for the next recipient."""
    bodies = BodyCache()

    for to in ("N.A", U1):
        with pytest.raises(BadArgument) as caught:
            bodies.body_without_recipient(Delivery(to, "", aggregation_unit="a-b"))
        paths = {problem.path.partition("[")[0] for problem in caught.value.problems}
        assert paths == {"messages", "customAggregationUnits"} | ({"to"} if to == "N.A" else set())
    assert len(made) == 2


@pytest.mark.parametrize(
    "delivery", [Delivery(U1, f"Hi {ProfileField('Name')}"), Delivery(f"{ProfileField('LineID')}", "Hi")]
)
def test_a_standing_field_is_found(delivery: Delivery) -> None:
    """A delivery with a field that was not filled raises."""
    with pytest.raises(BadArgument, match=r"[Ff]ill it first"):
        BodyCache().body_without_recipient(delivery)


@pytest.mark.parametrize("messages", [None, [], 5, [5], {"type": "text"}])
def test_what_is_no_message_is_found(messages: Any) -> None:
    """Messages of the wrong type are an error of this delivery."""
    with pytest.raises(BadArgument, match="messages"):
        BodyCache().body_without_recipient(Delivery(U1, messages))
