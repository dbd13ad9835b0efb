"""Compiles expressions and filters to closures over a :class:`~linetap.liquid.scope.Scope`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linetap.liquid import dates, syntax
from linetap.liquid.errors import CannotPredict, RenderFailed
from linetap.liquid.filters import lists, math, text, web
from linetap.liquid.filters.arguments import MAX_TEXT, FilterFunction
from linetap.liquid.numbers import to_double, to_int
from linetap.liquid.scope import Scope
from linetap.liquid.values import (
    PLAIN,
    JavaMap,
    adopt,
    equal,
    falsy_for_default,
    is_number,
    java_equal,
    java_text,
    text_of,
    truthy,
    units,
)

Compiled = Callable[[Scope], Any]
Part = str | Compiled
"""A piece of a block: unchanged text, or a function."""

FILTERS: dict[str, FilterFunction] = {**text.FILTERS, **math.FILTERS, **lists.FILTERS, **web.FILTERS}
_DATED = {"date": dates.date, "date_tz": dates.date_tz}
_SPECIAL = frozenset(("size", "first", "last"))


def compile_expression(node: syntax.Expression) -> Compiled:
    """A function that gives the value of ``node``."""
    if isinstance(node, syntax.Literal):
        value = node.value
        return lambda scope: value
    if isinstance(node, syntax.Lookup):
        return _lookup(node)
    left, right = compile_expression(node.left), compile_expression(node.right)
    return _OPERATORS[node.operator](left, right)


def _lookup(node: syntax.Lookup) -> Compiled:
    root = node.root
    if node.indirect:
        return lambda scope: adopt(scope.get(java_text(adopt(scope.get(root)))))
    if len(node.path) == 1 and isinstance(node.path[0], str) and node.path[0] not in _SPECIAL:
        return _property(root, node.path[0])
    if len(node.path) == 1 and isinstance(node.path[0], syntax.Literal):
        name = node.path[0].value
        if isinstance(name, str) and name not in _SPECIAL:
            return _property(root, name)
    steps = tuple(map(_step, node.path))

    def read(scope: Scope) -> Any:
        value = adopt(scope.get(root))
        for step in steps:
            if value is None:
                return None
            value = adopt(step(value, scope))
        return value

    return read


def _property(root: str, name: str) -> Compiled:
    """``Profile.Name``, the commonest lookup."""

    def read(scope: Scope) -> Any:
        owner = scope.variables.get(root)
        if owner is None:
            owner = scope.get(root)
        if type(owner) is not dict:
            owner = adopt(owner)
            if not isinstance(owner, dict):
                return None
        value = owner.get(name)
        return value if type(value) in PLAIN else adopt(value)

    return read


def _step(part: str | syntax.Expression) -> Callable[[Any, Scope], Any]:
    if isinstance(part, str):
        name = part
        return lambda value, scope: member(value, name)
    key = compile_expression(part)

    def index(value: Any, scope: Scope) -> Any:
        found = key(scope)
        if is_number(found):
            return _item(value, to_int(found))
        return None if isinstance(value, list) else member(value, java_text(found))

    return index


def _item(value: Any, index: int) -> Any:
    if not isinstance(value, list):
        return None
    if not 0 <= index < len(value):
        raise RenderFailed(f"an index must be from 0 to {len(value) - 1} (got {index})")
    return value[index]


def member(value: Any, name: str) -> Any:
    """``value.name``, with ``size``, ``first`` and ``last`` of lists and texts."""
    if isinstance(value, dict):
        return value[name] if name in value else len(value) if name == "size" else None
    if name == "size":
        return len(value) if isinstance(value, list) else len(units(value)) if isinstance(value, str) else None
    if isinstance(value, list) and value and name in _SPECIAL:
        return value[0] if name == "first" else value[-1]
    return None


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Compiled, Compiled], Compiled]:
    def build(left: Compiled, right: Compiled) -> Compiled:
        def test(scope: Scope) -> bool:
            one, other = left(scope), right(scope)
            return is_number(one) and is_number(other) and compare(to_double(one), to_double(other))

        return test

    return build


def _contains(left: Compiled, right: Compiled) -> Compiled:
    def test(scope: Scope) -> bool:
        whole, part = left(scope), right(scope)
        if isinstance(whole, list):
            scope.run.step(len(whole) // 100)
            return any(java_equal(part, item) for item in whole)
        return isinstance(whole, str) and text_of(part) in whole

    return test


_OPERATORS: dict[str, Callable[[Compiled, Compiled], Compiled]] = {
    "==": lambda left, right: lambda scope: equal(left(scope), right(scope)),
    "!=": lambda left, right: lambda scope: not equal(left(scope), right(scope)),
    "<": _ordered(lambda one, other: one < other),
    ">": _ordered(lambda one, other: one > other),
    "<=": _ordered(lambda one, other: one <= other),
    ">=": _ordered(lambda one, other: one >= other),
    "contains": _contains,
    "and": lambda left, right: lambda scope: truthy(left(scope)) and truthy(right(scope)),
    "or": lambda left, right: lambda scope: truthy(left(scope)) or truthy(right(scope)),
}


def compile_filtered(node: syntax.Expression, filters: Sequence[syntax.Filter]) -> Compiled:
    """A function that gives the value of ``node`` after its filters."""
    value = compile_expression(node)
    for found in filters:
        value = _filtered(value, found)
    return value


def _filtered(inner: Compiled, node: syntax.Filter) -> Compiled:
    if node.name in _DATED:
        return _dated(inner, node)
    arguments = tuple(map(_argument, node.arguments))
    if node.name == "default" and len(arguments) == 1:
        return _default(inner, arguments[0])
    function = FILTERS[node.name]

    def apply(scope: Scope) -> Any:
        value = inner(scope)
        result = function(value, [argument(scope) for argument in arguments])
        if isinstance(result, (str, list)) and len(result) > 1_000:
            _account(scope, len(result))
        return result

    return apply


def _account(scope: Scope, length: int) -> None:
    scope.run.step(length // 1_000)
    if length > MAX_TEXT:
        raise CannotPredict(f"a text must not grow over {MAX_TEXT:,} characters while it is rendered (linetap's limit)")


def _default(inner: Compiled, argument: Compiled) -> Compiled:
    def apply(scope: Scope) -> Any:
        value = inner(scope)
        if type(value) is str and value:
            return value
        other = argument(scope)
        return other if falsy_for_default(value) else value

    return apply


def _dated(inner: Compiled, node: syntax.Filter) -> Compiled:
    function, arguments = _DATED[node.name], tuple(map(_argument, node.arguments))

    def apply(scope: Scope) -> Any:
        value = inner(scope)
        return function(value, [argument(scope) for argument in arguments], scope.run)

    return apply


def _argument(node: syntax.Expression | syntax.Named) -> Compiled:
    if not isinstance(node, syntax.Named):
        return compile_expression(node)
    name, value = node.name, compile_expression(node.value)
    return lambda scope: JavaMap({name: value(scope)})
