"""Imagemap messages: the image, and every tappable area on it with a number.

https://developers.line.biz/en/reference/messaging-api/#imagemap-message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.helpers import Pen, items, mapping, number, text
from linetap.line.preview.inline_text import draw
from linetap.line.preview.media import PLAY, picture


def imagemap(pen: Pen, message: Mapping[str, Any]) -> str:
    """An imagemap message, and below it what each area does."""
    size = mapping(message.get("baseSize"))
    wide, high = number(size.get("width")) or 1040, number(size.get("height")) or 1040
    wide, high = max(wide, 1.0), min(max(high, 1.0), 8 * max(wide, 1.0))
    given = [mapping(action) for action in items(message.get("actions"), 60) if pen.spend()]
    areas = "".join(_area(n, action, wide, high) for n, action in enumerate(given, 1))
    base = text(message.get("baseUrl"))
    shown = picture(pen, f"{base}/1040" if base else "", wide / high, over=_video(pen, message, wide, high) + areas)
    lines = "".join(f"<div><b>{n}</b> {_line(action)}</div>" for n, action in enumerate(given, 1))
    return f'<div class="lt-imagemap"><div class="lt-map-image">{shown}</div><div class="lt-legend">{lines}</div></div>'


def _area(n: int, action: Mapping[str, Any], wide: float, high: float) -> str:
    return actions.tap(action, f"<b>{n}</b>", "lt-area", _place(action.get("area"), wide, high))


def _line(action: Mapping[str, Any]) -> str:
    label = text(action.get("label"))
    return (f"{draw(label, 100)}: " if label else "") + escape(actions.told(action))


def _video(pen: Pen, message: Mapping[str, Any], wide: float, high: float) -> str:
    given = mapping(message.get("video"))
    if not given:
        return ""
    shown = picture(pen, given.get("previewImageUrl"), None, over=PLAY)
    return f'<span class="lt-film"{_place(given.get("area"), wide, high)}>{shown}</span>'


def _place(area: object, wide: float, high: float) -> str:
    given = mapping(area)
    x, y, w, h = (number(given.get(name)) or 0 for name in ("x", "y", "width", "height"))
    shares = (100 * x / wide, 100 * y / high, 100 * w / wide, 100 * h / high)
    left, top, width, height = (f"{round(min(max(share, -400.0), 400.0), 3):g}%" for share in shares)
    return style.attribute(left=left, top=top, width=width, height=height)
