"""Lists. Sorting compares like with like, as Java's ``compareTo`` does."""

from __future__ import annotations

from typing import Any

from linetap.liquid.errors import CannotPredict, RenderFailed
from linetap.liquid.filters.arguments import Arguments, FilterFunction, argument, bounded, exactly
from linetap.liquid.filters.text import simple_upper
from linetap.liquid.values import Array, SortedMap, adopt, as_list, java_equal, java_text, java_type, text_of, units


def _first(value: Any, arguments: Arguments) -> Any:
    items = as_list(value)
    return adopt(items[0]) if items else None


def _last(value: Any, arguments: Arguments) -> Any:
    items = as_list(value)
    return adopt(items[-1]) if items else None


def _join(value: Any, arguments: Arguments) -> Any:
    if value is None:
        return ""
    items = as_list(value)
    glue = text_of(arguments[0]) if arguments else " "
    bounded(len(glue) * len(items))
    return glue.join(map(text_of, items))


def _map(value: Any, arguments: Arguments) -> Any:
    if value is None:
        return ""
    items, name = as_list(value), text_of(argument(arguments, 0))
    found = Array()
    for item in map(adopt, items):
        if not isinstance(item, dict):
            raise RenderFailed("map must have a list of mappings")
        if item.get(name) is not None:
            found.append(adopt(item[name]))
    return found


def _compact(value: Any, arguments: Arguments) -> Any:
    return Array(item for item in value if item is not None) if isinstance(value, list) else value


def _concat(value: Any, arguments: Arguments) -> Any:
    exactly(arguments, 1, 1)
    if not isinstance(arguments[0], list):
        raise RenderFailed("concat must have a list")
    first = value if isinstance(value, list) else []
    bounded(len(first) + len(arguments[0]))
    return Array([*first, *arguments[0]])


def _reverse(value: Any, arguments: Arguments) -> Any:
    return Array(reversed(value)) if isinstance(value, list) else value


def _uniq(value: Any, arguments: Arguments) -> Any:
    if not isinstance(value, list):
        return value
    seen: set[tuple[str, Any]] = set()
    found = Array()
    for item in map(adopt, value):
        if isinstance(item, (list, dict)):
            _compared(len(found))
            if any(java_equal(item, other) for other in found):
                continue
        elif (key := (java_type(item), repr(item) if isinstance(item, float) else item)) in seen:
            continue
        else:
            seen.add(key)
        found.append(item)
    return found


def _compared(count: int) -> None:
    if count > 200:
        raise CannotPredict("uniq must not compare over 200 lists or mappings (linetap's limit)")


def _sort(value: Any, arguments: Arguments) -> Any:
    if value is None:
        return ""
    if not isinstance(value, list):
        raise RenderFailed("sort must have a list")
    if arguments:
        return _sort_by(value, text_of(arguments[0]))
    items = [adopt(item) for item in value]
    if any(isinstance(item, (list, dict)) for item in items):
        raise RenderFailed("sort must have texts or numbers")
    return Array(sorted(items, key=_sort_key(items)))


def _sort_key(items: list[Any]) -> Any:
    """What Java compares by; items of two kinds, or nil among others, cannot be compared."""
    kinds = {java_type(item) for item in items}
    if len(items) > 1 and (len(kinds) > 1 or kinds & {"NoneType", "Marker"}):
        raise RenderFailed("sort must have values of one kind")
    return units if kinds == {"str"} else _float_key if kinds == {"float"} else None if len(items) > 1 else id


def _float_key(value: float) -> tuple[bool, float, bool]:
    # Java: -0.0 before 0.0, NaN last.
    return (value != value, 0.0 if value != value else value, not str(value).startswith("-"))


def _sort_by(items: list[Any], name: str) -> Any:
    found = [adopt(item) for item in items]
    if found == [None]:
        return Array(found)
    if not all(isinstance(item, dict) for item in found):
        raise RenderFailed("sort by a property must have a list of mappings")
    keys = [adopt(item.get(name)) for item in found]
    if len(found) > 1 and (None in keys or any(isinstance(key, (list, dict)) for key in keys)):
        raise RenderFailed("sort by a property must have mappings that all have it")
    key = _sort_key(keys) or (lambda item: item)
    order = sorted(range(len(found)), key=lambda index: key(keys[index]))
    return Array(SortedMap(found[index]) for index in order)


def _sort_natural(value: Any, arguments: Arguments) -> Any:
    return Array(sorted(value, key=_folded)) if isinstance(value, list) else value


def _folded(value: Any) -> str:
    return "".join(_simple_lower(simple_upper(char)) for char in units(java_text(value)))


def _simple_lower(char: str) -> str:
    lower = char.lower()
    return lower if len(lower) == 1 else char


FILTERS: dict[str, FilterFunction] = {
    "first": _first,
    "last": _last,
    "join": _join,
    "map": _map,
    "compact": _compact,
    "concat": _concat,
    "reverse": _reverse,
    "uniq": _uniq,
    "sort": _sort,
    "sort_natural": _sort_natural,
}
