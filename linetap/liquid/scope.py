"""What one rendering knows: variables in their scopes, the clock, the limits, the doubts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from linetap.liquid.errors import CannotPredict

MAX_STEPS = 100_000
"""Steps of all loops of one rendering; linetap's own limit."""


class Run:
    """One rendering."""

    __slots__ = ("_now", "doubts", "limit", "size", "steps", "zone")

    def __init__(self, now: Callable[[], int], zone: dt.tzinfo | None, limit: int) -> None:
        self._now = now
        self.zone = zone
        self.limit = limit
        self.doubts: list[str] = []
        self.steps = 0
        self.size = 0

    def now(self) -> int:
        return self._now()

    def doubt(self, reason: str) -> None:
        if reason not in self.doubts:
            self.doubts.append(reason)

    def step(self, count: int = 1) -> None:
        self.steps += count
        if self.steps > MAX_STEPS:
            raise CannotPredict(f"loops must not take over {MAX_STEPS:,} steps (linetap's limit)")

    def grow(self, count: int) -> None:
        self.size += count
        if self.size > self.limit:
            raise CannotPredict(f"the text must not have over {self.limit:,} characters (linetap's limit)")


class Scope:
    """The variables of the template, or of one ``for`` inside it."""

    __slots__ = ("parent", "run", "variables")

    def __init__(self, variables: dict[str, Any], run: Run, parent: Scope | None = None) -> None:
        self.variables = variables
        self.run = run
        self.parent = parent

    def get(self, name: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            value = scope.variables.get(name)
            if value is not None:
                return value
            scope = scope.parent
        return None

    def has(self, name: str) -> bool:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return True
            scope = scope.parent
        return False

    def remove(self, name: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables.pop(name)
            scope = scope.parent
        return None

    @property
    def root(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope
