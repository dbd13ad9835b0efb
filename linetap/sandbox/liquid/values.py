"""Liquid's values as Java has them: their kinds, and when they are equal.

A ``list`` is a list of the profile, an :class:`Array` what filters make; Java treats them differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linetap.sandbox.liquid.errors import LiquidError

DEEPEST = 50
"""How deep lists and maps may be nested."""


class Long(int):
    """A 64-bit whole number; an ``int`` from a profile is an Integer if it fits 32 bits."""


class Array(tuple[Any, ...]):
    """A Java array: equal to itself alone, and without a text inside another value."""

    __slots__ = ()


class HashMap(dict[str, Any]):
    """A map in the order of Java's hashes."""


class SortedMap(HashMap):
    """A map that went through ``sort`` by a property."""


class Mark:
    """A value that is only itself: ``blank``, ``empty``, and what ``break`` and ``continue`` render."""

    def __init__(self, name: str, text: str | None) -> None:
        self.name, self.text = name, text


BLANK, EMPTY = Mark("blank", None), Mark("empty", None)
BREAK, CONTINUE = Mark("break", ""), Mark("continue", "")


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def elements(value: Any) -> Sequence[Any]:
    """The values of a loop: a list's elements, a map's pairs, nothing for nil, else the value itself."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return [Array(pair) for pair in value.items()]
    return value if is_list(value) else (value,)


def float_of(value: int | float) -> float:
    """A number as a double; a number that is too large is infinite."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def truthy(value: Any) -> bool:
    """Only nil and false are false."""
    return value is not None and value is not False


def replaced_by_default(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, (str, list, tuple, Mapping)) and len(value) == 0)


def equal(left: Any, right: Any) -> bool:
    """``==`` of the engine: numbers by their size, ``empty`` with what has no length, anything else by kind."""
    if left is right:
        return True
    if left is None or right is None:
        return False
    if is_number(left) and is_number(right):
        return abs(float_of(left) - float_of(right)) < 0.00000000001
    for one, other in ((left, right), (right, left)):
        if one is EMPTY and (isinstance(other, str) or is_list(other)):
            return len(other) == 0
    if right is EMPTY and isinstance(left, Mapping):
        return len(left) == 0
    return same(left, right)


def same(left: Any, right: Any, depth: int = 0) -> bool:
    """Java's ``equals``: an Integer is never equal to a Long, nor a list to an array."""
    if left is right:
        return True
    if depth > DEEPEST:
        raise LiquidError("values are nested too deep to be compared")
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key], depth + 1) for key in left)
    if is_list(left) and is_list(right):
        if isinstance(left, Array) or isinstance(right, Array) or len(left) != len(right):
            return False
        return all(same(one, other, depth + 1) for one, other in zip(left, right, strict=True))
    kind = kind_of(left)
    if kind == "other" or kind != kind_of(right):
        return False
    return repr(left) == repr(right) if kind == "Double" else bool(left == right)


def kind_of(value: Any) -> str:
    """Java's class for a value without parts."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, Long):
        return "Long"
    if isinstance(value, int):
        return "Integer" if -(2**31) <= value < 2**31 else "Long" if -(2**63) <= value < 2**63 else "BigInteger"
    return {str: "String", float: "Double", type(None): "null"}.get(type(value), "other")
