"""Bodies of a bulk send: checked, and encoded once where they are shared."""

from __future__ import annotations

from typing import Any

import pytest

from linetap import Delivery, ProfileField
from linetap.errors import BadArgument
from linetap.line.api import messaging
from linetap.line.bulk import bodies as bulk_bodies
from linetap.line.bulk.bodies import Bodies
from linetap.line.messages.kinds import TextMessage

U1, U2 = "U" + "1" * 32, "U" + "2" * 32
GROUP = "C" + "1" * 32


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The deliveries whose messages were checked and encoded."""
    made: list[Any] = []
    stock = bulk_bodies._checked
    monkeypatch.setattr(bulk_bodies, "_checked", lambda delivery: made.append(delivery) or stock(delivery))
    return made


@pytest.mark.parametrize("messages", ["Hello", TextMessage("Hello"), ["Hello", TextMessage("x")], ("Hello",)])
def test_shared_messages_are_encoded_once(made: list[Any], messages: Any) -> None:
    """A thousand deliveries of the same messages cost one encoding, and give the bytes of a push."""
    bodies = Bodies()

    tails = {bodies.tail(Delivery(f"U{n:032x}", messages)) for n in range(1000)}

    assert len(made) == 1
    [tail] = tails
    plain = messaging.push_encoded(U1, tail, retry_key="k").request.json()
    assert plain["to"] == U1
    assert plain["messages"][0] == {"type": "text", "text": "Hello"}


def test_a_list_that_changes_is_read_again(made: list[Any]) -> None:
    """A list whose messages are exchanged between deliveries never gives the old ones to the next recipient."""
    bodies, messages = Bodies(), [TextMessage("for one")]
    first = bodies.tail(Delivery(U1, messages))
    messages[0] = TextMessage("for two")

    assert b"for two" in bodies.tail(Delivery(U2, messages))
    assert b"for one" in first


def test_options_and_kind_of_recipient_keep_bodies_apart(made: list[Any]) -> None:
    """The same text silently, under a unit, or for a group is a body of its own."""
    bodies = Bodies()
    given = [
        Delivery(U1, "x"),
        Delivery(U1, "x", notification_disabled=True),
        Delivery(U1, "x", aggregation_unit="a"),
        Delivery(GROUP, "x"),
    ]

    assert len({bodies.tail(delivery) for delivery in given}) == 3
    assert len(made) == 4


def test_ids_that_are_used_again_do_not_mix(made: list[Any]) -> None:
    """Messages made and dropped one after the other, which may share an address, keep their own bytes."""
    bodies = Bodies()

    for number in range(200):
        assert f'"{number}"'.encode() in bodies.tail(Delivery(U1, TextMessage(f"{number}")))

    assert len(made) == 200
    assert len(bodies._known) <= 32


def test_all_that_is_wrong_is_told_at_once(made: list[Any]) -> None:
    """Recipient, messages and unit of a delivery are judged together, and again for the next recipient."""
    bodies = Bodies()

    for to in ("N.A", U1):
        with pytest.raises(BadArgument) as caught:
            bodies.tail(Delivery(to, "", aggregation_unit="a-b"))
        paths = {problem.path.partition("[")[0] for problem in caught.value.problems}
        assert paths == {"messages", "customAggregationUnits"} | ({"to"} if to == "N.A" else set())
    assert len(made) == 2


@pytest.mark.parametrize(
    "delivery", [Delivery(U1, f"Hi {ProfileField('Name')}"), Delivery(f"{ProfileField('LineID')}", "Hi")]
)
def test_a_standing_field_is_found(delivery: Delivery) -> None:
    """A delivery that was never filled is refused."""
    with pytest.raises(BadArgument, match=r"[Ff]ill it first"):
        Bodies().tail(delivery)


@pytest.mark.parametrize("messages", [None, [], 5, [5], {"type": "text"}])
def test_what_is_no_message_is_found(messages: Any) -> None:
    """Messages of the wrong type are this delivery's error."""
    with pytest.raises(BadArgument, match="messages"):
        Bodies().tail(Delivery(U1, messages))
