"""Blocks and tags, read from tokens by LiqP's grammar and compiled into nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from linetap.sandbox.liquid.chips import with_chips
from linetap.sandbox.liquid.comparing import equals
from linetap.sandbox.liquid.errors import Aborted, Failed, LiquidError, Unclosed, Unknown
from linetap.sandbox.liquid.expressions import Reader
from linetap.sandbox.liquid.lexer import Token
from linetap.sandbox.liquid.lookup import Node
from linetap.sandbox.liquid.loops import Loop, over_list, over_range, table
from linetap.sandbox.liquid.printing import MOST_CHARACTERS, written
from linetap.sandbox.liquid.scope import Scope
from linetap.sandbox.liquid.states import changed, counted, cycled
from linetap.sandbox.liquid.values import BREAK, CONTINUE, Mark, truthy
from linetap.sandbox.readings import Readings


class Blocks:
    """Reads a template's blocks; each tag is a line of a table below."""

    def __init__(self, tokens: Sequence[Token], readings: Readings, choices: Sequence[int] = ()) -> None:
        self.readings = readings
        self.reader = Reader(tokens, readings)
        self._last_end_of_others = max((at for at, token in enumerate(tokens) if token.kind == "end name"), default=0)
        self._choices = choices
        self.made: list[int] = []
        """What was chosen so far, wherever the grammar allows more than one reading."""

    def whole(self) -> Node:
        node = _block(self._atoms())
        self.reader.take("end")
        return lambda scope: "" if isinstance(found := node(scope), Mark) else found

    def block(self) -> Node:
        return _block(self._atoms())

    def _atoms(self) -> list[Node]:
        """Text, outputs and tags up to a tag that the block before this one knows."""
        nodes: list[Node] = []
        while True:
            kind = self.reader.kind()
            if kind == "text":
                nodes += self._literal(self.reader.take("text"))
            elif kind == "{{":
                nodes.append(self._output())
            elif kind == "{%" and (tag := _TAGS.get(self.reader.kind(1))) is not None:
                self.reader.take("{%")
                nodes.append(tag(self))
            else:
                return nodes

    def _literal(self, text: str) -> list[Node]:
        if self.readings.chips == "text" or "@" not in text:
            return [_text(text)]
        return with_chips(text, _escaped)

    def _output(self) -> Node:
        self.reader.take("{{")
        value = self.reader.filtered()
        self.reader.take("}}")
        if self.readings.escaping == "none":
            return _charged(value)
        return lambda scope: _escaped(written(value(scope), scope.run.readings.list_joining), scope)

    def _close(self, *kinds: str) -> None:
        for kind in ("{%", *kinds, "%}"):
            self.reader.take(kind)

    def _at(self, *kinds: str) -> bool:
        return self.reader.kind() == "{%" and self.reader.kind(1) in kinds

    # Conditions ------------------------------------------------------------------------------------------

    def _else(self) -> Node | None:
        if not self._at("else"):
            return None
        self._close("else")
        return self.block()

    def condition(self, name: str) -> Node:
        """``if`` and ``unless``; ``elsif`` belongs to ``if`` alone."""
        self.reader.take(name)
        branches = [self._branch()]
        while name == "if" and self._at("elsif"):
            self.reader.take("{%")
            self.reader.take("elsif")
            branches.append(self._branch())
        otherwise, wanted = self._else(), name == "if"
        self._close(f"end{name}")

        def render(scope: Scope) -> Any:
            for test, inside in branches:
                if truthy(test(scope)) is wanted:
                    return inside(scope)
            return otherwise(scope) if otherwise else None

        return render

    def _branch(self) -> tuple[Node, Node]:
        test = self.reader.expression()
        self.reader.take("%}")
        return test, self.block()

    def case(self) -> Node:
        self.reader.take("case")
        subject = self.reader.expression()
        self.reader.take("%}")
        self.reader.accept("text")
        branches: list[tuple[list[Node], Node]] = []
        while self._at("when") or not branches:
            branches.append(self._when())
        otherwise = self._else()
        self._close("endcase")

        def render(scope: Scope) -> Any:
            value = subject(scope)
            for choices, inside in branches:
                if any([equals(value, choice(scope), scope.run.readings) for choice in choices]):
                    return inside(scope)
            return otherwise(scope) if otherwise else None

        return render

    def _when(self) -> tuple[list[Node], Node]:
        self.reader.take("{%")
        self.reader.take("when")
        choices = [self.reader.term()]
        while self.reader.accept("or", ","):
            choices.append(self.reader.term())
        self.reader.take("%}")
        return choices, self.block()

    # Loops -----------------------------------------------------------------------------------------------

    def loop(self) -> Node:
        self.reader.take("for")
        name = self.reader.take("name")
        self.reader.take("in")
        if self.reader.accept("("):
            return self._range(name)
        values, options = self.reader.lookup(), self._options()
        body, otherwise = self._atoms(), self._else()
        self._close("endfor")
        return over_list(Loop(name, options, body, otherwise), values)

    def _range(self, name: str) -> Node:
        low = self.reader.expression()
        self.reader.take("..")
        high = self.reader.expression()
        self.reader.take(")")
        options, body = self._options(), self._atoms()
        self._close("endfor")
        return over_range(Loop(name, options, body, None), low, high)

    def table(self) -> Node:
        self.reader.take("tablerow")
        name = self.reader.take("name")
        self.reader.take("in")
        values, options = self.reader.lookup(), self._options()
        body = self.block()
        self._close("endtablerow")
        return table(Loop(name, options, (), None), values, body)

    def _options(self) -> list[tuple[str, Node]]:
        options: list[tuple[str, Node]] = []
        while name := self.reader.accept("name"):
            self.reader.take(":")
            options.append((name, self.reader.expression()))
        self.reader.take("%}")
        return options

    # Variables and text ----------------------------------------------------------------------------------

    def assign(self) -> Node:
        self.reader.take("assign")
        name = self.reader.take("name")
        self.reader.take("=")
        value = self.reader.filtered()
        self.reader.take("%}")
        return lambda scope: scope.put_outside(name, value(scope))

    def capture(self) -> Node:
        self.reader.take("capture")
        quoted = self.reader.kind() == "string"
        name = self.reader.take("name", "string")
        self.reader.take("%}")
        inside = self.block()
        self._close("endcapture")
        name = name[1:-1] if quoted else name
        return lambda scope: scope.put_outside(name, inside(scope))

    def raw(self) -> Node:
        self.reader.take("raw")
        text = self.reader.take("raw text")
        self.reader.take("raw end")
        self.reader.take("%}")
        return _text(text)

    def comment(self) -> Node:
        self.reader.take("comment")
        self.reader.take("%}")
        passing = self._choice()
        while passing or not self._ends_comment():
            if self.reader.kind() == "end":
                raise Unclosed("comment is not closed: endcomment is missing")
            passing -= self._ends_comment()
            self.reader.skip()
        self._close("endcomment")
        return _nothing

    def _ends_comment(self) -> bool:
        return self._at("endcomment") and self.reader.kind(2) == "%}"

    def include(self) -> Node:
        """There are no snippets: a name renders as nothing, anything else cannot be read."""
        self.reader.take("include")
        self.reader.take("string")
        if self.reader.accept("with"):
            self.reader.take("string")
        self.reader.take("%}")
        return _nothing

    def cycle(self) -> Node:
        self.reader.take("cycle")
        group: Node | None = None
        values = [self.reader.expression()]
        if self.reader.accept(":"):
            group, values = values[0], [self.reader.expression()]
        while self.reader.accept(","):
            values.append(self.reader.expression())
        self.reader.take("%}")
        return cycled(group, values)

    def other(self) -> Node:
        """A tag without a grammar of its own: the text behind its name is taken as it stands."""
        name = self.reader.take("name")
        if (tag := _OTHERS.get(name)) is None:
            raise Unknown(f"no tag {name!r}; there are {', '.join(sorted({*_TAGS, *_OTHERS} - {'name'}))}")
        said = ""
        while self.reader.kind() not in ("%}", "end"):
            said += self.reader.skip()
        self.reader.take("%}")
        return tag(said, self._inside_other())

    def _inside_other(self) -> Node | None:
        """The block of a tag without a grammar of its own, up to any ``end...``: None where none closes it."""
        if self.reader.at >= self._last_end_of_others or (choice := self._choice()) == 1:
            return None
        if choice > 1:
            raise Unclosed("there is no other reading")
        inside = self.block()
        self._close("end name")
        return inside

    def _choice(self) -> int:
        met = len(self.made)
        self.made.append(self._choices[met] if met < len(self._choices) else 0)
        return self.made[-1]


