"""The pretended LINE judges messages: at each limit, beyond it, and beside linetap's own rules."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.line.rules import message_problems
from linetap.sandbox import Sandbox
from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.line.checks import clusters, rough_clusters, units
from linetap.sandbox.line.messages import problems
from tests.sandbox import raw_requests
from tests.sandbox.message_corpus import ACTIONS, BOX, BUBBLE, CARD, MESSAGE_ACTION, MESSAGES, QUICK, URL, VIDEO_BUBBLE

FAMILY = "👨‍👩‍👧‍👦"  # one cluster, seven code points, eleven UTF-16 units


def wrong(*messages: Any, **readings: Any) -> dict[str, str]:
    """What LINE says of a messages array, as property -> message."""
    switches = Readings()
    for name, value in readings.items():
        setattr(switches, name, value)
    return {one["property"]: one["message"] for one in problems(list(messages), switches)}


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_documented_kind_is_accepted(kind: str) -> None:
    """A message of each kind with all its fields is accepted."""
    assert wrong(MESSAGES[kind]) == {}


def template(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "x", "template": {"type": kind, **fields}}


def buttons(**fields: Any) -> dict[str, Any]:
    return template("buttons", **{"text": "x", "actions": [MESSAGE_ACTION], **fields})


def columns(*found: Any) -> dict[str, Any]:
    return template("carousel", columns=list(found))


def column(**fields: Any) -> dict[str, Any]:
    return {"text": "x", "actions": [MESSAGE_ACTION], **fields}


def flex(contents: Any, alt_text: str = "x") -> dict[str, Any]:
    return {"type": "flex", "altText": alt_text, "contents": contents}


def body(*contents: Any, layout: str = "vertical", **fields: Any) -> dict[str, Any]:
    return flex({"type": "bubble", "body": {"type": "box", "layout": layout, "contents": list(contents), **fields}})


def quick(*actions: Any) -> dict[str, Any]:
    return {
        "type": "text",
        "text": "x",
        "quickReply": {"items": [{"type": "action", "action": one} for one in actions]},
    }


def imagemap(**fields: Any) -> dict[str, Any]:
    return {**MESSAGES["imagemap"], **fields}


def long_url(length: int, scheme: str = "https") -> str:
    return f"{scheme}://example.com/".ljust(length, "a")


AREA = {"x": 0, "y": 0, "width": 1, "height": 1}
CASES: dict[str, tuple[int, Callable[[int], dict[str, Any]], str]] = {
    "text": (5000, lambda n: {"type": "text", "text": "x" * n}, "text"),
    "emojis": (
        20,
        lambda n: {
            "type": "text",
            "text": "$",
            "emojis": [{"index": 0, "productId": "1", "emojiId": "1"}] * n,
        },
        "emojis",
    ),
    "textV2": (5000, lambda n: {"type": "textV2", "text": "x" * n}, "text"),
    "textV2 key": (
        20,
        lambda n: {
            "type": "textV2",
            "text": "x",
            "substitution": {"k" * n: {"type": "emoji", "productId": "1", "emojiId": "1"}},
        },
        "substitution." + "k" * 21,
    ),
    "textV2 mentions": (
        20,
        lambda n: {
            "type": "textV2",
            "text": "x",
            "substitution": {f"k{i}": {"type": "mention", "mentionee": {"type": "all"}} for i in range(n)},
        },
        "substitution",
    ),
    "image url": (
        2000,
        lambda n: {"type": "image", "originalContentUrl": long_url(n), "previewImageUrl": URL},
        "originalContentUrl",
    ),
    "preview url": (
        2000,
        lambda n: {"type": "image", "originalContentUrl": URL, "previewImageUrl": long_url(n)},
        "previewImageUrl",
    ),
    "video url": (2000, lambda n: {**MESSAGES["video"], "originalContentUrl": long_url(n)}, "originalContentUrl"),
    "tracking id": (100, lambda n: {**MESSAGES["video"], "trackingId": "x" * n}, "trackingId"),
    "audio url": (2000, lambda n: {**MESSAGES["audio"], "originalContentUrl": long_url(n)}, "originalContentUrl"),
    "title": (100, lambda n: {**MESSAGES["location"], "title": "x" * n}, "title"),
    "address": (100, lambda n: {**MESSAGES["location"], "address": "x" * n}, "address"),
    "delivery tag": (30, lambda n: {"type": "coupon", "couponId": "1", "deliveryTag": "x" * n}, "deliveryTag"),
    "sender name": (20, lambda n: {"type": "text", "text": "x", "sender": {"name": "x" * n}}, "sender.name"),
    "icon url": (2000, lambda n: {"type": "text", "text": "x", "sender": {"iconUrl": long_url(n)}}, "sender.iconUrl"),
    "quick replies": (13, lambda n: quick(*[MESSAGE_ACTION] * n), "quickReply.items"),
    "imagemap base": (2000, lambda n: imagemap(baseUrl=long_url(n)), "baseUrl"),
    "imagemap alt": (1500, lambda n: imagemap(altText="x" * n), "altText"),
    "imagemap actions": (
        50,
        lambda n: imagemap(actions=[{"type": "message", "text": "x", "area": AREA}] * n),
        "actions",
    ),
    "imagemap link": (
        1000,
        lambda n: imagemap(actions=[{"type": "uri", "linkUri": long_url(n), "area": AREA}]),
        "actions[0].linkUri",
    ),
    "imagemap text": (
        400,
        lambda n: imagemap(actions=[{"type": "message", "text": "x" * n, "area": AREA}]),
        "actions[0].text",
    ),
    "imagemap label": (
        100,
        lambda n: imagemap(actions=[{"type": "message", "text": "x", "label": "x" * n, "area": AREA}]),
        "actions[0].label",
    ),
    "template alt": (1500, lambda n: {**buttons(), "altText": "x" * n}, "altText"),
    "buttons text": (160, lambda n: buttons(text="x" * n), "template.text"),
    "buttons text beside a title": (60, lambda n: buttons(text="x" * n, title="x"), "template.text"),
    "buttons text beside an image": (60, lambda n: buttons(text="x" * n, thumbnailImageUrl=URL), "template.text"),
    "buttons title": (40, lambda n: buttons(title="x" * n), "template.title"),
    "buttons actions": (4, lambda n: buttons(actions=[MESSAGE_ACTION] * n), "template.actions"),
    "confirm text": (
        240,
        lambda n: template("confirm", text="x" * n, actions=[MESSAGE_ACTION] * 2),
        "template.text",
    ),
    "confirm actions": (2, lambda n: template("confirm", text="x", actions=[MESSAGE_ACTION] * n), "template.actions"),
    "columns": (10, lambda n: columns(*[column()] * n), "template.columns"),
    "column text": (120, lambda n: columns(column(text="x" * n)), "template.columns[0].text"),
    "column text beside a title": (60, lambda n: columns(column(text="x" * n, title="x")), "template.columns[0].text"),
    "column title": (40, lambda n: columns(column(title="x" * n)), "template.columns[0].title"),
    "column actions": (3, lambda n: columns(column(actions=[MESSAGE_ACTION] * n)), "template.columns[0].actions"),
    "image columns": (
        10,
        lambda n: template("image_carousel", columns=[{"imageUrl": URL, "action": MESSAGE_ACTION}] * n),
        "template.columns",
    ),
    "image label": (
        12,
        lambda n: template(
            "image_carousel", columns=[{"imageUrl": URL, "action": {**MESSAGE_ACTION, "label": "x" * n}}]
        ),
        "template.columns[0].action.label",
    ),
    "flex alt": (1500, lambda n: flex(BUBBLE, "x" * n), "altText"),
    "bubbles": (12, lambda n: flex({"type": "carousel", "contents": [{"type": "bubble"}] * n}), "contents.contents"),
    "animated": (10, lambda n: body(*[{"type": "image", "url": URL, "animated": True}] * n), "contents"),
    "flex label": (
        40,
        lambda n: body({"type": "button", "action": {**MESSAGE_ACTION, "label": "x" * n}}),
        "contents.body.contents[0].action.label",
    ),
    "flex url": (2000, lambda n: body({"type": "image", "url": long_url(n)}), "contents.body.contents[0].url"),
    "ratio": (
        3,
        lambda n: body({"type": "image", "url": URL, "aspectRatio": f"1:{n}"}),
        "contents.body.contents[0].aspectRatio",
    ),
    "angle": (
        359,
        lambda n: body(
            background={"type": "linearGradient", "angle": f"{n}deg", "startColor": "#000000", "endColor": "#000000"}
        ),
        "contents.body.background.angle",
    ),
    "label": (20, lambda n: buttons(actions=[{**MESSAGE_ACTION, "label": "x" * n}]), "template.actions[0].label"),
    "quick label": (20, lambda n: quick({"type": "camera", "label": "x" * n}), "quickReply.items[0].action.label"),
    "data": (
        300,
        lambda n: quick({"type": "postback", "label": "x", "data": "x" * n}),
        "quickReply.items[0].action.data",
    ),
    "display text": (
        300,
        lambda n: quick({"type": "postback", "label": "x", "data": "", "displayText": "x" * n}),
        "quickReply.items[0].action.displayText",
    ),
    "message text": (
        300,
        lambda n: quick({"type": "message", "label": "x", "text": "x" * n}),
        "quickReply.items[0].action.text",
    ),
    "uri": (
        1000,
        lambda n: quick({"type": "uri", "label": "x", "uri": long_url(n, "http")}),
        "quickReply.items[0].action.uri",
    ),
    "clipboard": (
        1000,
        lambda n: quick({"type": "clipboard", "label": "x", "clipboardText": "x" * n}),
        "quickReply.items[0].action.clipboardText",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_limit(name: str) -> None:
    """At the limit a message is accepted; just beyond it is rejected with its path, and nothing else is reported."""
    limit, make, path = CASES[name]

    assert wrong(make(limit)) == {}
    assert list(wrong(make(limit + 1))) == [f"messages[0].{path}"]


REFUSED: dict[str, tuple[Any, str]] = {
    "an unknown kind": ({"type": "file"}, "type"),
    "no kind": ({"text": "x"}, "type"),
    "no object": ("x", ""),
    "an empty text": ({"type": "text", "text": ""}, "text"),
    "text that is a number": ({"type": "text", "text": 5}, "text"),
    "http media": (
        {"type": "image", "originalContentUrl": "http://a.b/c", "previewImageUrl": URL},
        "originalContentUrl",
    ),
    "an unencoded url": (
        {"type": "image", "originalContentUrl": "https://a.b/あ", "previewImageUrl": URL},
        "originalContentUrl",
    ),
    "an emoji beside its $": (
        {"type": "text", "text": "a$", "emojis": [{"index": 0, "productId": "1", "emojiId": "1"}]},
        "emojis[0].index",
    ),
    "an emoji counted in code points": (
        {"type": "text", "text": "🍎$", "emojis": [{"index": 1, "productId": "1", "emojiId": "1"}]},
        "emojis[0].index",
    ),
    "a placeholder without substitution": ({"type": "textV2", "text": "Hi {who}"}, "text"),
    "a lone brace": ({"type": "textV2", "text": "Hi {"}, "text"),
    "a true that is no number": ({**MESSAGES["location"], "latitude": True}, "latitude"),
    "unequal columns": (columns(column(), column(actions=[MESSAGE_ACTION] * 2)), "template.columns"),
    "columns with and without a title": (columns(column(title="x"), column()), "template.columns"),
    "a camera in a template": (buttons(actions=[{"type": "camera", "label": "x"}]), "template.actions[0].type"),
    "a label that is missing": (buttons(actions=[{"type": "message", "text": "x"}]), "template.actions[0].label"),
    "a rich menu switch": (
        quick({"type": "richmenuswitch", "label": "x", "richMenuAliasId": "a", "data": "d"}),
        "quickReply.items[0].action.type",
    ),
    "both texts of a postback": (
        quick({"type": "postback", "label": "x", "data": "d", "displayText": "x", "text": "x"}),
        "quickReply.items[0].action.text",
    ),
    "fillInText without a keyboard": (
        quick({"type": "postback", "label": "x", "data": "d", "fillInText": "x"}),
        "quickReply.items[0].action.fillInText",
    ),
    "a picker that ends before it begins": (
        quick(
            {
                "type": "datetimepicker",
                "label": "x",
                "data": "d",
                "mode": "date",
                "min": "2026-02-01",
                "max": "2026-01-01",
            }
        ),
        "quickReply.items[0].action.max",
    ),
    "a picker of another form": (
        quick({"type": "datetimepicker", "label": "x", "data": "d", "mode": "time", "initial": "2026-02-01"}),
        "quickReply.items[0].action.initial",
    ),
    "a picker before 1900": (
        quick({"type": "datetimepicker", "label": "x", "data": "d", "mode": "date", "initial": "1899-12-31"}),
        "quickReply.items[0].action.initial",
    ),
    "an unknown scheme": (
        quick({"type": "uri", "label": "x", "uri": "javascript:alert(1)"}),
        "quickReply.items[0].action.uri",
    ),
    "a null among components": (body({"type": "text", "text": "x"}, None), "contents.body.contents[1]"),
    "a button in a baseline box": (
        body({"type": "button", "action": MESSAGE_ACTION}, layout="baseline"),
        "contents.body.contents[0].type",
    ),
    "an icon in a vertical box": (body({"type": "icon", "url": URL}), "contents.body.contents[0].type"),
    "a text without text": (body({"type": "text"}), "contents.body.contents[0].text"),
    "a colour by name": (
        body({"type": "text", "text": "x", "color": "red"}),
        "contents.body.contents[0].color",
    ),
    "a size of two words": (
        body({"type": "text", "text": "x", "size": "very big"}),
        "contents.body.contents[0].size",
    ),
    "a video in a small bubble": (flex({**VIDEO_BUBBLE, "size": "nano"}), "contents.hero"),
    "a video in a carousel": (flex({"type": "carousel", "contents": [VIDEO_BUBBLE]}), "contents.contents[0].hero"),
    "bubbles of two sizes": (
        flex({"type": "carousel", "contents": [{"type": "bubble", "size": "nano"}, {"type": "bubble"}]}),
        "contents.contents",
    ),
    "a ratio of no form": (
        body({"type": "image", "url": URL, "aspectRatio": "wide"}),
        "contents.body.contents[0].aspectRatio",
    ),
    "a substitution that is no object": ({"type": "textV2", "text": "x", "substitution": []}, "substitution"),
    "a url without a host": (quick({"type": "uri", "label": "x", "uri": "http://"}), "quickReply.items[0].action.uri"),
    "a url that cannot be read": (
        quick({"type": "uri", "label": "x", "uri": "http://[a"}),
        "quickReply.items[0].action.uri",
    ),
    "a bubble of 31 KB": (body({"type": "text", "text": "x" * 31_000}), "contents"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_line_rejects(name: str) -> None:
    """Each of LINE's other rules rejects what breaks it, at its place."""
    message, path = REFUSED[name]

    assert list(wrong(message)) == [f"messages[0].{path}".rstrip(".")]


