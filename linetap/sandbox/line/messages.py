"""LINE's message objects, typed from its pages: what the send and validate endpoints reject.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.line.actions import in_image_carousel, in_template, quick_reply, sender, tag
from linetap.sandbox.line.checks import (
    Check,
    Report,
    action_url,
    array,
    clusters,
    colour,
    kinds,
    media_url,
    number,
    objects,
    one_of,
    pattern,
    record,
    text,
    whole,
)
from linetap.sandbox.line.flex import flex_container

_COMMON: dict[str, Check] = {"quickReply": quick_reply, "sender": sender}
_STRING = text(100_000, least=0)
_FILLED = text(100_000)


def _message(required: dict[str, Check], optional: dict[str, Check] | None = None, *also: Check) -> Check:
    return record(required, {**_COMMON, **(optional or {})}, *also)


def _alt_text(value: Any, path: str, report: Report) -> None:
    text(report.readings.alt_text_limit)(value, path, report)


# Text ----------------------------------------------------------------------------------------------------


def _emojis_fit(message: dict[str, Any], path: str, report: Report) -> None:
    """Each emoji's index, in UTF-16 units, has to hit a ``$``."""
    if not isinstance(message.get("text"), str) or not isinstance(message.get("emojis"), list):
        return
    written = message["text"].encode("utf-16-le", "surrogatepass")
    for position, emoji in enumerate(message["emojis"]):
        index = emoji.get("index") if isinstance(emoji, dict) else None
        if isinstance(index, int) and (index < 0 or written[2 * index : 2 * index + 2] != b"$\x00"):
            report.add(f"{path}.emojis[{position}].index", "must point at a $")


_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def _substitution_fits(message: dict[str, Any], path: str, report: Report) -> None:
    """``{key}`` needs a substitution; a brace to be read is doubled."""
    written, given = message.get("text"), message.get("substitution") or {}
    if not isinstance(written, str) or not isinstance(given, dict):
        return
    for found in _BRACES.finditer(written):
        if found.group(0) in ("{{", "}}"):
            continue
        if found.group(1) is None:
            report.add(f"{path}.text", "a brace must be part of a placeholder, or doubled")
        elif found.group(1) not in given:
            report.add(f"{path}.text", f"no substitution for the placeholder {{{found.group(1)}}}")
    for kind in ("mention", "emoji"):
        if sum(isinstance(value, dict) and value.get("type") == kind for value in given.values()) > 20:
            report.add(f"{path}.substitution", f"at most 20 of type {kind}")


_USER = pattern(r"U[0-9a-f]{32}", "invalid user ID")
_SUBSTITUTE = kinds(
    {
        "mention": record({"mentionee": kinds({"user": record({"userId": _USER}), "all": record({})})}),
        "emoji": record({"productId": _FILLED, "emojiId": _FILLED}),
    }
)


def _substitutions(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, dict):
        report.add(path, "must be an object")
        return
    if len(value) > 100:
        report.add(path, "Size must be between 0 and 100")
    for key, one in value.items():
        if not re.fullmatch(r"[0-9a-zA-Z_]{1,20}", key):
            report.add(f"{path}.{key}", "a key is 1 to 20 characters of a-z, A-Z, 0-9 and _")
        _SUBSTITUTE(one, f"{path}.{key}", report)


_EMOJI = record({"index": whole(0), "productId": _FILLED, "emojiId": _FILLED})

# Imagemap ------------------------------------------------------------------------------------------------

_AREA = record({"x": whole(0), "y": whole(0), "width": whole(0), "height": whole(0)})
_LABEL = text(100, least=0)
_IMAGEMAP_ACTION = kinds(
    {
        "uri": record({"linkUri": action_url, "area": _AREA}, {"label": _LABEL}),
        "message": record({"text": text(400), "area": _AREA}, {"label": _LABEL}),
        "clipboard": record({"clipboardText": text(1000), "area": _AREA}, {"label": _LABEL}),
    }
)
_IMAGEMAP_VIDEO = record(
    {"originalContentUrl": media_url, "previewImageUrl": media_url, "area": _AREA},
    {"externalLink": record({"linkUri": action_url, "label": text(30)})},
)

# Templates -----------------------------------------------------------------------------------------------


def _shorter_beside_image(longest: int) -> Check:
    """The text's limit falls to 60 where there is an image or a title."""

    def check(template: dict[str, Any], path: str, report: Report) -> None:
        beside = template.get("thumbnailImageUrl") is not None or template.get("title") is not None
        if template.get("text") is not None:
            text(60 if beside else longest, count=clusters)(template["text"], f"{path}.text", report)

    return check


