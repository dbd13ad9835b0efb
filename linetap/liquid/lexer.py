"""Splits a template into tokens as LiqP 0.7.9's lexer does.

Outside tags everything is text. ``{{`` and ``{%`` open a tag, also inside a tag; ``}}`` and ``%}`` close the
innermost one. ``{%- `` and ``-}}`` take the blanks (space, tab, CR, LF) beside them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from linetap.liquid.errors import LiquidSyntaxError


class Token(NamedTuple):
    """One token: its kind, its text and its place in the source (``end`` is exclusive)."""

    kind: str
    text: str
    start: int
    end: int


# The kind of a keyword is the word itself.
KEYWORDS = frozenset(
    (
        *(
            "capture",
            "endcapture",
            "comment",
            "endcomment",
            "if",
            "elsif",
            "endif",
            "unless",
            "endunless",
            "else",
            "case",
        ),
        *("endcase", "when", "cycle", "for", "endfor", "in", "tablerow", "endtablerow", "assign", "include", "with"),
        *("contains", "and", "or", "true", "false", "empty", "blank"),
    )
)
TEXT, OUT, TAG, OUT_END, TAG_END = "text", "{{", "{%", "}}", "%}"
NAME, END_NAME, NIL, STRING, INTEGER, DECIMAL, RAW, RAW_BODY, END = (
    *("name", "endname", "nil", "string", "integer", "decimal"),
    *("raw", "rawbody", "end of the template"),
)

_OPEN = re.compile(r"\{[{%]-?")
_IN_TAG = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
    |(?P<close>-?(?:\}\}|%\}))
    |(?P<open>\{\{|\{%)
    |(?P<string>'[^']*'|"[^"]*")
    |(?P<decimal>-?[0-9]+\.(?:[0-9]+|(?!\.)))
    |(?P<integer>-?[0-9]+)
    |(?P<raw>raw[ \t\r\n]*%\})
    |(?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    |(?P<sign>\.\.|!=|<>|==|>=|<=|[.=><|:,()\[\]?/\\-])""",
    re.VERBOSE,
)
_BLANKS = re.compile(r"[ \t\r\n]*")
_RAW_END = re.compile(r"\{%[ \t\r\n]*endraw")
_END_NAME = re.compile(r"end[A-Za-z_]")
# A character that begins a longer token, without the rest of it: LiqP fails, tries once more behind it, and goes on.
_HALF_TOKENS = "!%{}"

_CURLY = "‘’‚“”„‹›«»″′＂＇"
_BLANKS_LOOKALIKE = "\u00a0\u3000\u200b\u2003\u2002\u2009\u202f\ufeff"
_SIGNS = {"&": "the word and", "+": "| plus:", "*": "| times:", "#": "a comment tag", "@": "{{ Profile.Name }}"}


def tokens_of(source: str) -> list[Token]:
    """All tokens of ``source``, ended by one of kind ``END``."""
    return _Lexer(source).run()


def place(source: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    return source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)


def syntax_error(source: str, offset: int, reason: str, remedy: str = "") -> LiquidSyntaxError:
    line, column = place(source, offset)
    return LiquidSyntaxError(reason, offset=offset, line=line, column=column, remedy=remedy)


class _Lexer:
    def __init__(self, source: str) -> None:
        self.source = source
        self.found: list[Token] = []
        self.depth = 0
        self.skipped = False

    def run(self) -> list[Token]:
        at, size = 0, len(self.source)
        while at < size:
            at = self._in_tag(at) if self.depth else self._text(at)
        self._add(END, size, size)
        return self.found

    def _add(self, kind: str, start: int, end: int) -> None:
        self.found.append(Token(kind, self.source[start:end], start, end))

    def _text(self, at: int) -> int:
        opening = _OPEN.search(self.source, at)
        start = opening.start() if opening else len(self.source)
        if opening and opening.group().endswith("-"):
            start = at + len(self.source[at:start].rstrip(" \t\r\n"))
        if start > at:
            self._add(TEXT, at, start)
        if opening is None:
            return start
        self._add(opening.group()[:2], start, opening.end())
        self.depth += 1
        return opening.end()

    def _in_tag(self, at: int) -> int:
        match = _IN_TAG.match(self.source, at)
        if match is None:
            return self._unknown(at)
        group, end = str(match.lastgroup), match.end()
        if group == "close":
            return self._close(at, end)
        if group == "raw":
            return self._raw(at, end)
        if group == "open":
            self.depth += 1
        if group != "blank":
            self._add(_kind(group, match.group()), at, end)
        return end

    def _close(self, start: int, end: int) -> int:
        self.depth -= 1
        kind = OUT_END if self.source[end - 1] == "}" and self.source[end - 2] == "}" else TAG_END
        if self.source[start] == "-":
            blanks = _BLANKS.match(self.source, end)
            end = blanks.end() if blanks else end
        self._add(kind, start, end)
        return end

    def _raw(self, start: int, end: int) -> int:
        self._add(RAW, start, end)
        closing = _RAW_END.search(self.source, end)
        if closing is None:
            raise syntax_error(
                self.source, start, "{% raw %} must be closed", "Write {% endraw %} where the raw text ends"
            )
        self._add(RAW_BODY, end, closing.start())
        self._add("endraw", closing.start(), closing.end())
        return closing.end()

    def _unknown(self, at: int) -> int:
        char = self.source[at]
        if char in "'\"":
            reason = f"a text that opens with {char} must be closed with {char}"
            raise syntax_error(self.source, at, reason, 'Liquid has no escapes: put a text with \' between " and "')
        if char in _HALF_TOKENS and not self.skipped:
            self.skipped = True
            return at + 1
        raise self._rejected(at, char)

    def _rejected(self, at: int, char: str) -> LiquidSyntaxError:
        if char in _CURLY:
            return syntax_error(
                self.source, at, f"a text must stand between ' or \", not {char}", "Type the quotes again"
            )
        if char in _BLANKS_LOOKALIKE:
            reason = f"a blank in a tag must be an ordinary space, not U+{ord(char):04X}"
            return syntax_error(self.source, at, reason, "Delete the blank and type a space")
        if not char.isascii():
            reason = f"a name in a tag must be ASCII (got {char})"
            return syntax_error(self.source, at, reason, "Write another name in brackets: Profile['氏名']")
        remedy = f"Write {_SIGNS[char]}" if char in _SIGNS else "Delete it"
        return syntax_error(self.source, at, f"{char} must not stand in a tag", remedy)


def _kind(group: str, text: str) -> str:
    if group != "name":
        return text if group in ("open", "sign") else group
    if text in KEYWORDS:
        return text
    if text in ("nil", "null"):
        return NIL
    return END_NAME if _END_NAME.match(text) else NAME
