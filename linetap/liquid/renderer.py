"""Compiles the syntax tree to closures. What a node returns is text, nothing, or ``BREAK`` or ``CONTINUE``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from linetap.liquid import syntax
from linetap.liquid.errors import Aborted, CannotPredict, RenderFailed
from linetap.liquid.expressions import Compiled, Part, compile_expression, compile_filtered
from linetap.liquid.loops import compile_loop
from linetap.liquid.numbers import Long, to_long
from linetap.liquid.scope import Scope
from linetap.liquid.values import BREAK, CONTINUE, equal, printed, text_of, truthy


def compile_block(nodes: syntax.Block) -> Compiled:
    """A function that renders ``nodes`` in order; a ``break`` or ``continue`` inside drops the block's text."""
    parts = compile_parts(nodes)

    def render(scope: Scope) -> Any:
        out: list[str] = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
                continue
            value = part(scope)
            if type(value) is str:
                out.append(value)
            elif value is BREAK or value is CONTINUE:
                return value
            elif value is not None:
                out.append(printed(value))
        text = "".join(out)
        scope.run.grow(len(text))
        return text

    return render


def compile_parts(nodes: syntax.Block) -> tuple[Part, ...]:
    """The pieces of a block, for those who put them together themselves."""
    return tuple(_compile(node) for node in nodes if not _is_silent(node))


def _is_silent(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Raw) and node.name == "comment"


def _compile(node: syntax.Node) -> Part:
    if isinstance(node, (syntax.Text, syntax.Raw)):
        return node.text
    if isinstance(node, syntax.Output):
        return compile_filtered(node.expression, node.filters)
    if isinstance(node, syntax.Loop):
        return compile_loop(node, compile_parts, compile_block)
    return _COMPILERS[type(node)](node)


def _assign(node: syntax.Assign) -> Compiled:
    name, value = node.name, compile_filtered(node.expression, node.filters)

    def run(scope: Scope) -> None:
        found = value(scope)
        scope.root.variables[name] = found

    return run


def _capture(node: syntax.Capture) -> Compiled:
    name, body = node.name, compile_block(node.body)

    def run(scope: Scope) -> None:
        text = body(scope)
        scope.root.variables[name] = text

    return run


def _condition(node: syntax.Condition) -> Compiled:
    if node.subject is not None:
        return _case(node, node.subject)
    wanted = node.name == "if"
    branches = [
        (compile_expression(branch.conditions[0]) if branch.conditions else None, compile_block(branch.body))
        for branch in node.branches
    ]

    def run(scope: Scope) -> Any:
        for condition, body in branches:
            if condition is None or truthy(condition(scope)) is wanted:
                return body(scope)
        return None

    return run


def _case(node: syntax.Condition, subject: syntax.Expression) -> Compiled:
    value = compile_expression(subject)
    branches = [
        (tuple(map(compile_expression, branch.conditions)), compile_block(branch.body)) for branch in node.branches
    ]

    def run(scope: Scope) -> Any:
        found = value(scope)
        for conditions, body in branches:
            # The engine reads all values of one `when`, so a value that fails does so after a match too.
            hits = [equal(found, condition(scope)) for condition in conditions]
            if not hits or any(hits):
                return body(scope)
        return None

    return run


def _cycle(node: syntax.Cycle) -> Compiled:
    group = None if node.group is None else compile_expression(node.group)
    items = tuple(map(compile_expression, node.items))

    def run(scope: Scope) -> Any:
        name = "\"'" + (f"\"'{len(items)}" if group is None else text_of(group(scope)))
        counter = scope.remove(name) or [0, len(items)]
        scope.variables[name] = counter
        values = [item(scope) for item in items]
        found = values[counter[0]] if counter[0] < len(values) else ""
        counter[0] = 0 if counter[0] + 1 == counter[1] else counter[0] + 1
        return found

    return run


def _counter(node: syntax.Tag) -> Compiled:
    name, step = node.argument, 1 if node.name == "increment" else -1
    first, key, flag = (0 if step == 1 else -1), f"@{node.name}_{node.argument}", f"@variable_{node.argument}_exists"

    def run(scope: Scope) -> Any:
        if not name:
            raise RenderFailed(f"{{% {node.name} %}} must have a name")
        value = to_long(cast(int, scope.get(key)) if scope.has(key) else first)
        following = to_long(value + step)
        if value == first:
            scope.variables[flag] = scope.has(name)
        if not scope.get(flag):
            scope.variables[name] = following if step == 1 else value
        scope.variables[key] = following
        return Long(value)

    return run


def _tag(node: syntax.Tag) -> Compiled:
    if node.name in ("increment", "decrement"):
        return _counter(node)
    if node.name in _JUMPS:
        marker = _JUMPS[node.name]
        return lambda scope: marker
    reason = _UNCLEAR.get(node.name)

    def run(scope: Scope) -> Any:
        if reason is None:
            raise Aborted
        raise CannotPredict(reason)

    return run


_JUMPS = {"break": BREAK, "continue": CONTINUE}
_UNCLEAR = {
    "include": "what {% include %} includes is not known",
    "unclear": "a tag that CleverTap's engine ends at the next {% end... %} is not predicted",
}
_COMPILERS: dict[type, Callable[[Any], Compiled]] = {
    syntax.Assign: _assign,
    syntax.Capture: _capture,
    syntax.Condition: _condition,
    syntax.Cycle: _cycle,
    syntax.Tag: _tag,
}
