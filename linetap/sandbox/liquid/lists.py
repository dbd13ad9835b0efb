"""Filters for lists. A filter makes a Java array, which is another thing than a list of the profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from linetap.sandbox.liquid.errors import Failed, LiquidError
from linetap.sandbox.liquid.numbers import as_int, can_be_whole, reads_as_number
from linetap.sandbox.liquid.printing import java_text, text_of, units
from linetap.sandbox.liquid.values import Array, SortedMap, elements, is_list, kind_of, same

Parameters = Sequence[Any]
_MOST_COMPARED = 2000


def _first(value: Any, parameters: Parameters) -> Any:
    found = elements(value)
    return found[0] if found else None


def _last(value: Any, parameters: Parameters) -> Any:
    found = elements(value)
    return found[-1] if found else None


def _join(value: Any, parameters: Parameters) -> str:
    between = text_of(parameters[0]) if parameters else " "
    return "" if value is None else between.join(map(text_of, elements(value)))


def _size(value: Any, parameters: Parameters) -> int:
    """A number has 8 bytes; a map, a truth value and nil have none."""
    if is_list(value):
        return len(value)
    if isinstance(value, str):
        return len(units(value))
    return 8 if reads_as_number(value) else 0


def _slice(value: Any, parameters: Parameters) -> Any:
    if not 1 <= len(parameters) <= 2:
        raise Failed(f"wrong number of arguments: {len(parameters)} for 1 or 2")
    if not all(map(can_be_whole, parameters)):
        raise Failed("invalid integer")
    found: Any = tuple(value) if is_list(value) else units(text_of(value))
    start, length = as_int(parameters[0]), as_int(parameters[1]) if len(parameters) == 2 else 1
    start = start + len(found) if start < 0 else start
    length = min(length, len(found) - start)
    if not 0 <= start <= len(found):
        return ""
    if length < 0:
        raise Failed("a negative length")
    part = found[start : start + length]
    return part if isinstance(part, str) else Array(part)


def _of_list(change: Callable[[Sequence[Any]], Sequence[Any]]) -> Callable[..., Any]:
    return lambda value, parameters: Array(change(value)) if is_list(value) else value


def _concat(value: Any, parameters: Parameters) -> Array:
    if len(parameters) != 1 or not is_list(parameters[0]):
        raise Failed("concat wants one list")
    return Array((*(value if is_list(value) else ()), *parameters[0]))


def _map(value: Any, parameters: Parameters) -> Any:
    if value is None:
        return ""
    if not parameters:
        raise Failed("the name of a property is wanted")
    name, found = text_of(parameters[0]), elements(value)
    if not all(isinstance(one, Mapping) for one in found):
        raise Failed("an element without properties")
    return Array(one[name] for one in found if one.get(name) is not None)


def _unique(values: Sequence[Any]) -> list[Any]:
    if all(kind_of(one) != "other" for one in values):
        seen: dict[tuple[str, Any], Any] = {}
        for one in values:
            seen.setdefault((kind_of(one), repr(one)), one)
        return list(seen.values())
    if len(values) > _MOST_COMPARED:
        raise LiquidError(f"more than {_MOST_COMPARED} values cannot be compared")
    found: list[Any] = []
    for value in values:
        if not any(same(value, one) for one in found):
            found.append(value)
    return found


# Sorting -------------------------------------------------------------------------------------------------


def _sort(value: Any, parameters: Parameters) -> Any:
    if value is None:
        return ""
    if not is_list(value):
        raise Failed("only a list can be sorted")
    if not parameters:
        return Array(_in_order(value, lambda one: one))
    name = text_of(parameters[0])
    if not all(isinstance(one, Mapping) for one in value):
        raise Failed("an element without properties")
    return Array(_in_order([SortedMap(one) for one in value], lambda one: one.get(name)))


def _in_order(values: Sequence[Any], key: Callable[[Any], Any]) -> list[Any]:
    """Values of one comparable type; Java compares no others, and does not check a single value."""
    kinds = {kind_of(key(one)) for one in values}
    if len(values) > 1 and (len(kinds) > 1 or kinds & {"other", "null"}):
        raise Failed("values that cannot be compared")
    if len(values) == 1 and kind_of(values[0]) == "other" and not isinstance(values[0], SortedMap):
        raise Failed("a value that cannot be compared")
    return sorted(values, key=lambda one: _unit_key(key(one)) if isinstance(key(one), str) else key(one) or 0)


def _unit_key(text: str) -> str:
    return units(text)


def _natural(values: Sequence[Any]) -> list[Any]:
    return sorted(values, key=lambda one: "".join(map(_folded, units(java_text(one)))))


def _folded(unit: str) -> str:
    """One unit without its case, as Java compares texts."""
    upper = unit.upper()
    lower = (upper if len(upper) == 1 else unit).lower()
    return lower if len(lower) == 1 else unit


LISTS: dict[str, Callable[[Any, Parameters], Any]] = {
    "compact": _of_list(lambda values: [one for one in values if one is not None]),
    "concat": _concat,
    "first": _first,
    "join": _join,
    "last": _last,
    "map": _map,
    "reverse": _of_list(lambda values: values[::-1]),
    "size": _size,
    "slice": _slice,
    "sort": _sort,
    "sort_natural": _of_list(_natural),
    "uniq": _of_list(_unique),
}
