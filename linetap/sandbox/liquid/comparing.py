"""Operators of conditions. LiqP's ``blank`` equals nothing but itself; the standard's equals all that is blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.lookup import Node
from linetap.sandbox.liquid.printing import text_of
from linetap.sandbox.liquid.values import BLANK, equal, float_of, is_list, is_number, same, truthy

Comparison = Callable[[Any, Any, Readings], bool]


def equals(left: Any, right: Any, readings: Readings) -> bool:
    """``==``, and what ``when`` compares by."""
    if readings.liquid == "standard" and (left is BLANK) is not (right is BLANK):
        return _blank(right if left is BLANK else left, readings)
    return equal(left, right)


def _blank(value: Any, readings: Readings) -> bool:
    if value is None:
        return readings.missing_is_blank
    if isinstance(value, str):
        return not value.strip()
    return value is False or ((is_list(value) or isinstance(value, Mapping)) and not value)


def _contains(left: Any, right: Any, readings: Readings) -> bool:
    if is_list(left):
        return any(same(one, right) for one in left)
    return isinstance(left, str) and text_of(right) in left


def _ordered(test: Callable[[Any, Any], bool]) -> Comparison:
    def compare(left: Any, right: Any, readings: Readings) -> bool:
        if is_number(left) and is_number(right):
            return test(float_of(left), float_of(right))
        texts = isinstance(left, str) and isinstance(right, str)
        return readings.liquid == "standard" and texts and test(left, right)

    return compare


COMPARISONS: dict[str, Comparison] = {
    "==": equals,
    "!=": lambda left, right, readings: not equals(left, right, readings),
    "<": _ordered(lambda left, right: bool(left < right)),
    ">": _ordered(lambda left, right: bool(left > right)),
    "<=": _ordered(lambda left, right: bool(left <= right)),
    ">=": _ordered(lambda left, right: bool(left >= right)),
    "contains": _contains,
}


def joined_by(word: str, left: Node, right: Node) -> Node:
    """``and`` and ``or``; the right side is not looked at where the left decides."""
    if word == "and":
        return lambda scope: truthy(left(scope)) and truthy(right(scope))
    return lambda scope: truthy(left(scope)) or truthy(right(scope))
