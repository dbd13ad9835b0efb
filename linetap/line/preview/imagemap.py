"""Imagemap messages: the image, and every tappable area on it with a number.

https://developers.line.biz/en/reference/messaging-api/#imagemap-message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.helpers import RenderOptions, items, mapping, number, text
from linetap.line.preview.inline_text import to_html
from linetap.line.preview.media import PLAY, picture


def imagemap(options: RenderOptions, message: Mapping[str, Any]) -> str:
    """An imagemap message, and below it what each area does."""
    size = mapping(message.get("baseSize"))
    wide, high = number(size.get("width")) or 1040, number(size.get("height")) or 1040
    wide, high = max(wide, 1.0), min(max(high, 1.0), 8 * max(wide, 1.0))
    given = [mapping(action) for action in items(message.get("actions"), 60) if options.take_part()]
    areas = "".join(_area(n, action, wide, high) for n, action in enumerate(given, 1))
    base = text(message.get("baseUrl"))
    shown = picture(
        options, f"{base}/1040" if base else "", wide / high, over=_video(options, message, wide, high) + areas
    )
    lines = "".join(f"<div><b>{n}</b> {_line(action)}</div>" for n, action in enumerate(given, 1))
    return f'<div class="lt-imagemap"><div class="lt-map-image">{shown}</div><div class="lt-legend">{lines}</div></div>'


def _area(n: int, action: Mapping[str, Any], wide: float, high: float) -> str:
    return actions.tap(action, f"<b>{n}</b>", "lt-area", _position(action.get("area"), wide, high))


def _line(action: Mapping[str, Any]) -> str:
    label = text(action.get("label"))
    return (f"{to_html(label, 100)}: " if label else "") + escape(actions.describe(action))


def _video(options: RenderOptions, message: Mapping[str, Any], wide: float, high: float) -> str:
    given = mapping(message.get("video"))
    if not given:
        return ""
    shown = picture(options, given.get("previewImageUrl"), None, over=PLAY)
    return f'<span class="lt-film"{_position(given.get("area"), wide, high)}>{shown}</span>'


def _position(area: object, wide: float, high: float) -> str:
    given = mapping(area)
    x, y, w, h = (number(given.get(name)) or 0 for name in ("x", "y", "width", "height"))
    shares = (100 * x / wide, 100 * y / high, 100 * w / wide, 100 * h / high)
    left, top, width, height = (f"{round(min(max(share, -400.0), 400.0), 3):g}%" for share in shares)
    return style.attribute(left=left, top=top, width=width, height=height)
