"""Reading JSON that nobody has checked: every getter takes anything and gives a value of one kind.

A picture is drawn of what *would* be sent, so it is asked for most when the message is wrong.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

DEEPEST = 40
"""Boxes within boxes that are drawn; LINE states no limit (its own is the size of the JSON)."""
_PARTS = 5_000  # parts of one message: LINE's 50 KB of JSON cannot hold that many


class Pen:
    """What all parts of one message share: whether images may be fetched, and how much more is drawn."""

    def __init__(self, *, load_images: bool = False, parts: int = _PARTS) -> None:
        self.load_images = load_images
        self._left = parts

    def fresh(self) -> Pen:
        """A pen like this one with all its parts before it: for the next message."""
        return Pen(load_images=self.load_images)

    def spend(self) -> bool:
        """Takes one part from what may still be drawn; False once nothing is left.

        JSON made in Python can hold one list a thousand times, so depth alone bounds nothing.
        """
        self._left -= 1
        return self._left >= 0


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` where it is an object, an empty one otherwise."""
    return value if isinstance(value, Mapping) else {}


def items(value: object, most: int = 200) -> Sequence[Any]:
    """The first ``most`` elements of an array; nothing where it is none."""
    return value[:most] if isinstance(value, (list, tuple)) else ()


def text(value: object) -> str:
    """A string, or a number as LINE would be sent it; '' for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def number(value: object) -> float | None:
    """A finite number that a layout can hold; None otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if -1e6 < value < 1e6 else None


def one_of(value: object, allowed: Container[str], otherwise: str) -> str:
    """``value`` where it is one of the keywords; ``otherwise`` if not (unhashable values included)."""
    return value if isinstance(value, str) and value in allowed else otherwise
