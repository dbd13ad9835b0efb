"""LINE's flex messages: containers, components, and which may contain which.

https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from __future__ import annotations

import json
import re
from typing import Any

from linetap.sandbox.line.actions import in_flex, in_flex_button, in_video
from linetap.sandbox.line.checks import (
    Check,
    Report,
    array,
    boolean,
    colour,
    kinds,
    media_url,
    objects,
    one_of,
    pattern,
    record,
    text,
    whole,
)

_PX = r"\d+(?:\.\d+)?px"
_SIGNED = r"-?\d+(?:\.\d+)?"
_PERCENT = r"\d+(?:\.\d+)?%"
_STEPS = "none|xs|sm|md|lg|xl|xxl"
_SIZES = "xxs|xs|sm|md|lg|xl|xxl|3xl|4xl|5xl"


def _measure(*forms: str) -> Check:
    return pattern("|".join(forms), "invalid value")


_SPACE = _measure(_STEPS, _PX)
_OFFSET = _measure(_STEPS, f"{_SIGNED}px", f"{_SIGNED}%")
_PADDING = _measure(_STEPS, _PX, _PERCENT)
_LENGTH = _measure(_PX, _PERCENT)
_BORDER = _measure("none|light|normal|medium|semi-bold|bold", _PX)
_FONT = _measure(_SIZES, _PX)
_IMAGE_SIZE = _measure(_SIZES, "full", _PX, _PERCENT)

_PLACED: dict[str, Check] = {
    "margin": _SPACE,
    "position": one_of("relative", "absolute"),
    "offsetTop": _OFFSET,
    "offsetBottom": _OFFSET,
    "offsetStart": _OFFSET,
    "offsetEnd": _OFFSET,
}
_FLEX = whole()
_GRAVITY = one_of("top", "bottom", "center")
_ALIGN = one_of("start", "end", "center")
_FACE: dict[str, Check] = {
    "size": _FONT,
    "color": colour,
    "weight": one_of("regular", "bold"),
    "style": one_of("normal", "italic"),
    "decoration": one_of("none", "underline", "line-through"),
}


def _ratio(value: Any, path: str, report: Report) -> None:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?):([0-9]+(?:\.[0-9]+)?)", value) if isinstance(value, str) else None
    if found is None:
        report.add(path, "must be {width}:{height}")
        return
    width, height = (float(part) for part in found.groups())
    if not (1 <= width <= 100_000 and 1 <= height <= 100_000 and height <= 3 * width):
        report.add(path, "width and height are 1 to 100000, and height at most three times width")


def _angle(value: Any, path: str, report: Report) -> None:
    pattern(r"(?:[0-2]?\d?\d|3[0-5]\d)(?:\.\d+)?deg", "must be 0deg or more and less than 360deg")(value, path, report)


_GRADIENT = kinds(
    {
        "linearGradient": record(
            {"angle": _angle, "startColor": colour, "endColor": colour},
            {"centerColor": colour, "centerPosition": pattern(r"(?:100(?:\.0+)?|\d?\d(?:\.\d+)?)%", "invalid value")},
        )
    }
)


def _text_or_contents(component: dict[str, Any], path: str, report: Report) -> None:
    if component.get("text") is None and component.get("contents") is None:
        report.add(f"{path}.text", "must be specified")
    if component.get("text") == "" and component.get("contents") is None:
        report.add(f"{path}.text", "must be non-empty text")


def _lone_filler(value: Any, path: str, report: Report) -> None:
    """A filler has nothing that could be wrong but its flex."""
    record({}, {"flex": _FLEX})(value, path, report)


_WORDS = text(100_000, least=0)
_span = kinds({"span": record({}, {"text": _WORDS, **_FACE})})
_COMPONENTS: dict[str, Check] = {
    "button": record(
        {"action": in_flex_button},
        {
            **_PLACED,
            "flex": _FLEX,
            "height": one_of("sm", "md"),
            "style": one_of("primary", "secondary", "link"),
            "color": colour,
            "gravity": _GRAVITY,
            "adjustMode": one_of("shrink-to-fit"),
            "scaling": boolean,
        },
    ),
    "image": record(
        {"url": media_url},
        {
            **_PLACED,
            "flex": _FLEX,
            "align": _ALIGN,
            "gravity": _GRAVITY,
            "size": _IMAGE_SIZE,
            "aspectRatio": _ratio,
            "aspectMode": one_of("fit", "cover"),
            "backgroundColor": colour,
            "action": in_flex,
            "animated": boolean,
        },
    ),
    "icon": record({"url": media_url}, {**_PLACED, "size": _FONT, "aspectRatio": _ratio, "scaling": boolean}),
    "text": record(
        {},
        {
            **_PLACED,
            **_FACE,
            "text": _WORDS,
            "contents": array(_span, 0, 10_000),
            "flex": _FLEX,
            "adjustMode": one_of("shrink-to-fit"),
            "scaling": boolean,
            "align": _ALIGN,
            "gravity": _GRAVITY,
            "wrap": boolean,
            "lineSpacing": _measure(_PX),
            "maxLines": whole(),
            "action": in_flex,
        },
        _text_or_contents,
    ),
    "separator": record({}, {"margin": _SPACE, "color": colour}),
    "filler": _lone_filler,
}
_CHILDREN = {
    "horizontal": ("box", "button", "image", "text", "separator", "filler"),
    "vertical": ("box", "button", "image", "text", "separator", "filler"),
    "baseline": ("icon", "text", "filler"),
}


def _children(box: dict[str, Any], path: str, report: Report) -> None:
    if isinstance(box.get("contents"), list) and (children := _ALLOWED.get(str(box.get("layout")))):
        children(box["contents"], f"{path}.contents", report)


def _any_list(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, list):
        report.add(path, "must be an array")


_COMPONENTS["box"] = record(
    {"layout": one_of("horizontal", "vertical", "baseline"), "contents": _any_list},
    {
        **_PLACED,
        "backgroundColor": colour,
        "borderColor": colour,
        "borderWidth": _BORDER,
        "cornerRadius": _PADDING,
        "width": _LENGTH,
        "maxWidth": _LENGTH,
        "height": _LENGTH,
        "maxHeight": _LENGTH,
        "flex": _FLEX,
        "spacing": _SPACE,
        "paddingAll": _PADDING,
        "paddingTop": _PADDING,
        "paddingBottom": _PADDING,
        "paddingStart": _PADDING,
        "paddingEnd": _PADDING,
        "action": in_flex,
        "justifyContent": one_of("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
        "alignItems": one_of("center", "flex-start", "flex-end"),
        "background": _GRADIENT,
    },
    _children,
)
_ALLOWED = {
    layout: array(kinds({name: _COMPONENTS[name] for name in names}), 0, 100_000) for layout, names in _CHILDREN.items()
}
_box = kinds({"box": _COMPONENTS["box"]})
_video = record(
    {
        "url": media_url,
        "previewUrl": media_url,
        "altContent": kinds({name: _COMPONENTS[name] for name in ("box", "image")}),
    },
    {"aspectRatio": _ratio, "action": in_video},
)
_hero = kinds({"box": _COMPONENTS["box"], "image": _COMPONENTS["image"], "video": _video})
_STYLE = record({}, {"backgroundColor": colour, "separator": boolean, "separatorColor": colour})


def _size(container: dict[str, Any], kilobytes: int, path: str, report: Report) -> None:
    written = json.dumps(container, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(written) > kilobytes * report.readings.flex_kilobyte:
        report.add(path, f"the JSON is larger than {kilobytes} KB")


def _animated(node: Any) -> int:
    if isinstance(node, list):
        return sum(map(_animated, node))
    if not isinstance(node, dict):
        return 0
    return (node.get("animated") is True) + sum(map(_animated, node.values()))


def _whole_bubble(bubble: dict[str, Any], path: str, report: Report) -> None:
    _size(bubble, 30, path, report)
    hero = bubble.get("hero")
    wide = bubble.get("size") in (None, "kilo", "mega", "giga")
    if isinstance(hero, dict) and hero.get("type") == "video" and not wide:
        report.add(f"{path}.hero", "a video needs a bubble of size kilo, mega or giga")


def _whole_carousel(carousel: dict[str, Any], path: str, report: Report) -> None:
    _size(carousel, 50, path, report)
    bubbles = objects(carousel.get("contents"))
    if len({str(b.get("size") or "mega") for b in bubbles}) > 1:
        report.add(f"{path}.contents", "all bubbles of a carousel must have the same size")
    for index, bubble in enumerate(bubbles):
        if isinstance(bubble.get("hero"), dict) and bubble["hero"].get("type") == "video":
            report.add(f"{path}.contents[{index}].hero", "a video must not be in a carousel")


_bubble = record(
    {},
    {
        "size": one_of("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
        "direction": one_of("ltr", "rtl"),
        "header": _box,
        "hero": _hero,
        "body": _box,
        "footer": _box,
        "styles": record({}, {"header": _STYLE, "hero": _STYLE, "body": _STYLE, "footer": _STYLE}),
        "action": in_flex,
    },
    _whole_bubble,
)
_container = kinds(
    {
        "bubble": _bubble,
        "carousel": record({"contents": array(kinds({"bubble": _bubble}), 1, 12)}, None, _whole_carousel),
    }
)


def flex_container(value: Any, path: str, report: Report) -> None:
    """A bubble or a carousel; of both, at most ten animated images."""
    _container(value, path, report)
    if _animated(value) > 10:
        report.add(path, "at most 10 animated images")
