"""Expressions: literals, paths, comparisons and filters, read from tokens by LiqP's grammar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.comparing import COMPARISONS, joined_by
from linetap.sandbox.liquid.errors import LiquidError, Unknown
from linetap.sandbox.liquid.filters import Filter, filters_of
from linetap.sandbox.liquid.lexer import KEYWORDS, Token
from linetap.sandbox.liquid.lookup import Lookup, Node
from linetap.sandbox.liquid.printing import MOST_CHARACTERS
from linetap.sandbox.liquid.scope import Scope
from linetap.sandbox.liquid.values import BLANK, EMPTY, Long

_NO_NAMES = frozenset(("true", "false", "nil", "empty", "blank"))
_NAMES = (KEYWORDS - _NO_NAMES - {"null"}) | {"name", "end name"}
"""Kinds of tokens that a variable may be named by."""
_MEMBERS = _NAMES | (_NO_NAMES - {"blank"})
_LEVELS = (("and", "or"), ("contains",), ("==", "!="), ("<", ">", "<=", ">="))
"""Operators, from the loosest to the tightest; ``and`` and ``or`` group from the right."""


class Reader:
    """Tokens, taken one after another."""

    def __init__(self, tokens: Sequence[Token], readings: Readings) -> None:
        self._tokens, self.at = tokens, 0
        self._filters = filters_of(readings)

    def kind(self, ahead: int = 0) -> str:
        """The kind of a token ahead; ``end`` behind the last one."""
        return self._tokens[min(self.at + ahead, len(self._tokens) - 1)].kind

    def take(self, *kinds: str) -> str:
        """The next token's text; raises LiquidError where it is of another kind."""
        token = self._tokens[self.at]
        if token.kind not in kinds:
            wanted = " or ".join(sorted(kinds)[:8])
            raise LiquidError(f"{wanted} expected at {token.at}, not {token.text[:20]!r}")
        self.at = min(self.at + 1, len(self._tokens) - 1)
        return token.text

    def skip(self) -> str:
        """The next token's text, whatever its kind."""
        return self.take(self.kind())

    def accept(self, *kinds: str) -> str | None:
        return self.take(*kinds) if self.kind() in kinds else None

    # Expressions -----------------------------------------------------------------------------------------

    def expression(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self.term()
        left = self.expression(level + 1)
        while self.kind() in _LEVELS[level]:
            sign = self.kind()
            self.take(sign)
            if level == 0:
                return joined_by(sign, left, self.expression(0))
            left = _compared(COMPARISONS[sign], left, self.expression(level + 1))
        return left

    def term(self) -> Node:
        kind = self.kind()
        if (literal := _LITERALS.get(kind)) is not None:
            return _constant(literal(self.take(kind)))
        if kind == "(":
            self.take("(")
            inside = self.expression()
            self.take(")")
            return inside
        return self.lookup()

    def lookup(self) -> Lookup:
        if self.accept("["):
            indirect = self.kind() == "name"
            name = self.take("name", "string")
            self.take("]")
            found = Lookup(name if indirect else name[1:-1], (), indirect=indirect)
        else:
            name = self.take(*_NAMES)
            found = Lookup(name, self._steps())
        self.accept("?")
        return found

    def _steps(self) -> list[tuple[str | None, Node | None]]:
        steps: list[tuple[str | None, Node | None]] = []
        while sign := self.accept(".", "["):
            if sign == ".":
                steps.append((self.take(*_MEMBERS), None))
            else:
                steps.append((None, self.expression()))
                self.take("]")
        return steps

    # Filters ---------------------------------------------------------------------------------------------

    def filtered(self) -> Node:
        """A value and its filters."""
        value = self.expression()
        while self.accept("|"):
            name = self.take("name")
            if (function := self._filters.get(name)) is None:
                raise Unknown(f"no filter {name!r}; there are {', '.join(sorted(self._filters))}")
            value = _applied(function, name, value, self._parameters())
        return value

    def _parameters(self) -> list[Node]:
        parameters: list[Node] = []
        if self.accept(":"):
            parameters.append(self._parameter())
            while self.accept(","):
                parameters.append(self._parameter())
        return parameters

    def _parameter(self) -> Node:
        if self.kind() not in _MEMBERS or self.kind(1) != ":":
            return self.expression()
        name = self.take(*_MEMBERS)
        self.take(":")
        value = self.expression()
        return lambda scope: {name: value(scope)}


def _constant(value: Any) -> Node:
    return lambda scope: value


def _compared(comparison: Callable[[Any, Any, Readings], bool], left: Node, right: Node) -> Node:
    def run(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        scope.run.charge(one)
        return comparison(one, other, scope.run.readings)

    return run


def _applied(function: Filter, name: str, value: Node, parameters: Sequence[Node]) -> Node:
    def run(scope: Scope) -> Any:
        found = value(scope)
        scope.run.charge(found)
        try:
            result = function(found, [one(scope) for one in parameters], scope.run)
        except LiquidError as wrong:
            raise type(wrong)(f"{name}: {wrong}") from None
        if isinstance(result, (str, tuple)) and len(result) > MOST_CHARACTERS:
            raise LiquidError(f"{name}: the result is too long")
        return result

    return run


def _number(text: str) -> Any:
    if "." in text:
        return float(text)
    if len(text.lstrip("-0")) > 19 or not -(2**63) <= int(text) < 2**63:
        raise Unknown(f"{text[:30]} is too large for a whole number")
    return Long(text)


_LITERALS: dict[str, Callable[[str], Any]] = {
    "string": lambda text: text[1:-1],
    "number": _number,
    "true": lambda text: True,
    "false": lambda text: False,
    "nil": lambda text: None,
    "empty": lambda text: EMPTY,
    "blank": lambda text: BLANK,
}
