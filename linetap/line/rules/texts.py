"""Checks of strings, with or without fields in them: lengths as LINE counts them, addresses, patterns, choices."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import Any

from linetap.errors import Problem, Severity, literal_text
from linetap.fields import ConditionalText, Field, LiteralText, RawLiquid, has_mark, readable, without_marks
from linetap.line.rules.engine import Context, Problems, limit_requirement, one_problem
from linetap.line.rules.json_walk import branches, describe_fields, fields_of
from linetap.line.rules.limits import COUNTING, WORST_VALUE, Limit


def utf16_units(text: str) -> int:
    """The length of ``text`` in UTF-16 code units, as LINE counts most properties."""
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


def not_a_string(value: Any) -> str:
    """The remedy for a value that is not a plain str."""
    if isinstance(value, str):
        return "it is a subclass of str: convert it to a plain str"
    return "write it as a string" if type(value) in (int, float) else ""


class Text:
    """A string within a limit. An empty one is an error where LINE is known to reject it, uncertain elsewhere."""

    def __init__(self, limit: Limit, *, may_be_empty: bool = False, letters: str = "") -> None:
        self.limit, self.may_be_empty = limit, may_be_empty
        self.letters = re.compile(f"[^{letters}]").search if letters else None
        self.allowed = "must have only the characters " + re.sub(r"\\(.)", r"\1", letters)
        self.most = limit.most
        self.least = 0 if may_be_empty else 1
        self.clusters = limit.unit == "grapheme clusters"

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not str:
            return one_problem("must be a string", value, not_a_string(value), page=self.limit.page)
        if context.marked and has_mark(value):
            return worst_branch(value, self._check_with_fields)
        if self.least <= len(value) <= self.most and (self.clusters or value.isascii()) and not self.letters:
            return ()
        return self._check_literal(value)

    def _check_literal(self, value: str) -> Problems:
        if self.letters and (other := self.letters(value)):
            return one_problem(self.allowed, other.group(), page=self.limit.page)
        if not value and not self.may_be_empty:
            severity: Severity = "error" if self.limit.least else "uncertain"
            return one_problem("must not be empty", value, page=self.limit.page, severity=severity)
        if not self.clusters:
            return self._check_length(utf16_units(value))
        if len(value) <= self.most:  # no cluster is shorter than one code point
            return ()
        return self._check_clusters(value)

    def _check_length(self, length: int) -> Problems:
        if length <= self.most:
            return ()
        return one_problem(limit_requirement(self.limit), literal_text(f"{length:,}"), page=self.limit.page)

    def _check_clusters(self, value: str) -> Problems:
        """LINE documents a count of clusters, but was seen to count code points: between the two it is uncertain.

        https://developers.line.biz/en/docs/messaging-api/text-character-count/
        """
        length, points = graphemes(value), f"{len(value):,} code points"
        if length is not None and length > self.most:
            return self._check_length(length)
        found = points if length is None else f"{length:,} grapheme clusters, {points}"
        hint = _INSTALL if length is None else _BOTH_COUNTS
        rule, page = limit_requirement(self.limit), self.limit.page
        return one_problem(rule, literal_text(found), hint, page=page, severity="uncertain")

    def _check_with_fields(self, value: str) -> Problems:
        literal, fields = without_marks(value), fields_of(value)
        if not fields:
            return self._check_literal(value)
        if literal and (found := self._check_literal(literal)):
            return found
        length = utf16_units(literal) + sum(map(_longest_value, fields))
        if length > self.most:
            return one_problem(
                limit_requirement(self.limit),
                describe_fields(fields),
                DEPENDS,
                page=self.limit.page,
                severity="uncertain",
            )
        if not literal and not self.may_be_empty and all(map(_may_be_empty, fields)):
            return one_problem(
                "must not be empty", describe_fields(fields), DEPENDS, page=self.limit.page, severity="uncertain"
            )
        return ()


_INSTALL = f"install linetap[graphemes] to count grapheme clusters ({COUNTING})"
_BOTH_COUNTS = "LINE documents a count of clusters, but may count code points: shorten the text to be safe"
DEPENDS = "this depends on the profile's values: preview it with real profiles"


def worst_branch(text: str, check: Callable[[str], Problems]) -> Problems:
    """The most severe problems that ``check`` finds in any variant of ``text``; ``()`` if a field in it is damaged."""
    if not fields_of(text):
        return ()
    results = [found for branch in branches(text) or [text] if (found := check(branch))]
    return min(results, key=lambda found: min(_SEVERITY_ORDER[problem.severity] for problem in found), default=())


_SEVERITY_ORDER = {"error": 0, "uncertain": 1, "advice": 2}


def _longest_value(field: Field) -> float:
    if isinstance(field, (RawLiquid, ConditionalText)):  # a conditional text is here only if it has too many variants
        return float("inf")
    if isinstance(field, LiteralText):
        return utf16_units(field.text)
    return max(WORST_VALUE, utf16_units(getattr(field, "default", None) or ""))


def _may_be_empty(field: Field) -> bool:
    if isinstance(field, (RawLiquid, LiteralText)):
        return isinstance(field, RawLiquid) or not field.text
    return getattr(field, "default", None) == ""


class Url(Text):
    """A URL with one of the given schemes, within a limit."""

    def __init__(self, limit: Limit, schemes: tuple[str, ...] = ("https",)) -> None:
        super().__init__(limit)
        self.rule = f"must be a URL that starts with {' or '.join(f'{s}{_after(s)}' for s in schemes)}"
        # Fast path for lower-case schemes: ignoring case costs twice as much.
        self.matches = re.compile("|".join(rf"{s}{_after(s)}{_host(s)}[!#-;=?-Z_a-z~\[\]]+" for s in schemes)).fullmatch
        self.begins = re.compile("|".join(f"{s}{_after(s)}" for s in schemes), re.IGNORECASE).match

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and not context.marked and len(value) <= self.most and self.matches(value):
            return ()
        problems = super().__call__(value, context)
        if type(value) is not str or not value:
            return problems
        marked = context.marked and has_mark(value)
        return [*problems, *(worst_branch(value, self._address) if marked else self._address(value))]

    def _address(self, value: str) -> Problems:
        fields, page = fields_of(value) if has_mark(value) else (), self.limit.page
        literal = without_marks(value) if fields else value
        begins = self.begins(value)
        if fields and (begins is None or begins.end() == len(value)) and not re.match(r"[a-z]+:", value, re.IGNORECASE):
            return one_problem(self.rule, describe_fields(fields), DEPENDS, page=page, severity="uncertain")
        if begins is None:
            return one_problem(self.rule, readable(value), _https_remedy(value), page=page)
        if fields:
            return self._letters(literal) or one_problem(
                "must be a URL after the fields are filled",
                describe_fields(fields),
                "values are not percent-encoded: use only values of letters, digits, - . _ ~",
                page=page,
                severity="uncertain",
            )
        if begins.end() == len(value):
            return one_problem(self.rule, value, page=page)
        return self._letters(literal) or self._host(value)

    def _host(self, value: str) -> Problems:
        """LINE responds to a URL with an empty part of the host with "invalid uri"; it publishes no rule of hosts."""
        if value[:4].lower() != "http":
            return ()
        parts = _AUTHORITY(value)
        if parts is None or int(parts["port"] or 0) > 65_535:
            return one_problem(_HOST_RULE, value, page=self.limit.page)
        if ".." in f".{parts['host']}":
            return one_problem(_HOST_RULE, value, page=self.limit.page, severity="uncertain")
        return ()

    def _letters(self, value: str) -> Problems:
        """LINE requires percent-encoded URLs; it does not document what it does with other characters."""
        if bad := re.search(r"[\x00-\x20\x7f]", value):
            rule = "must not contain a blank or control character"
            return one_problem(rule, bad.group(), _ENCODE, page=self.limit.page)
        if bad := re.search(r"[\"<>\\^`{|}]|[^\x00-\x7f]", value):
            rule = "must be percent-encoded"
            return one_problem(rule, bad.group(), _ENCODE, page=self.limit.page, severity="uncertain")
        return ()


def _after(scheme: str) -> str:
    return "://" if scheme in ("http", "https") else ":"


def _host(scheme: str) -> str:
    """The pattern of a host that needs no further check."""
    return r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*(?=[/?#]|$)" if scheme in ("http", "https") else ""


# RFC 3986, section 3.2: [userinfo "@"] host [":" port]; a host is a name, or an IPv6 address in brackets.
_AUTHORITY = re.compile(
    r"[a-z]+://(?:[^/?#]*@)?(?P<host>\[[0-9a-f:.]+\]|[^/?#\[\]@:]+)(?::(?P<port>[0-9]{0,5}))?(?:[/?#]|$)", re.IGNORECASE
).match
_HOST_RULE = "must have a host name after the scheme, such as https://example.com/"


_ENCODE = "encode it with urllib.parse.quote"


def _https_remedy(value: str) -> str:
    return "use https://: LINE accepts media over HTTPS only" if value[:5].lower() == "http:" else ""


class Pattern:
    """A string that matches a pattern."""

    def __init__(self, pattern: str, rule: str, page: str = "", *, severity: Severity = "error") -> None:
        self.matches = re.compile(pattern).fullmatch
        self.rule, self.page = rule, page
        self.severity: Severity = severity
        self.passed: set[str] = set()

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and (value in self.passed or self.matches(value)):
            if len(self.passed) < 500:  # the same few sizes and colours are used again and again
                self.passed.add(value)
            return ()
        return decided_by_field(value, context, self.rule, self.page) or one_problem(
            self.rule, value, page=self.page, severity=self.severity
        )


class OneOf:
    """One of a few strings."""

    def __init__(self, *values: str, page: str = "") -> None:
        self.values = frozenset(values)
        self.rule, self.page = _choice(values), page

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is str and value in self.values:
            return ()
        close = get_close_matches(value, self.values, 1) if type(value) is str else []
        hint = f"did you mean {close[0]!r}?" if close else ""
        return decided_by_field(value, context, self.rule, self.page) or one_problem(
            self.rule, value, hint, page=self.page
        )


def _choice(values: tuple[str, ...]) -> str:
    return f"must be one of {', '.join(values)}" if len(values) != 1 else f"must be {next(iter(values))!r}"


class AnyText:
    """A string without a documented form; ``empty`` is the severity of an empty one."""

    def __init__(self, empty: Severity = "uncertain") -> None:
        self.empty: Severity = empty

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not str:
            return one_problem("must be a string", value, not_a_string(value))
        if context.marked and has_mark(value):
            return worst_branch(value, self._check_with_fields)
        return () if value else one_problem("must not be empty", value, severity=self.empty)

    def _check_with_fields(self, value: str) -> Problems:
        if not value:
            return one_problem("must not be empty", value, severity=self.empty)
        fields = fields_of(value) if has_mark(value) else ()
        if fields and not without_marks(value) and all(map(_may_be_empty, fields)):
            return one_problem("must not be empty", describe_fields(fields), DEPENDS, severity="uncertain")
        return ()


def decided_by_field(value: Any, context: Context, rule: str, page: str) -> tuple[Problem, ...]:
    """The uncertain problem of a value with a field in it; ``()`` for a value without one."""
    fields = fields_of(value) if context.marked and type(value) is str else ()
    return one_problem(rule, describe_fields(fields), DEPENDS, page=page, severity="uncertain") if fields else ()
