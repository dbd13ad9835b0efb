"""Checks of strings: lengths as LINE counts them, addresses, patterns, closed sets, all of it with fields inside."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import Any

from linetap.errors import Problem, Severity, literal_text
from linetap.fields import ConditionalText, Field, LiteralText, RawLiquid, has_mark, without_marks
from linetap.line.rules.engine import Context, Problems, one, told
from linetap.line.rules.json_walk import branches, fields_of, found_fields
from linetap.line.rules.limits import COUNTING, WORST_VALUE, Limit


def utf16_units(text: str) -> int:
    """The length of ``text`` as LINE counts most fields."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int | None:
    """The length of ``text`` in grapheme clusters; None without the library of the extra ``graphemes``."""
    splitter = _splitter()
    return None if splitter is None else len(splitter.findall(text))


@cache
def _splitter() -> Any:
    try:
        import regex
    except ImportError:
        return None
    return regex.compile(r"\X")


class Text:
    """A string within a limit. Where LINE does not say that it refuses an empty one, that is uncertain."""

    def __init__(self, limit: Limit, *, may_be_empty: bool = False, letters: str = "") -> None:
        self.limit, self.may_be_empty = limit, may_be_empty
        self.letters = re.compile(f"[^{letters}]").search if letters else None
        self.most = limit.most
        self.least = 0 if may_be_empty else 1
        self.clusters = limit.unit == "grapheme clusters"

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not str:
            return one("is a string", value, page=self.limit.page)
        if context.marked and has_mark(value):
            return by_branches(value, self._marked)
        if self.least <= len(value) <= self.most and (self.clusters or value.isascii()) and not self.letters:
            return ()
        return self._judged(value)

    def _judged(self, value: str) -> Problems:
        if self.letters and (other := self.letters(value)):
            return one("has letters, digits and certain signs only", other.group(), page=self.limit.page)
        if not value and not self.may_be_empty:
            severity: Severity = "error" if self.limit.least else "uncertain"
            return one("is not empty", value, page=self.limit.page, severity=severity)
        if not self.clusters:
            return self._over(utf16_units(value))
        if len(value) <= self.most:  # no cluster is shorter than one code point
            return ()
        return self._over(graphemes(value), value)

    def _over(self, length: int | None, value: str = "") -> Problems:
        rule, page = told(self.limit), self.limit.page
        if length is None:
            found = literal_text(f"{len(value):,} code points")
            hint = f"install linetap[graphemes] to have clusters counted ({COUNTING})"
            return one(rule, found, hint, page=page, severity="uncertain")
        return () if length <= self.most else one(rule, literal_text(f"{length:,}"), page=page)

    def _marked(self, value: str) -> Problems:
        literal, fields = without_marks(value), fields_of(value)
        if not fields:
            return self._judged(value)
        if literal and (over := self._judged(literal)):
            return over
        worst = [_worst(field) for field in fields]
        length = utf16_units(literal) + sum(worst)
        if length > self.most:
            return one(told(self.limit), found_fields(fields), DEPENDS, page=self.limit.page, severity="uncertain")
        if not literal and not self.may_be_empty and all(map(_may_be_empty, fields)):
            return one("is not empty", found_fields(fields), DEPENDS, page=self.limit.page, severity="uncertain")
        return ()


DEPENDS = "this depends on the values: a preview of real profiles tells"


def by_branches(text: str, judge: Callable[[str], Problems]) -> Problems:
    """The worst that ``judge`` says of ``text`` as any choice in it may turn out; nothing of a damaged one."""
    if not fields_of(text):
        return ()
    told = [found for branch in branches(text) or [text] if (found := judge(branch))]
    return min(told, key=lambda found: min(_GRAVEST[problem.severity] for problem in found), default=())


_GRAVEST = {"error": 0, "uncertain": 1, "advice": 2}


def _worst(field: Field) -> float:
    if isinstance(field, (RawLiquid, ConditionalText)):  # a choice comes here only where there are too many to tell
        return float("inf")
    if isinstance(field, LiteralText):
        return utf16_units(field.text)
    return max(WORST_VALUE, utf16_units(getattr(field, "default", None) or ""))


def _may_be_empty(field: Field) -> bool:
    if isinstance(field, (RawLiquid, LiteralText)):
        return isinstance(field, RawLiquid) or not field.text
    return getattr(field, "default", None) == ""


