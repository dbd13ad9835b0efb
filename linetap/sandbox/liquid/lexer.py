"""A Liquid text as tokens, by the lexical rules of LiqP 0.7.9.

Three modes: text, tag (inside ``{{ }}`` and ``{% %}``) and raw. ``{{`` inside a tag opens another tag.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from linetap.sandbox.liquid.errors import LiquidError

_BLANKS = " \t\r\n"
_OPENING = re.compile(r"\{[{%]")
_RAW_END = re.compile(r"\{%[ \t\r\n]*endraw")
_IN_TAG = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
    |(?P<open>\{\{|\{%)
    |-?(?P<close>\}\}|%\})
    |(?P<string>'[^']*'|"[^"]*")
    |(?P<number>-?[0-9]+(?:\.[0-9]+|\.(?!\.))?)
    |(?P<raw>raw[ \t\r\n]*%\})
    |(?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    |(?P<sign>\.\.|!=|<>|==|>=|<=|[.=<>|:,()\[\]?/\\-])""",
    re.VERBOSE,
)
KEYWORDS = frozenset(
    ("capture", "endcapture", "comment", "endcomment", "if", "elsif", "endif", "unless", "endunless", "else",
     "contains", "case", "endcase", "when", "cycle", "for", "endfor", "in", "and", "or", "tablerow", "endtablerow",
     "assign", "true", "false", "nil", "null", "include", "with", "empty", "blank")
)  # fmt: skip
_END_OF_ANOTHER = re.compile(r"end[A-Za-z_]")


class Token(NamedTuple):
    """``kind`` is a keyword or sign itself, or text, name, end name, string, number, raw, raw text, raw end, end."""

    kind: str
    text: str
    at: int


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []
        self.open: list[str] = []
        self._skipped = False

    def read(self) -> list[Token]:
        while self.at < len(self.text):
            (self._tag if self.open else self._plain)()
        self.tokens.append(Token("end", "the end", len(self.text)))
        return self.tokens

    def _add(self, kind: str, text: str, end: int) -> None:
        self.tokens.append(Token(kind, text, self.at))
        self.at = end

    def _plain(self) -> None:
        found = _OPENING.search(self.text, self.at)
        start = found.start() if found else len(self.text)
        before = self.text[self.at : start]
        trims = self.text.startswith("-", start + 2)
        if before := before.rstrip(_BLANKS) if trims else before:
            self._add("text", before, start)
        self.at = start
        if found:
            self.open.append(found[0])
            self._add(found[0], found[0], start + 2 + trims)

    def _tag(self) -> None:
        match = _IN_TAG.match(self.text, self.at)
        kind = match.lastgroup if match else None
        if match is None or kind is None:
            self._not_a_token()
        elif kind == "blank":
            self.at = match.end()
        elif kind == "open":
            self.open.append(match[0])
            self._add(match[0], match[0], match.end())
        elif kind == "close":
            self._close(match)
        elif kind == "raw":
            self._raw(match)
        else:
            self._add(_kind(kind, match[0]), match[0], match.end())

    def _close(self, match: re.Match[str]) -> None:
        end = match.end()
        self.open.pop()
        if match[0].startswith("-"):
            rest = re.compile(r"[ \t\r\n]*").match(self.text, end)
            end = rest.end() if rest else end
        self._add(match["close"], match[0], end)

    def _raw(self, match: re.Match[str]) -> None:
        self._add("raw", match[0], match.end())
        if (end := _RAW_END.search(self.text, self.at)) is None:
            raise LiquidError("raw is not closed: endraw is missing")
        self._add("raw text", self.text[self.at : end.start()], end.start())
        self._add("raw end", end[0], end.end())

    def _not_a_token(self) -> None:
        """The engine reads a template twice; the second reading continues after the start of a token."""
        character = self.text[self.at]
        if character not in "%}{!'\"" or self._skipped:
            raise LiquidError(f"{character!r} at {self.at} is not Liquid")
        self._skipped = True
        self.at = len(self.text) if character in "'\"" else self.at + 1


def _kind(group: str, text: str) -> str:
    if group == "sign":
        return "!=" if text == "<>" else text
    if group != "name":
        return group
    if text in KEYWORDS:
        return "nil" if text == "null" else text
    return "end name" if _END_OF_ANOTHER.match(text) else "name"


def tokens_of(text: str) -> list[Token]:
    """The tokens in order, the last one of kind ``end``; raises LiquidError for what is no token."""
    return _Lexer(text).read()
