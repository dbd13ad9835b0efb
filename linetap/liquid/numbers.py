"""Numbers as Java has them: 32-bit and 64-bit integers that wrap, doubles and how they print."""

from __future__ import annotations

import math
import re
from typing import Final

from linetap.liquid.errors import CannotPredict, RenderFailed
from linetap.liquid.older_java import prints_alike

LONG_MIN: Final = -(2**63)
LONG_MAX: Final = 2**63 - 1
INT_MIN: Final = -(2**31)
INT_MAX: Final = 2**31 - 1

DIGITS = re.compile(r"[0-9]+")
INTEGER = re.compile(r"-?[0-9]+")
DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]*)?")
_DOUBLE = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?"
    r"|0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFdD]?)"
)


class Long(int):
    """A 64-bit integer: a number that the template writes or computes. A plain int that fits 32 bits is an Integer.

    Java's ``equals`` distinguishes the two, so ``Profile.L contains 1`` never finds the number 1 of a profile.
    """

    __slots__ = ()


def to_int(value: int | float) -> int:
    """Java's ``intValue()``."""
    if isinstance(value, float):
        return 0 if math.isnan(value) else int(max(INT_MIN, min(INT_MAX, value)))
    return (int(value) + 2**31) % 2**32 - 2**31


def to_long(value: int | float) -> Long:
    """Java's ``longValue()``."""
    if isinstance(value, float):
        if math.isnan(value):
            return Long(0)
        return Long(LONG_MAX if value >= 2.0**63 else LONG_MIN if value <= -(2.0**63) else int(value))
    return Long((int(value) + 2**63) % 2**64 - 2**63)


def to_double(value: int | float) -> float:
    """Java's ``doubleValue()``."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def parse_double(text: str) -> float | None:
    """Java's ``Double.parseDouble``; None where it fails. ``text`` is trimmed already."""
    if len(text) > 2000 or not _DOUBLE.fullmatch(text):
        return None
    if "x" in text or "X" in text:
        try:
            return float.fromhex(text.rstrip("fFdD") if text[-1] in "fFdD" else text)
        except (OverflowError, ValueError):
            return None
    if text.endswith("NaN"):
        return math.nan
    if text.endswith("Infinity"):
        return -math.inf if text.startswith("-") else math.inf
    return float(text.rstrip("fFdD"))


def parse_number(text: str) -> float:
    """LiqP's number of a text. Whole numbers become doubles too, but must fit 64 bits."""
    stripped = trim(text)
    if DIGITS.fullmatch(stripped):
        if len(stripped.lstrip("0")) > 19 or int(stripped) > LONG_MAX:
            raise RenderFailed(f"a number must fit 64 bits (got {stripped[:40]})")
        return float(int(stripped))
    number = parse_double(stripped)
    if number is None:
        raise RenderFailed(f"the value must be a number (got {stripped[:40]!r})")
    return number


def trim(text: str) -> str:
    """Java's ``trim()``: everything up to U+0020 at both ends."""
    start, end = 0, len(text)
    while start < end and text[start] <= " ":
        start += 1
    while end > start and text[end - 1] <= " ":
        end -= 1
    return text[start:end]


def double_text(value: float) -> str:
    """Java's ``Double.toString``: ``45.0``, ``1.0E7``, ``9.0E-4``, ``NaN``, ``-Infinity``."""
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    if not prints_alike(abs(value)):
        raise CannotPredict(f"the digits of {value!r} are others in Java before version 19")
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    power = len(whole) - 1 + int(exponent or 0)
    if whole == "0":
        power = len(digits) - len(fraction) - 1 + int(exponent or 0)
    digits = digits.rstrip("0") or "0"
    if -3 <= power < 7:
        return sign + _plain(digits, power)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"


def _plain(digits: str, power: int) -> str:
    if power < 0:
        return f"0.{'0' * (-power - 1)}{digits}"
    padded = digits.ljust(power + 1, "0")
    return f"{padded[: power + 1]}.{padded[power + 1 :] or '0'}"