def _equal_columns(template: dict[str, Any], path: str, report: Report) -> None:
    columns = objects(template.get("columns"))
    counts = {len(c["actions"]) for c in columns if isinstance(c.get("actions"), list)}
    if len(counts) > 1:
        report.add(f"{path}.columns", "every column must have the same number of actions")
    for name in ("thumbnailImageUrl", "title"):
        if len({column.get(name) is not None for column in columns}) > 1:
            report.add(f"{path}.columns", f"either every column has {name} or none")


_IMAGE: dict[str, Check] = {
    "imageAspectRatio": one_of("rectangle", "square"),
    "imageSize": one_of("cover", "contain"),
}
_CARD: dict[str, Check] = {
    "title": text(40, count=clusters),
    "thumbnailImageUrl": media_url,
    "imageBackgroundColor": colour,
    "defaultAction": in_template,
}


def _present(value: Any, path: str, report: Report) -> None:
    """``_shorter_beside_image`` checks the text itself."""


_COLUMN = record({"text": _present, "actions": array(in_template, 1, 3)}, _CARD, _shorter_beside_image(120))
_TEMPLATE = kinds(
    {
        "buttons": record(
            {"text": _present, "actions": array(in_template, 1, 4)}, {**_CARD, **_IMAGE}, _shorter_beside_image(160)
        ),
        "confirm": record({"text": text(240, count=clusters), "actions": array(in_template, 2, 2)}),
        "carousel": record({"columns": array(_COLUMN, 1, 10)}, _IMAGE, _equal_columns),
        "image_carousel": record(
            {"columns": array(record({"imageUrl": media_url, "action": in_image_carousel}), 1, 10)}
        ),
    }
)

# All of them ---------------------------------------------------------------------------------------------

_TRACKING = pattern(r"[A-Za-z0-9\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}", "must be 1 to 100 of the allowed characters")

message = kinds(
    {
        "text": _message({"text": text(5000)}, {"emojis": array(_EMOJI, 0, 20), "quoteToken": _STRING}, _emojis_fit),
        "textV2": _message(
            {"text": text(5000)}, {"substitution": _substitutions, "quoteToken": _STRING}, _substitution_fits
        ),
        "sticker": _message({"packageId": _FILLED, "stickerId": _FILLED}, {"quoteToken": _STRING}),
        "image": _message({"originalContentUrl": media_url, "previewImageUrl": media_url}),
        "video": _message({"originalContentUrl": media_url, "previewImageUrl": media_url}, {"trackingId": _TRACKING}),
        "audio": _message({"originalContentUrl": media_url, "duration": whole(0)}),
        "location": _message({"title": text(100), "address": text(100), "latitude": number(), "longitude": number()}),
        "imagemap": _message(
            {
                "baseUrl": media_url,
                "altText": _alt_text,
                "baseSize": record({"width": whole(1), "height": whole(1)}),
                "actions": array(_IMAGEMAP_ACTION, 0, 50),
            },
            {"video": _IMAGEMAP_VIDEO},
        ),
        "template": _message({"altText": _alt_text, "template": _TEMPLATE}),
        "flex": _message({"altText": _alt_text, "contents": flex_container}),
        "coupon": _message({"couponId": _FILLED}, {"deliveryTag": tag}),
    }
)
messages = array(message, 1, 5)


def problems(found: Any, readings: Readings) -> list[dict[str, str]]:
    """What LINE would say is wrong with a ``messages`` array."""
    report = Report(readings)
    messages(found, "messages", report) if found is not None else report.add("messages", "May not be null")
    return report.details


def misplaced(found: Any, to: str, channel: str) -> list[dict[str, str]]:
    """What only a send can check: mentions, quote tokens and tracking ids depend on the kind of recipient."""
    details: list[dict[str, str]] = []
    for index, one in enumerate(found):
        for name, wrong in _PLACES.items():
            if wrong(one, to, channel):
                details.append({"message": "cannot be used here", "property": f"messages[{index}].{name}"})
    return details


def _mentions(one: dict[str, Any]) -> bool:
    return any(value.get("type") == "mention" for value in (one.get("substitution") or {}).values())


_PLACES: dict[str, Callable[[dict[str, Any], str, str], bool]] = {
    "substitution": lambda one, to, channel: one["type"] == "textV2" and _mentions(one) and to[:1] == "U",
    "quoteToken": lambda one, to, channel: one.get("quoteToken") is not None and channel != "push",
    "trackingId": lambda one, to, channel: one.get("trackingId") is not None and to[:1] in "CR",
}
