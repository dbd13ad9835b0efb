"""Reads a whole template into the syntax tree, with every failure that LiqP 0.7.9 has for a whole template."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from linetap.liquid import dialect, syntax
from linetap.liquid.block_parser import BlockParser
from linetap.liquid.errors import LiquidSyntaxError
from linetap.liquid.expression_parser import ExpressionParser
from linetap.liquid.lexer import END, END_NAME, NAME, OUT, OUT_END, RAW, RAW_BODY, STRING, TAG, TAG_END, TEXT, Token

_MOST_RETRIES = 50
_MOST_REREAD = 200_000
"""Characters that are read again where a comment may end later."""


def parse_nodes(source: str) -> syntax.Block:
    """The syntax tree of ``source``; raises :class:`LiquidSyntaxError`."""
    comments: dict[int, int] | None = {}
    errors: list[LiquidSyntaxError] = []
    for attempt in range(_MOST_RETRIES):
        parser = _Parser(source, comments or {})
        try:
            nodes = parser.template()
        except RecursionError:
            raise LiquidSyntaxError("the template must not nest so deeply (linetap's limit)") from None
        except LiquidSyntaxError as error:
            errors += [*parser.unknown[:1], error] if not errors else []
            comments = parser.longer_comments()
            if comments is None or attempt * len(source) > _MOST_REREAD:
                break
            continue
        if parser.unknown:
            raise parser.unknown[0]
        return nodes
    raise min(errors, key=lambda error: error.offset)


class _Parser(BlockParser):
    def __init__(self, source: str, comments: dict[int, int]) -> None:
        super().__init__(source)
        self.comments: dict[int, int] = {}
        self.extended = comments
        # Filters and tags that the engine lacks: LiqP notices them after it has read the whole template.
        self.unknown: list[LiquidSyntaxError] = []
        self.without_body: set[int] = set()
        self.last_end_name = max((at for at, token in enumerate(self.tokens) if token.kind == END_NAME), default=-1)

    def template(self) -> syntax.Block:
        nodes = self._block()
        if self.token.kind != END:
            self._stray()
        return nodes

    def _node(self) -> syntax.Node | None:
        token = self.token
        self.depth = 0
        if token.kind == TEXT:
            self.take()
            return syntax.Text(token.text, token.start, token.end)
        if token.kind == OUT:
            return self._output()
        name = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.kind != TAG:
            return None
        reader = _TAGS.get(name.kind)
        return reader(self) if reader else None

    def longer_comments(self) -> dict[int, int] | None:
        """Where LiqP goes on after a failure: it lets the last comment run on to a later ``{% endcomment %}``."""
        ends = [at - 1 for at, token in enumerate(self.tokens) if token.kind == "endcomment"]
        for start, end in sorted(self.comments.items(), reverse=True):
            later = next((at for at in ends if at > end), None)
            if later is not None:
                return {**{other: at for other, at in self.extended.items() if other < start}, start: later}
        return None

    def _output(self) -> syntax.Node:
        start = self.take().start
        value = self.expression()
        filters = self._known(self.filters())
        return syntax.Output(value, filters, start, self.expect(OUT_END, "}} or |").end)

    def _known(self, filters: tuple[syntax.Filter, ...]) -> tuple[syntax.Filter, ...]:
        for found in filters:
            if found.name not in dialect.FILTERS:
                self.unknown.append(_unknown(self, found.start, "filter", found.name, dialect.FILTERS))
        return filters

    def _assign(self) -> syntax.Node:
        start = self._open().start
        name = self.expect(NAME, "a variable's name").text
        self.expect("=", "one =")
        value = self.expression()
        filters = self._known(self.filters())
        return syntax.Assign(name, value, filters, start, self._close("%} or |"))

    def _cycle(self) -> syntax.Node:
        start = self._open().start
        group, items = None, [self.expression()]
        if self.token.kind == ":":
            self.take()
            group, items = items[0], [self.expression()]
        while self.token.kind == ",":
            self.take()
            items.append(self.expression())
        return syntax.Cycle(group, tuple(items), start, self._close("%} or a comma"))

    def _raw(self) -> syntax.Node:
        start = self._open().start
        text = self.expect(RAW_BODY, "the raw text").text
        self.take()
        return syntax.Raw("raw", text, start, self._close())

    def _comment(self) -> syntax.Node:
        opened = self.at
        first = self._open()
        self._close()
        earliest = self.extended.get(opened, 0)
        while self.token.kind != END:
            if self.at >= earliest and self._at_tag("endcomment") and self.tokens[self.at + 2].kind == TAG_END:
                self.comments[opened] = self.at
                return syntax.Raw("comment", "", first.start, self._finish("comment", first))
            self.take()
        raise self.error(
            first,
            "{% comment %} must be closed by {% endcomment %}",
            "A comment must not contain an unclosed {{ or an unclosed quote in a tag",
        )

    def _include(self) -> syntax.Node:
        start = self._open().start
        name = self.expect(STRING, "a name between quotes").text[1:-1]
        if self.token.kind == "with":
            self.take()
            self.expect(STRING, "a text between quotes")
        return syntax.Tag("include", name, start, self._close())

    def _other(self) -> syntax.Node:
        start = self.take().start
        name = self.take()
        arguments = []
        while self.token.kind not in (TAG_END, END):
            arguments.append(self.take().text)
        end = self._close()
        if name.text not in dialect.OTHER_TAGS:
            self.unknown.append(_unknown(self, start, "tag", name.text, dialect.TAGS))
        if self.at < self.last_end_name and self.at not in self.without_body and self._takes_body():
            return syntax.Tag("unclear", name.text, start, self.tokens[self.at - 1].end)
        if name.text in ("raw", "ifchanged"):
            return syntax.Tag("unclear", name.text, start, end)
        return syntax.Tag(name.text, "".join(arguments), start, end)

    def _takes_body(self) -> bool:
        """LiqP gives such a tag everything up to the next ``{% end... %}`` of any name in the same block."""
        start = self.at
        self._block()
        if not self._at_tag(END_NAME):
            self.at = start
            self.without_body.add(start)
            return False
        self._open()
        self._close()
        return True


def _unknown(
    parser: ExpressionParser, start: int, kind: str, name: str, known: dict[str, dialect.Construct]
) -> LiquidSyntaxError:
    close = get_close_matches(name.lower(), known, 1, 0.8)
    remedy = dialect.REMEDIES.get(name, f"Write {close[0]}" if close else "")
    remedy = remedy or f"Known {kind}s: {', '.join(sorted(known))}"
    token = Token(kind, name, start, start)
    return parser.error(token, f"a {kind} must be one that CleverTap's engine has (got {name})", remedy)


_TAGS: dict[str, Callable[[_Parser], syntax.Node]] = {
    "if": _Parser._if,
    "unless": _Parser._unless,
    "case": _Parser._case,
    "for": _Parser._for,
    "tablerow": _Parser._tablerow,
    "assign": _Parser._assign,
    "capture": _Parser._capture,
    "cycle": _Parser._cycle,
    RAW: _Parser._raw,
    "comment": _Parser._comment,
    "include": _Parser._include,
    NAME: _Parser._other,
}
