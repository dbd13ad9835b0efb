"""How a value becomes a number, and a number one of Java's: 64 bits for whole numbers, doubles for the rest."""

from __future__ import annotations

import re
from typing import Any

from linetap.sandbox.liquid.errors import Failed
from linetap.sandbox.liquid.printing import java_text
from linetap.sandbox.liquid.values import float_of, is_number

_TRIMMED = "".join(map(chr, range(33)))
_DOUBLE = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?"
    r"|0[xX](?:[0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFdD]?)"
)


def trimmed(text: str) -> str:
    """Java's ``trim``: blanks and controls, all of them ASCII."""
    return text.strip(_TRIMMED)


def _figures(value: Any) -> str:
    """A value's text, looked at for a number; nothing where Java's text is never one."""
    if isinstance(value, (str, bool, int, float)):
        return trimmed(java_text(value))
    return "null" if value is None else ""


def can_be_whole(value: Any) -> bool:
    return re.fullmatch(r"-?[0-9]+", _figures(value)) is not None


def can_be_decimal(value: Any) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", _figures(value)) is not None


def reads_as_number(value: Any) -> bool:
    return is_number(value) or _DOUBLE.fullmatch(_figures(value)) is not None


def as_number(value: Any) -> int | float:
    """A number as it is; a text as a double. Raises Failed for what is no number."""
    if is_number(value):
        return int(value) if isinstance(value, int) else float(value)
    figures = _figures(value)
    if re.fullmatch(r"[0-9]+", figures):
        if len(figures.lstrip("0")) > 19 or int(figures) >= 2**63:
            raise Failed(f"{figures[:30]!r} is too large for a whole number")
        return float(int(figures))
    if _DOUBLE.fullmatch(figures) is None:
        raise Failed(f"not a number: {figures[:30]!r}")
    return _double(re.sub(r"(?<=[0-9.])[fFdD]\Z", "", figures))


def _double(figures: str) -> float:
    if "x" not in figures.lower():
        return float(figures)
    try:
        return float.fromhex(figures)
    except OverflowError:
        return float("-inf") if figures.startswith("-") else float("inf")


def as_double(value: Any) -> float:
    return float_of(as_number(value))


def wrapped(value: int, bits: int = 64) -> int:
    """A whole number cut to its lowest bits, as Java does."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def as_long(value: Any) -> int:
    number = as_number(value)
    return wrapped(number) if isinstance(number, int) else saturated(number)


def as_int(value: Any) -> int:
    """Java's ``intValue``, for indexes, limits and lengths."""
    number = as_number(value)
    return wrapped(number, 32) if isinstance(number, int) else saturated(number, 32)


def saturated(value: float, bits: int = 64) -> int:
    """A double cut to a whole number, as Java does."""
    if value != value:
        return 0
    least, most = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return most if value >= most else least if value <= least else int(value)
