"""Compiles ``for`` and ``tablerow``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linetap.liquid import syntax
from linetap.liquid.errors import Aborted, RenderFailed
from linetap.liquid.expressions import Compiled, Part, compile_expression
from linetap.liquid.numbers import INT_MAX, to_int
from linetap.liquid.scope import Scope
from linetap.liquid.values import BREAK, CONTINUE, Array, JavaMap, adopt, as_list, as_number, java_text, text_of

_RANGE_ABORT = "the engine hides failures inside a loop over a range; whether it hides {% abort %} is not known"


Parts = Callable[[syntax.Block], tuple[Part, ...]]
Block = Callable[[syntax.Block], Compiled]


def compile_loop(node: syntax.Loop, parts: Parts, block: Block) -> Compiled:
    """A function that renders a loop; ``parts`` and ``block`` compile its content."""
    if node.name == "tablerow":
        return _tablerow(node, block(node.body))
    body = _Body(parts(node.body), of_range=node.until is not None)
    if node.until is not None:
        return _for_range(node, node.until, body)
    return _for_list(node, body, None if node.otherwise is None else block(node.otherwise))


def _attributes(node: syntax.Loop) -> tuple[tuple[str, Compiled], ...]:
    return tuple((found.name, compile_expression(found.value)) for found in node.attributes)


def _read(attributes: tuple[tuple[str, Compiled], ...], scope: Scope, found: dict[str, int]) -> dict[str, int]:
    """The attributes' whole numbers; another value does not change the attribute."""
    for name, compiled in attributes:
        value = compiled(scope)
        try:
            found[name] = to_int(as_number(value))
        except RenderFailed:
            continue
    return found


class _Body:
    """The body of a ``for``: its parts stand in the loop itself, so text before a ``break`` is kept."""

    def __init__(self, parts: tuple[Part, ...], of_range: bool) -> None:
        self.parts = parts
        self.of_range = of_range

    def render(self, scope: Scope, out: list[str]) -> bool:
        """Appends one round's text; True where the loop must end."""
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
                continue
            value = part(scope)
            if value is BREAK:
                return True
            if value is CONTINUE:
                return False
            out.append(self._text(value))
        return False

    def _text(self, value: Any) -> str:
        if type(value) is str:
            return value
        if isinstance(value, Array) or (self.of_range and isinstance(value, list)):
            return "".join(map(java_text, value))
        return text_of(value)


def _progress(loop: JavaMap, length: int, index: int, last: bool) -> None:
    loop.update(
        length=length,
        index=index + 1,
        index0=index,
        rindex=length - index,
        rindex0=length - index - 1,
        first=index == 0,
        last=last,
    )


def _for_list(node: syntax.Loop, body: _Body, otherwise: Compiled | None) -> Compiled:
    source, attributes, name = compile_expression(node.source), _attributes(node), node.variable
    loop_name = f"{name}-{_spelled(node.source)}"

    def run(outer: Scope) -> Any:
        loop = JavaMap()
        scope = Scope({"forloop": loop}, outer.run, outer)
        options = _read(attributes, scope, {"offset": 0, "limit": INT_MAX})
        items, offset, limit = as_list(source(scope)), options["offset"], options["limit"]
        if not items:
            return None if otherwise is None else otherwise(scope)
        loop["name"] = loop_name
        out: list[str] = []
        last, length = offset, min(limit, len(items))
        for count in range(max(0, min(limit, len(items) - offset))):
            last = offset + count
            if last < 0:
                raise RenderFailed(f"offset must not be negative (got {offset})")
            scope.run.step()
            scope.variables[name] = adopt(items[last])
            _progress(loop, length, count, count == limit - 1 or last == len(items) - 1)
            if body.render(scope, out):
                break
        scope.root.variables["continue"] = last + 1
        return _joined(out, scope)

    return run


def _for_range(node: syntax.Loop, until: syntax.Expression, body: _Body) -> Compiled:
    first, final = compile_expression(node.source), compile_expression(until)
    attributes, name = _attributes(node), node.variable

    def rounds(scope: Scope, options: dict[str, int], out: list[str]) -> None:
        start, end = to_int(as_number(first(scope))), to_int(as_number(final(scope)))
        loop, limit = scope.variables["forloop"], options["limit"]
        start_at, length = to_int(start + options["offset"]), to_int(end - start)
        for count in range(max(0, min(limit, end - start_at + 1))):
            scope.run.step()
            scope.variables[name] = start_at + count
            _progress(loop, length, count, start_at + count == end or count == limit - 1)
            if body.render(scope, out):
                return

    def run(outer: Scope) -> Any:
        scope = Scope({"forloop": JavaMap()}, outer.run, outer)
        options = _read(attributes, scope, {"offset": 0, "limit": INT_MAX})
        out: list[str] = []
        try:
            rounds(scope, options, out)
        except RenderFailed:
            # The engine ends a loop over a range at the first failure and keeps the text so far.
            pass
        except Aborted:
            scope.run.doubt(_RANGE_ABORT)
            raise
        return _joined(out, scope)

    return run


def _joined(out: list[str], scope: Scope) -> str:
    text = "".join(out)
    scope.run.grow(len(text))
    return text


def _spelled(source: syntax.Expression) -> str:
    """How the engine writes the source in ``forloop.name``."""
    if not isinstance(source, syntax.Lookup):
        return ""
    out = f"@{source.root}" if source.indirect else source.root
    for part in source.path:
        if isinstance(part, str):
            out += f".{part}"
        else:
            out += f"[{java_text(part.value)}]" if isinstance(part, syntax.Literal) else "[]"
    return out


def _tablerow(node: syntax.Loop, body: Compiled) -> Compiled:
    source, attributes, name = compile_expression(node.source), _attributes(node), node.variable

    def run(scope: Scope) -> Any:
        items = as_list(source(scope))
        options = _read(attributes, scope, {"cols": len(items), "limit": INT_MAX})
        loop = JavaMap(length=len(items))
        scope.variables["tablerowloop"] = loop
        total = min(len(items), options["limit"])
        out = [] if total else ['<tr class="row1">\n</tr>\n']
        column, row = 1, 0
        for index in range(total):
            scope.run.step()
            scope.variables[name] = adopt(items[index])
            row += column == 1
            _cell(loop, total, index, column, options["cols"])
            opening = f'<tr class="row{row}">' + ("\n" if row == 1 else "") if column == 1 else ""
            text = body(scope)
            out.append(f'{opening}<td class="col{column}">{"" if text in (BREAK, CONTINUE) else text}</td>')
            closed = column == options["cols"] or index == total - 1
            if closed:
                out.append("</tr>\n")
            column = 1 if closed else column + 1
        scope.remove("tablerowloop")
        return _joined(out, scope)

    return run


def _cell(loop: JavaMap, total: int, index: int, column: int, columns: int) -> None:
    loop.update(
        index0=index,
        index=index + 1,
        rindex0=total - index - 1,
        rindex=total - index,
        first=index == 0,
        last=index == total - 1,
        col0=column - 1,
        col=column,
        col_first=column == 1,
        col_last=column == columns,
    )
