"""Filters for texts. Only ASCII blanks are blanks; lengths and positions are UTF-16 units, as in Java."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote_plus

from linetap.sandbox.liquid.errors import Failed, LiquidError
from linetap.sandbox.liquid.markup import without_markup
from linetap.sandbox.liquid.numbers import as_int, trimmed
from linetap.sandbox.liquid.printing import MOST_CHARACTERS, java_text, text_of, units
from linetap.sandbox.liquid.values import Array

Parameters = Sequence[Any]
_BLANKS = " \t\n\x0b\f\r"
_ENTITY = re.compile(r"&(?!(?:[a-zA-Z]+|#[0-9]+|#x[0-9A-Fa-f]+);)")
_ESCAPES = {ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}


def _changing(change: Callable[[str], str]) -> Callable[..., Any]:
    """A filter of any value's text."""
    return lambda value, parameters: change(text_of(value))


def _of_text(change: Callable[[str], str]) -> Callable[..., Any]:
    """A filter that changes texts and no other values."""
    return lambda value, parameters: change(value) if isinstance(value, str) else value


def _parameter(parameters: Parameters, at: int = 0) -> Any:
    if at >= len(parameters):
        raise Failed("a parameter is missing")
    return parameters[at]


def _capitalize(text: str) -> str:
    """The first letter alone; one that would become two letters stays as it is."""
    upper = text[:1].upper()
    return upper + text[1:] if len(upper) == 1 and upper <= "\uffff" else text


def _right_stripped(text: str) -> str:
    """Java's ``$`` matches before a final line separator too."""
    end = text[-1:] if text[-1:] in ("\x85", "\u2028", "\u2029") else ""
    return text[: len(text) - len(end)].rstrip(_BLANKS) + end


def _decoded(value: Any, parameters: Parameters) -> Any:
    """A percent sign without two hex digits gives the value unchanged."""
    text = text_of(value)
    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        return value
    return re.sub(r"(?:%[0-9a-fA-F]{2})+", lambda found: _characters(found[0]), text.replace("+", " "))


def _characters(escapes: str) -> str:
    return bytes.fromhex(escapes.replace("%", "")).decode("utf-8", "replace")


# Replacing -----------------------------------------------------------------------------------------------


def _needle(parameters: Parameters) -> str | None:
    """The text to find; None for an array, whose text in Java occurs in no other text."""
    value = _parameter(parameters)
    if value is None:
        raise Failed("nothing to look for")
    return None if isinstance(value, Array) else java_text(value)


def _replacing(count: int, *, removes: bool = False) -> Callable[..., Any]:
    def replace(value: Any, parameters: Parameters) -> str:
        text, needle = text_of(value), _needle(parameters)
        new = "" if removes or len(parameters) < 2 else _replacement(parameters[1])
        if needle is None:
            return text
        text = text if needle else units(text)
        if len(new) * (text.count(needle) if count < 0 else 1) > MOST_CHARACTERS:
            raise LiquidError("the result is too long")
        return text.replace(needle, new, count) if text or needle else new

    return replace


def _replacement(value: Any) -> str:
    if value is None:
        raise Failed("no replacement is given")
    return text_of(value)


# Cutting -------------------------------------------------------------------------------------------------


def _split(value: Any, parameters: Parameters) -> Array:
    """A separator at the very start does not count, nor do empty parts at the end."""
    text, separator = text_of(value), text_of(_parameter(parameters))
    if not separator:
        return Array(units(text) or ("",))
    first, *rest = (text[len(separator) :] if text.startswith(separator) else text).split(separator)
    parts = [separator + first if text.startswith(separator) else first, *rest]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return Array(parts)


def _truncate(value: Any, parameters: Parameters) -> str:
    if value is None:
        return ""
    text, length, mark = units(text_of(value)), *_cut(parameters, 50)
    if length >= len(text):
        return text
    return mark if len(units(mark)) >= length else text[: length - len(units(mark))] + mark


def _truncatewords(value: Any, parameters: Parameters) -> str:
    if value is None:
        return ""
    text, length, mark = text_of(value), *_cut(parameters, 15)
    words = re.split(rf"[{_BLANKS}]+", text)
    while len(words) > 1 and not words[-1]:
        words.pop()
    return text if length >= len(words) else trimmed(" ".join(words[: max(length, 0)])) + mark


def _cut(parameters: Parameters, usual: int) -> tuple[int, str]:
    length = as_int(parameters[0]) if parameters else usual
    return length, text_of(parameters[1]) if len(parameters) > 1 else "..."


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").translate(_ESCAPES)


TEXTS: dict[str, Callable[[Any, Parameters], Any]] = {
    "append": lambda value, parameters: text_of(value) + text_of(_parameter(parameters)),
    "capitalize": _changing(_capitalize),
    "downcase": _changing(str.lower),
    "escape": _changing(_escaped),
    "escape_once": _changing(lambda text: _ENTITY.sub("&amp;", text).translate(_ESCAPES)),
    "h": _changing(_escaped),
    "lstrip": _of_text(lambda text: text.lstrip(_BLANKS)),
    "newline_to_br": _changing(lambda text: text.replace("\n", "<br />\n")),
    "prepend": lambda value, parameters: text_of(_parameter(parameters)) + text_of(value),
    "remove": _replacing(-1, removes=True),
    "remove_first": _replacing(1, removes=True),
    "replace": _replacing(-1),
    "replace_first": _replacing(1),
    "rstrip": _of_text(_right_stripped),
    "split": _split,
    "strip": _of_text(trimmed),
    "strip_html": _changing(without_markup),
    "strip_newlines": _changing(lambda text: re.sub(r"[\r\n]+", "", text)),
    "truncate": _truncate,
    "truncatewords": _truncatewords,
    "upcase": _changing(str.upper),
    "url_decode": _decoded,
    "url_encode": _changing(lambda text: quote_plus(text, safe="*", errors="replace").replace("~", "%7E")),
}
