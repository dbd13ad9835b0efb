"""Values as LiqP 0.7.9 sees them: what is true, what is equal, how each prints.

Values are JSON's: None, bool, int, float, str, list, dict. ``Array`` is Java's array (what filters return), ``JavaMap``
a map whose order Java does not keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.liquid.errors import CannotPredict, RenderFailed
from linetap.liquid.numbers import (
    INT_MAX,
    INT_MIN,
    LONG_MAX,
    LONG_MIN,
    Long,
    double_text,
    parse_double,
    parse_number,
    to_double,
    trim,
)

__all__ = ["LONG_MAX", "LONG_MIN", "Long"]

MAX_DEPTH = 50
MAX_ITEMS = 100_000
_MAX_BITS = 10_000


class Array(list[Any]):
    """A Java array: it equals only itself, and prints its items only at the top."""

    __slots__ = ()


class JavaMap(dict[str, Any]):
    """A map in Java's own order, which linetap does not compute."""

    __slots__ = ()


class SortedMap(JavaMap):
    """A mapping that ``sort`` by a property returns: it prints in a way of its own."""

    __slots__ = ()


class Marker:
    """One of the engine's own objects: ``empty``, ``blank``, and what ``break`` and ``continue`` return."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


EMPTY, BLANK, BREAK, CONTINUE = Marker("empty"), Marker("blank"), Marker("break"), Marker("continue")

PLAIN = frozenset((str, int, float, bool, type(None), list, dict, Array, JavaMap, SortedMap, Long, Marker))


def adopt(value: Any) -> Any:
    """``value`` as one of the plain types; raises CannotPredict for what JSON cannot say."""
    if type(value) in PLAIN:
        return value
    for base in (str, int, float):
        if isinstance(value, base):
            return base(value)
    try:
        if isinstance(value, Mapping):
            return {str(key): item for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return list(value)
    except Exception as error:
        raise CannotPredict("a mapping of the values could not be read") from error
    raise CannotPredict(
        f"a value must be text, a number, true, false, null, a list or a mapping (got {type(value).__name__})"
    )


def truthy(value: Any) -> bool:
    """Everything but None and False."""
    return value is not None and value is not False


def falsy_for_default(value: Any) -> bool:
    """What ``default`` replaces: None, False, ``''``, ``[]`` and ``{}``."""
    return value is None or value is False or (isinstance(value, (str, list, dict)) and not value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_numeric(value: Any) -> bool:
    """A number, or what prints as one."""
    if is_number(value):
        return True
    return isinstance(value, str) and parse_double(trim(value)) is not None


def as_number(value: Any) -> int | float:
    """LiqP's ``asNumber``; a text becomes a double."""
    if is_number(value):
        number: int | float = value
        return number
    if isinstance(value, (str, bool)) or value is None:
        return parse_number(java_text(value))
    raise RenderFailed("the value must be a number (got a list or a mapping)")


def as_list(value: Any) -> list[Any]:
    """LiqP's ``asArray``: nothing for None, pairs for a mapping, one item for anything else."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [Array((key, item)) for key, item in value.items()]
    return [value]


def java_text(value: Any) -> str:
    """Java's ``String.valueOf``: None is ``null``, a list ``[a, b]``, a mapping ``{a=1}``."""
    if type(value) is str:
        return value
    out: list[str] = []
    _write(value, out, 0)
    return "".join(out)


