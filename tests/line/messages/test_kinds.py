"""Messages as values: their JSON, and what is rejected before anything is sent."""

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


def test_names_in_json() -> None:
    """A message is written with LINE's names, and an attribute that was not given is absent."""
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
    """A str or a field is a text message."""
    name = ProfileField("Name")

    assert messages_to_json("hi") == [{"type": "text", "text": "hi"}]
    assert messages_to_json(["hi", name, ImageMessage("https://e.com/a", "https://e.com/b")])[1] == {
        "type": "text",
        "text": str(name),
    }


@pytest.mark.parametrize("nothing", [None, [], (), {}, 5, b"hi", {"type": "text", "text": "x"}])
def test_no_message_is_an_error(nothing: Any) -> None:
    """An empty sequence, or a value that is not a message, is a BadArgument."""
    assert _paths(messages_to_json, nothing) == ["messages"]
    assert [problem.path for problem in message_problems(nothing)] == ["messages"]


def test_every_wrong_message_is_listed() -> None:
    """All values that are not messages are listed in one error, each with its path."""
    given: Any = ["hi", 5, None, {"type": "text"}]

    assert _paths(messages_to_json, given) == ["messages[1]", "messages[2]", "messages[3]"]


def test_unknown_types_are_raw_messages() -> None:
    """A message of an unknown type is preserved and can be sent."""
    plain = {"type": "hologram", "shape": {"x": None}, "quickReply": {"items": []}}
    message = message_from_json(plain)

    assert message == RawMessage(plain)
    assert message_to_json(message) == plain
    assert {problem.severity for problem in message_problems(RawMessage({"type": "hologram"}))} == {"uncertain"}


def test_raw_messages_have_the_common_properties() -> None:
    """A raw message may have quick replies and a sender like every other message."""
    raw = RawMessage({"type": "text", "text": ProfileField("Name")}, sender=Sender("Cony"))

    assert message_to_json(raw) == {"type": "text", "text": str(ProfileField("Name")), "sender": {"name": "Cony"}}
    assert _paths(RawMessage, [1]) == ["RawMessage.mapping"]


def test_nulls_and_unknown_keys_are_preserved() -> None:
    """Absent properties, nulls and unknown keys are preserved."""
    plain = {"type": "text", "text": "x", "emojis": [], "quoteToken": None, "mood": "fine", "sender": {"name": None}}

    assert message_to_json(message_from_json(plain)) == plain


def test_reading_lists_every_wrong_type() -> None:
    """A value of a wrong type is an error with its path."""
    plain = {"type": "text", "text": 5, "emojis": [{"index": "0", "productId": "p", "emojiId": "e"}]}

    assert _paths(message_from_json, plain) == ["message.text", "message.emojis[0].index"]
    assert _paths(message_from_json, "text") == ["message"]
    assert _paths(message_from_json, {"type": "image", "originalContentUrl": None}) == [
        "message.originalContentUrl",
        "message.previewImageUrl",
    ]


def test_problems_of_typed_messages() -> None:
    """Typed messages are checked by LINE's rules, all at once, and correct ones have no problem."""
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
    """The simulator's JSON is read as text or parsed, alone or as a whole message, with an alt text."""
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
def test_wrong_simulator_exports(exported: Any, path: str) -> None:
    """Text that is not JSON, JSON that is not an object, and a missing alt text are errors."""
    assert _paths(FlexMessage.from_simulator, exported) == [path]


def test_modules_are_imported_when_their_type_is_read() -> None:
    """A type whose classes were not imported yet is read into them."""
    code = (
        "from linetap import message_from_json as read; import sys;"
        "early = 'linetap.line.messages.flex' in sys.modules;"
        "message = read({'type': 'flex', 'altText': 'a', 'contents': {'type': 'bubble'}});"
        "print(early, type(message).__name__)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == ["False", "FlexMessage"]


def test_deep_trees_are_rejected() -> None:
    """A tree that is nested too deep to be written is a BadArgument, not a crash."""
    box = FlexBox("vertical", [])
    for _ in range(2000):
        box = FlexBox("vertical", [box])
    deep = FlexMessage("a", FlexBubble(body=box))

    assert _paths(message_to_json, deep) == ["message"]
    assert [problem.path for problem in message_problems(deep)] == ["messages"]


def test_a_notebook_shows_a_message_as_a_chat() -> None:
    """The notebook picture of a message has its text and its problems, escaped."""
    picture = TextMessage("<b>Hello</b>", quick_reply=QuickReply([]))._repr_html_()

    assert "&lt;b&gt;Hello&lt;/b&gt;" in picture
    assert "must have 1 to 13 entries" in picture
    assert RawMessage({"type": "hologram"})._repr_html_()