@pytest.mark.parametrize("count", [0, 6])
def test_one_to_five_messages(count: int) -> None:
    """No message and six messages are rejected."""
    assert list(wrong(*[MESSAGES["sticker"]] * count)) == ["messages"]


def test_all_errors_are_in_one_response() -> None:
    """Every invalid path is named in one response."""
    found = wrong({"type": "text", "text": ""}, {"type": "image"}, {"type": "audio", "originalContentUrl": 5})

    assert len(found) == 5


def test_null_counts_as_absent() -> None:
    """A null beside the type is as if it were not there."""
    assert wrong({"type": "text", "text": "x", "quickReply": None, "sender": {"name": None}}) == {}


def test_unknown_properties_are_let_pass() -> None:
    """What LINE does not know it does not read."""
    assert wrong({"type": "text", "text": "x", "somethingNew": 1}) == {}


def test_limits_have_readings() -> None:
    """altText was 400 until 2025, and a flex KB is 1,000 or 1,024 bytes."""
    assert list(wrong(flex(BUBBLE, "x" * 401), alt_text_limit=400)) == ["messages[0].altText"]
    message = body({"type": "text", "text": "x" * 30_200})

    assert (list(wrong(message)), wrong(message, flex_kilobyte=1024)) == (["messages[0].contents"], {})


