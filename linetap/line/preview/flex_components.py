"""The components of a flex bubble: box, text, span, button, image, icon, video, separator, filler.

How wide and high each is follows https://developers.line.biz/en/docs/messaging-api/flex-message-layout/:
``flex`` is ``X 0 0`` in a horizontal and ``X 0 auto`` in a vertical box, 0 being ``0 0 auto`` in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.flex_layout import Parent, gravity, placed
from linetap.line.preview.flex_text import button, text
from linetap.line.preview.helpers import DEEPEST, Pen, items, mapping, one_of
from linetap.line.preview.helpers import text as words_of
from linetap.line.preview.inline_text import bare
from linetap.line.preview.media import PLAY, picture

Given = Mapping[str, Any]
_LAYOUTS = {"horizontal": "lt-h", "vertical": "lt-v", "baseline": "lt-h lt-base"}
_JUSTIFY = ("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly")
_SIZES = (("width", "width"), ("max_width", "maxWidth"), ("height", "height"), ("max_height", "maxHeight"))
_PADDINGS = (
    ("padding_top", "paddingTop"),
    ("padding_bottom", "paddingBottom"),
    ("padding_inline_start", "paddingStart"),
    ("padding_inline_end", "paddingEnd"),
)
_ALIGN = {"start": "flex-start", "center": "center", "end": "flex-end"}


class Spot(NamedTuple):
    """Where a component stands."""

    parent: Parent
    depth: int = 0


_BLOCK = Spot(Parent("vertical"))


def part(pen: Pen, given: object, spot: Spot = _BLOCK) -> str:
    """One component of any kind, drawn where it stands."""
    one = mapping(given)
    if spot.depth > DEEPEST or not pen.spend():
        return '<div class="lt-x lt-lost">…</div>'
    kind = one.get("type")
    draw = _KINDS.get(kind) if isinstance(kind, str) else None
    return draw(pen, one, spot) if draw else _odd(kind)


def _box(pen: Pen, given: Given, spot: Spot) -> str:
    layout = one_of(given.get("layout"), _LAYOUTS, "vertical")
    inside = Parent(layout, gap=style.length(given.get("spacing")))
    drawn, first = [], True
    for child in items(given.get("contents")):
        drawn.append(part(pen, child, Spot(inside._replace(first=first), spot.depth + 1)))
        first = False
    told = actions.told(given.get("action"))
    title = f' title="{escape(told)}"' if told else ""
    look = style.attribute(**placed(given, spot.parent), **_frame(given), **_inside(given))
    cut = " lt-cut" if given.get("height") or given.get("maxHeight") else ""
    return f'<div class="lt-x lt-box {_LAYOUTS[layout]}{cut}"{title}{look}>{"".join(drawn)}</div>'


def _frame(given: Given) -> dict[str, str | None]:
    """What a box looks like from outside."""
    border = style.length(given.get("borderWidth"), style.BORDER)
    sizes = {css: style.length(given.get(json), {}, percent=True) for css, json in _SIZES}
    return sizes | {
        "background": style.gradient(given.get("background")),
        "background_color": style.colour(given.get("backgroundColor")) if not given.get("background") else None,
        "border_width": border,
        "border_color": style.colour(given.get("borderColor")) if border else None,
        "border_radius": style.length(given.get("cornerRadius")),
    }


def _inside(given: Given) -> dict[str, str | None]:
    """How a box holds its children; a side's own padding goes before ``paddingAll``."""
    every = given.get("paddingAll")
    padding = {css: style.length(given.get(json, every), percent=True) for css, json in _PADDINGS}
    return padding | {
        "justify_content": one_of(given.get("justifyContent"), _JUSTIFY, "") or None,
        "align_items": one_of(given.get("alignItems"), _JUSTIFY[:3], "") or None,
    }


def _text(pen: Pen, given: Given, spot: Spot) -> str:
    return text(given, placed(given, spot.parent), grows=_grows(given, spot))


def _button(pen: Pen, given: Given, spot: Spot) -> str:
    return button(given, placed(given, spot.parent))


def _image(pen: Pen, given: Given, spot: Spot) -> str:
    size = given.get("size")
    width = "100%" if size == "full" else style.length(size, style.IMAGE, percent=True) or "100px"
    shown = picture(
        pen, given.get("url"), style.ratio(given.get("aspectRatio")), fit=given.get("aspectMode") != "cover"
    )
    look = placed(given, spot.parent) | {
        "align_items": _ALIGN[one_of(given.get("align"), _ALIGN, "center")],
        "justify_content": gravity(given),
    }
    if size == "full" and look.get("flex") == "0 0 auto" and spot.parent.layout != "vertical":
        look["width"] = "100%"
    area = style.attribute(width=width, background_color=style.colour(given.get("backgroundColor")))
    drawn = actions.tap(given.get("action"), shown, "lt-draw", area)
    return f'<div class="lt-x lt-img"{style.attribute(**look)}>{drawn}</div>'


def _video(pen: Pen, given: Given, spot: Spot) -> str:
    shown = picture(pen, given.get("previewUrl"), style.ratio(given.get("aspectRatio")), over=PLAY)
    drawn = actions.tap(given.get("action"), shown, "lt-draw", style.attribute(width="100%"))
    return f'<div class="lt-x lt-img"{style.attribute(**placed(given, spot.parent))}>{drawn}</div>'


def _icon(pen: Pen, given: Given, spot: Spot) -> str:
    size = style.length(given.get("size"), style.TEXT) or f"{style.TEXT['md']:g}px"
    wide = style.ratio(given.get("aspectRatio"))
    look = placed(given, spot.parent) | {"font_size": size, "width": f"{wide:g}em"}
    drawn = picture(pen, given.get("url"), wide, fit=True)
    title = escape(bare(words_of(given.get("url")))[:200])
    return f'<div class="lt-x lt-icon" title="{title}"{style.attribute(**look)}>{drawn}</div>'


def _separator(pen: Pen, given: Given, spot: Spot) -> str:
    look = placed(given, spot.parent) | {"border_color": style.colour(given.get("color"))}
    return f'<div class="lt-x lt-sep"{style.attribute(**look)}></div>'


def _filler(pen: Pen, given: Given, spot: Spot) -> str:
    return f'<div class="lt-x"{style.attribute(**placed(given, spot.parent))}></div>'


def _spacer(pen: Pen, given: Given, spot: Spot) -> str:
    """A component that LINE no longer documents and old messages hold: a space of a fixed size."""
    size = style.length(given.get("size")) or style.length("md")
    return f'<div class="lt-x"{style.attribute(flex="0 0 auto", width=size, height=size)}></div>'


def _odd(kind: object) -> str:
    named = escape(kind[:40]) if isinstance(kind, str) else "no type"
    return f'<div class="lt-x lt-lost">component “{named}”</div>'


def _grows(given: Given, spot: Spot) -> bool:
    return placed(given, spot.parent).get("flex") != "0 0 auto" or spot.parent.layout == "vertical"


_KINDS: Mapping[str, Callable[[Pen, Given, Spot], str]] = {
    "box": _box,
    "text": _text,
    "button": _button,
    "image": _image,
    "video": _video,
    "icon": _icon,
    "separator": _separator,
    "filler": _filler,
    "spacer": _spacer,
}
