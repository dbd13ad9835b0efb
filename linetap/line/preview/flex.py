"""Flex messages: bubbles, carousels and their blocks. The components in a block are in flex_components.py.

https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.flex_components import component
from linetap.line.preview.helpers import RenderOptions, items, mapping, one_of
from linetap.line.preview.message_bubbles import unknown

_BLOCKS = ("header", "hero", "body", "footer")


def flex(options: RenderOptions, message: Mapping[str, Any]) -> str:
    """A flex message: one bubble, or a carousel to slide through."""
    contents = mapping(message.get("contents"))
    if contents.get("type") == "bubble":
        return bubble(options, contents)
    if contents.get("type") != "carousel":
        return unknown(options, message, "flex message without a bubble or carousel")
    slides = "".join(
        bubble(options, mapping(one)) for one in items(contents.get("contents"), 30) if options.take_part()
    )
    return f'<div class="lt-slide">{slides}</div>'


def bubble(options: RenderOptions, given: Mapping[str, Any]) -> str:
    """One bubble."""
    size = one_of(given.get("size"), style.WIDTH, "mega")
    styles = mapping(given.get("styles"))
    direction = one_of(given.get("direction"), ("ltr", "rtl"), "ltr")
    present = [name for name in _BLOCKS if mapping(given.get(name))]
    blocks = "".join(
        _block(
            options,
            name,
            mapping(given[name]),
            mapping(styles.get(name)),
            first=name == present[0],
            last="footer" in present,
        )
        for name in present
    )
    title = f' title="{escape(actions.describe(given["action"]))}"' if mapping(given.get("action")) else ""
    width = style.attribute(width=f"{style.WIDTH[size]:g}px")
    return f'<div class="lt-bub lt-{size}" dir="{direction}"{title}{width}>{blocks}</div>'


def _block(
    options: RenderOptions,
    name: str,
    given: Mapping[str, Any],
    block_style: Mapping[str, Any],
    *,
    first: bool,
    last: bool,
) -> str:
    line = ""
    if block_style.get("separator") is True and not first:  # LINE shows no separator above the first block
        line = (
            f'<div class="lt-sep"{style.attribute(border_color=style.colour(block_style.get("separatorColor")))}></div>'
        )
    background = style.attribute(background_color=style.colour(block_style.get("backgroundColor")))
    above = " lt-above" if last and name == "body" else ""
    return f'{line}<div class="lt-block lt-{name}{above}"{background}>{component(options, given)}</div>'
