"""Results as text: a table for terminals, and one line for logs. No I/O.

``table``, ``line`` and ``linetap.display.html.table`` have the same arguments, so a report describes itself once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from linetap.display.html import FORBIDDEN

_ZERO_WIDTH = {"Mn", "Me", "Cf"}


def table(title: object, rows: Iterable[Sequence[object]], *, head: Sequence[object] = (), note: object = "") -> str:
    """A list with a title: names on the left, numbers aligned to the right, with thousands separators.

    With ``head`` (which is not printed) each row is a sentence: the cells after the first follow each other.
    """
    shown = [[printable(cell) for cell in row] for row in rows]
    lines = _sentences(shown) if head else _pairs(shown)
    below = [printable(note)] if note else []
    return "\n".join([printable(title), *(f"  {line}" for line in [*lines, *below])]) + "\n"


def line(title: object, rows: Iterable[Sequence[object]], *, head: Sequence[object] = (), note: object = "") -> str:
    """The table as one sentence: ``Upload: 3 processed, 1 rejected; note.`` Zeros after the first are omitted.

    With ``head`` the cells of a row after the second are omitted too: they are explanations.
    """
    cells = [row for index, row in enumerate(rows) if index == 0 or row[-1 if not head else 0] != 0]
    words = [_joined(row[:2] if head or isinstance(row[1], str) else [row[1], row[0]]) for row in cells]
    parts = [", ".join(words), printable(note).rstrip(".")]
    return f"{printable(title)}: {'; '.join(part for part in parts if part)}. "


def _joined(cells: Sequence[object]) -> str:
    return " ".join(printable(cell) for cell in cells)


def printable(value: object) -> str:
    """``value`` on one line, without control characters: they could move the cursor or change colours."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,}"
    return FORBIDDEN.sub("\ufffd", " ".join(str("" if value is None else value).split()))


def width(text: str) -> int:
    """The number of terminal columns of a text: two for a kanji, none for a combining Thai vowel."""
    spacing = [char for char in text if unicodedata.category(char) not in _ZERO_WIDTH]
    return len(spacing) + sum(1 for char in spacing if unicodedata.east_asian_width(char) in "WF")


def _pairs(rows: list[list[str]]) -> list[str]:
    names = max((width(row[0]) for row in rows), default=0)
    values = max((width(row[1]) for row in rows), default=0)
    return [f"{row[0]}{' ' * (names - width(row[0]) + 2 + values - width(row[1]))}{row[1]}" for row in rows]


def _sentences(rows: list[list[str]]) -> list[str]:
    first = max((width(row[0]) for row in rows), default=0)
    return [f"{' ' * (first - width(row[0]))}{row[0]}  {'; '.join(filter(None, row[1:]))}" for row in rows]
