"""Template messages: buttons, confirm, carousel and image carousel.

https://developers.line.biz/en/reference/messaging-api/#template-messages
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.helpers import Pen, items, mapping, one_of, text
from linetap.line.preview.inline_text import draw
from linetap.line.preview.media import picture
from linetap.line.preview.message_bubbles import unknown

_SHAPES = {"rectangle": 1.51, "square": 1.0}


def template(pen: Pen, message: Mapping[str, Any]) -> str:
    """A template message by its kind."""
    given = mapping(message.get("template"))
    kind = one_of(given.get("type"), list(_KINDS), "")
    return _KINDS[kind](pen, given) if kind else unknown(pen, message, "template of an unknown kind")


def _buttons(pen: Pen, given: Mapping[str, Any]) -> str:
    return f'<div class="lt-card lt-tpl">{_column(pen, given, given, 160)}</div>'


def _confirm(pen: Pen, given: Mapping[str, Any]) -> str:
    words = f'<div class="lt-pad lt-ask">{draw(text(given.get("text")), 240, clusters=True)}</div>'
    return f'<div class="lt-card lt-tpl">{words}<div class="lt-two">{_taps(given)}</div></div>'


def _carousel(pen: Pen, given: Mapping[str, Any]) -> str:
    columns = [mapping(column) for column in items(given.get("columns"), 30)]
    drawn = "".join(f'<div class="lt-card lt-tpl">{_column(pen, c, given, 120)}</div>' for c in columns if pen.spend())
    return f'<div class="lt-slide">{drawn}</div>'


def _image_carousel(pen: Pen, given: Mapping[str, Any]) -> str:
    columns = [mapping(column) for column in items(given.get("columns"), 30)]
    return f'<div class="lt-slide">{"".join(_image_column(pen, column) for column in columns if pen.spend())}</div>'


def _image_column(pen: Pen, column: Mapping[str, Any]) -> str:
    action = mapping(column.get("action"))
    pill = actions.tap(action, actions.label(action, 12), "lt-pill") if action.get("label") else ""
    title = escape(actions.told(action))
    return f'<div class="lt-square" title="{title}">{picture(pen, column.get("imageUrl"), 1.0, over=pill)}</div>'


def _column(pen: Pen, column: Mapping[str, Any], whole: Mapping[str, Any], limit: int) -> str:
    title, image = text(column.get("title")), column.get("thumbnailImageUrl")
    shown = _thumbnail(pen, column, whole) if image else ""
    words = f'<div class="lt-head">{draw(title, 40, clusters=True)}</div>' if title else ""
    # The text is shorter beside an image or a title: .../messaging-api/#buttons
    words += (
        f'<div class="lt-sub">{draw(text(column.get("text")), 60 if title or image else limit, clusters=True)}</div>'
    )
    told = escape(actions.told(column.get("defaultAction")))
    return f'{shown}<div class="lt-pad" title="{told}">{words}</div><div class="lt-list">{_taps(column)}</div>'


def _thumbnail(pen: Pen, column: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    shape = _SHAPES[one_of(whole.get("imageAspectRatio"), list(_SHAPES), "rectangle")]
    ground = style.attribute(background=style.colour(column.get("imageBackgroundColor")))
    drawn = picture(pen, column.get("thumbnailImageUrl"), shape, fit=whole.get("imageSize") == "contain")
    return f'<div class="lt-thumb"{ground}>{drawn}</div>'


def _taps(given: Mapping[str, Any]) -> str:
    return "".join(
        actions.tap(action, actions.label(action, 20), "lt-tap") for action in items(given.get("actions"), 20)
    )


_KINDS: Mapping[str, Callable[[Pen, Mapping[str, Any]], str]] = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}
