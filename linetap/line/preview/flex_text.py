"""Text, spans and buttons of a flex bubble: sizes, weights, wrapping, and text that does not fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from linetap.line.preview import actions, style
from linetap.line.preview.flex_layout import gravity
from linetap.line.preview.helpers import items, mapping, number, one_of
from linetap.line.preview.helpers import text as text_of
from linetap.line.preview.inline_text import plain_text, to_html

Given = Mapping[str, Any]
_WEIGHT = {"regular": "400", "bold": "700"}
_SLANT = ("normal", "italic")
_LINES = ("none", "underline", "line-through")
_STYLES = ("primary", "secondary", "link")
_BUTTON_PADDING = 32  # px left and right of the label together, as in css.py
_LABEL_LIMIT = 40  # of a flex button: https://developers.line.biz/en/reference/messaging-api/#action-objects


def text(given: Given, layout: dict[str, str | None], *, grows: bool) -> str:
    """A text component; without ``wrap`` a line that does not fit ends in an ellipsis."""
    spans = [mapping(span) for span in items(given.get("contents"))]
    inner = "".join(_span(span) for span in spans) if spans else to_html(text_of(given.get("text")))
    plain = " ".join(text_of(span.get("text")) for span in spans) if spans else text_of(given.get("text"))
    wraps = given.get("wrap") is True
    shrinks = grows and not wraps and given.get("adjustMode") == "shrink-to-fit"
    css = _letters(given, "md") | _paragraph(given, wraps=wraps)
    if shrinks:
        css["font_size"] = _shrunk(css["font_size"], plain)
    outer = style.attribute(**layout, justify_content=gravity(given))
    classes = "lt-p lt-wrap" if wraps else "lt-p"
    markup = actions.tap(given.get("action"), inner, classes, style.attribute(**css))
    return f'<div class="lt-x lt-text{" lt-fits" if shrinks else ""}"{outer}>{markup}</div>'


def button(given: Given, layout: dict[str, str | None]) -> str:
    """A button; its colour is that of the label in the style ``link``, of the background otherwise."""
    kind = one_of(given.get("style"), _STYLES, "link")
    colour = style.colour(given.get("color"))
    css = {"color" if kind == "link" else "background_color": colour}
    shrinks = given.get("adjustMode") == "shrink-to-fit"
    if shrinks:
        css["font_size"] = _shrunk("16px", text_of(mapping(given.get("action")).get("label")), _BUTTON_PADDING)
    label = f'<span class="lt-p">{actions.label(given.get("action"), _LABEL_LIMIT)}</span>'
    size = " lt-sm" if given.get("height") == "sm" else ""
    markup = actions.tap(given.get("action"), label, f"lt-key lt-{kind}{size}", style.attribute(**css))
    outer = style.attribute(**layout, justify_content=gravity(given))
    return f'<div class="lt-x lt-button{" lt-fits" if shrinks else ""}"{outer}>{markup}</div>'


def _span(given: Given) -> str:
    if given.get("type") != "span":
        return ""
    return f"<span{style.attribute(**_letters(given))}>{to_html(text_of(given.get('text')))}</span>"


def _letters(given: Given, size: str | None = None) -> dict[str, str | None]:
    """The style properties that a span may set."""
    return {
        "font_size": style.length(given.get("size"), style.TEXT) or (f"{style.TEXT[size]:g}px" if size else None),
        "color": style.colour(given.get("color")),
        "font_weight": _WEIGHT.get(one_of(given.get("weight"), _WEIGHT, "")),
        "font_style": one_of(given.get("style"), _SLANT, "") or None,
        "text_decoration": one_of(given.get("decoration"), _LINES, "") or None,
    }


def _paragraph(given: Given, *, wraps: bool) -> dict[str, str | None]:
    css: dict[str, str | None] = {"text_align": one_of(given.get("align"), ("start", "center", "end"), "") or None}
    lines, gap = number(given.get("maxLines")), style.length(given.get("lineSpacing"), {})
    if wraps and lines and lines >= 1:
        css |= {"display": "-webkit-box", "-webkit-line-clamp": f"{int(lines)}", "-webkit-box-orient": "vertical"}
    if wraps and gap:
        # CSS adds half of it above the first and below the last line, where LINE adds none.
        css |= {"line_height": f"calc(1.4em + {gap})", "margin_block": f"calc({gap} / -2)"}
    return css


def _shrunk(size: str | None, plain: str, padding: int = 0) -> str:
    """``size``, or smaller where the estimated width of the line exceeds the width of its component."""
    width = sum(_em(character) for character in plain_text(plain)[:400])
    available = f"(100cqi - {padding}px)" if padding else "100cqi"
    return f"min({size},calc({available} / {max(width, 1.0):.2f}))"


def _em(character: str) -> float:
    """The approximate width of a character in em, for the widest of the usual sans-serif fonts.

    The reader's font is not known. DejaVu Sans and Verdana are about 10 % wider than Helvetica, so their widths are
    used: an estimate for a narrow font would leave a line cut off in a wide one.
    """
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if unicodedata.category(character) == "Mn":
        return 0.0
    if character in " .,:;!|'ijlftrI()[]/":
        return 0.38
    if character in "mwMW@%":
        return 0.98
    return 0.74 if character.isupper() else 0.63
