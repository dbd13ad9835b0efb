"""Blocks of text, outputs and tags, read from tokens by LiqP's grammar and compiled into nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.chips import with_chips
from linetap.sandbox.liquid.errors import LiquidError, Unclosed
from linetap.sandbox.liquid.expressions import Reader
from linetap.sandbox.liquid.lexer import Token
from linetap.sandbox.liquid.lookup import Node
from linetap.sandbox.liquid.printing import MOST_CHARACTERS, written
from linetap.sandbox.liquid.scope import Scope
from linetap.sandbox.liquid.values import BREAK, CONTINUE, Mark


class Blocks:
    """Reads a template's blocks. ``choices`` decides where the grammar allows several readings."""

    def __init__(
        self, tokens: Sequence[Token], readings: Readings, tags: Mapping[str, Tag], choices: Sequence[int] = ()
    ) -> None:
        self.readings = readings
        self.reader = Reader(tokens, readings)
        self._tags = tags
        self._last_end_of_others = max((at for at, token in enumerate(tokens) if token.kind == "end name"), default=0)
        self._choices = choices
        self.made: list[int] = []
        """What was chosen so far, wherever the grammar allows more than one reading."""

    def whole(self) -> Node:
        """The template; a ``break`` outside of any loop empties it."""
        node = self.block()
        self.reader.take("end")
        return lambda scope: "" if isinstance(found := node(scope), Mark) else found

    def block(self) -> Node:
        return _joined(self.atoms())

    def atoms(self) -> list[Node]:
        """Text, outputs and tags up to a tag that only the block around them knows."""
        nodes: list[Node] = []
        while True:
            kind = self.reader.kind()
            if kind == "text":
                nodes += self._literal(self.reader.take("text"))
            elif kind == "{{":
                nodes.append(self._output())
            elif kind == "{%" and (tag := self._tags.get(self.reader.kind(1))) is not None:
                self.reader.take("{%")
                nodes.append(tag(self))
            else:
                return nodes

    def _literal(self, text: str) -> list[Node]:
        if self.readings.chips == "text" or "@" not in text:
            return [text_node(text)]
        return with_chips(text, _escaped)

    def _output(self) -> Node:
        self.reader.take("{{")
        value = self.reader.filtered()
        self.reader.take("}}")
        return _output(value, escaped=self.readings.escaping == "JSON")

    # What tags ask for -----------------------------------------------------------------------------------

    def at(self, *kinds: str) -> bool:
        """Whether a tag of one of these names comes next."""
        return self.reader.kind() == "{%" and self.reader.kind(1) in kinds

    def tag(self, kind: str) -> None:
        """Takes ``{% kind %}``."""
        for one in ("{%", kind, "%}"):
            self.reader.take(one)

    def otherwise(self) -> Node | None:
        """The block of ``else``, where there is one."""
        if not self.at("else"):
            return None
        self.tag("else")
        return self.block()

    def inside_other(self) -> Node | None:
        """The block of a tag without a grammar of its own, up to any ``end...``: None where none closes it."""
        if self.reader.at >= self._last_end_of_others or (choice := self.choice()) == 1:
            return None
        if choice > 1:
            raise Unclosed("there is no other reading")
        inside = self.block()
        self.tag("end name")
        return inside

    def choice(self) -> int:
        """Which reading is taken here: 0 is the engine's first."""
        met = len(self.made)
        self.made.append(self._choices[met] if met < len(self._choices) else 0)
        return self.made[-1]


Tag = Callable[[Blocks], Node]
"""Reads a tag behind ``{%``, to its end."""


def text_node(text: str) -> Node:
    return lambda scope: text


def nothing(scope: Scope) -> Any:
    """A node that writes nothing."""
    return None


def _joined(nodes: Sequence[Node]) -> Node:
    """The text of the nodes. A block that ends with ``break`` or ``continue`` gives that marker instead of a text."""

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


def _output(value: Node, *, escaped: bool) -> Node:
    def render(scope: Scope) -> Any:
        found = value(scope)
        scope.run.charge(found)
        return _escaped(written(found, scope.run.readings.list_joining), scope) if escaped else found

    return render


def _escaped(text: str, scope: Scope) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1] if scope.run.readings.escaping == "JSON" else text