class Url(Text):
    """An address with one of certain schemes, within a limit."""

    def __init__(self, limit: Limit, schemes: tuple[str, ...] = ("https",)) -> None:
        super().__init__(limit)
        self.rule = f"is an address that begins with {' or '.join(f'{s}{_after(s)}' for s in schemes)}"
        # Lower-case schemes alone, as nearly all are written: without regard to case this costs twice as much.
        self.good = re.compile("|".join(rf"{s}{_after(s)}[!#-;=?-Z_a-z~\[\]]+" for s in schemes)).fullmatch
        self.begins = re.compile("|".join(f"{s}{_after(s)}" for s in schemes), re.IGNORECASE).match

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and not context.marked and len(value) <= self.most and self.good(value):
            return ()
        problems = super().__call__(value, context)
        if type(value) is not str or not value:
            return problems
        marked = context.marked and has_mark(value)
        return [*problems, *(by_branches(value, self._address) if marked else self._address(value))]

    def _address(self, value: str) -> Problems:
        fields, page = fields_of(value) if has_mark(value) else (), self.limit.page
        literal = without_marks(value) if fields else value
        begins = self.begins(value)
        if fields and (begins is None or begins.end() == len(value)) and not re.match(r"[a-z]+:", value, re.IGNORECASE):
            return one(self.rule, found_fields(fields), DEPENDS, page=page, severity="uncertain")
        if begins is None:
            return one(self.rule, value, _https(value), page=page)
        if fields:
            return self._letters(literal) or one(
                "stays an address with its values in it",
                found_fields(fields),
                "values are not percent-encoded: keep to ones of letters, digits, - . _ ~",
                page=page,
                severity="uncertain",
            )
        return self._letters(literal) or (() if begins.end() < len(value) else one(self.rule, value, page=page))

    def _letters(self, value: str) -> Problems:
        """LINE asks for percent-encoded addresses; what it does with other letters it does not say."""
        if bad := re.search(r"[\x00-\x20\x7f]", value):
            return one("holds no blank or control character", bad.group(), "percent-encode it", page=self.limit.page)
        if bad := re.search(r"[\"<>\\^`{|}]|[^\x00-\x7f]", value):
            rule = "is percent-encoded"
            return one(rule, bad.group(), "use urllib.parse.quote", page=self.limit.page, severity="uncertain")
        return ()


def _after(scheme: str) -> str:
    return "://" if scheme in ("http", "https") else ":"


def _https(value: str) -> str:
    return "LINE takes media over HTTPS alone" if value[:5].lower() == "http:" else ""


class Pattern:
    """A string of a certain form."""

    def __init__(self, pattern: str, rule: str, page: str = "", *, severity: Severity = "error") -> None:
        self.good = re.compile(pattern).fullmatch
        self.rule, self.page = rule, page
        self.severity: Severity = severity
        self.passed: set[str] = set()

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and (value in self.passed or self.good(value)):
            if len(self.passed) < 500:  # the same few sizes and colours come again and again
                self.passed.add(value)
            return ()
        return unknown_yet(value, context, self.rule, self.page) or one(
            self.rule, value, page=self.page, severity=self.severity
        )


class OneOf:
    """A string of a closed set."""

    def __init__(self, *values: str, page: str = "") -> None:
        self.values = frozenset(values)
        self.rule, self.page = f"is one of {', '.join(values)}", page

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and value in self.values:
            return ()
        close = get_close_matches(value, self.values, 1) if type(value) is str else []
        hint = f"did you mean {close[0]!r}?" if close else ""
        return unknown_yet(value, context, self.rule, self.page) or one(self.rule, value, hint, page=self.page)


class AnyText:
    """A string of whose form LINE says nothing but that it is one, and not empty."""

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not str:
            return one("is a string", value)
        return () if value else one("is not empty", value, severity="uncertain")


def unknown_yet(value: Any, context: Context, rule: str, page: str) -> tuple[Problem, ...]:
    """The uncertain problem of a value that a field will decide; nothing where none stands in it."""
    fields = fields_of(value) if context.marked and type(value) is str else ()
    return one(rule, found_fields(fields), DEPENDS, page=page, severity="uncertain") if fields else ()