@pytest.mark.parametrize(
    "text, utf16, graphemes",
    [
        ("abc", 3, 3),
        ("🍎", 2, 1),
        (FAMILY, 11, 1),
        ("👍🏽", 4, 1),
        ("🇯🇵🇹🇭", 8, 2),
        ("กำ", 2, 1),
        ("e\u0301", 2, 1),
        ("愛子", 2, 2),
    ],
)
def test_counting(text: str, utf16: int, graphemes: int) -> None:
    """UTF-16 units and grapheme clusters, with the regex package and, close enough, without."""
    assert (units(text), clusters(text), rough_clusters(text)) == (utf16, graphemes, graphemes)


def test_counting_without_regex(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the regex package is absent the sandbox counts by itself."""
    monkeypatch.setitem(sys.modules, "regex", None)

    assert clusters(FAMILY * 3) == 3


def test_labels_are_counted_in_clusters() -> None:
    """Twenty families are twenty characters of a label, though 220 UTF-16 units."""
    assert wrong(buttons(actions=[{**MESSAGE_ACTION, "label": FAMILY * 20}])) == {}
    assert wrong(buttons(actions=[{**MESSAGE_ACTION, "label": FAMILY * 21}])) != {}


# What only a send can judge ------------------------------------------------------------------------------


def test_places() -> None:
    """Mentions go to groups, quote tokens not by multicast, tracking ids not to groups."""
    box = Sandbox()
    [user_id] = box.line.add_followers(1)
    group = box.line.add_group()
    quoting = {"type": "text", "text": "x", "quoteToken": "q"}

    assert raw_requests.push(box, user_id, [MESSAGES["textV2"]]).status == 400
    assert raw_requests.push(box, group, [MESSAGES["textV2"]]).status == 200
    assert (
        raw_requests.push(box, user_id, [quoting]).status,
        raw_requests.multicast(box, [user_id], [quoting]).status,
    ) == (
        200,
        400,
    )
    assert (
        raw_requests.push(box, user_id, [MESSAGES["video"]]).status,
        raw_requests.push(box, group, [MESSAGES["video"]]).status,
    ) == (
        200,
        400,
    )


# The rules of linetap ------------------------------------------------------------------------------------------

ODD: list[Any] = [
    None, "", "x", 0, -1, 1.5, True, [], {}, [None], ["x"], *("x" * n for n in (21, 41, 61, 121, 161, 301, 1501, 5001)),
    "http://example.com/a", "https://example.com/あ", "ftp://x", long_url(2001), "tel:123", "https://", "HTTPS://EXAMPLE.COM/a",
    "#12345", "10px", "10%", "-5px", "xs", "none", "5xl", "full", "1:4", "0:1", "2026-06-18", "2026-02-30", "25:00",
    "あ" * 21, FAMILY * 25, "200deg", "360deg", {"type": "text", "text": "x"}, ACTIONS[0], CARD, BOX, QUICK,
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside a message, but what says its kind: a kind of tomorrow is no error for linetap."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        if step != "type":
            yield (*path, step)
            yield from places(inner, (*path, step))


@given(data=st.data())
def test_rules_and_sandbox_agree(data: st.DataObject) -> None:
    """What linetap calls an error the sandbox rejects; what it rejects linetap calls at least uncertain."""
    message = copy.deepcopy(data.draw(st.sampled_from(list(MESSAGES.values()))))
    place = data.draw(st.sampled_from(list(places(message))))
    inside = message
    for step in place[:-1]:
        inside = inside[step]
    if data.draw(st.integers(0, 4)) == 0:
        del inside[place[-1]]
    else:
        inside[place[-1]] = copy.deepcopy(data.draw(st.sampled_from(ODD)))

    rejected = wrong(message)
    found = {problem.severity for problem in message_problems([message])}

    assert rejected or "error" not in found
    assert not rejected or found & {"error", "uncertain"}
