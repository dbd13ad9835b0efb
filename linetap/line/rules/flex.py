"""LINE's rules for flex messages: which component is allowed in which context, and the size limits.

https://developers.line.biz/en/reference/messaging-api/#flex-message
https://developers.line.biz/en/docs/messaging-api/flex-message-layout/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linetap.errors import Problem, literal_text, short_repr
from linetap.fields import without_marks
from linetap.line.rules.actions import IN_FLEX, IN_FLEX_VIDEO
from linetap.line.rules.common import message
from linetap.line.rules.engine import (
    Check,
    Context,
    DependsOn,
    ListOf,
    ObjectRule,
    Rule,
    TypedObjectRule,
    WrongContext,
    boolean,
    no_check,
    one_problem,
)
from linetap.line.rules.flex_parts import (
    BACKGROUND,
    CHILDLESS,
    COLOR,
    EXTENT,
    GAP,
    GAPS,
    PADDING,
    POSITION,
    RATIO,
    SPAN,
    WHOLE,
    Size,
    component,
)
from linetap.line.rules.json_walk import compact_json, marked_strings
from linetap.line.rules.limits import LIMITS, REFERENCE, WORST_VALUE
from linetap.line.rules.texts import DEPENDS, OneOf, Text, Url

_LAYOUT = "https://developers.line.biz/en/docs/messaging-api/flex-message-layout/"
_COMPONENTS = f"{REFERENCE}#flex-message"


def _by_layout(layout: Any) -> Check:
    """The components that a box may contain depend on its layout."""
    return _BASELINE if type(layout) is str and layout == "baseline" else _BOX


_box = DependsOn("layout", _by_layout)


def _one_kind_of(rule: str, known: Mapping[str, Check], *kinds: str) -> TypedObjectRule:
    """The check of a component in a context where only these kinds are allowed."""
    others: dict[str, Check] = {kind: WrongContext(rule, _LAYOUT, check) for kind, check in known.items()}
    return TypedObjectRule("a component", _COMPONENTS, {**others, **{kind: known[kind] for kind in kinds}})


_VIDEO_ELSEWHERE = WrongContext("must not be video: a video may only be the hero of a bubble", f"{REFERENCE}#f-video")
_SPAN_ELSEWHERE = WrongContext(
    "must not be span: a span may only be in the contents of a text", f"{REFERENCE}#span", SPAN
)
_ALL: dict[str, Check] = {**CHILDLESS, "box": _box, "video": _VIDEO_ELSEWHERE, "span": _SPAN_ELSEWHERE}
_IN_BOX = _one_kind_of(
    "must be box, button, image, text, separator or filler in a horizontal or vertical box",
    _ALL,
    *("box", "button", "image", "text", "separator", "filler", "video", "span"),
)
_IN_BASELINE = _one_kind_of(
    "must be icon, text or filler in a baseline box", _ALL, "icon", "text", "filler", "video", "span"
)


def _box_of(children: TypedObjectRule) -> ObjectRule:
    fields: dict[str, Check] = {
        "layout": OneOf("horizontal", "vertical", "baseline"),
        "contents": ListOf(children),
        "flex": WHOLE,
        "spacing": GAP,
        **POSITION,
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
        "altContent": _one_kind_of("must be box or image in place of a video", _ALL, "box", "image"),
        "aspectRatio": RATIO,
        "action": IN_FLEX_VIDEO,
    },
    ("url", "previewUrl", "altContent"),
)
_BLOCK = _one_kind_of("must be box", _ALL, "box")
_HERO = _one_kind_of("must be box, image or video as a hero", {**_ALL, "video": _VIDEO}, "box", "image", "video")

_BLOCKS = ("header", "hero", "body", "footer")
_STYLE = ObjectRule(
    "a block's style",
    f"{REFERENCE}#bubble-style",
    {"backgroundColor": COLOR, "separator": boolean, "separatorColor": COLOR},
)


def _kind(value: Any) -> Any:
    return value.get("type") if type(value) is dict else None


def _video_size(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if _kind(value.get("hero")) == "video" and value.get("size", "mega") in ("nano", "micro", "deca", "hecto"):
        rule = "must be kilo, mega or giga around a video"
        yield from one_problem(rule, value["size"], path=".size", page=f"{REFERENCE}#f-video")


def _blocks(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if not any(value.get(block) is not None for block in _BLOCKS):
        yield from one_problem("must have a header, hero, body or footer", literal_text("none"), severity="uncertain")


def _alike(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """The bubbles of a carousel must have the same size, and no video."""
    contents = value.get("contents")
    bubbles = contents if type(contents) is list else []
    sizes = [bubble.get("size") or "mega" for bubble in bubbles if type(bubble) is dict]
    sizes = [size if type(size) is str else short_repr(size) for size in sizes]
    if len(set(sizes)) > 1:
        yield from one_problem("must have bubbles of one size", literal_text(", ".join(sizes)), path=".contents")
    for index, bubble in enumerate(bubbles):
        if type(bubble) is dict and _kind(bubble.get("hero")) == "video":
            page = f"{REFERENCE}#f-video"
            yield from one_problem(
                "must not be video in a carousel", "video", path=f".contents[{index}].hero.type", page=page
            )


def _json_size(name: str) -> Rule:
    """The size of the JSON, as compact UTF-8. LINE does not document whether its KB is 1,000 or 1,024 bytes."""
    limit = LIMITS[name]
    kilobytes = limit.most // 1024

    def rule(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
        if 0 < context.size <= kilobytes * 1000:
            return
        text = compact_json(value)
        if text is None:
            return
        fields = [field for _, found in marked_strings(value) for field in found] if context.marked else []
        size = len((without_marks(text) if fields else text).encode())
        rule = f"must be at most {kilobytes} KB of JSON"
        if size > limit.most:
            yield from one_problem(rule, literal_text(f"{size:,} bytes"), page=limit.page)
        elif size > kilobytes * 1000:
            found = literal_text(f"{size:,} bytes: LINE does not document whether a KB is 1,000 or 1,024 bytes")
            yield from one_problem(rule, found, page=limit.page, severity="uncertain")
        elif size + WORST_VALUE * len(fields) > kilobytes * 1000:
            found = literal_text(f"{size:,} bytes and {len(fields)} fields")
            yield from one_problem(rule, found, DEPENDS, page=limit.page, severity="uncertain")

    return rule


_BUBBLE = ObjectRule(
    "a bubble",
    f"{REFERENCE}#bubble",
    {
        "type": no_check,
        "size": OneOf("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
        "direction": OneOf("ltr", "rtl"),
        "header": _BLOCK,
        "hero": _HERO,
        "body": _BLOCK,
        "footer": _BLOCK,
        "styles": ObjectRule("a bubble's styles", f"{REFERENCE}#bubble-style", dict.fromkeys(_BLOCKS, _STYLE)),
        "action": IN_FLEX,
    },
    cross_checks=(_blocks, _video_size, _json_size("bubble.bytes")),
)
_CAROUSEL = ObjectRule(
    "a carousel",
    f"{REFERENCE}#f-carousel",
    {
        "type": no_check,
        "contents": ListOf(
            TypedObjectRule("a bubble", f"{REFERENCE}#bubble", {"bubble": _BUBBLE}), LIMITS["flex carousel.contents"]
        ),
    },
    required=("contents",),
    cross_checks=(_alike, _json_size("flex carousel.bytes")),
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
        rule = f"must have at most {limit.most} animated images"
        yield from one_problem(rule, literal_text(f"{count:,}"), path=".contents", page=limit.page)


FLEX = message(
    "flex",
    "flex-message",
    {
        "altText": Text(LIMITS["flex.altText"]),
        "contents": TypedObjectRule("a flex container", _COMPONENTS, {"bubble": _BUBBLE, "carousel": _CAROUSEL}),
    },
    ("altText", "contents"),
    (_animated,),
)
