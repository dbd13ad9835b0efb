"""Texts. Lengths and cuts count Java's chars: a character above U+FFFF counts twice."""

from __future__ import annotations

import re
from typing import Any

from linetap.liquid.errors import RenderFailed
from linetap.liquid.filters.arguments import Arguments, FilterFunction, argument, bounded, exactly
from linetap.liquid.numbers import INTEGER, Long, to_int, trim
from linetap.liquid.values import (
    Array,
    as_number,
    falsy_for_default,
    is_numeric,
    java_text,
    merged,
    text_of,
    units,
)

_ENTITY = re.compile(r"&(?!(?:[a-zA-Z]+|#[0-9]+|#x[0-9A-Fa-f]+);)")
_LEADING = re.compile(r"\A[ \t\n\x0b\f\r]+")
_TRAILING = re.compile(r"[ \t\n\x0b\f\r]+(?=(?:\r\n|[\n\r\u0085\u2028\u2029])?\Z)")
_LINE_BREAKS = re.compile(r"[\r\n]+")
_BLANKS = re.compile(r"[ \t\n\x0b\f\r]+")


def _default(value: Any, arguments: Arguments) -> Any:
    return arguments[0] if arguments and falsy_for_default(value) else value


def _append(value: Any, arguments: Arguments) -> Any:
    return text_of(value) + text_of(argument(arguments, 0))


def _prepend(value: Any, arguments: Arguments) -> Any:
    return text_of(argument(arguments, 0)) + text_of(value)


def _capitalize(value: Any, arguments: Arguments) -> Any:
    text = text_of(value)
    return simple_upper(text[0]) + text[1:] if text else text


def simple_upper(char: str) -> str:
    """Java's ``Character.toUpperCase``: one char for one char."""
    for candidate in (char.upper(), char.title()):
        if len(candidate) == 1:
            return candidate
    return char


def _upcase(value: Any, arguments: Arguments) -> Any:
    return text_of(value).upper()


def _downcase(value: Any, arguments: Arguments) -> Any:
    return text_of(value).lower()


def _strip(value: Any, arguments: Arguments) -> Any:
    return trim(value) if isinstance(value, str) else value


def _lstrip(value: Any, arguments: Arguments) -> Any:
    return _LEADING.sub("", value) if isinstance(value, str) else value


def _rstrip(value: Any, arguments: Arguments) -> Any:
    if not isinstance(value, str):
        return value
    end = value.rstrip(" \t\n\x0b\f\r")
    # Java's $ also matches before a last line break of another kind.
    return end if not end.endswith(("\u0085", "\u2028", "\u2029")) else _TRAILING.sub("", value)


def _strip_newlines(value: Any, arguments: Arguments) -> Any:
    return _LINE_BREAKS.sub("", text_of(value))


def _newline_to_br(value: Any, arguments: Arguments) -> Any:
    return text_of(value).replace("\n", "<br />\n")


def _escape(value: Any, arguments: Arguments) -> Any:
    return _angles(text_of(value).replace("&", "&amp;"))


def _escape_once(value: Any, arguments: Arguments) -> Any:
    return _angles(_ENTITY.sub("&amp;", text_of(value)))


