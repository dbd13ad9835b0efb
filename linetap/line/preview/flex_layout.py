"""The place of a component in its box: flex, margin or spacing, position and offsets.

https://developers.line.biz/en/docs/messaging-api/flex-message-layout/#component-size
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from linetap.line.preview import style
from linetap.line.preview.helpers import number, one_of

_OFFSETS = (
    ("top", "offsetTop"),
    ("bottom", "offsetBottom"),
    ("inset_inline_start", "offsetStart"),
    ("inset_inline_end", "offsetEnd"),
)
_GRAVITY = {"top": None, "center": "center", "bottom": "flex-end"}


class Parent(NamedTuple):
    """The properties of the parent box that a component depends on."""

    layout: str
    gap: str | None = None
    """The box's ``spacing``, which is the space before every child except the first."""
    first: bool = True


def layout_style(given: Mapping[str, Any], parent: Parent) -> dict[str, str | None]:
    """The CSS declarations that place a component in its box."""
    offsets = {css: style.length(given.get(json), percent=True) for css, json in _OFFSETS}
    if given.get("position") == "absolute":
        return {"position": "absolute", **offsets}
    margin = style.length(given.get("margin"))
    if margin is None and not parent.first and given.get("type") != "filler":
        margin = parent.gap
    side = "margin_top" if parent.layout == "vertical" else "margin_inline_start"
    return {"flex": weight(given, parent), side: margin, **offsets}


def weight(given: Mapping[str, Any], parent: Parent) -> str:
    """The CSS ``flex`` of a component."""
    share = _share(given, parent)
    if not share:
        return "0 0 auto"
    return f"{share:g} 0 {'auto' if parent.layout == 'vertical' else '0'}"


def gravity(given: Mapping[str, Any]) -> str | None:
    """The vertical alignment of a component's content where the component is higher than its content."""
    return _GRAVITY[one_of(given.get("gravity"), _GRAVITY, "top")]


def _share(given: Mapping[str, Any], parent: Parent) -> float:
    kind, across = given.get("type"), parent.layout != "vertical"
    if kind in ("icon", "separator"):
        return 0.0
    # .../flex-message-layout/#box-width and #box-height: either sets flex to 0 in a horizontal box
    if kind == "box" and across and (given.get("width") or given.get("height")):
        return 0.0
    own = number(given.get("flex"))
    if own is not None and own >= 0:
        return round(min(own, 1000.0), 3)
    return 1.0 if across or kind == "filler" else 0.0
