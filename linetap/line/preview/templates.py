"""Template messages: buttons, confirm, carousel and image carousel.

https://developers.line.biz/en/reference/messaging-api/#template-messages
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview import actions, style
from linetap.line.preview.helpers import RenderOptions, items, mapping, one_of, text
from linetap.line.preview.inline_text import to_html
from linetap.line.preview.media import picture
from linetap.line.preview.message_bubbles import unknown

_SHAPES = {"rectangle": 1.51, "square": 1.0}


def template(options: RenderOptions, message: Mapping[str, Any]) -> str:
    """A template message by its kind."""
    given = mapping(message.get("template"))
    kind = one_of(given.get("type"), list(_KINDS), "")
    return _KINDS[kind](options, given) if kind else unknown(options, message, "template of an unknown kind")


def _buttons(options: RenderOptions, given: Mapping[str, Any]) -> str:
    return f'<div class="lt-card lt-tpl">{_column(options, given, given, 160)}</div>'


def _confirm(options: RenderOptions, given: Mapping[str, Any]) -> str:
    content = f'<div class="lt-pad lt-ask">{to_html(text(given.get("text")), 240, clusters=True)}</div>'
    return f'<div class="lt-card lt-tpl">{content}<div class="lt-two">{_taps(given)}</div></div>'


def _carousel(options: RenderOptions, given: Mapping[str, Any]) -> str:
    columns = [mapping(column) for column in items(given.get("columns"), 30)]
    markup = "".join(
        f'<div class="lt-card lt-tpl">{_column(options, c, given, 120)}</div>' for c in columns if options.take_part()
    )
    return f'<div class="lt-slide">{markup}</div>'


def _image_carousel(options: RenderOptions, given: Mapping[str, Any]) -> str:
    columns = [mapping(column) for column in items(given.get("columns"), 30)]
    markup = "".join(_image_column(options, column) for column in columns if options.take_part())
    return f'<div class="lt-slide">{markup}</div>'


def _image_column(options: RenderOptions, column: Mapping[str, Any]) -> str:
    action = mapping(column.get("action"))
    pill = actions.tap(action, actions.label(action, 12), "lt-pill") if action.get("label") else ""
    title = escape(actions.describe(action))
    return f'<div class="lt-square" title="{title}">{picture(options, column.get("imageUrl"), 1.0, over=pill)}</div>'


def _column(options: RenderOptions, column: Mapping[str, Any], whole: Mapping[str, Any], limit: int) -> str:
    title, image = text(column.get("title")), column.get("thumbnailImageUrl")
    shown = _thumbnail(options, column, whole) if image else ""
    content = f'<div class="lt-head">{to_html(title, 40, clusters=True)}</div>' if title else ""
    # The limit is lower with an image or a title: .../messaging-api/#buttons
    content += (
        f'<div class="lt-sub">{to_html(text(column.get("text")), 60 if title or image else limit, clusters=True)}</div>'
    )
    tooltip = escape(actions.describe(column.get("defaultAction")))
    return f'{shown}<div class="lt-pad" title="{tooltip}">{content}</div><div class="lt-list">{_taps(column)}</div>'


def _thumbnail(options: RenderOptions, column: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    shape = _SHAPES[one_of(whole.get("imageAspectRatio"), list(_SHAPES), "rectangle")]
    background = style.attribute(background=style.colour(column.get("imageBackgroundColor")))
    markup = picture(options, column.get("thumbnailImageUrl"), shape, fit=whole.get("imageSize") == "contain")
    return f'<div class="lt-thumb"{background}>{markup}</div>'


def _taps(given: Mapping[str, Any]) -> str:
    return "".join(
        actions.tap(action, actions.label(action, 20), "lt-tap") for action in items(given.get("actions"), 20)
    )


_KINDS: Mapping[str, Callable[[RenderOptions, Mapping[str, Any]], str]] = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}
