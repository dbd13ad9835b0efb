"""Arithmetic: 64-bit integers that wrap, doubles, rounding half up."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from linetap.liquid.errors import RenderFailed
from linetap.liquid.filters.arguments import Arguments, FilterFunction, bounded, exactly
from linetap.liquid.numbers import DECIMAL, INTEGER, Long, double_text, to_double, to_long, trim
from linetap.liquid.values import as_number, is_numeric, java_text

_MOST_DIGITS = 340
_EXACT = Context(prec=2_000)


def _looks_whole(value: Any) -> bool:
    if type(value) is int or type(value) is Long:
        return True
    return isinstance(value, str) and INTEGER.fullmatch(trim(value)) is not None


def _looks_decimal(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return False
    return DECIMAL.fullmatch(trim(java_text(value))) is not None


def _arithmetic(whole: Callable[[int, int], int], decimal: Callable[[float, float], float]) -> FilterFunction:
    def apply(value: Any, arguments: Arguments) -> Any:
        value = Long(0) if value is None else value
        exactly(arguments, 1, 1)
        left, right = as_number(value), as_number(arguments[0])
        if _looks_whole(value) and _looks_whole(arguments[0]):
            return to_long(whole(to_long(left), to_long(right)))
        return decimal(to_double(left), to_double(right))

    return apply


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise RenderFailed("a whole number must not be divided by 0")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _divide_double(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: int, right: int) -> int:
    return left - right * _divide(left, right)


def _remainder_double(left: float, right: float) -> float:
    if right == 0 or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.fmod(left, right)


def _absolute(value: Any, arguments: Arguments) -> Any:
    if _looks_whole(value):
        return to_long(abs(to_long(as_number(value))))
    return abs(to_double(as_number(value))) if is_numeric(value) else value


def _rounded_whole(rounding: Callable[[float], int]) -> FilterFunction:
    def apply(value: Any, arguments: Arguments) -> Any:
        if not is_numeric(value):
            return value
        number = to_double(as_number(value))
        return to_long(number if math.isinf(number) or math.isnan(number) else rounding(number) * 1.0)

    return apply


def _bound(replaces: Callable[[float, float], bool]) -> FilterFunction:
    def apply(value: Any, arguments: Arguments) -> Any:
        if not arguments or not is_numeric(value) or not is_numeric(arguments[0]):
            return value
        number, limit = as_number(value), as_number(arguments[0])
        return limit if replaces(to_double(number), to_double(limit)) else number

    return apply


def _round(value: Any, arguments: Arguments) -> Any:
    """Half up, as a text; 0 for what does not print as a plain decimal (``1.0E7`` does not)."""
    if not _looks_decimal(value):
        return 0
    number = to_double(as_number(value))
    places = 0
    if arguments and _looks_decimal(arguments[0]):
        places = to_long(as_number(arguments[0]))
    bounded(places)
    return _half_up(number, min(max(places, 0), _MOST_DIGITS))


def _half_up(number: float, places: int) -> str:
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    double_text(number)  # may not be predictable
    shortest, exact = Decimal(repr(number)), Decimal(number)
    step = Decimal(1).scaleb(-places)
    rounded = shortest.quantize(step, rounding=ROUND_HALF_UP, context=_EXACT).copy_abs()
    over = _EXACT.subtract(rounded, shortest.copy_abs())
    if over == _EXACT.divide(step, Decimal(2)) and exact.copy_abs() < shortest.copy_abs():
        rounded = _EXACT.subtract(rounded, step)
    return f"{'-' if math.copysign(1, number) < 0 else ''}{rounded:f}"


FILTERS: dict[str, FilterFunction] = {
    "plus": _arithmetic(lambda left, right: left + right, lambda left, right: left + right),
    "minus": _arithmetic(lambda left, right: left - right, lambda left, right: left - right),
    "times": _arithmetic(lambda left, right: left * right, lambda left, right: left * right),
    "divided_by": _arithmetic(_divide, _divide_double),
    "modulo": _arithmetic(_remainder, _remainder_double),
    "abs": _absolute,
    "ceil": _rounded_whole(math.ceil),
    "floor": _rounded_whole(math.floor),
    "round": _round,
    "at_least": _bound(lambda number, limit: number < limit),
    "at_most": _bound(lambda number, limit: number > limit),
}
