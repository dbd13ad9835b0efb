"""``for`` and ``tablerow``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from linetap.sandbox.liquid.blocks import Blocks
from linetap.sandbox.liquid.errors import Failed, LiquidError
from linetap.sandbox.liquid.lookup import Lookup, Node
from linetap.sandbox.liquid.numbers import as_int
from linetap.sandbox.liquid.printing import MOST_CHARACTERS, text_of, written, written_in_loop
from linetap.sandbox.liquid.scope import Scope
from linetap.sandbox.liquid.values import BREAK, CONTINUE, HashMap, elements

_MOST = 2**31 - 1
Options = Sequence[tuple[str, Node]]
Write = Callable[[Any, str], str]


class Loop(NamedTuple):
    """A loop as it was read: the name of its variable, its options, its body and the body for no elements."""

    name: str
    options: Options
    body: Sequence[Node]
    otherwise: Node | None


def read_for(blocks: Blocks) -> Node:
    """``for`` over a list, with ``else``, or over a range, without."""
    reader = blocks.reader
    reader.take("for")
    name = reader.take("name")
    reader.take("in")
    if reader.accept("("):
        return _read_range(blocks, name)
    values, options = reader.lookup(), _read_options(blocks)
    loop = Loop(name, options, blocks.atoms(), blocks.otherwise())
    blocks.tag("endfor")
    return _over_list(loop, values)


def _read_range(blocks: Blocks, name: str) -> Node:
    low = blocks.reader.expression()
    blocks.reader.take("..")
    high = blocks.reader.expression()
    blocks.reader.take(")")
    loop = Loop(name, _read_options(blocks), blocks.atoms(), None)
    blocks.tag("endfor")
    return _over_range(loop, low, high)


def read_tablerow(blocks: Blocks) -> Node:
    """``tablerow`` over a list alone."""
    reader = blocks.reader
    reader.take("tablerow")
    name = reader.take("name")
    reader.take("in")
    values, options = reader.lookup(), _read_options(blocks)
    body = blocks.block()
    blocks.tag("endtablerow")
    return _table(Loop(name, options, (), None), values, body)


def _read_options(blocks: Blocks) -> Options:
    options: list[tuple[str, Node]] = []
    while name := blocks.reader.accept("name"):
        blocks.reader.take(":")
        options.append((name, blocks.reader.expression()))
    blocks.reader.take("%}")
    return options


# for -----------------------------------------------------------------------------------------------------


def _over_list(loop: Loop, values: Lookup) -> Node:
    """``for x in Profile.Tags``; a text or a number is one element, a map its pairs."""

    def render(scope: Scope) -> Any:
        inner = scope.inner()
        inner.put("forloop", HashMap())
        options = _options(loop.options, inner)
        found = elements(values(inner))
        if not found:
            return loop.otherwise(inner) if loop.otherwise else None
        offset, limit = options.get("offset", 0), options.get("limit", _MOST)
        inner.variables["forloop"]["name"] = f"{loop.name}-{values.label(inner)}"
        rounds = _Rounds(loop, inner, min(limit, len(found)), written_in_loop)
        for at in range(offset, min(len(found), offset + max(limit, 0))):
            if at < 0:
                raise Failed(f"no element {at} in a list of {len(found)}")
            last = rounds.done == limit - 1 or at == len(found) - 1
            if rounds.stopped_by(found[at], last):
                break
        scope.put_outside("continue", offset + max(rounds.done, 1))
        return rounds.text()

    return render


def _over_range(loop: Loop, low: Node, high: Node) -> Node:
    """``for i in (1..3)``: what fails inside ends the loop, and what it wrote before stays."""

    def render(scope: Scope) -> Any:
        inner = scope.inner()
        inner.put("forloop", HashMap())
        options = _options(loop.options, inner)
        rounds = _Rounds(loop, inner, 0, written)
        try:
            _count(rounds, as_int(low(inner)), as_int(high(inner)), options)
        except Failed:
            pass
        return rounds.text()

    return render


def _count(rounds: _Rounds, low: int, high: int, options: dict[str, int]) -> None:
    rounds.length = high - low
    limit = options.get("limit", _MOST)
    number = low + options.get("offset", 0)
    while number <= high and rounds.done < limit:
        if rounds.stopped_by(number, number == high or rounds.done == limit - 1):
            break
        number += 1


class _Rounds:
    """The rounds of one loop: its variables, what it wrote, and whether it was broken off."""

    def __init__(self, loop: Loop, scope: Scope, length: int, write: Write) -> None:
        self.length, self.done = length, 0
        self._loop, self._scope, self._write = loop, scope, write
        self._written: list[str] = []
        self._characters = 0

    def stopped_by(self, value: Any, last: bool) -> bool:
        """Renders the body once; true where ``break`` was met."""
        scope, at = self._scope, self.done
        scope.run.step()
        scope.put(self._loop.name, value)
        scope.variables["forloop"] = scope.variables.get("forloop") or HashMap()
        scope.variables["forloop"].update(
            length=self.length, index=at + 1, index0=at, rindex=self.length - at, rindex0=self.length - at - 1,
            first=at == 0, last=last,
        )  # fmt: skip
        self.done += 1
        for node in self._loop.body:
            found = node(scope)
            if found is BREAK or found is CONTINUE:
                return found is BREAK
            self._add(self._write(found, scope.run.readings.list_joining))
        return False

    def _add(self, text: str) -> None:
        self._written.append(text)
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS:
            raise LiquidError("the text is too long")

    def text(self) -> str:
        return "".join(self._written)


def _options(options: Options, scope: Scope) -> dict[str, int]:
    """``limit``, ``offset`` and ``cols``; one that is no number does not count."""
    found: dict[str, int] = {}
    for name, node in options:
        value = node(scope)
        try:
            found[name] = as_int(value)
        except Failed:
            continue
    return found


# tablerow ------------------------------------------------------------------------------------------------


def _table(loop: Loop, values: Lookup, body: Node) -> Node:
    """``tablerow``: cells and rows of HTML; its variables stay those of the template."""

    def render(scope: Scope) -> Any:
        found = elements(values(scope))
        options = _options(loop.options, scope)
        state = HashMap(length=len(found))
        scope.put("tablerowloop", state)
        total, columns = min(len(found), options.get("limit", _MOST)), options.get("cols", len(found))
        text = '<tr class="row1">\n</tr>\n' if total == 0 else "".join(
            _cell(scope, state, _Place(at, total, columns), (loop.name, found[at], body)) for at in range(total)
        )  # fmt: skip
        scope.take("tablerowloop")
        return text

    return render


class _Place(NamedTuple):
    at: int
    total: int
    columns: int

    @property
    def column(self) -> int:
        return self.at % self.columns if self.columns > 0 else self.at

    @property
    def row(self) -> int:
        return self.at // self.columns if self.columns > 0 else 0

    @property
    def ends_row(self) -> bool:
        return self.column + 1 == self.columns or self.at == self.total - 1


def _cell(scope: Scope, state: dict[str, Any], place: _Place, what: tuple[str, Any, Node]) -> str:
    name, value, body = what
    scope.run.step()
    scope.put(name, value)
    at, total, column = place.at, place.total, place.column
    state.update(
        index0=at, index=at + 1, rindex0=total - at - 1, rindex=total - at, first=at == 0, last=at == total - 1,
        col0=column, col=column + 1, col_first=column == 0, col_last=column + 1 == place.columns,
    )  # fmt: skip
    start = f'<tr class="row{place.row + 1}">' + ("\n" if place.row == 0 else "") if column == 0 else ""
    end = "</tr>\n" if place.ends_row else ""
    return f'{start}<td class="col{column + 1}">{text_of(body(scope))}</td>{end}'
