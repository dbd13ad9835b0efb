"""LINE's rules for text, sticker, media, location and coupon messages.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem, literal_text
from linetap.fields import has_mark
from linetap.line.rules.common import message
from linetap.line.rules.engine import (
    Check,
    Context,
    ListOf,
    Number,
    ObjectRule,
    TypedObjectRule,
    WholeNumber,
    no_check,
    one_problem,
    prefixed,
)
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.texts import DEPENDS, AnyText, Pattern, Text, Url, utf16_units

PAGE = f"{REFERENCE}#message-objects"
_TEXT, _TEXT_V2 = f"{REFERENCE}#text-message", f"{REFERENCE}#text-message-v2"


def _emojis(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """Every emoji replaces a ``$``; its index counts UTF-16 units."""
    text, emojis = value.get("text"), value.get("emojis")
    return _emoji_positions(text, emojis, context) if type(text) is str and type(emojis) is list else ()


def _emoji_positions(text: str, emojis: list[Any], context: Context) -> Iterable[Problem]:
    units = text.encode("utf-16-le", "surrogatepass")
    has_field = context.marked and has_mark(text)
    for number, emoji in enumerate(emojis):
        index = emoji.get("index") if type(emoji) is dict else None
        if type(index) is not int or index < 0 or units[2 * index : 2 * index + 2] == b"$\0":
            continue
        path, rule = f".emojis[{number}].index", "must be the position of a $ in text, in UTF-16 units"
        if has_field:
            yield from one_problem(rule, index, DEPENDS, path=path, page=_TEXT, severity="uncertain")
        else:
            yield from one_problem(rule, index, _dollar_remedy(units), path=path, page=_TEXT)
    if emojis and utf16_units(text) + _LONGEST_EMOJI * len(emojis) > LIMITS["text.text"].most:
        rule = "must be shorter, because LINE counts each emoji as a text of unpublished length"
        yield from one_problem(
            rule, literal_text(f"{utf16_units(text):,} units"), path=".text", page=_TEXT, severity="uncertain"
        )


_LONGEST_EMOJI = 50  # a safe estimate: LINE does not publish how long these texts are


def _dollar_remedy(units: bytes) -> str:
    positions = [str(at // 2) for at in range(0, len(units), 2) if units[at : at + 2] == b"$\0"]
    return f"there is a $ at {', '.join(positions[:10])}" if positions else "write a $ where the emoji must be"


_BRACES = re.compile(r"\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}|(\{[^{}]*\}|[{}])")


def _substitution(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """Every placeholder needs a substitution; a literal brace must be doubled."""
    text, given = value.get("text"), value.get("substitution")
    if type(text) is not str or not (given is None or type(given) is dict):
        return
    given = given or {}
    keys = []
    for found in _BRACES.finditer(text):
        if found.group(2):
            hint = "double it for a literal brace; a placeholder is {key} of 1 to 20 letters, digits and _"
            yield from one_problem(
                "must have every brace doubled or in a placeholder", text[found.start() :][:30], hint, path=".text"
            )
        elif found.group(1):
            keys.append(found.group(1))
    missing = [key for key in dict.fromkeys(keys) if key not in given]
    for key in missing:
        yield from one_problem(
            "must have a substitution for every placeholder", literal_text(f"{{{key}}} without one"), path=".text"
        )
    for key in given:
        if type(key) is str and key not in keys:
            yield from one_problem(
                "must be used in text", literal_text("no placeholder"), path=f".substitution.{key}", severity="advice"
            )
    if context.marked and has_mark(text):
        rule = "must have balanced braces after the fields are filled"
        hint = "LINE reads { or } in a value as a placeholder: use a TextMessage"
        yield from one_problem(rule, literal_text("a field"), hint, path=".text", severity="uncertain")


def _per_kind(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    given = value.get("substitution")
    for kind in ("mention", "emoji"):
        limit = LIMITS[f"textV2.{kind}"]
        count = sum(
            type(entry) is dict and entry.get("type") == kind
            for entry in (given.values() if type(given) is dict else ())
        )
        if count > limit.most:
            yield from one_problem(
                f"must have at most {limit.most} entries of type {kind}",
                literal_text(f"{count:,}"),
                path=".substitution",
                page=limit.page,
            )


def _substitutions(value: Any, context: Context) -> list[Problem]:
    if type(value) is not dict:
        return list(one_problem("must be an object", value))
    problems: list[Problem] = []
    limit = LIMITS["textV2.substitution"]
    if len(value) > limit.most:
        problems += one_problem(
            f"must have at most {limit.most} entries", literal_text(f"{len(value):,}"), page=limit.page
        )
    for key, entry in value.items():
        if type(key) is not str or not re.fullmatch(r"[0-9a-zA-Z_]{1,20}", key):
            problems += one_problem(
                "must have keys of 1 to 20 letters, digits and _", key, page=LIMITS["textV2.key"].page
            )
        step = f".{key if type(key) is str else ascii(key)}"
        problems += prefixed(step, _SUBSTITUTION(entry, context))
    return problems


def _mention(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if context.channel not in ("push", "reply", "validate"):
        yield from one_problem(
            "must not be mention outside push and reply messages", literal_text(context.channel), path=".type"
        )
    if context.to[:1] == "U":
        yield from one_problem(
            "must not be mention outside groups and rooms", literal_text("a user as recipient"), path=".type"
        )


def _tracking_id(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if value.get("trackingId") is not None and context.to[:1] in ("C", "R"):
        rule = "must not be given for a group or room"
        yield from one_problem(
            rule, literal_text("a group or room as recipient"), path=".trackingId", severity="uncertain"
        )


def _quote_token(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if value.get("quoteToken") is None or context.channel in ("push", "reply", "validate"):
        return ()
    return one_problem(
        "must not be given outside push and reply messages", literal_text(context.channel), path=".quoteToken"
    )


_SUBSTITUTION = TypedObjectRule(
    "a substitution",
    _TEXT_V2,
    {
        "mention": ObjectRule(
            "a mention",
            f"{_TEXT_V2}-mention-object",
            {
                "type": no_check,
                "mentionee": TypedObjectRule(
                    "a mentionee",
                    f"{_TEXT_V2}-mention-object",
                    {
                        "user": ObjectRule(
                            "a user's mention",
                            f"{_TEXT_V2}-mentionee-user",
                            {
                                "type": no_check,
                                "userId": Pattern(
                                    "U[0-9a-f]{32}", "must be a user ID: U followed by 32 lowercase hexadecimal digits"
                                ),
                            },
                            required=("userId",),
                        ),
                        "all": ObjectRule("everyone's mention", f"{_TEXT_V2}-mentionee-all", {"type": no_check}),
                    },
                ),
            },
            required=("mentionee",),
            cross_checks=(_mention,),
        ),
        "emoji": ObjectRule(
            "an emoji",
            f"{_TEXT_V2}-emoji-object",
            {"type": no_check, "productId": AnyText(), "emojiId": AnyText()},
            required=("productId", "emojiId"),
        ),
    },
)

_EMOJI = ObjectRule(
    "an emoji",
    _TEXT,
    {"index": WholeNumber(0), "productId": AnyText(), "emojiId": AnyText()},
    required=("index", "productId", "emojiId"),
)

SIMPLE: Mapping[str, Check] = {
    "text": message(
        "text",
        "text-message",
        {
            "text": Text(LIMITS["text.text"]),
            "emojis": ListOf(_EMOJI, LIMITS["text.emojis"]),
            "quoteToken": AnyText(),
        },
        ("text",),
        (_emojis, _quote_token),
    ),
    "textV2": message(
        "textV2",
        "text-message-v2",
        {"text": Text(LIMITS["textV2.text"]), "substitution": _substitutions, "quoteToken": AnyText()},
        ("text",),
        (_substitution, _per_kind, _quote_token),
    ),
    "sticker": message(
        "sticker",
        "sticker-message",
        {"packageId": AnyText(), "stickerId": AnyText(), "quoteToken": AnyText()},
        ("packageId", "stickerId"),
        (_quote_token,),
    ),
    "image": message(
        "image",
        "image-message",
        {
            "originalContentUrl": Url(LIMITS["image.originalContentUrl"]),
            "previewImageUrl": Url(LIMITS["image.previewImageUrl"]),
        },
        ("originalContentUrl", "previewImageUrl"),
    ),
    "video": message(
        "video",
        "video-message",
        {
            "originalContentUrl": Url(LIMITS["video.originalContentUrl"]),
            "previewImageUrl": Url(LIMITS["video.previewImageUrl"]),
            "trackingId": Text(LIMITS["video.trackingId"], letters=r"A-Za-z0-9\-.=,+*()%$&;:@{}!?<>\[\]"),
        },
        ("originalContentUrl", "previewImageUrl"),
        (_tracking_id,),
    ),
    "audio": message(
        "audio",
        "audio-message",
        {"originalContentUrl": Url(LIMITS["audio.originalContentUrl"]), "duration": WholeNumber(0)},
        ("originalContentUrl", "duration"),
    ),
    "location": message(
        "location",
        "location-message",
        {
            "title": Text(LIMITS["location.title"]),
            "address": Text(LIMITS["location.address"]),
            # LINE states no range; every position on earth is in this one.
            "latitude": Number(-90, 90, "uncertain"),
            "longitude": Number(-180, 180, "uncertain"),
        },
        ("title", "address", "latitude", "longitude"),
    ),
    "coupon": message(
        "coupon",
        "coupon-message",
        {"couponId": AnyText(), "deliveryTag": Text(LIMITS["coupon.deliveryTag"], letters="A-Za-z0-9_")},
        ("couponId",),
    ),
}