def _angles(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _needle(arguments: Arguments) -> str:
    needle = argument(arguments, 0)
    if needle is None:
        raise RenderFailed("the text to look for must not be nil")
    return java_text(needle)


def _replacement(arguments: Arguments) -> str:
    if len(arguments) < 2:
        return ""
    if arguments[1] is None:
        raise RenderFailed("the replacement must not be nil")
    return text_of(arguments[1])


def _replace_all(text: str, needle: str, by: str) -> str:
    if not needle:
        text = units(text)
    bounded(len(text) + (text.count(needle) * len(by) if needle in text else 0))
    replaced = text.replace(needle, by)
    return replaced if needle else merged(replaced)


def _replace(value: Any, arguments: Arguments) -> Any:
    text, needle = text_of(value), _needle(arguments)
    return _replace_all(text, needle, _replacement(arguments))


def _replace_first(value: Any, arguments: Arguments) -> Any:
    text, needle = text_of(value), _needle(arguments)
    return text.replace(needle, _replacement(arguments), 1)


def _remove(value: Any, arguments: Arguments) -> Any:
    text = text_of(value)
    return text.replace(_needle(arguments), "")


def _remove_first(value: Any, arguments: Arguments) -> Any:
    text = text_of(value)
    return text.replace(_needle(arguments), "", 1)


def _truncate(value: Any, arguments: Arguments) -> Any:
    if value is None:
        return ""
    text = units(text_of(value))
    length = to_int(as_number(arguments[0])) if arguments else 50
    marker = units(text_of(arguments[1])) if len(arguments) > 1 else "..."
    if length >= len(text):
        return merged(text)
    if len(marker) >= length:
        return merged(marker)
    return merged(text[: length - len(marker)] + marker)


def _truncatewords(value: Any, arguments: Arguments) -> Any:
    if value is None:
        return ""
    text = text_of(value)
    words = java_split(text, _BLANKS)
    length = to_int(as_number(arguments[0])) if arguments else 15
    marker = text_of(arguments[1]) if len(arguments) > 1 else "..."
    if length >= len(words):
        return text
    return trim("".join(f"{word} " for word in words[: max(length, 0)])) + marker


def java_split(text: str, separator: re.Pattern[str]) -> list[str]:
    """Java's ``String.split``: empty parts at the end are dropped, a text without a match stays whole."""
    parts = separator.split(text)
    if len(parts) == 1:
        return parts
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _split(value: Any, arguments: Arguments) -> Any:
    text, separator = text_of(value), text_of(argument(arguments, 0))
    if separator:
        # A separator at the very start does not split.
        head = len(separator) if text.startswith(separator) else 0
        parts = text[head:].split(separator) if len(text) > head else [""]
        if head:
            parts[0] = separator + parts[0]
        return Array(_without_last_empty(parts, text))
    return Array(units(text)) if text else Array([""])


def _without_last_empty(parts: list[str], text: str) -> list[str]:
    if len(parts) == 1:
        return [text]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _whole(value: Any) -> int:
    if (
        type(value) is not int
        and type(value) is not Long
        and not (isinstance(value, str) and INTEGER.fullmatch(trim(value)))
    ):
        raise RenderFailed("slice must have whole numbers")
    return to_int(as_number(value))


def _slice(value: Any, arguments: Arguments) -> Any:
    exactly(arguments, 1, 2)
    whole: Any = value if isinstance(value, list) else units(text_of(value))
    offset = _whole(arguments[0])
    length = _whole(arguments[1]) if len(arguments) > 1 else 1
    total = len(whole)
    if offset < 0:
        offset += total
    if to_int(offset + length) > total:
        length = total - offset
    if offset > total or offset < 0:
        return ""
    if length < 0:
        raise RenderFailed("slice must not have a negative length")
    part = whole[offset : offset + length]
    return merged(part) if isinstance(part, str) else Array(part)


def _size(value: Any, arguments: Arguments) -> Any:
    if isinstance(value, list):
        return len(value)
    if isinstance(value, str):
        return len(units(value))
    return 8 if is_numeric(value) else 0


FILTERS: dict[str, FilterFunction] = {
    "default": _default,
    "append": _append,
    "prepend": _prepend,
    "capitalize": _capitalize,
    "upcase": _upcase,
    "downcase": _downcase,
    "strip": _strip,
    "lstrip": _lstrip,
    "rstrip": _rstrip,
    "strip_newlines": _strip_newlines,
    "newline_to_br": _newline_to_br,
    "escape": _escape,
    "h": _escape,
    "escape_once": _escape_once,
    "replace": _replace,
    "replace_first": _replace_first,
    "remove": _remove,
    "remove_first": _remove_first,
    "truncate": _truncate,
    "truncatewords": _truncatewords,
    "split": _split,
    "slice": _slice,
    "size": _size,
}
