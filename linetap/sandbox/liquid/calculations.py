"""Filters that calculate, with Java's whole numbers of 64 bits and doubles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from linetap.sandbox.liquid.errors import Failed
from linetap.sandbox.liquid.numbers import (
    as_double,
    as_long,
    as_number,
    can_be_decimal,
    can_be_whole,
    reads_as_number,
    saturated,
    wrapped,
)
from linetap.sandbox.liquid.values import Long

Parameters = Sequence[Any]
_MOST_DIGITS = 340
"""Java prints no more digits behind the point."""


def _calculating(whole: Callable[[int, int], int], double: Callable[[float, float], float]) -> Callable[..., Any]:
    def calculate(value: Any, parameters: Parameters) -> Any:
        if len(parameters) != 1:
            raise Failed(f"wrong number of arguments: {len(parameters)} for 1")
        left, right = Long(0) if value is None else value, parameters[0]
        if can_be_whole(left) and can_be_whole(right):
            return Long(wrapped(whole(as_long(left), as_long(right))))
        return double(as_double(left), as_double(right))

    return calculate


def _quotient(left: int, right: int) -> int:
    if right == 0:
        raise Failed("divided by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) is (right < 0) else -quotient


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    if left == 0 or left != left:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _rest(left: float, right: float) -> float:
    return math.nan if right == 0 or math.isinf(left) else math.fmod(left, right)


def _at(limit: Callable[[float, float], bool]) -> Callable[..., Any]:
    def bounded(value: Any, parameters: Parameters) -> Any:
        if not parameters or not reads_as_number(value) or not reads_as_number(parameters[0]):
            return value
        number, bound = as_number(value), as_number(parameters[0])
        if limit(as_double(number), as_double(bound)):
            return _kept(bound, parameters[0])
        return _kept(number, value)

    return bounded


def _kept(number: Any, given: Any) -> Any:
    """A number as the class of the input value."""
    return given if isinstance(given, (int, float)) else number


def _rounded_to_whole(rounding: Callable[[float], float]) -> Callable[..., Any]:
    def to_whole(value: Any, parameters: Parameters) -> Any:
        if not reads_as_number(value):
            return value
        number = as_double(value)
        return Long(saturated(number if math.isinf(number) or number != number else rounding(number)))

    return to_whole


def _absolute(value: Any, parameters: Parameters) -> Any:
    if can_be_whole(value):
        return Long(wrapped(abs(as_long(value))))
    return abs(as_double(value)) if reads_as_number(value) else value


def _round(value: Any, parameters: Parameters) -> Any:
    """A text with the given number of digits, rounded half up; 0 for a text that is no decimal number."""
    if not can_be_decimal(value):
        return 0
    digits = as_long(parameters[0]) if parameters and can_be_decimal(parameters[0]) else 0
    if digits > 1_000_000:
        raise Failed(f"{digits} digits are too many")
    number = as_double(value)
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    return _fixed(number, min(max(digits, 0), _MOST_DIGITS))


def _fixed(number: float, digits: int) -> str:
    """The shortest decimal of a double, cut half up; a half is one only if the exact double is not below it."""
    shown, unit, context = Decimal(repr(number)), Decimal(1).scaleb(-digits), Context(prec=800)
    half = context.subtract(abs(shown), shown.copy_abs().quantize(unit, ROUND_DOWN, context)) == unit / 2
    down = half and abs(Decimal(number)) < abs(shown)
    return f"{shown.quantize(unit, ROUND_DOWN if down else ROUND_HALF_UP, context):f}"


CALCULATIONS: dict[str, Callable[[Any, Parameters], Any]] = {
    "abs": _absolute,
    "at_least": _at(lambda number, bound: number < bound),
    "at_most": _at(lambda number, bound: number > bound),
    "ceil": _rounded_to_whole(math.ceil),
    "divided_by": _calculating(_quotient, _divided),
    "floor": _rounded_to_whole(math.floor),
    "minus": _calculating(lambda left, right: left - right, lambda left, right: left - right),
    "modulo": _calculating(lambda left, right: left - right * _quotient(left, right), _rest),
    "plus": _calculating(lambda left, right: left + right, lambda left, right: left + right),
    "round": _round,
    "times": _calculating(lambda left, right: left * right, lambda left, right: left * right),
}
