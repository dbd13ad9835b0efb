"""Text, spans and buttons of a flex bubble: sizes, weights, wrapping, and text that does not fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from linetap.line.preview import actions, style
from linetap.line.preview.flex_layout import gravity
from linetap.line.preview.helpers import items, mapping, number, one_of
from linetap.line.preview.helpers import text as words_of
from linetap.line.preview.inline_text import bare, draw

Given = Mapping[str, Any]
_WEIGHT = {"regular": "400", "bold": "700"}
_SLANT = ("normal", "italic")
_LINES = ("none", "underline", "line-through")
_STYLES = ("primary", "secondary", "link")
_LABEL_LIMIT = 40  # of a flex button: https://developers.line.biz/en/reference/messaging-api/#action-objects


def text(given: Given, place: dict[str, str | None], *, grows: bool) -> str:
    """A text component; without ``wrap`` it ends in an ellipsis where it does not fit."""
    spans = [mapping(span) for span in items(given.get("contents"))]
    inner = "".join(_span(span) for span in spans) if spans else draw(words_of(given.get("text")))
    plain = " ".join(words_of(span.get("text")) for span in spans) if spans else words_of(given.get("text"))
    wraps = given.get("wrap") is True
    shrinks = grows and not wraps and given.get("adjustMode") == "shrink-to-fit"
    look = _letters(given, "md") | _paragraph(given, wraps=wraps)
    if shrinks:
        look["font_size"] = _shrunk(look["font_size"], plain)
    outer = style.attribute(**place, justify_content=gravity(given))
    classes = "lt-p lt-wrap" if wraps else "lt-p"
    drawn = actions.tap(given.get("action"), inner, classes, style.attribute(**look))
    return f'<div class="lt-x lt-text{" lt-fits" if shrinks else ""}"{outer}>{drawn}</div>'


def button(given: Given, place: dict[str, str | None]) -> str:
    """A button; its colour is the label's where it is a link, the ground's otherwise."""
    kind = one_of(given.get("style"), _STYLES, "link")
    colour = style.colour(given.get("color"))
    look = {"color" if kind == "link" else "background_color": colour}
    shrinks = given.get("adjustMode") == "shrink-to-fit"
    if shrinks:
        look["font_size"] = _shrunk("16px", words_of(mapping(given.get("action")).get("label")))
    label = f'<span class="lt-p">{actions.label(given.get("action"), _LABEL_LIMIT)}</span>'
    size = " lt-sm" if given.get("height") == "sm" else ""
    drawn = actions.tap(given.get("action"), label, f"lt-key lt-{kind}{size}", style.attribute(**look))
    outer = style.attribute(**place, justify_content=gravity(given))
    return f'<div class="lt-x lt-button{" lt-fits" if shrinks else ""}"{outer}>{drawn}</div>'


def _span(given: Given) -> str:
    if given.get("type") != "span":
        return ""
    return f"<span{style.attribute(**_letters(given))}>{draw(words_of(given.get('text')))}</span>"


def _letters(given: Given, size: str | None = None) -> dict[str, str | None]:
    """What a span may change of its text."""
    return {
        "font_size": style.length(given.get("size"), style.TEXT) or (f"{style.TEXT[size]:g}px" if size else None),
        "color": style.colour(given.get("color")),
        "font_weight": _WEIGHT.get(one_of(given.get("weight"), _WEIGHT, "")),
        "font_style": one_of(given.get("style"), _SLANT, "") or None,
        "text_decoration": one_of(given.get("decoration"), _LINES, "") or None,
    }


def _paragraph(given: Given, *, wraps: bool) -> dict[str, str | None]:
    look: dict[str, str | None] = {"text_align": one_of(given.get("align"), ("start", "center", "end"), "") or None}
    lines, gap = number(given.get("maxLines")), style.length(given.get("lineSpacing"), {})
    if wraps and lines and lines >= 1:
        look |= {"display": "-webkit-box", "-webkit-line-clamp": f"{int(lines)}", "-webkit-box-orient": "vertical"}
    if wraps and gap:
        # Half of it lies above the first and below the last line, where LINE has none.
        look |= {"line_height": f"calc(1.4em + {gap})", "margin_block": f"calc({gap} / -2)"}
    return look


def _shrunk(size: str | None, plain: str) -> str:
    """``size``, or less where the line would be wider than its component, by an estimate of its width."""
    wide = sum(_em(letter) for letter in bare(plain)[:400])
    return f"min({size},calc(100cqi / {max(wide, 1.0):.2f}))"


def _em(letter: str) -> float:
    """How wide a letter is, about, in a sans-serif type, as a part of the font size."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in " .,:;!|'ijlftrI()[]/":
        return 0.33
    if unicodedata.category(letter) == "Mn":
        return 0.0
    return 0.66 if letter.isupper() else 0.56
