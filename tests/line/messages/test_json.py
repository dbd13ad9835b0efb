"""Hostile and mistaken values as messages: each is a BadArgument with a path, before anything is sent."""

from __future__ import annotations

import contextlib
from enum import Enum
from typing import Any

import pytest

from linetap import BadArgument, FlexMessage, ImageMessage, LocationMessage, RawMessage, TextMessage, message_from_json
from linetap.line import Emoji, FlexBox, FlexBubble, FlexText, QuickReply, QuickReplyItem, URIAction, message_to_json
from linetap.line.messages.base import Message
from linetap.sandbox import Sandbox


class Text(str):
    """A subclass of str that prints another text than it contains."""

    def __str__(self) -> str:
        return "another text"


class Plan(str, Enum):
    GOLD = "gold"


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class NoTruth:
    def __bool__(self) -> bool:
        raise RuntimeError("no truth value")


def nested(levels: int, *, mapping: bool = False) -> Any:
    value: Any = {} if mapping else []
    for _ in range(levels):
        value = {"a": value} if mapping else [value]
    return value


def endless() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


HOSTILE: dict[str, Any] = {
    "a subclass of str": Text("x"),
    "a str enum": Plan.GOLD,
    "a huge int": 10**5000,
    "a negative huge int": -(10**5000),
    "infinity": float("inf"),
    "not a number": float("nan"),
    "a deep list": nested(100_000),
    "a deep dict": nested(100_000, mapping=True),
    "an endless list": endless(),
    "bytes": b"x",
    "no repr": Unprintable(),
    "no truth value": NoTruth(),
    "a lone surrogate": "\ud800",
    "a set": {"x"},
    "a class": str,
}
SEND: dict[str, Any] = {
    "message": lambda value: value,
    "one of the messages": lambda value: ["x", value],
    "text": lambda value: TextMessage(value),
    "raw message": lambda value: RawMessage(value),
    "raw text": lambda value: RawMessage({"type": "text", "text": value}),
    "flex contents": lambda value: RawMessage({"type": "flex", "altText": "a", "contents": value}),
    "index of an emoji": lambda value: TextMessage("$", emojis=[Emoji(value, "p", "e")]),
    "items of a quick reply": lambda value: TextMessage("x", quick_reply=QuickReply([value])),
    "latitude": lambda value: LocationMessage("t", "a", value, 0.0),
    "URL": lambda value: ImageMessage(value, value),
    "layout of a box": lambda value: FlexMessage("a", FlexBubble(body=FlexBox(value, [FlexText("x")]))),
    "colour": lambda value: FlexMessage("a", FlexBubble(body=FlexBox("vertical", [FlexText("x", color=value)]))),
    "action": lambda value: TextMessage("x", quick_reply=QuickReply([QuickReplyItem(URIAction(value, label="a"))])),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("place", SEND)
def test_a_hostile_value_is_a_bad_argument(place: str, name: str) -> None:
    """Any odd value makes push raise BadArgument and no other error; nothing is sent."""
    box = Sandbox()
    [user_id] = box.line.add_followers(1)

    with pytest.raises(BadArgument) as caught:
        box.line_client().push(user_id, SEND[place](HOSTILE[name]))

    assert 0 < len(str(caught.value)) < 2000
    assert len(box.journal) == 0


@pytest.mark.parametrize("name", ["a huge int", "a deep list", "a deep dict", "an endless list", "no repr"])
def test_a_hostile_value_under_an_unknown_key(name: str) -> None:
    """What cannot be JSON is an error under a key that LINE does not document, too."""
    box = Sandbox()
    [user_id] = box.line.add_followers(1)

    with pytest.raises(BadArgument):
        box.line_client().push(user_id, RawMessage({"type": "text", "text": "x", "mood": HOSTILE[name]}))


@pytest.mark.parametrize("name", HOSTILE)
def test_json_that_is_hostile(name: str) -> None:
    """message_from_json and from_simulator raise only BadArgument, or read a RawMessage of it."""
    for read in (
        lambda value: message_from_json(value),
        lambda value: message_from_json({"type": value}),
        lambda value: message_from_json({"type": "text", "text": value}),
        lambda value: FlexMessage.from_simulator(value, "a"),
        lambda value: FlexMessage.from_simulator({"type": "bubble"}, value),
    ):
        with contextlib.suppress(BadArgument):
            assert isinstance(read(HOSTILE[name]), Message)


@pytest.mark.parametrize(
    ("mistake", "remedy"),
    [
        (lambda: message_to_json({"type": "text"}), "RawMessage(mapping)"),  # type: ignore[arg-type]
        (lambda: message_to_json(5), "str(...)"),  # type: ignore[arg-type]
        (lambda: message_to_json(b"x"), "decode"),  # type: ignore[arg-type]
        (lambda: message_to_json(Plan.GOLD), "plain str"),
        (lambda: TextMessage(5), "str(...)"),  # type: ignore[arg-type]
        (lambda: FlexBox("vertical", FlexText("x")), "[...]"),  # type: ignore[arg-type]
        (lambda: FlexText("x", flex="1"), "without quotes"),  # type: ignore[arg-type]
        (lambda: Emoji("0", "p", "e"), "without quotes"),  # type: ignore[arg-type]
        (lambda: message_from_json("{}"), "json.loads"),  # type: ignore[arg-type]
    ],
)
def test_a_typical_mistake_has_a_remedy(mistake: Any, remedy: str) -> None:
    """A first day's mistake is an error whose second line corrects it."""
    with pytest.raises(BadArgument) as caught:
        mistake()

    assert remedy in str(caught.value).splitlines()[1]
