"""Which objects a template reads, where, and whether each has a default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from linetap.liquid import syntax

Use = Literal["output", "condition", "loop", "assign", "argument"]


@attrs.frozen
class Reference:
    """One place that reads an object.

    ``path`` has names (str) and list indexes (int); None stands for a part that is computed. ``local`` is true
    where the template itself makes the variable (``assign``, ``capture``, a loop).
    """

    root: str
    path: tuple[str | int | None, ...]
    use: Use
    has_default: bool
    local: bool
    start: int
    end: int


@attrs.frozen
class BlankComparison:
    """A comparison with ``blank``, which is never equal to anything in CleverTap's engine."""

    operator: str
    start: int
    end: int


def find_references(nodes: syntax.Block) -> tuple[Reference, ...]:
    """All places that read an object, in the order of the source."""
    local = set(_made(nodes)) | {"forloop", "tablerowloop", "continue"}
    found = []
    for node, _ in syntax.walk(nodes):
        for expression, use, default in _expressions(node):
            for lookup in _lookups(expression):
                nested = lookup is not expression and use in ("output", "assign")
                kind: Use = "argument" if nested else use
                found.append(
                    Reference(
                        lookup.root,
                        tuple(map(_part, lookup.path)),
                        kind,
                        default and not nested,
                        lookup.root in local or lookup.indirect,
                        lookup.start,
                        lookup.end,
                    )
                )
    return tuple(sorted(found, key=lambda reference: reference.start))


def find_blank_comparisons(nodes: syntax.Block) -> tuple[BlankComparison, ...]:
    """All conditions that compare with ``blank``."""
    return tuple(
        BlankComparison(operation.operator, operation.start, operation.end)
        for node, _ in syntax.walk(nodes)
        for expression, _, _ in _expressions(node)
        for operation in _operations(expression)
        if _is_blank(operation.left) or _is_blank(operation.right)
    )


def _is_blank(node: syntax.Expression) -> bool:
    return isinstance(node, syntax.Literal) and repr(node.value) == "blank"


def _part(part: str | syntax.Expression) -> str | int | None:
    if isinstance(part, str):
        return part
    if isinstance(part, syntax.Literal) and isinstance(part.value, (str, int)):
        return part.value
    return None


def _made(nodes: syntax.Block) -> Iterator[str]:
    for node, _ in syntax.walk(nodes):
        if isinstance(node, (syntax.Assign, syntax.Capture)):
            yield node.name
        elif isinstance(node, syntax.Loop):
            yield node.variable
        elif isinstance(node, syntax.Tag) and node.name in ("increment", "decrement"):
            yield node.argument


def _expressions(node: syntax.Node) -> Iterator[tuple[syntax.Expression, Use, bool]]:
    """The expressions that stand in the node's own tags."""
    if isinstance(node, (syntax.Output, syntax.Assign)):
        default = any(found.name == "default" for found in node.filters)
        yield node.expression, "output" if isinstance(node, syntax.Output) else "assign", default
        for found in node.filters:
            for argument in found.arguments:
                yield argument.value if isinstance(argument, syntax.Named) else argument, "argument", False
    elif isinstance(node, syntax.Condition):
        if node.subject is not None:
            yield node.subject, "condition", False
        for branch in node.branches:
            for condition in branch.conditions:
                yield condition, "condition", False
    elif isinstance(node, syntax.Loop):
        sources = (node.source, node.until, *(attribute.value for attribute in node.attributes))
        for source in sources:
            if source is not None:
                yield source, "loop", False
    elif isinstance(node, syntax.Cycle):
        for item in (*node.items, *(() if node.group is None else (node.group,))):
            yield item, "output", False


def _lookups(node: syntax.Expression) -> Iterator[syntax.Lookup]:
    if isinstance(node, syntax.Lookup):
        yield node
        for part in node.path:
            if not isinstance(part, str):
                yield from _lookups(part)
    elif isinstance(node, syntax.Operation):
        yield from _lookups(node.left)
        yield from _lookups(node.right)


def _operations(node: syntax.Expression) -> Iterator[syntax.Operation]:
    if isinstance(node, syntax.Operation):
        yield node
        yield from _operations(node.left)
        yield from _operations(node.right)
