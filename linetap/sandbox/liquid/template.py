"""Rendering a custom body as CleverTap's pages describe it: Liquid, and the ``@`` tokens of its editor.

Written for the sandbox alone, by those pages: what they do not list is refused, not guessed.
https://docs.clevertap.com/docs/liquid-tags https://docs.clevertap.com/docs/personalize-message-all
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from linetap.sandbox.liquid.pieces import pieces_of
from linetap.sandbox.liquid.values import Expression, LiquidError, Reader, Scope, truthy
from linetap.sandbox.readings import Readings

__all__ = ["Aborted", "LiquidError", "Template"]


class Aborted(Exception):
    """``{% abort %}`` was met: this person is sent nothing."""


class _Stop(Exception):
    """``break`` or ``continue`` on its way up to its loop, with what was written before it."""

    written = ""


class _Break(_Stop):
    pass


class _Continue(_Stop):
    pass


Node = Callable[[Scope], str]
_CHIP = re.compile(
    # The name in one piece (a lookahead is not gone back into): its blanks are not tried one by one.
    r"""@(?P<object>[^\W\d][\w\ ]*?)\ -\ (?=(?P<name>[^|"@{}\n]+))(?P=name)\s*
        \|\s*default:\s*"(?P<default>[^"\n]*)"(?P<padding>\s*)(?=(?P<quote>"?))""",
    re.VERBOSE,
)


class Template:
    """One custom body, read once and rendered for each person."""

    def __init__(self, text: str, readings: Readings) -> None:
        self.readings = readings
        self._pieces = pieces_of(text)
        self._at = 0
        try:
            self._nodes, end = self._block(())
        except RecursionError:
            raise LiquidError("the tags are nested too deep") from None
        if end:
            raise LiquidError(f"{{% {end} %}} closes nothing")

    def render(self, objects: Mapping[str, Any], *, event: str | None = None, now: float = 0.0) -> str:
        """The body for one person; ``objects`` are Profile, Event, ExternalTrigger, Campaign; ``event``: its name.

        Raises :class:`Aborted` at ``{% abort %}`` and :class:`LiquidError` for what CleverTap does not document.
        """
        return _join(self._nodes, Scope(objects, self.readings, now, event))

    # Reading: each tag is a line of the table below --------------------------------------------------------

    def _block(self, ends: Sequence[str]) -> tuple[list[Node], str]:
        """The nodes up to a tag that ends them, and that tag's text."""
        nodes: list[Node] = []
        while self._at < len(self._pieces):
            kind, text = self._pieces[self._at]
            self._at += 1
            if kind == "text":
                nodes.append(self._literal(text))
            elif kind == "raw":
                nodes.append(_said(text))
            elif kind == "out":
                nodes.append(self._output(text))
            else:
                name = text.split(None, 1)[0] if text.split() else ""
                if name in ends:
                    return nodes, text
                if (tag := _TAGS.get(name)) is None:
                    raise LiquidError(f"no tag {name!r} in CleverTap's pages; there are {', '.join(sorted(_TAGS))}")
                nodes.append(tag(self, text[len(name) :].strip()))
        if ends:
            raise LiquidError(f"{ends[-1]} is missing")
        return nodes, ""

    def _output(self, text: str) -> Node:
        reader = Reader(text)
        value = reader.filtered()
        reader.end()
        return lambda scope: _escaped(scope.text(value(scope)), scope.readings)

    def _literal(self, text: str) -> Node:
        if self.readings.chips == "text" or "@" not in text:
            return _said(text)
        nodes: list[Node] = []
        at = 0
        for chip in _CHIP.finditer(text):
            nodes += [_said(text[at : chip.start()]), _chip(chip)]
            at = chip.end()
        nodes.append(_said(text[at:]))
        return lambda scope: _join(nodes, scope)

    def _if(self, text: str, wanted: bool = True, name: str = "if") -> Node:
        branches: list[tuple[Expression | None, list[Node]]] = []
        condition: Expression | None = _condition(text, wanted)
        while True:
            nodes, end = self._block(("elsif", "else", f"end{name}"))
            branches.append((condition, nodes))
            if end == f"end{name}":
                break
            condition = _condition(end[5:], True) if end.startswith("elsif") else None

        def render(scope: Scope) -> str:
            for test, inside in branches:
                if test is None or test(scope):
                    return _join(inside, scope)
            return ""

        return render

    def _unless(self, text: str) -> Node:
        return self._if(text, wanted=False, name="unless")

    def _case(self, text: str) -> Node:
        subject = _value(text)
        _, end = self._block(("when", "else", "endcase"))
        branches: list[tuple[list[Expression] | None, list[Node]]] = []
        while end != "endcase":
            choices = None if end == "else" else [_value(part) for part in re.split(r"\s+or\s+|\s*,\s*", end[5:])]
            nodes, end = self._block(("when", "else", "endcase"))
            branches.append((choices, nodes))

        def render(scope: Scope) -> str:
            value = subject(scope)
            for choices, inside in branches:
                if choices is None or any(choice(scope) == value for choice in choices):
                    return _join(inside, scope)
            return ""

        return render

    def _for(self, text: str) -> Node:
        return self._loop(text, "for", lambda inside, scope, index: _join(inside, scope))

    def _tablerow(self, text: str) -> Node:
        def cell(inside: list[Node], scope: Scope, index: int) -> str:
            return f'<td class="col{index + 1}">{_join(inside, scope)}</td>'

        row = self._loop(text, "tablerow", cell)
        return lambda scope: f'<tr class="row1">\n{row(scope)}</tr>\n'

    def _loop(self, text: str, name: str, item: Callable[[list[Node], Scope, int], str]) -> Node:
        match = re.fullmatch(r"(\w+)\s+in\s+(.+?)((?:\s+(?:reversed|(?:limit|offset):\s*\S+))*)", text, re.DOTALL)
        if match is None:
            raise LiquidError(f"{{% {name} {text} %}} is not understood")
        variable, values = match.group(1), _collection(match.group(2))
        options = {k: _value(v) for k, v in re.findall(r"(limit|offset):\s*(\S+)", match.group(3))}
        backwards = "reversed" in match.group(3)
        inside, _ = self._block((f"end{name}",))

        def render(scope: Scope) -> str:
            found = values(scope)[int(options["offset"](scope)) if "offset" in options else 0 :]
            found = found[: int(options["limit"](scope))] if "limit" in options else found
            written: list[str] = []
            for index, value in enumerate(reversed(found) if backwards else found):
                scope.local[variable] = value
                scope.local["forloop"] = {
                    "index": index + 1, "index0": index, "first": not index, "last": index + 1 == len(found)
                }  # fmt: skip
                try:
                    written.append(item(inside, scope, index))
                except _Stop as stop:
                    written.append(stop.written)
                    if isinstance(stop, _Break):
                        break
            scope.local.pop(variable, None)
            return "".join(written)

        return render

    def _assign(self, text: str) -> Node:
        name, sign, rest = text.partition("=")
        if not sign or not re.fullmatch(r"[^\W\d]\w*", name.strip()):
            raise LiquidError(f"{{% assign {text} %}} is not understood")
        reader = Reader(rest)
        value = reader.filtered()
        reader.end()

        def render(scope: Scope) -> str:
            scope.local[name.strip()] = value(scope)
            return ""

        return render

    def _raiser(self, text: str, what: type[Exception]) -> Node:
        if text:
            raise LiquidError(f"{text!r} not expected")

        def render(scope: Scope) -> str:
            raise what

        return render


