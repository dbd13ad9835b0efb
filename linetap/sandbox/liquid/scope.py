"""Where names are looked up while a template is rendered, and what one rendering may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.errors import LiquidError

MOST_STEPS = 200_000
"""Outputs, tags and rounds of loops of one rendering."""
_HEAVIEST = 1_000_000


class Run:
    """One rendering: the switches, the moment, the event's name, and the steps that are left."""

    def __init__(self, readings: Readings, now: float, event: str | None) -> None:
        self.readings, self.now, self.event = readings, now, event
        self.steps = MOST_STEPS

    def charge(self, value: Any) -> None:
        """One step, and another for each thousand characters or ten elements of the value."""
        heavy = weight(value)
        if heavy >= _HEAVIEST:
            raise LiquidError("a value is too long to be rendered")
        self.step(1 + heavy // 1000)

    def step(self, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise LiquidError("the rendering takes too many steps")


def weight(value: Any) -> int:
    """What a value costs: its characters, and a hundred for each element of its lists and maps."""
    if isinstance(value, str):
        return len(value)
    total = 0
    waiting = [value]
    while waiting and total < _HEAVIEST:
        one = waiting.pop()
        total += 100
        if isinstance(one, str):
            total += len(one)
        elif isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, (list, tuple)):
            waiting.extend(one)
    return total


class Scope:
    """The variables of the template, or of one loop inside another scope."""

    __slots__ = ("parent", "run", "variables")

    def __init__(self, run: Run, variables: Mapping[str, Any], parent: Scope | None = None) -> None:
        self.run, self.parent = run, parent
        self.variables = dict(variables)

    def inner(self) -> Scope:
        """The scope of a loop."""
        return Scope(self.run, {}, self)

    def get(self, name: str) -> Any:
        """The nearest value; a nil hides nothing."""
        scope: Scope | None = self
        while scope is not None:
            if (value := scope.variables.get(name)) is not None:
                return value
            scope = scope.parent
        return None

    def put(self, name: str, value: Any) -> None:
        """Sets a name in this scope."""
        self.variables[name] = value

    def put_outside(self, name: str, value: Any) -> None:
        """Sets a name for the whole template, as ``assign`` and ``capture`` do."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        scope.variables[name] = value

    def has(self, name: str) -> bool:
        return name in self.variables or (self.parent is not None and self.parent.has(name))

    def take(self, name: str) -> Any:
        """The nearest value, removed."""
        if name in self.variables:
            return self.variables.pop(name)
        return self.parent.take(name) if self.parent is not None else None
