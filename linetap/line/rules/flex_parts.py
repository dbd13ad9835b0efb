"""LINE's rules of flex components that hold no others, and of what all components share.

https://developers.line.biz/en/reference/messaging-api/#flex-message
https://developers.line.biz/en/docs/messaging-api/flex-message-layout/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem, literal_text
from linetap.line.rules.actions import IN_FLEX, IN_FLEX_BUTTON
from linetap.line.rules.engine import (
    Check,
    Context,
    Kind,
    ListOf,
    Problems,
    Rule,
    Shape,
    Whole,
    anything,
    boolean,
    one,
)
from linetap.line.rules.limits import LIMITS, REFERENCE, SIZING
from linetap.line.rules.texts import AnyText, OneOf, Pattern, Url, unknown_yet

PAGE = f"{REFERENCE}#flex-message"
GAPS = "none xs sm md lg xl xxl"
_SIZES = "xxs xs sm md lg xl xxl 3xl 4xl 5xl"


class Size(Pattern):
    """A keyword, or a number with one of the units. LINE does not say which sizes may be negative."""

    def __init__(self, keywords: str, *units: str) -> None:
        words = keywords.split()
        number = f"a number of {' or '.join(units)}, such as 10{units[0]}"
        super().__init__(
            "|".join([*words, *(rf"\d+(?:\.\d+)?{unit}" for unit in units)]),
            f"is one of {', '.join(words)}, or {number}" if words else f"is {number}",
            SIZING,
        )

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and value[:1] == "-" and self.good(value[1:]):
            return one(self.rule, value, page=self.page, severity="uncertain")
        return super().__call__(value, context)


class Ratio(Pattern):
    """``w:h``, both from 1 to 100,000 and h at most three times w."""

    def __init__(self) -> None:
        super().__init__(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", "is a ratio such as 16:9", f"{REFERENCE}#f-image")

    def __call__(self, value: Any, context: Context) -> Problems:
        found = self.good(value) if type(value) is str else None
        if found is None:
            return super().__call__(value, context)
        width, height = map(float, found.groups())
        if not (1 <= width <= 100_000 and 1 <= height <= 100_000):
            return one("has two numbers from 1 to 100,000", value, page=self.page)
        return () if height <= 3 * width else one("is at most three times as high as wide", value, page=self.page)


def _angle(value: Any, context: Context) -> Problems:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)deg", value) if type(value) is str else None
    rule = "is an angle from 0deg to below 360deg"
    if found and float(found.group(1)) < 360:
        return ()
    return unknown_yet(value, context, rule, SIZING) or one(rule, value, page=SIZING)


def _position(value: Any, context: Context) -> Problems:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%", value) if type(value) is str else None
    rule = "is a share from 0% to 100%"
    if found and float(found.group(1)) <= 100:
        return ()
    return unknown_yet(value, context, rule, SIZING) or one(rule, value, page=SIZING)


COLOR = Pattern("#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?", "is a colour, #RRGGBB or #RRGGBBAA", PAGE)
GAP, PADDING, EXTENT = Size(GAPS, "px"), Size(GAPS, "px", "%"), Size("", "px", "%")
_FONT, RATIO, WHOLE = Size(_SIZES, "px"), Ratio(), Whole()
_SHRINK, _GRAVITY = OneOf("shrink-to-fit"), OneOf("top", "bottom", "center")
_ALIGN = OneOf("start", "end", "center")

PLACED: dict[str, Check] = {
    "margin": GAP,
    "position": OneOf("relative", "absolute"),
    "offsetTop": PADDING,
    "offsetBottom": PADDING,
    "offsetStart": PADDING,
    "offsetEnd": PADDING,
}
_FONTS: dict[str, Check] = {
    "text": AnyText(),
    "size": _FONT,
    "color": COLOR,
    "weight": OneOf("regular", "bold"),
    "style": OneOf("normal", "italic"),
    "decoration": OneOf("none", "underline", "line-through"),
}


def component(
    kind: str, anchor: str, fields: Mapping[str, Check], required: Iterable[str] = (), also: Iterable[Rule] = ()
) -> Shape:
    every = {"type": anything, **fields}
    return Shape(f"a {kind} component", f"{REFERENCE}#{anchor}", every, required=required, also=also)


def _worded(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    worded = value.get("text") is not None or value.get("contents") is not None
    return () if worded else one("has a text or contents", literal_text("neither"))


BACKGROUND = Kind(
    "a background",
    f"{REFERENCE}#box",
    {
        "linearGradient": component(
            "linearGradient",
            "box",
            {
                "angle": _angle,
                "startColor": COLOR,
                "endColor": COLOR,
                "centerColor": COLOR,
                "centerPosition": _position,
            },
            ("angle", "startColor", "endColor"),
        )
    },
)


SPAN = component("span", "span", _FONTS)
LEAVES: dict[str, Check] = {
    "button": component(
        "button",
        "button",
        {
            "action": IN_FLEX_BUTTON,
            "flex": WHOLE,
            **PLACED,
            "height": OneOf("sm", "md"),
            "style": OneOf("primary", "secondary", "link"),
            "color": COLOR,
            "gravity": _GRAVITY,
            "adjustMode": _SHRINK,
            "scaling": boolean,
        },
        ("action",),
    ),
    "image": component(
        "image",
        "f-image",
        {
            "url": Url(LIMITS["flex image.url"]),
            "flex": WHOLE,
            **PLACED,
            "align": _ALIGN,
            "gravity": _GRAVITY,
            "size": Size(f"{_SIZES} full", "px", "%"),
            "aspectRatio": RATIO,
            "aspectMode": OneOf("fit", "cover"),
            "backgroundColor": COLOR,
            "action": IN_FLEX,
            "animated": boolean,
        },
        ("url",),
    ),
    "icon": component(
        "icon",
        "icon",
        {"url": Url(LIMITS["flex icon.url"]), **PLACED, "size": _FONT, "aspectRatio": RATIO, "scaling": boolean},
        ("url",),
    ),
    "text": component(
        "text",
        "f-text",
        {
            **_FONTS,
            "contents": ListOf(Kind("a span", f"{REFERENCE}#span", {"span": SPAN})),
            "flex": WHOLE,
            **PLACED,
            "align": _ALIGN,
            "gravity": _GRAVITY,
            "wrap": boolean,
            "lineSpacing": Size("", "px"),
            "maxLines": WHOLE,
            "adjustMode": _SHRINK,
            "scaling": boolean,
            "action": IN_FLEX,
        },
        (),
        (_worded,),
    ),
    "separator": component("separator", "separator", {"margin": GAP, "color": COLOR}),
    "filler": component("filler", "filler", {"flex": WHOLE}),
}
