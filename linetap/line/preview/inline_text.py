"""Text from JSON as HTML: escaped, with fields as labels and the part beyond LINE's limit marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from linetap import fields
from linetap.display.html import escape
from linetap.errors import BadArgument

MAX_CHARACTERS = 12_000
"""Characters of one text that are shown; LINE's longest text has 5,000."""

# html.escape replaces bidi controls. In a message they are text: LINE applies them, and the block ends them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"https?://[^\s\"'<>()\[\]{}\\|^`\x00-\x20\u3000-\u303f\uff00-\uffef]+")
_SAFE = re.compile(r"(?:https?://|line://|tel:)[^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]{1,2000}", re.IGNORECASE)


class InlineLabel(NamedTuple):
    """An element inside a text that is not text: a field, a LINE emoji, a mention."""

    label: str
    tooltip: str
    kind: str = "field"


Piece = str | InlineLabel


def pieces(text: str) -> list[Piece]:
    """``text`` with the marks of fields (``linetap.fields``) as labels."""
    try:
        return [_piece(piece) for piece in fields.split(text[:MAX_CHARACTERS])]
    except BadArgument:
        return [
            InlineLabel("damaged field", "a field's mark was cut or changed: it cannot be filled", "bad"),
            text[:200],
        ]


def _piece(piece: str | fields.Field) -> Piece:
    if isinstance(piece, (str, fields.LiteralText)):
        return piece if isinstance(piece, str) else piece.text
    if isinstance(piece, fields.RawLiquid):
        return InlineLabel(piece.text, "Liquid, inserted unchanged")
    default = getattr(piece, "default", None)
    name = f"{piece.event}.{piece.name}" if isinstance(piece, fields.EventField) else str(getattr(piece, "name", ""))
    return InlineLabel(name, f"{type(piece).__name__}: " + ("required" if default is None else f"default “{default}”"))


def plain_text(text: str) -> str:
    """``text`` for a tooltip, where no markup is possible: fields by name, unescaped."""
    return "".join(piece if isinstance(piece, str) else f"‹{piece.label}›" for piece in pieces(text))


def to_html(given: str | Iterable[Piece], limit: int = 0, *, clusters: bool = False, links: bool = False) -> str:
    """The HTML of a text; the part beyond ``limit`` (0: no limit) is marked.

    LINE counts UTF-16 units, and in some fields (``clusters``) grapheme clusters:
    https://developers.line.biz/en/docs/messaging-api/text-character-count/
    """
    parts, left = [], limit or MAX_CHARACTERS
    for piece in pieces(given) if isinstance(given, str) else given:
        if isinstance(piece, InlineLabel):
            parts.append(inline_label(piece))
            continue
        at = _reach(piece, left, clusters=clusters)
        parts.append(_inline(piece[:at], links=links))
        if at < len(piece):
            parts.append(f'<span class="lt-over" title="{_past(limit)}">{_text(piece[at:MAX_CHARACTERS])}</span>')
        left -= sum(_widths(piece[:at], clusters=clusters)) if at == len(piece) else left
    return "".join(parts)


def inline_label(given: InlineLabel) -> str:
    """One label as HTML."""
    tooltip = escape(given.tooltip[:200])
    return f'<span class="lt-chip lt-{escape(given.kind)}" title="{tooltip}">{escape(given.label[:80])}</span>'


def safe_link(address: object) -> str | None:
    """``address`` if it may be a link: http, https, line or tel, without other characters; otherwise None.

    ``javascript:`` and ``data:`` are never links, in any case and with any white space.
    """
    if not isinstance(address, str) or fields.has_mark(address) or not _SAFE.fullmatch(address):
        return None
    return address


def _past(limit: int) -> str:
    return f"beyond LINE's limit of {limit:,} characters" if limit else "not shown beyond this point"


def _inline(text: str, *, links: bool) -> str:
    if not links:
        return _text(text)
    parts, end = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        parts.append(_text(text[end : found.start()]))
        parts.append(f'<a class="lt-a" href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>')
        end = found.end()
    return "".join(parts) + _text(text[end:])


def _text(text: str) -> str:
    kept = _BIDI.findall(text)
    if not kept:
        return escape(text)
    return "".join(escape(part) + mark for part, mark in zip(_BIDI.split(text), [*kept, ""], strict=True))


def _reach(text: str, left: int, *, clusters: bool) -> int:
    """How many characters of ``text`` fit into ``left`` units."""
    if len(text) * 2 <= left:
        return len(text)
    for at, width in enumerate(_widths(text, clusters=clusters)):
        left -= width
        if left < 0:
            return at
    return len(text)


def _widths(text: str, *, clusters: bool) -> Iterator[int]:
    if not clusters:
        yield from (2 if ord(letter) > 0xFFFF else 1 for letter in text)
        return
    before, flags = "", 0
    for letter in text:
        flags = flags + 1 if "\U0001f1e6" <= letter <= "\U0001f1ff" else 0
        joined = before == "\u200d" or flags == 2 or _joins(letter) or (before, letter) == ("\r", "\n")
        flags, before = flags % 2, letter
        yield 0 if joined else 1


def _joins(letter: str) -> bool:
    """Whether a character extends the one before: approximates UAX #29, which the standard library does not have."""
    return (
        unicodedata.category(letter) in ("Mn", "Me", "Mc")
        or letter in "\u200c\u200d\ufe0f"
        or ("\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f")
    )
