"""Tags that remember what they rendered before: ``cycle``, ``increment``, ``decrement``, ``ifchanged``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linetap.sandbox.liquid.errors import Failed
from linetap.sandbox.liquid.lookup import Node
from linetap.sandbox.liquid.printing import java_text, text_of
from linetap.sandbox.liquid.scope import Scope
from linetap.sandbox.liquid.values import Long


def cycled(group: Node | None, values: Sequence[Node]) -> Node:
    """One value after another; a group without a name is named by how many values it has."""

    def render(scope: Scope) -> Any:
        name = "\"'" + (str(len(values)) if group is None else text_of(group(scope)))
        size, at = scope.take(name) or (len(values), 0)
        found = [value(scope) for value in values]
        scope.put(name, (size, 0 if at + 1 == size else at + 1))
        return found[at] if at < len(found) else ""

    return render


def counted(name: str, first: int, step: int) -> Node:
    """A counter beside the variables; it sets the variable of its name where none was there before."""
    counter, flag = f"@{'increment' if step > 0 else 'decrement'}_{name}", f"@variable_{name}_exists"

    def render(scope: Scope) -> Any:
        value = scope.get(counter) if scope.has(counter) else Long(first)
        if value == first:
            scope.put(flag, scope.has(name))
        if not scope.get(flag):
            scope.put(name, Long(value + step) if step > 0 else value)
        scope.put(counter, Long(value + step))
        return value

    return render


def changed(inside: Node) -> Node:
    """What was not rendered before in this loop; outside of ``for`` the engine fails."""

    def render(scope: Scope) -> Any:
        loop = scope.get("forloop")
        if not isinstance(loop, dict) or "first" not in loop:
            raise Failed("ifchanged is not in a loop")
        if loop["first"]:
            scope.put("@ifchanged", set())
        seen, found = scope.get("@ifchanged"), inside(scope)
        if seen is None:
            raise Failed("ifchanged was left out of the loop's first round")
        if loop["last"]:
            scope.take("@ifchanged")
        text = java_text(found)
        if text in seen:
            return None
        seen.add(text)
        return found

    return render
