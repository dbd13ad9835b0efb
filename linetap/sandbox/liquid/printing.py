"""What the engine writes for a value, and how Java counts a text: in UTF-16 units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from linetap.sandbox.liquid.errors import LiquidError
from linetap.sandbox.liquid.values import DEEPEST, Array, HashMap, Mark, SortedMap, is_list

MOST_CHARACTERS = 1_000_000
"""The longest text that is rendered, or made by a filter."""
_MOST_PARTS = 100_000


class _Printer:
    """Prints one value; values that contain themselves, or are too large, are an error."""

    def __init__(self, joining: str = "") -> None:
        self.joining = joining
        self.parts = self.characters = 0

    def _count(self, text: str) -> str:
        self.parts += 1
        self.characters += len(text)
        if self.parts > _MOST_PARTS or self.characters > MOST_CHARACTERS:
            raise LiquidError("a value is too long to be rendered")
        return text

    def java(self, value: Any, depth: int = 0) -> str:
        """As ``String.valueOf``: lists in brackets, ``null`` for nil."""
        if depth > DEEPEST:
            raise LiquidError("a value is nested too deep to be rendered")
        if isinstance(value, str):
            return self._count(value)
        if isinstance(value, Mapping):
            pairs = [(self.java(key), self.java(one, depth + 1)) for key, one in _ordered(value)]
            if isinstance(value, SortedMap):
                return "".join(map("".join, pairs))
            return "{" + ", ".join(f"{key}={one}" for key, one in pairs) + "}"
        if is_list(value) and not isinstance(value, Array):
            return "[" + ", ".join(self.java(one, depth + 1) for one in value) + "]"
        return self._count(_scalar(value))

    def joined(self, value: Any, depth: int = 0) -> str:
        """As LiqP's filters see a text: lists without brackets, nothing for nil."""
        if depth > DEEPEST:
            raise LiquidError("a value is nested too deep to be rendered")
        if value is None:
            return self._count("")
        if is_list(value):
            return self.joining.join(self.joined(one, depth + 1) for one in value)
        return self.java(value, depth)


def java_text(value: Any) -> str:
    return _Printer().java(value)


def text_of(value: Any) -> str:
    """The text that filters work on."""
    return value if isinstance(value, str) else _Printer().joined(value)


def written(value: Any, joining: str) -> str:
    """What a block writes for a value: a list's elements one by one."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    printer = _Printer()
    return joining.join(map(printer.java, value)) if is_list(value) else printer.java(value)


def written_in_loop(value: Any, joining: str) -> str:
    """What the body of ``for`` writes: the nil of a list is nothing there, and inner lists are flat."""
    return written(value, joining) if isinstance(value, Array) else _Printer(joining).joined(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, int):
        return whole_text(value)
    if isinstance(value, Mark) and value.text is not None:
        return value.text
    what = value.name if isinstance(value, Mark) else type(value).__name__
    raise LiquidError(f"the engine's text for {what} cannot be predicted")


def whole_text(value: int) -> str:
    if abs(value) >= 10**1000:
        raise LiquidError("a number has too many digits")
    return int.__repr__(value)


def double_text(value: float) -> str:
    """A double as Java prints it: ``45.0``, ``1.0E7``, ``9.0E-4``."""
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    sign = "-" if str(value).startswith("-") else ""
    _, digits, exponent = (_large(int(abs(value))) if 2**53 < abs(value) < 2**63 else Decimal(repr(value))).as_tuple()
    figures = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) + int(exponent) - 1 if value else 0
    if not -3 <= power < 7:
        return f"{sign}{figures[0]}.{figures[1:] or '0'}E{power}"
    figures = "0" * -power + figures if power < 0 else figures.ljust(power + 1, "0")
    whole = max(power, 0) + 1
    return f"{sign}{figures[:whole]}.{figures[whole:] or '0'}"


def _large(value: int) -> Decimal:
    """Whole doubles over 53 bits, of which Java (before 19) drops fewer digits than it could."""
    dropped = int((value.bit_length() - 55) * math.log10(2)) if value.bit_length() > 55 else 0
    return Decimal((value + 10**dropped // 2) // 10**dropped).scaleb(dropped)


def _ordered(value: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    pairs = list(value.items())
    if not isinstance(value, HashMap):
        return pairs
    size = 16
    if isinstance(value, SortedMap):
        size = 1
        while size < int(len(pairs) / 0.75 + 1):
            size *= 2
    return sorted(pairs, key=lambda pair: _hash(text_of(pair[0])) & (size - 1))


def _hash(text: str) -> int:
    number = 0
    for unit in units(text):
        number = (31 * number + ord(unit)) & 0xFFFFFFFF
    return number ^ (number >> 16)


# UTF-16 -------------------------------------------------------------------------------------------------


def units(text: str) -> str:
    """The text with one character for each UTF-16 unit, which is what Java counts and cuts."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    code = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(code[at] << 8 | code[at + 1]) for at in range(0, len(code), 2))


def whole_characters(text: str) -> str:
    """The text as it is sent: pairs of units joined, and ``?`` for half a pair."""
    if text.isascii():
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return joined.encode("utf-8", "replace").decode("utf-8")