def text_of(value: Any) -> str:
    """LiqP's ``asString``: None is nothing, the items of a list follow each other."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    out: list[str] = []
    _flatten(value, out, 0)
    return "".join(out)


def printed(value: Any) -> str:
    """What ``{{ value }}`` prints outside a loop: each item of a list by ``java_text``."""
    if isinstance(value, list):
        return "".join(map(java_text, value))
    return java_text(value)


def _flatten(value: Any, out: list[str], depth: int) -> None:
    if value is None:
        return
    if not isinstance(value, (list, tuple)):
        _write(value, out, depth)
        return
    _bounded(out, depth)
    for item in value:
        _flatten(item, out, depth + 1)


def _bounded(out: list[str], depth: int) -> None:
    if depth > MAX_DEPTH or len(out) > MAX_ITEMS:
        raise CannotPredict(f"a value must not nest deeper than {MAX_DEPTH} or have over {MAX_ITEMS:,} parts")


def _write(value: Any, out: list[str], depth: int) -> None:
    value = adopt(value)
    if isinstance(value, (list, dict)):
        _bounded(out, depth)
        _write_nested(value, out, depth)
    else:
        out.append(_scalar(value))


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, int):
        if value.bit_length() > _MAX_BITS:
            raise CannotPredict("a whole number must not have over 3,000 digits (linetap's limit)")
        return str(int(value))
    if value in (BREAK, CONTINUE):
        return ""
    raise CannotPredict(f"{{{{ {value!r} }}}} prints an address of the engine's memory")


def _write_nested(value: list[Any] | dict[Any, Any], out: list[str], depth: int) -> None:
    if isinstance(value, Array):
        raise CannotPredict("a list that a filter made prints an address of the engine's memory inside another list")
    if isinstance(value, dict):
        if isinstance(value, SortedMap) or (isinstance(value, JavaMap) and len(value) > 1):
            raise CannotPredict("the order of the engine's own mapping is not known")
        for index, (key, item) in enumerate(value.items()):
            out.append(f", {key}=" if index else f"{{{key}=")
            _write(item, out, depth + 1)
        out.append("}" if value else "{}")
        return
    for index, item in enumerate(value):
        out.append(", " if index else "[")
        _write(item, out, depth + 1)
    out.append("]" if value else "[]")


def equal(left: Any, right: Any) -> bool:
    """``==`` of a condition: numbers within 1e-11, nothing else is converted."""
    if left is right:
        return True
    if left is None or right is None:
        return False
    if is_number(left) and is_number(right):
        return abs(to_double(left) - to_double(right)) < 0.00000000001
    for one, other in ((left, right), (right, left)):
        if one is EMPTY and isinstance(other, (str, list)):
            return not other
    if right is EMPTY and isinstance(left, dict):
        return not left
    return java_equal(left, right)


def java_equal(left: Any, right: Any) -> bool:
    """Java's ``equals``: an Integer is no Long, an array only itself."""
    return left is right or _Comparison().equal(left, right, 0)


class _Comparison:
    """One ``equals``, bounded in depth and in the number of parts that it looks at."""

    __slots__ = ("left_over",)

    def __init__(self) -> None:
        self.left_over = MAX_ITEMS

    def equal(self, left: Any, right: Any, depth: int) -> bool:
        left, right = adopt(left), adopt(right)
        if isinstance(left, (Marker, Array)) or isinstance(right, (Marker, Array)):
            return left is right
        if isinstance(left, (list, dict)) and isinstance(right, (list, dict)):
            return self._nested(left, right, depth)
        if java_type(left) != java_type(right):
            return False
        return repr(left) == repr(right) if isinstance(left, float) else bool(left == right)

    def _nested(self, left: Any, right: Any, depth: int) -> bool:
        self.left_over -= len(left) + 1
        if depth > MAX_DEPTH or self.left_over < 0:
            raise CannotPredict(f"a value must not nest deeper than {MAX_DEPTH} or have over {MAX_ITEMS:,} parts")
        if isinstance(left, dict) != isinstance(right, dict) or len(left) != len(right):
            return False
        if isinstance(left, dict):
            return all(key in right and self.equal(left[key], right[key], depth + 1) for key in left)
        return all(self.equal(one, other, depth + 1) for one, other in zip(left, right, strict=True))


def java_type(value: Any) -> str:
    """The name of the value's Java class, as far as ``equals`` and ``compareTo`` need it."""
    if isinstance(value, int) and not isinstance(value, bool):
        if type(value) is not Long and INT_MIN <= value <= INT_MAX:
            return "Integer"
        return "Long" if LONG_MIN <= value <= LONG_MAX else "BigInteger"
    return type(value).__name__


def units(text: str) -> str:
    """``text`` as Java's chars: a character above U+FFFF becomes its two halves."""
    if text.isascii() or not text or max(text) <= "\uffff":
        return text
    data = text.encode("utf-16-be", "surrogatepass")
    return "".join([chr(data[at] << 8 | data[at + 1]) for at in range(0, len(data), 2)])


def merged(text: str) -> str:
    """The reverse of :func:`units`; a half without its other half stays."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def encodable(text: str) -> str:
    """``text`` as Java encodes it in UTF-8: a half character becomes ``?``."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("?" if "\ud800" <= char <= "\udfff" else char for char in merged(text))
    return text
