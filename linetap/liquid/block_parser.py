"""Reads blocks: ``if``, ``unless``, ``case``, ``for``, ``tablerow``, ``capture``."""

from __future__ import annotations

from typing import NoReturn

from linetap.liquid import syntax
from linetap.liquid.expression_parser import ExpressionParser
from linetap.liquid.lexer import END, NAME, STRING, TAG, TAG_END, TEXT, Token

MAX_NESTING = 50
"""Blocks inside blocks; linetap's own limit."""

_ELSE = "Only one {% else %} may stand in a block; a range has none"


class BlockParser(ExpressionParser):
    """The rules for everything that has a closing tag and a body that is rendered."""

    nesting = 0

    def _node(self) -> syntax.Node | None:
        raise NotImplementedError

    def _stray(self) -> NoReturn:
        if self.token.kind != TAG:
            self.fail("text or a tag")
        name = self.tokens[self.at + 1]
        error = self.error(self.token, f"{{% {name.text.strip()} %}} must have its opening tag before it")
        if name.kind in (TAG_END, END):
            raise self.error(self.token, "a tag must have a name", "Write {% if ... %}, or delete the tag")
        raise error

    def _block(self) -> syntax.Block:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            reason = f"blocks must not nest deeper than {MAX_NESTING} (linetap's limit)"
            raise self.error(self.token, reason)
        nodes: list[syntax.Node] = []
        while (node := self._node()) is not None:
            nodes.append(node)
        self.nesting -= 1
        return tuple(nodes)

    def _open(self) -> Token:
        """Takes ``{% name`` and gives the opening token."""
        start = self.take()
        self.take()
        return start

    def _close(self, what: str = "%}") -> int:
        return self.expect(TAG_END, what).end

    def _at_tag(self, *kinds: str) -> bool:
        return self.token.kind == TAG and self.tokens[self.at + 1].kind in kinds

    def _finish(self, opened: str, start: Token) -> int:
        """Takes ``{% endX %}``; gives its end."""
        if not self._at_tag(f"end{opened}"):
            got = "the end of the template"
            if self.token.kind == TAG:
                following = self.tokens[self.at + 1]
                got = f"{{% {following.text.strip()} %}}"
            raise self.error(
                start,
                f"{{% {opened} %}} must be closed by {{% end{opened} %}} (got {got})",
                _ELSE if got == "{% else %}" else "",
            )
        self._open()
        return self._close()

    def _branch(self, conditions: tuple[syntax.Expression, ...], start: int) -> syntax.Branch:
        self._close("%}, an operator, and or or")
        body = self._block()
        return syntax.Branch(conditions, body, start, self.token.start)

    def _if(self) -> syntax.Node:
        first = self._open()
        branches = [self._branch((self.expression(),), first.start)]
        while self._at_tag("elsif"):
            start = self._open().start
            branches.append(self._branch((self.expression(),), start))
        return self._condition("if", branches, first)

    def _unless(self) -> syntax.Node:
        first = self._open()
        return self._condition("unless", [self._branch((self.expression(),), first.start)], first)

    def _case(self) -> syntax.Node:
        first = self._open()
        subject = self.expression()
        self._close()
        if self.token.kind == TEXT:
            self.take()
        if not self._at_tag("when"):
            raise self.error(first, "{% case %} must have a {% when %}")
        branches = []
        while self._at_tag("when"):
            start = self._open().start
            terms = [self._term()]
            while self.token.kind in ("or", ","):
                self.take()
                terms.append(self._term())
            branches.append(self._branch(tuple(terms), start))
        return self._condition("case", branches, first, subject)

    def _condition(
        self, name: str, branches: list[syntax.Branch], first: Token, subject: syntax.Expression | None = None
    ) -> syntax.Node:
        if self._at_tag("else"):
            start = self._open().start
            branches.append(self._branch((), start))
        return syntax.Condition(name, tuple(branches), first.start, self._finish(name, first), subject)

    def _for(self) -> syntax.Node:
        first = self._open()
        variable = self.expect(NAME, "a variable's name").text
        self.expect("in", "in")
        until = None
        if self.token.kind == "(":
            self.take()
            source = self.expression()
            self.expect("..", "..")
            until = self.expression()
            self.expect(")", "a closing )")
        else:
            source = self.lookup()
        attributes = self._attributes()
        body = self._block()
        otherwise = None
        if until is None and self._at_tag("else"):
            self._open()
            self._close()
            otherwise = self._block()
        end = self._finish("for", first)
        return syntax.Loop("for", variable, source, attributes, body, first.start, end, until, otherwise)

    def _tablerow(self) -> syntax.Node:
        first = self._open()
        variable = self.expect(NAME, "a variable's name").text
        self.expect("in", "in")
        source = self.lookup()
        attributes = self._attributes()
        body = self._block()
        return syntax.Loop("tablerow", variable, source, attributes, body, first.start, self._finish("tablerow", first))

    def _attributes(self) -> tuple[syntax.Named, ...]:
        found = []
        while self.token.kind == NAME:
            if self.token.text == "reversed":
                remedy = "Assign the list with | reverse first"
                raise self.error(
                    self.token, "reversed must not be written: CleverTap's engine has no such word", remedy
                )
            found.append(self.named())
        self._close("%}, limit: or offset: (without a comma)")
        return tuple(found)

    def _capture(self) -> syntax.Node:
        first = self._open()
        if self.token.kind not in (NAME, STRING):
            self.fail("a variable's name")
        name = self.take()
        self._close()
        body = self._block()
        end = self._finish("capture", first)
        return syntax.Capture(name.text[1:-1] if name.kind == STRING else name.text, body, first.start, end)
