"""Reads expressions, filters and paths: LiqP 0.7.9's grammar of the content of a tag."""

from __future__ import annotations

from typing import NoReturn

from linetap.liquid import lexer, syntax
from linetap.liquid.errors import LiquidSyntaxError
from linetap.liquid.lexer import DECIMAL, END, END_NAME, INTEGER, NAME, NIL, RAW, STRING, Token
from linetap.liquid.values import BLANK, EMPTY, LONG_MAX, LONG_MIN, Long

MAX_OPERATORS = 200
"""Operators, brackets and parentheses of one template's deepest expression; linetap's own limit."""

# How tightly an operator binds; `and` and `or` have one rank and group from the right.
_RANK = {
    **dict.fromkeys(("<", "<=", ">", ">="), 4),
    **dict.fromkeys(("==", "!=", "<>"), 3),
    "contains": 2,
    "and": 1,
    "or": 1,
}
_CONSTANTS = {"true": True, "false": False, NIL: None, "empty": EMPTY, "blank": BLANK}
# Keywords that may also be a name: `Profile.if`, `{{ with }}`.
_ALSO_NAMES = lexer.KEYWORDS - {"true", "false", "empty", "blank"} | {NAME, END_NAME, RAW}
_AFTER_DOT = _ALSO_NAMES | {"true", "false", "empty", NIL}
_REMEDIES = {
    "=": "Write == to compare",
    NAME: "Write | before a filter, == before a value, and put a name with a space in brackets: Profile['First Name']",
    "|": "Write one | between a value and a filter; Liquid writes or for ||",
    STRING: "Write a colon between a filter and its argument: | default: 'friend'",
    "{{": "A tag must not stand in a tag: write the name alone",
    "\\": "Write the quote without a backslash, or the other kind of quote",
    "-": "Liquid computes by filters: | minus: 3",
    "/": "Liquid computes by filters: | divided_by: 3",
    "if": "Write elsif for else if",
    END: "Close the tag with }} or %}",
    "in": "Write contains, with the list on the left",
}


class ExpressionParser:
    """A cursor over the tokens, and the rules for expressions."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = lexer.tokens_of(source)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def expect(self, kind: str, what: str) -> Token:
        if self.token.kind != kind:
            self.fail(what)
        return self.take()

    def error(self, token: Token, reason: str, remedy: str = "") -> LiquidSyntaxError:
        return lexer.syntax_error(self.source, token.start, reason, remedy)

    def fail(self, what: str) -> NoReturn:
        token = self.token
        found = token.text.strip()[:40] if token.kind != END else END
        raise self.error(token, f"{what} must stand here (got {found})", _REMEDIES.get(token.kind, ""))

    def expression(self, lowest: int = 1) -> syntax.Expression:
        left = self._term()
        while (rank := _RANK.get(self.token.kind, 0)) >= lowest:
            operator = self.take().kind
            self._deeper()
            right = self.expression(rank if rank == 1 else rank + 1)
            left = syntax.Operation("!=" if operator == "<>" else operator, left, right, left.start, right.end)
        return left

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_OPERATORS:
            reason = f"one tag must not have more than {MAX_OPERATORS} operators and brackets (linetap's limit)"
            raise self.error(self.token, reason, "Split the condition, or assign parts of it to variables")

    def _term(self) -> syntax.Expression:
        token = self.token
        kind = token.kind
        if kind in _ALSO_NAMES:
            return self.lookup()
        if kind == "[":
            return self.lookup()
        if kind == "(":
            return self._parenthesis()
        if kind not in _CONSTANTS and kind not in (STRING, INTEGER, DECIMAL):
            self.fail("a value (a name, a text, a number)")
        self.take()
        return syntax.Literal(self._constant(token), token.start, token.end)

    def _constant(self, token: Token) -> object:
        if token.kind == STRING:
            return token.text[1:-1]
        if token.kind == DECIMAL:
            return float(token.text)
        if token.kind == INTEGER:
            if len(token.text) > 25 or not LONG_MIN <= int(token.text) <= LONG_MAX:
                raise self.error(token, "a whole number must fit 64 bits", "Write it as a text, between quotes")
            return Long(token.text)
        return _CONSTANTS[token.kind]

    def _parenthesis(self) -> syntax.Expression:
        self.take()
        self._deeper()
        inner = self.expression()
        self.expect(")", "a closing )")
        return inner

    def lookup(self) -> syntax.Lookup:
        first = self.token
        if first.kind == "[":
            return self._bracketed_root()
        if first.kind not in _ALSO_NAMES:
            self.fail("a name")
        self.take()
        path: list[str | syntax.Expression] = []
        while self.token.kind in (".", "["):
            path.append(self._name() if self.take().kind == "." else self._index())
        end = self.tokens[self.at - 1].end
        if self.token.kind == "?":
            self.take()
        return syntax.Lookup(first.text, tuple(path), first.start, end)

    def _name(self) -> str:
        token = self.token
        if token.kind == "blank":
            raise self.error(token, "blank must not stand after a dot", "Write Profile['blank']")
        if token.kind in (INTEGER, DECIMAL):
            reason = "a name after a dot must begin with a letter or _"
            raise self.error(token, reason, "Write brackets: Profile['2nd'] for a property, List[0] for an item")
        if token.kind not in _AFTER_DOT:
            self.fail("a name after the dot")
        return self.take().text

    def _index(self) -> syntax.Expression:
        self._deeper()
        index = self.expression()
        self.expect("]", "a closing ]")
        return index

    def _bracketed_root(self) -> syntax.Lookup:
        start = self.take().start
        token = self.token
        if token.kind not in (STRING, NAME):
            self.fail("a text or a variable's name")
        self.take()
        end = self.expect("]", "a closing ]").end
        if self.token.kind == "?":
            self.take()
        if token.kind == STRING:
            return syntax.Lookup(token.text[1:-1], (), start, end)
        return syntax.Lookup(token.text, (), start, end, indirect=True)

    def filters(self) -> tuple[syntax.Filter, ...]:
        found = []
        while self.token.kind == "|":
            start = self.take().start
            name = self.expect(NAME, "the name of a filter after |")
            arguments = self._arguments() if self.token.kind == ":" else ()
            found.append(syntax.Filter(name.text, arguments, start, self.tokens[self.at - 1].end))
        return tuple(found)

    def _arguments(self) -> tuple[syntax.Expression | syntax.Named, ...]:
        found: list[syntax.Expression | syntax.Named] = []
        while self.token.kind in ((":",) if not found else (",",)):
            self.take()
            found.append(self._argument())
        return tuple(found)

    def _argument(self) -> syntax.Expression | syntax.Named:
        if self.token.kind in _AFTER_DOT and self.tokens[self.at + 1].kind == ":":
            return self.named()
        return self.expression()

    def named(self) -> syntax.Named:
        name = self.take()
        self.expect(":", "a colon")
        value = self.expression()
        return syntax.Named(name.text, value, name.start, value.end)
