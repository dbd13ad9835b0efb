"""The syntax tree. ``start`` and ``end`` are offsets in the source; ``end`` is exclusive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs


@attrs.frozen
class Literal:
    """A text, a number, ``true``, ``false``, ``nil``, ``empty`` or ``blank``."""

    value: Any
    start: int
    end: int


@attrs.frozen
class Lookup:
    """``Profile.Name``, ``Event['Total']``, ``Profile.L[0]``. A name of the path is a str, the rest an expression."""

    root: str
    path: tuple[str | Expression, ...]
    start: int
    end: int
    indirect: bool = False
    """``[name]``: the root's name is the value of the variable ``name``."""


@attrs.frozen
class Operation:
    """``left operator right``; the operator is one of ``== != < > <= >= contains and or``."""

    operator: str
    left: Expression
    right: Expression
    start: int
    end: int


Expression = Literal | Lookup | Operation


@attrs.frozen
class Named:
    """A named argument: ``default: 'x', allow_false: true``. The engine passes a map with one entry."""

    name: str
    value: Expression
    start: int
    end: int


@attrs.frozen
class Filter:
    """``| name: argument, argument``."""

    name: str
    arguments: tuple[Expression | Named, ...]
    start: int
    end: int


@attrs.frozen
class Text:
    """Text outside tags, unchanged (without the blanks that a ``-`` removes)."""

    text: str
    start: int
    end: int


@attrs.frozen
class Output:
    """``{{ expression | filters }}``."""

    expression: Expression
    filters: tuple[Filter, ...]
    start: int
    end: int


@attrs.frozen
class Assign:
    """``{% assign name = expression | filters %}``."""

    name: str
    expression: Expression
    filters: tuple[Filter, ...]
    start: int
    end: int


@attrs.frozen
class Branch:
    """One branch of ``if``, ``unless`` or ``case``; no conditions: the ``else`` branch."""

    conditions: tuple[Expression, ...]
    body: Block
    start: int
    end: int


@attrs.frozen
class Condition:
    """``if``, ``unless`` or ``case``, from its first tag to its last. ``subject`` is what ``case`` compares."""

    name: str
    branches: tuple[Branch, ...]
    start: int
    end: int
    subject: Expression | None = None


@attrs.frozen
class Loop:
    """``for`` or ``tablerow``. ``until`` is given for a range only; ``otherwise`` is the ``else`` branch."""

    name: str
    variable: str
    source: Expression
    attributes: tuple[Named, ...]
    body: Block
    start: int
    end: int
    until: Expression | None = None
    otherwise: Block | None = None


@attrs.frozen
class Capture:
    """``{% capture name %}...{% endcapture %}``."""

    name: str
    body: Block
    start: int
    end: int


@attrs.frozen
class Cycle:
    """``{% cycle group: a, b %}``."""

    group: Expression | None
    items: tuple[Expression, ...]
    start: int
    end: int


@attrs.frozen
class Tag:
    """A tag without a body: ``abort``, ``break``, ``continue``, ``increment``, ``decrement``, ``include``, ..."""

    name: str
    argument: str
    start: int
    end: int


@attrs.frozen
class Raw:
    """``{% raw %}...{% endraw %}`` and ``{% comment %}...{% endcomment %}``; a comment's text is empty."""

    name: str
    text: str
    start: int
    end: int


Node = Text | Output | Assign | Condition | Loop | Capture | Cycle | Tag | Raw
Block = tuple[Node, ...]


def blocks_of(node: Node) -> tuple[Block, ...]:
    """The bodies of one node, in the order of the source."""
    if isinstance(node, Condition):
        return tuple(branch.body for branch in node.branches)
    if isinstance(node, Loop):
        return (node.body,) if node.otherwise is None else (node.body, node.otherwise)
    return (node.body,) if isinstance(node, Capture) else ()


def walk(nodes: Block, parents: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every node with the blocks around it, the outermost first."""
    for node in nodes:
        yield node, parents
        for block in blocks_of(node):
            yield from walk(block, (*parents, node))
