"""The components of a flex bubble: box, text, span, button, image, icon, video, separator, filler.

How wide and high each is follows https://developers.line.biz/en/docs/messaging-api/flex-message-layout/:
``flex`` is ``X 0 0`` in a horizontal and ``X 0 auto`` in a vertical box, 0 being ``0 0 auto`` in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.flex_layout import Parent, gravity, layout_style
from linetap.line.preview.flex_text import button, text
from linetap.line.preview.helpers import MAX_DEPTH, RenderOptions, items, mapping, one_of
from linetap.line.preview.helpers import text as text_of
from linetap.line.preview.inline_text import plain_text
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


class Placement(NamedTuple):
    """The parent of a component, and how deeply it is nested."""

    parent: Parent
    depth: int = 0


_BLOCK = Placement(Parent("vertical"))


def component(options: RenderOptions, given: object, at: Placement = _BLOCK) -> str:
    """One component of any kind as HTML."""
    one = mapping(given)
    if at.depth > MAX_DEPTH or not options.take_part():
        return '<div class="lt-x lt-lost">…</div>'
    kind = one.get("type")
    render = _KINDS.get(kind) if isinstance(kind, str) else None
    return render(options, one, at) if render else _unknown(kind)


def _box(options: RenderOptions, given: Given, at: Placement) -> str:
    layout = one_of(given.get("layout"), _LAYOUTS, "vertical")
    inside = Parent(layout, gap=style.length(given.get("spacing")))
    children, first = [], True
    for child in items(given.get("contents")):
        children.append(component(options, child, Placement(inside._replace(first=first), at.depth + 1)))
        first = False
    tooltip = actions.describe(given.get("action"))
    title = f' title="{escape(tooltip)}"' if tooltip else ""
    look = style.attribute(**layout_style(given, at.parent), **_frame(given), **_inside(given))
    cut = " lt-cut" if given.get("height") or given.get("maxHeight") else ""
    return f'<div class="lt-x lt-box {_LAYOUTS[layout]}{cut}"{title}{look}>{"".join(children)}</div>'


def _frame(given: Given) -> dict[str, str | None]:
    """Size, background and border of a box."""
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
    """Padding and alignment inside a box; the padding of one side takes precedence over ``paddingAll``."""
    every = given.get("paddingAll")
    padding = {css: style.length(given.get(json, every), percent=True) for css, json in _PADDINGS}
    return padding | {
        "justify_content": one_of(given.get("justifyContent"), _JUSTIFY, "") or None,
        "align_items": one_of(given.get("alignItems"), _JUSTIFY[:3], "") or None,
    }


def _text(options: RenderOptions, given: Given, at: Placement) -> str:
    return text(given, layout_style(given, at.parent), grows=_grows(given, at))


def _button(options: RenderOptions, given: Given, at: Placement) -> str:
    return button(given, layout_style(given, at.parent))


def _image(options: RenderOptions, given: Given, at: Placement) -> str:
    size = given.get("size")
    width = "100%" if size == "full" else style.length(size, style.IMAGE, percent=True) or "100px"
    shown = picture(
        options, given.get("url"), style.ratio(given.get("aspectRatio")), fit=given.get("aspectMode") != "cover"
    )
    look = layout_style(given, at.parent) | {
        "align_items": _ALIGN[one_of(given.get("align"), _ALIGN, "center")],
        "justify_content": gravity(given),
    }
    if size == "full" and look.get("flex") == "0 0 auto" and at.parent.layout != "vertical":
        look["width"] = "100%"
    area = style.attribute(width=width, background_color=style.colour(given.get("backgroundColor")))
    drawn = actions.tap(given.get("action"), shown, "lt-draw", area)
    return f'<div class="lt-x lt-img"{style.attribute(**look)}>{drawn}</div>'


def _video(options: RenderOptions, given: Given, at: Placement) -> str:
    shown = picture(options, given.get("previewUrl"), style.ratio(given.get("aspectRatio")), over=PLAY)
    drawn = actions.tap(given.get("action"), shown, "lt-draw", style.attribute(width="100%"))
    return f'<div class="lt-x lt-img"{style.attribute(**layout_style(given, at.parent))}>{drawn}</div>'


def _icon(options: RenderOptions, given: Given, at: Placement) -> str:
    size = style.length(given.get("size"), style.TEXT) or f"{style.TEXT['md']:g}px"
    wide = style.ratio(given.get("aspectRatio"))
    look = layout_style(given, at.parent) | {"font_size": size, "width": f"{wide:g}em"}
    drawn = picture(options, given.get("url"), wide, fit=True)
    title = escape(plain_text(text_of(given.get("url")))[:200])
    return f'<div class="lt-x lt-icon" title="{title}"{style.attribute(**look)}>{drawn}</div>'


def _separator(options: RenderOptions, given: Given, at: Placement) -> str:
    look = layout_style(given, at.parent) | {"border_color": style.colour(given.get("color"))}
    return f'<div class="lt-x lt-sep"{style.attribute(**look)}></div>'


def _filler(options: RenderOptions, given: Given, at: Placement) -> str:
    return f'<div class="lt-x"{style.attribute(**layout_style(given, at.parent))}></div>'


def _spacer(options: RenderOptions, given: Given, at: Placement) -> str:
    """A component that LINE has withdrawn and old messages contain: a space of fixed size."""
    size = style.length(given.get("size")) or style.length("md")
    return f'<div class="lt-x"{style.attribute(flex="0 0 auto", width=size, height=size)}></div>'


def _unknown(kind: object) -> str:
    named = escape(kind[:40]) if isinstance(kind, str) else "no type"
    return f'<div class="lt-x lt-lost">component “{named}”</div>'


def _grows(given: Given, at: Placement) -> bool:
    return layout_style(given, at.parent).get("flex") != "0 0 auto" or at.parent.layout == "vertical"


_KINDS: Mapping[str, Callable[[RenderOptions, Given, Placement], str]] = {
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
