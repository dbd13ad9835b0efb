"""A report in a terminal or a log: what ``linetap.display.html`` draws in a notebook, as lines of text. No I/O.

``table`` takes the same arguments there and here, so that a report says what it shows once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from linetap.display.html import UNSEEN

_UNSPACED = {"Mn", "Me", "Cf"}


def table(title: object, rows: Iterable[Sequence[object]], *, head: Sequence[object] = (), note: object = "") -> str:
    """A titled list: names to the left, numbers to the right, with thousands apart.

    With ``head`` (whose words are left out) a row is a sentence: its cells follow each other after the first.
    """
    shown = [[seen(cell) for cell in row] for row in rows]
    lines = _sentences(shown) if head else _pairs(shown)
    below = [seen(note)] if note else []
    return "\n".join([seen(title), *(f"  {line}" for line in [*lines, *below])]) + "\n"


def seen(value: object) -> str:
    """``value`` on one line of a terminal: what moves the cursor, colours or turns the writing around is shown."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,}"
    return UNSEEN.sub("\ufffd", " ".join(str("" if value is None else value).split()))


def width(text: str) -> int:
    """How many columns a terminal gives to a text: two for a kanji, none for a Thai vowel above its letter."""
    apart = [char for char in text if unicodedata.category(char) not in _UNSPACED]
    return len(apart) + sum(1 for char in apart if unicodedata.east_asian_width(char) in "WF")


def _pairs(rows: list[list[str]]) -> list[str]:
    names = max((width(row[0]) for row in rows), default=0)
    values = max((width(row[1]) for row in rows), default=0)
    return [f"{row[0]}{' ' * (names - width(row[0]) + 2 + values - width(row[1]))}{row[1]}" for row in rows]


def _sentences(rows: list[list[str]]) -> list[str]:
    first = max((width(row[0]) for row in rows), default=0)
    return [f"{' ' * (first - width(row[0]))}{row[0]}  {'; '.join(filter(None, row[1:]))}" for row in rows]
