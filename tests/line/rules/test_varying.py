"""LINE's rules for messages that differ between recipients: the same results as a check of the whole message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.fields import ProfileField, has_mark
from linetap.line.rules import message_problems
from linetap.line.rules.engine import Context
from linetap.line.rules.varying import check_of_filled

NAME = ProfileField("Name")


def flex(*children: dict[str, Any], layout: str = "vertical", hero: str = "https://e.com/a.jpg") -> dict[str, Any]:
    """A bubble with these components in its body."""
    body = {"type": "box", "layout": layout, "contents": list(children)}
    image = {"type": "image", "url": hero, "action": {"type": "uri", "label": "x", "uri": hero}}
    return {"type": "flex", "altText": f"For {NAME}", "contents": {"type": "bubble", "hero": image, "body": body}}


def buttons(**parts: Any) -> dict[str, Any]:
    """A buttons template."""
    action = {"type": "postback", "label": f"{NAME}", "data": f"d={NAME}"}
    return {"type": "template", "altText": "x", "template": {"type": "buttons", "actions": [action], **parts}}


MESSAGES = [
    {"type": "text", "text": f"Hello {NAME}"},
    {"type": "text", "text": f"$ {NAME}", "emojis": [{"index": 0, "productId": "p", "emojiId": "001"}]},
    {
        "type": "textV2",
        "text": f"{{who}} {NAME}",
        "substitution": {"who": {"type": "mention", "mentionee": {"type": "all"}}},
    },
    {"type": "image", "originalContentUrl": f"https://e.com/{NAME}", "previewImageUrl": f"{NAME}"},
    {
        "type": "video",
        "originalContentUrl": "https://e.com/a",
        "previewImageUrl": "https://e.com/b",
        "trackingId": f"{NAME}",
    },
    {"type": "text", "text": "x", "sender": {"name": f"{NAME}", "iconUrl": f"https://e.com/{NAME}"}},
    {
        "type": "text",
        "text": "x",
        "quickReply": {"items": [{"type": "action", "action": {"type": "message", "label": f"{NAME}", "text": "x"}}]},
    },
    {"type": "location", "title": f"{NAME}", "address": "a", "latitude": 1, "longitude": 2},
    {
        "type": "imagemap",
        "baseUrl": f"https://e.com/{NAME}",
        "altText": "x",
        "baseSize": {"width": 1040, "height": 10},
        "actions": [],
    },
    buttons(text=f"{NAME}"),
    buttons(text=f"{NAME}", title=f"{NAME}", defaultAction={"type": "uri", "label": "x", "uri": f"tel:{NAME}"}),
    flex({"type": "text", "text": f"{NAME}"}),
    flex({"type": "text", "text": "x", "color": f"{NAME}", "size": f"{NAME}"}, hero=f"https://e.com/{NAME}"),
    flex({"type": "icon", "url": f"{NAME}"}, layout="baseline"),
    flex({"type": "text", "text": "x"}, layout=f"{NAME}"),
    flex({"type": f"{NAME}", "text": "x"}),
    flex({"type": "text", "unheard-of": f"{NAME}", "text": "x"}),
    {"type": "news", "text": f"{NAME}"},
    {"type": f"{NAME}", "text": "x"},
]
values = st.text(max_size=30).filter(lambda text: not has_mark(text)) | st.sampled_from(
    [
        "",
        "x" * 30,
        "x" * 301,
        "x" * 2001,
        "x" * 5001,
        "text",
        "baseline",
        "#ffffff",
        "xl",
        "https://e.com/a b",
        "LINE",
        "{x}",
        "12:30",
    ]
)


@pytest.mark.parametrize("message", MESSAGES)
@given(value=values)
def test_the_same_result_as_the_whole_table(message: dict[str, Any], value: str) -> None:
    """For every value of a field, the selected checks and the whole table agree."""
    keeps = check_of_filled(message)
    assert keeps is not None
    filled = _filled(message, value)
    rejected = any(problem.severity == "error" for problem in message_problems([filled]))
    assert keeps(filled, Context("push")) is not rejected
    if value:  # a required field is never empty
        assert keeps(filled, Context("push"), 2 * len(value)) is not rejected


def _filled(tree: Any, value: str) -> Any:
    if isinstance(tree, dict):
        return {key: _filled(inner, value) for key, inner in tree.items()}
    if isinstance(tree, list):
        return [_filled(inner, value) for inner in tree]
    return tree.replace(str(NAME), value) if isinstance(tree, str) else tree


def test_nothing_to_check_again_without_fields() -> None:
    """A message without fields has nothing to check again."""
    assert check_of_filled({"type": "text", "text": "Hello"}) is None
