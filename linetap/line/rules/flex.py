"""LINE's rules of flex messages: which component may stand where, and how large the whole may be.

https://developers.line.biz/en/reference/messaging-api/#flex-message
https://developers.line.biz/en/docs/messaging-api/flex-message-layout/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linetap.errors import Problem, literal_text
from linetap.fields import without_marks
from linetap.line.rules.actions import IN_FLEX, IN_FLEX_VIDEO
from linetap.line.rules.common import message
from linetap.line.rules.engine import (
    Check,
    Context,
    Elsewhere,
    Kind,
    ListOf,
    Picked,
    Rule,
    Shape,
    anything,
    boolean,
    one,
)
from linetap.line.rules.flex_parts import (
    BACKGROUND,
    COLOR,
    EXTENT,
    GAP,
    GAPS,
    LEAVES,
    PADDING,
    PLACED,
    RATIO,
    SPAN,
    WHOLE,
    Size,
    component,
)
from linetap.line.rules.json_walk import marks, written
from linetap.line.rules.limits import LIMITS, REFERENCE, WORST_VALUE
from linetap.line.rules.texts import DEPENDS, OneOf, Text, Url

_LAYOUT = "https://developers.line.biz/en/docs/messaging-api/flex-message-layout/"
_COMPONENTS = f"{REFERENCE}#flex-message"


def _by_layout(layout: Any) -> Check:
    """What a box may hold depends on its layout."""
    return _BASELINE if layout == "baseline" else _BOX


_box = Picked("layout", _by_layout)


def _places(rule: str, known: Mapping[str, Check], *kinds: str) -> Kind:
    """The check of a component in a place that takes these kinds alone."""
    others: dict[str, Check] = {kind: Elsewhere(rule, _LAYOUT, check) for kind, check in known.items()}
    return Kind("a component", _COMPONENTS, {**others, **{kind: known[kind] for kind in kinds}})


_VIDEO_ELSEWHERE = Elsewhere("stands directly as a bubble's hero only", f"{REFERENCE}#f-video")
_SPAN_ELSEWHERE = Elsewhere("stands in the contents of a text only", f"{REFERENCE}#span", SPAN)
_ALL: dict[str, Check] = {**LEAVES, "box": _box, "video": _VIDEO_ELSEWHERE, "span": _SPAN_ELSEWHERE}
_IN_BOX = _places(
    "is box, button, image, text, separator or filler in a horizontal or vertical box",
    _ALL,
    *("box", "button", "image", "text", "separator", "filler", "video", "span"),
)
_IN_BASELINE = _places("is icon, text or filler in a baseline box", _ALL, "icon", "text", "filler", "video", "span")


def _box_of(children: Kind) -> Shape:
    fields: dict[str, Check] = {
        "layout": OneOf("horizontal", "vertical", "baseline"),
        "contents": ListOf(children),
        "flex": WHOLE,
        "spacing": GAP,
        **PLACED,
        "backgroundColor": COLOR,
        "borderColor": COLOR,
        "borderWidth": Size("none light normal medium semi-bold bold", "px"),
        "cornerRadius": Size(GAPS, "px"),
        **dict.fromkeys(("width", "maxWidth", "height", "maxHeight"), EXTENT),
        **{f"padding{side}": PADDING for side in ("All", "Top", "Bottom", "Start", "End")},
        "action": IN_FLEX,
        "justifyContent": OneOf("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
        "alignItems": OneOf("center", "flex-start", "flex-end"),
        "background": BACKGROUND,
    }
    return component("box", "box", fields, ("layout", "contents"))


_BOX, _BASELINE = _box_of(_IN_BOX), _box_of(_IN_BASELINE)
_VIDEO = component(
    "video",
    "f-video",
    {
        "url": Url(LIMITS["flex video.url"]),
        "previewUrl": Url(LIMITS["flex video.previewUrl"]),
        "altContent": _places("is box or image in place of a video", _ALL, "box", "image"),
        "aspectRatio": RATIO,
        "action": IN_FLEX_VIDEO,
    },
    ("url", "previewUrl", "altContent"),
)
_BLOCK = _places("is a box", _ALL, "box")
_HERO = _places("is box, image or video as a hero", {**_ALL, "video": _VIDEO}, "box", "image", "video")

_BLOCKS = ("header", "hero", "body", "footer")
_STYLE = Shape(
    "a block's style",
    f"{REFERENCE}#bubble-style",
    {"backgroundColor": COLOR, "separator": boolean, "separatorColor": COLOR},
)


def _kind(value: Any) -> Any:
    return value.get("type") if type(value) is dict else None


def _video_size(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if _kind(value.get("hero")) == "video" and value.get("size", "mega") in ("nano", "micro", "deca", "hecto"):
        rule = "is kilo, mega or giga around a video"
        yield from one(rule, value["size"], path=".size", page=f"{REFERENCE}#f-video")


def _blocks(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if not any(value.get(block) is not None for block in _BLOCKS):
        yield from one("has a header, hero, body or footer", literal_text("none"), severity="uncertain")


def _alike(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """The bubbles of a carousel have one size, and none has a video."""
    contents = value.get("contents")
    bubbles = contents if type(contents) is list else []
    sizes = [str(bubble.get("size") or "mega") for bubble in bubbles if type(bubble) is dict]
    if len(set(sizes)) > 1:
        yield from one("has bubbles of one size", literal_text(", ".join(sizes)), path=".contents")
    for place, bubble in enumerate(bubbles):
        if type(bubble) is dict and _kind(bubble.get("hero")) == "video":
            page = f"{REFERENCE}#f-video"
            yield from one("is no video in a carousel", "video", path=f".contents[{place}].hero.type", page=page)


def _small(name: str) -> Rule:
    """The size of the JSON, as compact UTF-8. LINE does not say whether its KB has 1,000 or 1,024 bytes."""
    limit = LIMITS[name]
    kilobytes = limit.most // 1024

    def rule(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
        if 0 < context.size <= kilobytes * 1000:
            return
        text = written(value)
        if text is None:
            return
        fields = [field for _, found in marks(value) for field in found] if context.marked else []
        size = len((without_marks(text) if fields else text).encode())
        rule = f"is at most {kilobytes} KB of JSON"
        if size > limit.most:
            yield from one(rule, literal_text(f"{size:,} bytes"), page=limit.page)
        elif size > kilobytes * 1000:
            found = literal_text(f"{size:,} bytes: whether a KB is 1,000 or 1,024 is not published")
            yield from one(rule, found, page=limit.page, severity="uncertain")
        elif size + WORST_VALUE * len(fields) > kilobytes * 1000:
            found = literal_text(f"{size:,} bytes and {len(fields)} fields")
            yield from one(rule, found, DEPENDS, page=limit.page, severity="uncertain")

    return rule


_BUBBLE = Shape(
    "a bubble",
    f"{REFERENCE}#bubble",
    {
        "type": anything,
        "size": OneOf("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
        "direction": OneOf("ltr", "rtl"),
        "header": _BLOCK,
        "hero": _HERO,
        "body": _BLOCK,
        "footer": _BLOCK,
        "styles": Shape("a bubble's styles", f"{REFERENCE}#bubble-style", dict.fromkeys(_BLOCKS, _STYLE)),
        "action": IN_FLEX,
    },
    also=(_blocks, _video_size, _small("bubble.bytes")),
)
_CAROUSEL = Shape(
    "a carousel",
    f"{REFERENCE}#f-carousel",
    {
        "type": anything,
        "contents": ListOf(
            Kind("a bubble", f"{REFERENCE}#bubble", {"bubble": _BUBBLE}), LIMITS["flex carousel.contents"]
        ),
    },
    required=("contents",),
    also=(_alike, _small("flex carousel.bytes")),
)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    stack = [(0, value)]
    while stack:
        depth, item = stack.pop()
        if type(item) is dict:
            yield item
        if type(item) in (dict, list) and depth < 200:
            stack += [(depth + 1, inner) for inner in (item.values() if type(item) is dict else item)]


def _animated(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    limit = LIMITS["flex image.animated"]
    if context.animated <= limit.most:
        return
    count = sum(
        item.get("type") == "image" and item.get("animated") is True for item in _objects(value.get("contents"))
    )
    if count > limit.most:
        rule = f"has at most {limit.most} animated images"
        yield from one(rule, literal_text(f"{count:,}"), path=".contents", page=limit.page)


FLEX = message(
    "flex",
    "flex-message",
    {
        "altText": Text(LIMITS["flex.altText"]),
        "contents": Kind("a flex container", _COMPONENTS, {"bubble": _BUBBLE, "carousel": _CAROUSEL}),
    },
    ("altText", "contents"),
    (_animated,),
)