_MOST_READINGS = 64


def compiled(tokens: Sequence[Token], readings: Readings) -> Node:
    """The template as one node.

    A comment ends at the first ``endcomment``, and a tag has a block, wherever the rest can be read so.
    """
    choices: list[int] = []
    first: LiquidError | None = None
    for _ in range(_MOST_READINGS):
        blocks = Blocks(tokens, readings, choices)
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


def _abort(scope: Scope) -> Any:
    raise Aborted


def _no_parameter(scope: Scope) -> Any:
    raise Failed("a parameter is missing")


def _nothing(scope: Scope) -> Any:
    return None


def _text(text: str) -> Node:
    return lambda scope: text


_TAGS: dict[str, Callable[[Blocks], Node]] = {
    "if": lambda blocks: blocks.condition("if"),
    "unless": lambda blocks: blocks.condition("unless"),
    "case": Blocks.case,
    "for": Blocks.loop,
    "tablerow": Blocks.table,
    "assign": Blocks.assign,
    "capture": Blocks.capture,
    "raw": Blocks.raw,
    "comment": Blocks.comment,
    "include": Blocks.include,
    "cycle": Blocks.cycle,
    "name": Blocks.other,
}
_OTHERS: dict[str, Callable[[str, Node | None], Node]] = {
    "abort": lambda said, inside: _abort,
    "break": lambda said, inside: lambda scope: BREAK,
    "continue": lambda said, inside: lambda scope: CONTINUE,
    "increment": lambda said, inside: counted(said, 0, 1) if said else _no_parameter,
    "decrement": lambda said, inside: counted(said, -1, -1) if said else _no_parameter,
    "ifchanged": lambda said, inside: changed(_text(said)) if said else changed(inside) if inside else _nothing,
    "raw": lambda said, inside: _text(said) if said else inside or _no_parameter,
}
"""What these make of the text behind their name, and of the block up to an ``end...`` of any name."""


# Nodes ---------------------------------------------------------------------------------------------------


def _block(nodes: Sequence[Node]) -> Node:
    """What the nodes write, up to a ``break`` or ``continue``, which leaves nothing of the block."""

    def render(scope: Scope) -> Any:
        pieces: list[str] = []
        characters = 0
        for node in nodes:
            value = node(scope)
            if value is BREAK or value is CONTINUE:
                return value
            pieces.append(written(value, scope.run.readings.list_joining))
            characters += len(pieces[-1])
            if characters > MOST_CHARACTERS:
                raise LiquidError("the text is too long")
        return "".join(pieces)

    return render


def _charged(value: Node) -> Node:
    def render(scope: Scope) -> Any:
        found = value(scope)
        scope.run.charge(found)
        return found

    return render


def _escaped(text: str, scope: Scope) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1] if scope.run.readings.escaping == "JSON" else text
