"""Text from JSON as HTML: escaped, with fields as chips and what is past LINE's limit marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from linetap import fields
from linetap.display.html import escape
from linetap.errors import BadArgument

LONGEST = 12_000
"""Characters of one text that are drawn; LINE's longest text has 5,000."""

# The bidi controls that html.escape shows are the text's own here: LINE obeys them, and a block ends them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"https?://[^\s\"'<>()\[\]{}\\|^`\x00-\x20\u3000-\u303f\uff00-\uffef]+")
_SAFE = re.compile(r"(?:https?://|line://|tel:)[^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]{1,2000}", re.IGNORECASE)


class Chip(NamedTuple):
    """Something that stands in a text and is no text: a field, a LINE emoji, a mention."""

    label: str
    told: str
    kind: str = "field"


Piece = str | Chip


def pieces(text: str) -> list[Piece]:
    """``text`` with the marks of fields (``linetap.fields``) as chips."""
    try:
        return [_piece(piece) for piece in fields.split(text[:LONGEST])]
    except BadArgument:
        return [Chip("damaged field", "a field's mark was cut or changed: it cannot be filled", "bad"), text[:200]]


def _piece(piece: str | fields.Field) -> Piece:
    if isinstance(piece, (str, fields.LiteralText)):
        return piece if isinstance(piece, str) else piece.text
    if isinstance(piece, fields.RawLiquid):
        return Chip(piece.text, "Liquid, as it stands")
    default = getattr(piece, "default", None)
    name = f"{piece.event}.{piece.name}" if isinstance(piece, fields.EventField) else str(getattr(piece, "name", ""))
    return Chip(name, f"{type(piece).__name__}: " + ("required" if default is None else f"default “{default}”"))


def bare(text: str) -> str:
    """``text`` where no markup can stand (a tooltip): fields by name, unescaped."""
    return "".join(piece if isinstance(piece, str) else f"‹{piece.label}›" for piece in pieces(text))


def draw(given: str | Iterable[Piece], limit: int = 0, *, clusters: bool = False, links: bool = False) -> str:
    """The HTML of a text; what is past ``limit`` (0: none) is marked.

    LINE counts UTF-16 units, and in some fields (``clusters``) what people see as one character:
    https://developers.line.biz/en/docs/messaging-api/text-character-count/
    """
    drawn, left = [], limit or LONGEST
    for piece in pieces(given) if isinstance(given, str) else given:
        if isinstance(piece, Chip):
            drawn.append(chip(piece))
            continue
        at = _reach(piece, left, clusters=clusters)
        drawn.append(_inline(piece[:at], links=links))
        if at < len(piece):
            drawn.append(f'<span class="lt-over" title="{_past(limit)}">{_text(piece[at:LONGEST])}</span>')
        left -= sum(_widths(piece[:at], clusters=clusters)) if at == len(piece) else left
    return "".join(drawn)


def chip(given: Chip) -> str:
    """One chip."""
    told = escape(given.told[:200])
    return f'<span class="lt-chip lt-{escape(given.kind)}" title="{told}">{escape(given.label[:80])}</span>'


def safe_link(address: object) -> str | None:
    """``address`` where it may be followed: http, https, line or tel, and nothing else in it.

    ``javascript:`` and ``data:`` are not, whatever their case and blanks.
    """
    if not isinstance(address, str) or fields.has_mark(address) or not _SAFE.fullmatch(address):
        return None
    return address


def _past(limit: int) -> str:
    return f"past LINE's limit of {limit:,} characters" if limit else "not drawn further"


def _inline(text: str, *, links: bool) -> str:
    if not links:
        return _text(text)
    drawn, end = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        drawn.append(_text(text[end : found.start()]))
        drawn.append(f'<a class="lt-a" href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>')
        end = found.end()
    return "".join(drawn) + _text(text[end:])


def _text(text: str) -> str:
    kept = _BIDI.findall(text)
    if not kept:
        return escape(text)
    return "".join(escape(part) + mark for part, mark in zip(_BIDI.split(text), [*kept, ""], strict=True))


def _reach(text: str, left: int, *, clusters: bool) -> int:
    """How many characters of ``text`` fit into ``left``."""
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
    """Whether a letter is drawn onto the one before: a near reading of UAX #29, which the stdlib lacks."""
    return (
        unicodedata.category(letter) in ("Mn", "Me", "Mc")
        or letter in "\u200c\u200d\ufe0f"
        or ("\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f")
    )
