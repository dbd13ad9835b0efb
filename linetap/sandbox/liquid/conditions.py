"""``if``, ``unless`` and ``case``."""

from __future__ import annotations

from typing import Any

from linetap.sandbox.liquid.blocks import Blocks
from linetap.sandbox.liquid.comparing import equals
from linetap.sandbox.liquid.lookup import Node
from linetap.sandbox.liquid.scope import Scope
from linetap.sandbox.liquid.values import truthy


def read_if(blocks: Blocks) -> Node:
    blocks.reader.take("if")
    branches = [_branch(blocks)]
    while blocks.at("elsif"):
        blocks.reader.take("{%")
        blocks.reader.take("elsif")
        branches.append(_branch(blocks))
    return _conditional(blocks, branches, wanted=True)


def read_unless(blocks: Blocks) -> Node:
    """``unless`` has no ``elsif``."""
    blocks.reader.take("unless")
    return _conditional(blocks, [_branch(blocks)], wanted=False)


def _branch(blocks: Blocks) -> tuple[Node, Node]:
    test = blocks.reader.expression()
    blocks.reader.take("%}")
    return test, blocks.block()


def _conditional(blocks: Blocks, branches: list[tuple[Node, Node]], *, wanted: bool) -> Node:
    otherwise = blocks.otherwise()
    blocks.tag("endif" if wanted else "endunless")

    def render(scope: Scope) -> Any:
        for test, inside in branches:
            if truthy(test(scope)) is wanted:
                return inside(scope)
        return otherwise(scope) if otherwise else None

    return render


def read_case(blocks: Blocks) -> Node:
    """``case`` with at least one ``when``; the first that fits is rendered."""
    blocks.reader.take("case")
    subject = blocks.reader.expression()
    blocks.reader.take("%}")
    blocks.reader.accept("text")
    branches = [_when(blocks)]
    while blocks.at("when"):
        branches.append(_when(blocks))
    otherwise = blocks.otherwise()
    blocks.tag("endcase")

    def render(scope: Scope) -> Any:
        value = subject(scope)
        for choices, inside in branches:
            if True in [equals(value, choice(scope), scope.run.readings) for choice in choices]:
                return inside(scope)
        return otherwise(scope) if otherwise else None

    return render


def _when(blocks: Blocks) -> tuple[list[Node], Node]:
    blocks.reader.take("{%")
    blocks.reader.take("when")
    choices = [blocks.reader.term()]
    while blocks.reader.accept("or", ","):
        choices.append(blocks.reader.term())
    blocks.reader.take("%}")
    return choices, blocks.block()
