"""Looking up ``Profile.Home['city'][0]``: names, members and indexes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from linetap.sandbox.liquid.errors import Failed, LiquidError
from linetap.sandbox.liquid.moments import date_text
from linetap.sandbox.liquid.numbers import as_int
from linetap.sandbox.liquid.printing import java_text, units
from linetap.sandbox.liquid.scope import Run, Scope
from linetap.sandbox.liquid.values import is_list, is_number

Node = Callable[[Scope], Any]
"""A compiled piece of a template: it takes the scope and gives its value."""
Step = Callable[[Any, Scope], Any]
DATE = re.compile(r"\$D_(-?\d{1,15})")


class Lookup:
    """A path; ``label`` is what ``forloop.name`` shows of it."""

    def __init__(self, name: str, steps: Sequence[tuple[str | None, Node | None]], *, indirect: bool = False) -> None:
        self._name, self._indirect = name, indirect
        self._steps = [_member(member) if member is not None else _index(index) for member, index in steps]
        self._labels = steps

    def __call__(self, scope: Scope) -> Any:
        value = scope.get(java_text(scope.get(self._name)) if self._indirect else self._name)
        for step in self._steps:
            value = step(value, scope)
        return _as_given(value, scope.run)

    def label(self, scope: Scope) -> str:
        shown = "@" + self._name if self._indirect else self._name
        for member, index in self._labels:
            shown += f".{member}" if index is None else f"[{java_text(index(scope))}]"
        return shown


def _as_given(value: Any, run: Run) -> Any:
    """A property as CleverTap passes it to the engine: ``$D_`` dates as text, JSON types only."""
    if isinstance(value, str):
        return _date(value, run) if value.startswith("$D_") else value
    if is_list(value) and any(isinstance(one, str) and one.startswith("$D_") for one in value):
        return [_date(one, run) if isinstance(one, str) else one for one in value]
    return value


def _date(text: str, run: Run) -> str:
    if run.readings.dates == "raw" or not (found := DATE.fullmatch(text)):
        return text
    return date_text(int(found[1]), "%Y-%m-%d %H:%M:%S", run.readings)


def _member(name: str) -> Step:
    return lambda value, scope: member_of(value, name, scope)


def member_of(value: Any, name: str, scope: Scope) -> Any:
    """``value.name``: a key of a map, ``size`` of what has one, ``first`` and ``last`` of lists."""
    if isinstance(value, Mapping):
        return _key_of(value, name, scope)
    if name == "size" and (is_list(value) or isinstance(value, str)):
        return len(units(value) if isinstance(value, str) else value)
    if name in ("first", "last") and is_list(value):
        return (value[0] if name == "first" else value[-1]) if value else None
    return None


def _key_of(value: Mapping[Any, Any], name: str, scope: Scope) -> Any:
    if name in value:
        return value[name]
    if scope.run.readings.property_case == "ignored":
        return next((one for key, one in value.items() if str(key).lower() == name.lower()), None)
    return len(value) if name == "size" else None


def _index(node: Node | None) -> Step:
    if node is None:
        raise LiquidError("an index is missing")

    def step(value: Any, scope: Scope) -> Any:
        if value is None:
            return None
        key = node(scope)
        if is_number(key):
            return _element(value, as_int(key), scope) if is_list(value) else None
        return None if is_list(value) else member_of(value, java_text(key), scope)

    return step


def _element(value: Sequence[Any], index: int, scope: Scope) -> Any:
    if scope.run.readings.liquid == "standard":
        return value[index] if -len(value) <= index < len(value) else None
    if not 0 <= index < len(value):
        raise Failed(f"no element {index} in a list of {len(value)}")
    return value[index]
