"""Flex messages: bubbles, carousels and their blocks. What stands in a block is in parts.py.

https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.flex_components import part
from linetap.line.preview.helpers import Pen, items, mapping, one_of
from linetap.line.preview.message_bubbles import unknown

_BLOCKS = ("header", "hero", "body", "footer")


def flex(pen: Pen, message: Mapping[str, Any]) -> str:
    """A flex message: one bubble, or a carousel to slide through."""
    contents = mapping(message.get("contents"))
    if contents.get("type") == "bubble":
        return bubble(pen, contents)
    if contents.get("type") != "carousel":
        return unknown(pen, message, "flex message without a bubble or carousel")
    drawn = "".join(bubble(pen, mapping(one)) for one in items(contents.get("contents"), 30) if pen.spend())
    return f'<div class="lt-slide">{drawn}</div>'


def bubble(pen: Pen, given: Mapping[str, Any]) -> str:
    """One bubble."""
    size = one_of(given.get("size"), style.WIDTH, "mega")
    styles = mapping(given.get("styles"))
    direction = one_of(given.get("direction"), ("ltr", "rtl"), "ltr")
    present = [name for name in _BLOCKS if mapping(given.get(name))]
    blocks = "".join(
        _block(
            pen,
            name,
            mapping(given[name]),
            mapping(styles.get(name)),
            first=name == present[0],
            last="footer" in present,
        )
        for name in present
    )
    title = f' title="{escape(actions.told(given["action"]))}"' if mapping(given.get("action")) else ""
    width = style.attribute(width=f"{style.WIDTH[size]:g}px")
    return f'<div class="lt-bub lt-{size}" dir="{direction}"{title}{width}>{blocks}</div>'


def _block(pen: Pen, name: str, given: Mapping[str, Any], look: Mapping[str, Any], *, first: bool, last: bool) -> str:
    line = ""
    if look.get("separator") is True and not first:  # LINE draws none above the first block
        line = f'<div class="lt-sep"{style.attribute(border_color=style.colour(look.get("separatorColor")))}></div>'
    ground = style.attribute(background_color=style.colour(look.get("backgroundColor")))
    above = " lt-above" if last and name == "body" else ""
    return f'{line}<div class="lt-block lt-{name}{above}"{ground}>{part(pen, given)}</div>'
