"""Messages as values: what goes in, what comes out, and what is refused before anything is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from linetap import BadArgument, ProfileField
from linetap.line.messages.actions import MessageAction, URIAction
from linetap.line.messages.flex import FlexBox, FlexBubble, FlexMessage
from linetap.line.messages.json import message_from_json, message_problems, message_to_json, messages_to_json
from linetap.line.messages.kinds import (
    Emoji,
    ImageMessage,
    QuickReply,
    QuickReplyItem,
    RawMessage,
    Sender,
    TextMessage,
    VideoMessage,
)


def _paths(call: Any, *args: Any) -> list[str]:
    with pytest.raises(BadArgument) as caught:
        call(*args)
    return [problem.path for problem in caught.value.problems]


def test_names_on_the_wire() -> None:
    """A message is written with LINE's names, and what was not given is absent."""
    message = VideoMessage(
        "https://e.com/v.mp4",
        "https://e.com/v.jpg",
        tracking_id="spring",
        quick_reply=QuickReply([QuickReplyItem(MessageAction("yes", label="Yes"), image_url="https://e.com/i.png")]),
        sender=Sender("Cony", icon_url="https://e.com/c.png"),
    )

    assert message_to_json(message) == {
        "type": "video",
        "originalContentUrl": "https://e.com/v.mp4",
        "previewImageUrl": "https://e.com/v.jpg",
        "trackingId": "spring",
        "quickReply": {
            "items": [
                {
                    "type": "action",
                    "action": {"type": "message", "text": "yes", "label": "Yes"},
                    "imageUrl": "https://e.com/i.png",
                }
            ]
        },
        "sender": {"name": "Cony", "iconUrl": "https://e.com/c.png"},
    }
    assert message_from_json(message_to_json(message)) == message


def test_a_string_is_a_text_message() -> None:
    """Where a message is wanted, a str or a field means text."""
    name = ProfileField("Name")

    assert messages_to_json("hi") == [{"type": "text", "text": "hi"}]
    assert messages_to_json(["hi", name, ImageMessage("https://e.com/a", "https://e.com/b")])[1] == {
        "type": "text",
        "text": str(name),
    }


@pytest.mark.parametrize("nothing", [None, [], (), {}, 5, b"hi", {"type": "text", "text": "x"}])
def test_no_message_is_an_error(nothing: Any) -> None:
    """No message, or something that is none, is refused at once."""
    assert _paths(messages_to_json, nothing) == ["messages"]
    assert [problem.path for problem in message_problems(nothing)] == ["messages"]


def test_every_wrong_message_is_named() -> None:
    """All that is no message is told at once, by place."""
    given: Any = ["hi", 5, None, {"type": "text"}]

    assert _paths(messages_to_json, given) == ["messages[1]", "messages[2]", "messages[3]"]


def test_unknown_kinds_come_back_raw() -> None:
    """A kind of tomorrow survives, and can be sent."""
    plain = {"type": "hologram", "shape": {"x": None}, "quickReply": {"items": []}}
    message = message_from_json(plain)

    assert message == RawMessage(plain)
    assert message_to_json(message) == plain
    assert {problem.severity for problem in message_problems(RawMessage({"type": "hologram"}))} == {"uncertain"}


def test_raw_messages_take_what_all_take() -> None:
    """A raw message can be given quick replies and a sender like any other."""
    raw = RawMessage({"type": "text", "text": ProfileField("Name")}, sender=Sender("Cony"))

    assert message_to_json(raw) == {"type": "text", "text": str(ProfileField("Name")), "sender": {"name": "Cony"}}
    assert _paths(RawMessage, [1]) == ["RawMessage.mapping"]


def test_nulls_and_unknown_keys_survive() -> None:
    """Absent, null and unknown stay what they were."""
    plain = {"type": "text", "text": "x", "emojis": [], "quoteToken": None, "mood": "fine", "sender": {"name": None}}

    assert message_to_json(message_from_json(plain)) == plain


def test_reading_tells_every_wrong_type() -> None:
    """A value of another type is an error that names its place."""
    plain = {"type": "text", "text": 5, "emojis": [{"index": "0", "productId": "p", "emojiId": "e"}]}

    assert _paths(message_from_json, plain) == ["message.text", "message.emojis[0].index"]
    assert _paths(message_from_json, "text") == ["message"]
    assert _paths(message_from_json, {"type": "image", "originalContentUrl": None}) == [
        "message.originalContentUrl",
        "message.previewImageUrl",
    ]


def test_problems_of_typed_messages() -> None:
    """Typed messages are judged by LINE's rules, all at once, and nothing is wrong with good ones."""
    good = TextMessage("hi $", emojis=[Emoji(3, "5ac1", "001")])
    bad = ImageMessage("http://e.com/a", "")
    long = QuickReplyItem(URIAction("https://e.com", label="x" * 21))

    assert message_problems([good, "hi"]) == ()
    assert [
        (p.path, p.severity) for p in message_problems([good, bad, TextMessage("", quick_reply=QuickReply([long]))])
    ] == [
        ("messages[1].originalContentUrl", "error"),
        ("messages[1].previewImageUrl", "uncertain"),
        ("messages[2].text", "error"),
        ("messages[2].quickReply.items[0].action.label", "error"),
    ]


def test_simulator_exports() -> None:
    """The simulator's JSON comes in as text or as read, alone or as a whole message, with a text for notifications."""
    bubble = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}}
    whole = {"type": "flex", "altText": "theirs", "contents": bubble}
    typed = FlexMessage("ours", FlexBubble(body=FlexBox("vertical", [])))

    assert FlexMessage.from_simulator(json.dumps(bubble), "ours") == typed
    assert FlexMessage.from_simulator(bubble, "ours") == typed
    assert FlexMessage.from_simulator(whole, "ours") == typed
    assert FlexMessage.from_simulator(whole).alt_text == "theirs"
    assert FlexMessage.from_simulator(bubble, ProfileField("Name")).alt_text == str(ProfileField("Name"))


@pytest.mark.parametrize(
    "exported, path", [("{", "exported"), ("[]", "exported"), ("[" * 100_000, "exported"), ({}, "alt_text")]
)
def test_what_the_simulator_does_not_export(exported: Any, path: str) -> None:
    """What is no JSON, no object, or has no text for notifications is refused in plain words."""
    assert _paths(FlexMessage.from_simulator, exported) == [path]


def test_rooms_are_loaded_when_they_are_read() -> None:
    """A kind whose classes were not loaded yet is read into them all the same."""
    code = (
        "from linetap import message_from_json as read; import sys;"
        "early = 'linetap.line.messages.flex' in sys.modules;"
        "message = read({'type': 'flex', 'altText': 'a', 'contents': {'type': 'bubble'}});"
        "print(early, type(message).__name__)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == ["False", "FlexMessage"]


def test_deep_trees_are_refused() -> None:
    """A tree built too deep to be written is an error, not a crash."""
    box = FlexBox("vertical", [])
    for _ in range(2000):
        box = FlexBox("vertical", [box])
    deep = FlexMessage("a", FlexBubble(body=box))

    assert _paths(message_to_json, deep) == ["message"]
    assert [problem.path for problem in message_problems(deep)] == ["messages"]
