"""Reads JSON that has not been validated: every getter accepts any value and returns a value of one type.

A picture shows what *would* be sent, so invalid messages are the ones that are shown most.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

MAX_DEPTH = 40
"""Nested boxes that are shown; LINE documents no limit for nesting, only for the size of the JSON."""
_PARTS = 5_000  # components of one message: 50 KB of JSON, LINE's limit, cannot contain that many


class RenderOptions:
    """Options shared by all parts of one message: whether images are loaded, and how many parts may still be shown."""

    def __init__(self, *, load_images: bool = False, parts: int = _PARTS) -> None:
        self.load_images = load_images
        self._parts_left = parts

    def for_next_message(self) -> RenderOptions:
        """The same options with the full number of parts, for the next message."""
        return RenderOptions(load_images=self.load_images)

    def take_part(self) -> bool:
        """Count one part; False once the limit is reached.

        JSON made in Python can contain the same list a thousand times, so a limit on depth alone is not enough.
        """
        self._parts_left -= 1
        return self._parts_left >= 0


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is an object, otherwise an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object, most: int = 200) -> Sequence[Any]:
    """The first ``most`` elements of an array; () for any other value."""
    return value[:most] if isinstance(value, (list, tuple)) else ()


def text(value: object) -> str:
    """A string, or a number as text; '' for any other value."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def number(value: object) -> float | None:
    """A number between -1e6 and 1e6; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if -1e6 < value < 1e6 else None


def one_of(value: object, allowed: Container[str], otherwise: str) -> str:
    """``value`` if it is one of the keywords, otherwise ``otherwise`` (for unhashable values too)."""
    return value if isinstance(value, str) and value in allowed else otherwise