_TAGS: dict[str, Callable[[Template, str], Node]] = {
    "if": Template._if,
    "unless": Template._unless,
    "case": Template._case,
    "for": Template._for,
    "tablerow": Template._tablerow,
    "assign": Template._assign,
    "abort": lambda template, text: template._raiser(text, Aborted),
    "break": lambda template, text: template._raiser(text, _Break),
    "continue": lambda template, text: template._raiser(text, _Continue),
}


def _join(nodes: Sequence[Node], scope: Scope) -> str:
    written: list[str] = []
    try:
        for node in nodes:
            written.append(node(scope))  # noqa: PERF401 - what was written before a stop is kept
    except _Stop as stop:
        stop.written = "".join(written) + stop.written
        raise
    return "".join(written)


def _said(text: str) -> Node:
    return lambda scope: text


def _value(text: str) -> Expression:
    reader = Reader(text)
    value = reader.value()
    reader.end()
    return value


def _collection(text: str) -> Callable[[Scope], list[Any]]:
    if ends := re.fullmatch(r"\((\S+?)\.\.(\S+?)\)", text):
        low, high = _value(ends.group(1)), _value(ends.group(2))
        return lambda scope: list(range(int(low(scope)), int(high(scope)) + 1))
    value = _value(text)

    def items(scope: Scope) -> list[Any]:
        found = value(scope)
        if isinstance(found, Mapping):
            return [list(pair) for pair in found.items()]
        return found if isinstance(found, list) else [] if found is None else [found]

    return items


def _condition(text: str, wanted: bool) -> Expression:
    reader = Reader(text)
    condition = reader.condition()
    reader.end()
    return lambda scope: truthy(condition(scope)) is wanted


def _escaped(text: str, readings: Readings) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1] if readings.escaping == "JSON" else text


def _chip(found: re.Match[str]) -> Node:
    kind, name, default = found.group("object"), found.group("name").rstrip(), found.group("default")
    as_written = found.group(0)

    def render(scope: Scope) -> str:
        if kind == "Profile":
            value = scope.look_up(["Profile", name])
        elif scope.event == kind:
            value = scope.look_up(["Event", name])
        else:
            return as_written
        swallowed = scope.readings.chip_padding == "swallowed" and found.group("quote")
        text = default if value in (None, "", []) else scope.date(_plainly(scope, value), "%B %d, %Y")
        return _escaped(text, scope.readings) + ("" if swallowed else found.group("padding"))

    return render


def _plainly(scope: Scope, value: Any) -> str:
    return value if isinstance(value, str) else scope.text(value)
