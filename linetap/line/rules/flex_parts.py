"""LINE's rules for flex components without children, and for the properties that components share.

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
    ListOf,
    ObjectRule,
    Problems,
    Rule,
    TypedObjectRule,
    WholeNumber,
    boolean,
    no_check,
    one_problem,
    prefixed,
)
from linetap.line.rules.limits import LIMITS, REFERENCE, SIZING
from linetap.line.rules.texts import AnyText, OneOf, Pattern, Url, decided_by_field

PAGE = f"{REFERENCE}#flex-message"
GAPS = "none xs sm md lg xl xxl"
_SIZES = "xxs xs sm md lg xl xxl 3xl 4xl 5xl"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"  # not \d: it matches full-width and Thai digits


class Size(Pattern):
    """A keyword, or a number with one of the units. Only offsets are known to accept negative numbers."""

    def __init__(self, keywords: str, *units: str, negative: bool = False) -> None:
        self.negative = negative
        words = keywords.split()
        number = f"a number of {' or '.join(units)}, such as 10{units[0]}"
        super().__init__(
            "|".join([*words, *(rf"{_NUMBER}{unit}" for unit in units)]),
            f"must be one of {', '.join(words)}, or {number}" if words else f"must be {number}",
            SIZING,
        )

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and value[:1] == "-" and self.matches(value[1:]):
            return () if self.negative else one_problem(self.rule, value, page=self.page, severity="uncertain")
        return super().__call__(value, context)


class Ratio(Pattern):
    """``w:h``, both from 1 to 100,000 and h at most three times w."""

    def __init__(self) -> None:
        super().__init__(rf"({_NUMBER}):({_NUMBER})", "must be a ratio such as 16:9", f"{REFERENCE}#f-image")

    def __call__(self, value: Any, context: Context) -> Problems:
        found = self.matches(value) if type(value) is str else None
        if found is None:
            return super().__call__(value, context)
        width, height = map(float, found.groups())
        if not (1 <= width <= 100_000 and 1 <= height <= 100_000):
            return one_problem("must be two numbers from 1 to 100,000", value, page=self.page)
        return (
            ()
            if height <= 3 * width
            else one_problem("must be at most three times as high as wide", value, page=self.page)
        )


def _angle(value: Any, context: Context) -> Problems:
    found = re.fullmatch(rf"({_NUMBER})deg", value) if type(value) is str else None
    rule = "must be an angle from 0deg to below 360deg"
    if found and float(found.group(1)) < 360:
        return ()
    return decided_by_field(value, context, rule, SIZING) or one_problem(rule, value, page=SIZING)


def _position(value: Any, context: Context) -> Problems:
    found = re.fullmatch(rf"({_NUMBER})%", value) if type(value) is str else None
    rule = "must be a percentage from 0% to 100%"
    if found and float(found.group(1)) <= 100:
        return ()
    return decided_by_field(value, context, rule, SIZING) or one_problem(rule, value, page=SIZING)


COLOR = Pattern("#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?", "must be a colour, #RRGGBB or #RRGGBBAA", PAGE)
GAP, PADDING, EXTENT = Size(GAPS, "px"), Size(GAPS, "px", "%"), Size("", "px", "%")
# LINE's own Apparel sample has an offsetTop of -2px.
_OFFSET = Size(GAPS, "px", "%", negative=True)
_FONT, RATIO, WHOLE = Size(_SIZES, "px"), Ratio(), WholeNumber()
_SHRINK, _GRAVITY = OneOf("shrink-to-fit"), OneOf("top", "bottom", "center")
_ALIGN = OneOf("start", "end", "center")

POSITION: dict[str, Check] = {
    "margin": GAP,
    "position": OneOf("relative", "absolute"),
    "offsetTop": _OFFSET,
    "offsetBottom": _OFFSET,
    "offsetStart": _OFFSET,
    "offsetEnd": _OFFSET,
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
    kind: str, anchor: str, fields: Mapping[str, Check], required: Iterable[str] = (), cross_checks: Iterable[Rule] = ()
) -> ObjectRule:
    every = {"type": no_check, **fields}
    return ObjectRule(
        f"a {kind} component", f"{REFERENCE}#{anchor}", every, required=required, cross_checks=cross_checks
    )


def text_or_contents(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """LINE rejects an empty text ("must be non-empty text"), unless there are spans."""
    text, contents = value.get("text"), value.get("contents")
    if text is None and contents is None:
        return one_problem("must have a text or contents", literal_text("neither"))
    check = _TEXT if contents is None else _TEXT_BESIDE_SPANS
    found = check(text, context) if type(text) is str else ()
    return prefixed(".text", found) if found else ()


_TEXT, _TEXT_BESIDE_SPANS = AnyText(empty="error"), AnyText()


def is_string(value: Any, context: Context) -> Problems:
    return () if type(value) is str else one_problem("must be a string", value)


BACKGROUND = TypedObjectRule(
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
CHILDLESS: dict[str, Check] = {
    "button": component(
        "button",
        "button",
        {
            "action": IN_FLEX_BUTTON,
            "flex": WHOLE,
            **POSITION,
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
            **POSITION,
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
        {"url": Url(LIMITS["flex icon.url"]), **POSITION, "size": _FONT, "aspectRatio": RATIO, "scaling": boolean},
        ("url",),
    ),
    "text": component(
        "text",
        "f-text",
        {
            **_FONTS,
            "text": is_string,
            "contents": ListOf(TypedObjectRule("a span", f"{REFERENCE}#span", {"span": SPAN})),
            "flex": WHOLE,
            **POSITION,
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
        (text_or_contents,),
    ),
    "separator": component("separator", "separator", {"margin": GAP, "color": COLOR}),
    "filler": component("filler", "filler", {"flex": WHOLE}),
}
