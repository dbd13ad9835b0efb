"""For every entry of LINE's table of limits, a push with exactly so much of it.

Used by the tests of the rules, and by the contract with the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

JSON = dict[str, Any]
USER = "U" + "0" * 32
URL = "https://e.com/"


def letters(count: int) -> str:
    """A text of so many letters."""
    return "x" * count


def address(count: int) -> str:
    """An HTTPS address of so many characters."""
    return URL + "a" * (count - len(URL))


def message_action(label: str = "a", text: str = "t") -> JSON:
    """A good action."""
    return {"type": "message", "label": label, "text": text}


def area() -> JSON:
    """A good area of an imagemap."""
    return {"x": 0, "y": 0, "width": 10, "height": 10}


def text(value: str = "hi", **more: Any) -> JSON:
    """A text message."""
    return {"type": "text", "text": value, **more}


def template(content: JSON, alt: str = "alt") -> JSON:
    """A template message."""
    return {"type": "template", "altText": alt, "template": content}


def buttons(**more: Any) -> JSON:
    """A message with a buttons template."""
    return template({"type": "buttons", "text": "t", "actions": [message_action()], **more})


def column(**more: Any) -> JSON:
    """A column of a carousel."""
    return {"text": "t", "actions": [message_action()], **more}


def carousel(*columns: JSON) -> JSON:
    """A message with a carousel template."""
    return template({"type": "carousel", "columns": list(columns)})


def image_carousel(*columns: JSON) -> JSON:
    """A message with an image carousel."""
    return template({"type": "image_carousel", "columns": list(columns)})


def imagemap(**more: Any) -> JSON:
    """An imagemap message."""
    size = {"width": 1040, "height": 1040}
    return {"type": "imagemap", "baseUrl": URL, "altText": "alt", "baseSize": size, "actions": [], **more}


def imagemap_video(**more: Any) -> JSON:
    """An imagemap message with a video."""
    return imagemap(video={"originalContentUrl": URL, "previewImageUrl": URL, "area": area(), **more})


def imagemap_action(**more: Any) -> JSON:
    """An imagemap message with one action."""
    return imagemap(actions=[{"area": area(), **more}])


def flex(contents: JSON, alt: str = "alt") -> JSON:
    """A flex message."""
    return {"type": "flex", "altText": alt, "contents": contents}


def bubble(*contents: JSON, **more: Any) -> JSON:
    """A bubble with these in its body."""
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}, **more}


def video(**more: Any) -> JSON:
    """A flex message with a video as its hero."""
    hero = {"type": "video", "url": URL, "previewUrl": URL, "altContent": {"type": "image", "url": URL}, **more}
    return flex({"type": "bubble", "hero": hero})


def padded_bubble(size: int) -> JSON:
    """A bubble of so many bytes as compact JSON."""
    words = {"type": "text", "text": "x"}
    words["text"] = "x" * (size - len(json.dumps(bubble(words), separators=(",", ":"))) + 1)
    return bubble(words)


def padded_carousel(size: int) -> JSON:
    """A carousel of two bubbles of so many bytes as compact JSON."""
    frame = len('{"type":"carousel","contents":[,]}')
    half = (size - frame) // 2
    return {"type": "carousel", "contents": [padded_bubble(half), padded_bubble(size - frame - half)]}


def quick_reply(*items: JSON) -> JSON:
    """A text with quick replies."""
    return text(quickReply={"items": list(items)})


def quick_action(**action: Any) -> JSON:
    """A text with one quick reply of this action."""
    return quick_reply({"type": "action", "action": {"label": "a", **action}})


def emojis(count: int) -> JSON:
    """A text with so many emojis."""
    found = [{"index": place, "productId": "p", "emojiId": "e"} for place in range(count)]
    return text("$" * max(count, 1), emojis=found)


def substitutions(count: int, entry: JSON, key: str = "k") -> JSON:
    """A textV2 with so many placeholders, each with its substitution."""
    given = {f"{key}{place}": entry for place in range(count)}
    return {"type": "textV2", "text": "x" + "".join(f"{{{key}}}" for key in given), "substitution": given}


EVERYONE = {"type": "mention", "mentionee": {"type": "all"}}
EMOJI = {"type": "emoji", "productId": "p", "emojiId": "e"}
MIXED = {"type": "tomorrow"}

# The limit's name -> the path of what it limits, and a message that holds so much of it.
CASES: dict[str, tuple[str, Callable[[int], JSON]]] = {
    "quickReply.items": (
        "quickReply.items",
        lambda n: quick_reply(*[{"type": "action", "action": message_action()}] * n),
    ),
    "quickReply.imageUrl": (
        "quickReply.items[0].imageUrl",
        lambda n: quick_reply({"type": "action", "imageUrl": address(n), "action": message_action()}),
    ),
    "sender.name": ("sender.name", lambda n: text(sender={"name": letters(n)})),
    "sender.iconUrl": ("sender.iconUrl", lambda n: text(sender={"iconUrl": address(n)})),
    "text.text": ("text", lambda n: text(letters(n))),
    "text.emojis": ("emojis", emojis),
    "textV2.text": ("text", lambda n: {"type": "textV2", "text": letters(n)}),
    "textV2.substitution": ("substitution", lambda n: substitutions(n, MIXED)),
    "textV2.key": (
        "substitution",
        lambda n: {"type": "textV2", "text": f"{{{letters(n)}}}", "substitution": {letters(n): EMOJI}},
    ),
    "textV2.mention": ("substitution", lambda n: substitutions(n, EVERYONE)),
    "textV2.emoji": ("substitution", lambda n: substitutions(n, EMOJI)),
    "image.originalContentUrl": (
        "originalContentUrl",
        lambda n: {"type": "image", "originalContentUrl": address(n), "previewImageUrl": URL},
    ),
    "image.previewImageUrl": (
        "previewImageUrl",
        lambda n: {"type": "image", "originalContentUrl": URL, "previewImageUrl": address(n)},
    ),
    "video.originalContentUrl": (
        "originalContentUrl",
        lambda n: {"type": "video", "originalContentUrl": address(n), "previewImageUrl": URL},
    ),
    "video.previewImageUrl": (
        "previewImageUrl",
        lambda n: {"type": "video", "originalContentUrl": URL, "previewImageUrl": address(n)},
    ),
    "video.trackingId": (
        "trackingId",
        lambda n: {"type": "video", "originalContentUrl": URL, "previewImageUrl": URL, "trackingId": letters(n)},
    ),
    "audio.originalContentUrl": (
        "originalContentUrl",
        lambda n: {"type": "audio", "originalContentUrl": address(n), "duration": 1000},
    ),
    "location.title": (
        "title",
        lambda n: {"type": "location", "title": letters(n), "address": "a", "latitude": 35.6, "longitude": 139.7},
    ),
    "location.address": (
        "address",
        lambda n: {"type": "location", "title": "t", "address": letters(n), "latitude": 35.6, "longitude": 139.7},
    ),
    "coupon.deliveryTag": ("deliveryTag", lambda n: {"type": "coupon", "couponId": "c", "deliveryTag": letters(n)}),
    "imagemap.baseUrl": ("baseUrl", lambda n: imagemap(baseUrl=address(n))),
    "imagemap.altText": ("altText", lambda n: imagemap(altText=letters(n))),
    "imagemap.video.originalContentUrl": (
        "video.originalContentUrl",
        lambda n: imagemap_video(originalContentUrl=address(n)),
    ),
    "imagemap.video.previewImageUrl": ("video.previewImageUrl", lambda n: imagemap_video(previewImageUrl=address(n))),
    "imagemap.video.externalLink.linkUri": (
        "video.externalLink.linkUri",
        lambda n: imagemap_video(externalLink={"linkUri": address(n), "label": "l"}),
    ),
    "imagemap.video.externalLink.label": (
        "video.externalLink.label",
        lambda n: imagemap_video(externalLink={"linkUri": URL, "label": letters(n)}),
    ),
    "imagemap.actions": (
        "actions",
        lambda n: imagemap(actions=[{"type": "message", "text": "t", "area": area()}] * n),
    ),
    "imagemap.actions.linkUri": ("actions[0].linkUri", lambda n: imagemap_action(type="uri", linkUri=address(n))),
    "imagemap.actions.label": (
        "actions[0].label",
        lambda n: imagemap_action(type="message", text="t", label=letters(n)),
    ),
    "imagemap.actions.text": ("actions[0].text", lambda n: imagemap_action(type="message", text=letters(n))),
    "imagemap.actions.clipboardText": (
        "actions[0].clipboardText",
        lambda n: imagemap_action(type="clipboard", clipboardText=letters(n)),
    ),
    "template.altText": (
        "altText",
        lambda n: template({"type": "confirm", "text": "t", "actions": [message_action()] * 2}, letters(n)),
    ),
    "buttons.text": ("template.text", lambda n: buttons(text=letters(n))),
    "buttons.text with image or title": ("template.text", lambda n: buttons(text=letters(n), title="t")),
    "buttons.title": ("template.title", lambda n: buttons(title=letters(n))),
    "buttons.actions": ("template.actions", lambda n: buttons(actions=[message_action()] * n)),
    "buttons.thumbnailImageUrl": ("template.thumbnailImageUrl", lambda n: buttons(thumbnailImageUrl=address(n))),
    "confirm.text": (
        "template.text",
        lambda n: template({"type": "confirm", "text": letters(n), "actions": [message_action()] * 2}),
    ),
    "confirm.actions": (
        "template.actions",
        lambda n: template({"type": "confirm", "text": "t", "actions": [message_action()] * n}),
    ),
    "carousel.columns": ("template.columns", lambda n: carousel(*[column()] * n)),
    "column.text": ("template.columns[0].text", lambda n: carousel(column(text=letters(n)))),
    "column.text with image or title": (
        "template.columns[0].text",
        lambda n: carousel(column(text=letters(n), thumbnailImageUrl=URL)),
    ),
    "column.title": ("template.columns[0].title", lambda n: carousel(column(title=letters(n)))),
    "column.actions": ("template.columns[0].actions", lambda n: carousel(column(actions=[message_action()] * n))),
    "column.thumbnailImageUrl": (
        "template.columns[0].thumbnailImageUrl",
        lambda n: carousel(column(thumbnailImageUrl=address(n))),
    ),
    "image_carousel.columns": (
        "template.columns",
        lambda n: image_carousel(*[{"imageUrl": URL, "action": message_action()}] * n),
    ),
    "image_carousel.imageUrl": (
        "template.columns[0].imageUrl",
        lambda n: image_carousel({"imageUrl": address(n), "action": message_action()}),
    ),
    "flex.altText": ("altText", lambda n: flex(bubble(), letters(n))),
    "bubble.bytes": ("contents", lambda n: flex(padded_bubble(n))),
    "flex carousel.bytes": ("contents", lambda n: flex(padded_carousel(n))),
    "flex carousel.contents": (
        "contents.contents",
        lambda n: flex({"type": "carousel", "contents": [bubble()] * n}),
    ),
    "flex image.url": ("contents.body.contents[0].url", lambda n: flex(bubble({"type": "image", "url": address(n)}))),
    "flex image.animated": (
        "contents",
        lambda n: flex(bubble(*[{"type": "image", "url": URL, "animated": True}] * n)),
    ),
    "flex video.url": ("contents.hero.url", lambda n: video(url=address(n))),
    "flex video.previewUrl": ("contents.hero.previewUrl", lambda n: video(previewUrl=address(n))),
    "flex icon.url": (
        "contents.body.contents[0].contents[0].url",
        lambda n: flex(
            bubble({"type": "box", "layout": "baseline", "contents": [{"type": "icon", "url": address(n)}]})
        ),
    ),
    "label in a template": (
        "template.actions[0].label",
        lambda n: buttons(actions=[message_action(letters(n))]),
    ),
    "label of a default action": (
        "template.defaultAction.label",
        lambda n: buttons(defaultAction=message_action(letters(n))),
    ),
    "label in an image carousel": (
        "template.columns[0].action.label",
        lambda n: image_carousel({"imageUrl": URL, "action": message_action(letters(n))}),
    ),
    "label in a quick reply": (
        "quickReply.items[0].action.label",
        lambda n: quick_action(type="message", text="t", label=letters(n)),
    ),
    "label in flex": (
        "contents.body.contents[0].action.label",
        lambda n: flex(bubble({"type": "button", "action": message_action(letters(n))})),
    ),
    **{
        f"{kind}.{name}": (
            f"quickReply.items[0].action.{name}",
            lambda n, kind=kind, name=name, more=more: quick_action(type=kind, **more, **{name: letters(n)}),
        )
        for kind, name, more in (
            ("postback", "data", {}),
            ("postback", "displayText", {"data": "d"}),
            ("postback", "text", {"data": "d"}),
            ("postback", "fillInText", {"data": "d", "inputOption": "openKeyboard"}),
            ("message", "text", {}),
            ("datetimepicker", "data", {"mode": "date"}),
            ("clipboard", "clipboardText", {}),
        )
    },
    "uri.uri": ("quickReply.items[0].action.uri", lambda n: quick_action(type="uri", uri=address(n))),
    "uri.altUri.desktop": (
        "quickReply.items[0].action.altUri.desktop",
        lambda n: quick_action(type="uri", uri=URL, altUri={"desktop": address(n)}),
    ),
}

# Limits of the push itself: the path, and a body that holds so much.
PUSHES: dict[str, tuple[str, Callable[[int], JSON]]] = {
    "messages": ("messages", lambda n: {"to": USER, "messages": [text()] * n}),
    "customAggregationUnits": (
        "customAggregationUnits",
        lambda n: {"to": USER, "messages": [text()], "customAggregationUnits": ["unit"] * n},
    ),
    "aggregationUnit": (
        "customAggregationUnits[0]",
        lambda n: {"to": USER, "messages": [text()], "customAggregationUnits": [letters(n)]},
    ),
}


def push_of(name: str, amount: int) -> JSON:
    """A push body with ``amount`` of what the limit ``name`` limits."""
    if name in PUSHES:
        return PUSHES[name][1](amount)
    to = "C" + USER[1:] if name in ("textV2.mention",) else USER
    return {"to": to, "messages": [CASES[name][1](amount)]}


def path_of(name: str) -> str:
    """Where the limit ``name`` is exceeded in that body."""
    return PUSHES[name][0] if name in PUSHES else f"messages[0].{CASES[name][0]}"
