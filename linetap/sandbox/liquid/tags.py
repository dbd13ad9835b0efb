"""The tags by name, those of variables and verbatim text, and the reading of a whole template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.blocks import Blocks, Tag, nothing, text_node
from linetap.sandbox.liquid.conditions import read_case, read_if, read_unless
from linetap.sandbox.liquid.errors import Aborted, Failed, LiquidError, Unclosed, Unknown
from linetap.sandbox.liquid.lexer import Token
from linetap.sandbox.liquid.lookup import Node
from linetap.sandbox.liquid.loops import read_for, read_tablerow
from linetap.sandbox.liquid.scope import Scope
from linetap.sandbox.liquid.states import changed, counted, cycled
from linetap.sandbox.liquid.values import BREAK, CONTINUE

_MOST_READINGS = 32


def compiled(tokens: Sequence[Token], readings: Readings) -> Node:
    """The template as one node; raises LiquidError where it cannot be read.

    A comment ends at the first ``endcomment``, and a tag has a block, wherever the rest can be read so.
    """
    choices: list[int] = []
    first: LiquidError | None = None
    for _ in range(_MOST_READINGS):
        blocks = Blocks(tokens, readings, _TAGS, choices)
        try:
            return blocks.whole()
        except Unknown:
            raise
        except LiquidError as wrong:
            first = first or wrong
            choices = blocks.made[:-1] if isinstance(wrong, Unclosed) else blocks.made
        if not choices:
            break
        choices[-1] += 1
    raise first or LiquidError("the template cannot be read")


# Variables -----------------------------------------------------------------------------------------------


def _assign(blocks: Blocks) -> Node:
    reader = blocks.reader
    reader.take("assign")
    name = reader.take("name")
    reader.take("=")
    value = reader.filtered()
    reader.take("%}")
    return lambda scope: scope.put_outside(name, value(scope))


def _capture(blocks: Blocks) -> Node:
    reader = blocks.reader
    reader.take("capture")
    quoted = reader.kind() == "string"
    name = reader.take("name", "string")
    reader.take("%}")
    inside = blocks.block()
    blocks.tag("endcapture")
    variable = name[1:-1] if quoted else name
    return lambda scope: scope.put_outside(variable, inside(scope))


def _cycle(blocks: Blocks) -> Node:
    reader = blocks.reader
    reader.take("cycle")
    group: Node | None = None
    values = [reader.expression()]
    if reader.accept(":"):
        group, values = values[0], [reader.expression()]
    while reader.accept(","):
        values.append(reader.expression())
    reader.take("%}")
    return cycled(group, values)


# Text that is not rendered -------------------------------------------------------------------------------


def _raw(blocks: Blocks) -> Node:
    blocks.reader.take("raw")
    text = blocks.reader.take("raw text")
    blocks.reader.take("raw end")
    blocks.reader.take("%}")
    return text_node(text)


def _comment(blocks: Blocks) -> Node:
    blocks.reader.take("comment")
    blocks.reader.take("%}")
    passing = blocks.choice()
    while passing or not _ends_comment(blocks):
        if blocks.reader.kind() == "end":
            raise Unclosed("comment is not closed: endcomment is missing")
        passing -= _ends_comment(blocks)
        blocks.reader.skip()
    blocks.tag("endcomment")
    return nothing


def _ends_comment(blocks: Blocks) -> bool:
    return blocks.at("endcomment") and blocks.reader.kind(2) == "%}"


def _include(blocks: Blocks) -> Node:
    """There are no snippets: a name renders as nothing, anything else cannot be read."""
    blocks.reader.take("include")
    blocks.reader.take("string")
    if blocks.reader.accept("with"):
        blocks.reader.take("string")
    blocks.reader.take("%}")
    return nothing


# Tags without a grammar of their own ---------------------------------------------------------------------


def _other(blocks: Blocks) -> Node:
    """The text after such a tag's name is used unchanged."""
    reader = blocks.reader
    name = reader.take("name")
    if (tag := _OTHERS.get(name)) is None:
        raise Unknown(f"no tag {name!r}; there are {', '.join(sorted({*_TAGS, *_OTHERS} - {'name'}))}")
    content = ""
    while reader.kind() not in ("%}", "end"):
        content += reader.skip()
    reader.take("%}")
    return tag(content, blocks.inside_other())


def _abort(scope: Scope) -> Any:
    raise Aborted


def _no_parameter(scope: Scope) -> Any:
    raise Failed("a parameter is missing")


_TAGS: dict[str, Tag] = {
    "if": read_if,
    "unless": read_unless,
    "case": read_case,
    "for": read_for,
    "tablerow": read_tablerow,
    "assign": _assign,
    "capture": _capture,
    "raw": _raw,
    "comment": _comment,
    "include": _include,
    "cycle": _cycle,
    "name": _other,
}
_OTHERS: dict[str, Callable[[str, Node | None], Node]] = {
    "abort": lambda content, inside: _abort,
    "break": lambda content, inside: lambda scope: BREAK,
    "continue": lambda content, inside: lambda scope: CONTINUE,
    "increment": lambda content, inside: counted(content, 0, 1) if content else _no_parameter,
    "decrement": lambda content, inside: counted(content, -1, -1) if content else _no_parameter,
    "ifchanged": lambda content, inside: (
        changed(text_node(content)) if content else changed(inside) if inside else nothing
    ),
    "raw": lambda content, inside: text_node(content) if content else inside or _no_parameter,
}
"""What these make of the text behind their name, and of the block up to an ``end...`` of any name."""
