"""Liquid's values: expressions, comparisons and the filters that CleverTap's pages name.

https://docs.clevertap.com/docs/liquid-tags - "only the terms listed are supported", so what is not here is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, quote_plus

from linetap.sandbox.core.ambiguities import Readings


class LiquidError(ValueError):
    """The template uses what CleverTap does not document, or is not well formed."""


class _Word:
    def __init__(self, name: str) -> None:
        self.name = name


BLANK, EMPTY = _Word("blank"), _Word("empty")
_WORDS: dict[str, Any] = {"true": True, "false": False, "nil": None, "null": None, "blank": BLANK, "empty": EMPTY}
MISSING = None

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'[^']*'|"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)(?![\w])|(?P<name>[^\W\d][\w-]*\??)
    |(?P<sign>==|!=|<>|<=|>=|\.\.|[<>|:,.\[\]()=]))""",
    re.VERBOSE,
)


def tokens(text: str) -> list[tuple[str, str]]:
    """``text`` as (kind, text) pairs."""
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        if (match := _TOKEN.match(text, at)) is None:
            raise LiquidError(f"not understood: {text[at : at + 30]!r}")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return found


class Scope:
    """Where names are looked up while a template is rendered."""

    def __init__(self, objects: Mapping[str, Any], readings: Readings, now: float, event: str | None) -> None:
        self.objects, self.event = objects, event
        self.readings = readings
        self.now = now
        self.local: dict[str, Any] = {}

    def look_up(self, path: list[Any]) -> Any:
        """The value at a path of names and indexes; None where there is none."""
        name, *rest = path
        if name in self.local:
            value = self.local[name]
        elif name in self.objects:
            value = self.objects[name]
        else:
            raise LiquidError(f"no object {name!r}; CleverTap documents {', '.join(self.objects)}")
        for step in rest:
            value = self._step(value, step)
        return value

    def _step(self, value: Any, step: Any) -> Any:
        if isinstance(value, Mapping):
            if step in value:
                return value[step]
            if self.readings.property_case == "ignored":
                return next((v for k, v in value.items() if str(k).lower() == str(step).lower()), None)
            return len(value) if step == "size" else None
        if isinstance(value, (list, str)) and step in ("size", "first", "last"):
            ends = {"size": len(value), "first": value[0] if value else None, "last": value[-1] if value else None}
            return ends[step]
        if isinstance(value, list) and isinstance(step, int):
            return value[step] if -len(value) <= step < len(value) else None
        return None

    def text(self, value: Any) -> str:
        """A value as it stands in the rendered text."""
        if value is None or isinstance(value, _Word):
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return self.readings.list_joining.join(map(self.text, value))
        return self.date(str(value), "%Y-%m-%d %H:%M:%S")

    def date(self, text: str, form: str) -> str:
        """A ``$D_`` date in a form, anything else as it stands."""
        if self.readings.dates == "raw" or not re.fullmatch(r"\$D_\d+", text):
            return text
        return datetime.fromtimestamp(int(text[3:]), timezone.utc).strftime(form)


class Reader:
    """Reads an expression from tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0

    def peek(self, *texts: str) -> bool:
        return self.at < len(self.tokens) and (not texts or self.tokens[self.at][1] in texts)

    def take(self, *texts: str) -> str:
        if not self.peek(*texts):
            raise LiquidError(f"{' or '.join(texts) or 'more'} expected in {self.text!r}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def accept(self, *texts: str) -> str | None:
        return self.take(*texts) if self.peek(*texts) else None

    def end(self) -> None:
        if self.peek():
            raise LiquidError(f"{self.tokens[self.at][1]!r} not expected in {self.text!r}")

    def value(self) -> Expression:
        """A literal or a path."""
        if not self.peek():
            raise LiquidError(f"a value expected in {self.text!r}")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return _constant(text[1:-1])
        if kind == "number":
            return _constant(float(text) if "." in text else int(text))
        if kind != "name":
            raise LiquidError(f"{text!r} not expected in {self.text!r}")
        if text in _WORDS and not self.peek(".", "["):
            return _constant(_WORDS[text])
        return self._path(text)

    def _path(self, first: str) -> Expression:
        steps: list[Expression] = [_constant(first)]
        while sign := self.accept(".", "["):
            if sign == ".":
                kind, text = self.tokens[self.at] if self.peek() else ("", "")
                if kind != "name":
                    raise LiquidError(f"a name expected after the dot in {self.text!r}")
                self.at += 1
                steps.append(_constant(text))
            else:
                steps.append(self.value())
                self.take("]")
        return lambda scope: scope.look_up([step(scope) for step in steps])

    def filtered(self) -> Expression:
        """A value and its filters."""
        value = self.value()
        while self.accept("|"):
            name = self.take()
            if name not in FILTERS:
                raise LiquidError(f"no filter {name!r} in CleverTap's pages; there are {', '.join(sorted(FILTERS))}")
            arguments: list[Expression] = []
            if self.accept(":"):
                arguments.append(self.value())
                while self.accept(","):
                    arguments.append(self.value())
            value = _apply(FILTERS[name], name, value, arguments)
        return value

    def condition(self) -> Expression:
        """Comparisons joined by and / or, which Liquid reads from the right."""
        left = self._comparison()
        if word := self.accept("and", "or"):
            right = self.condition()
            if word == "and":
                return lambda scope: truthy(left(scope)) and truthy(right(scope))
            return lambda scope: truthy(left(scope)) or truthy(right(scope))
        return left

    def _comparison(self) -> Expression:
        left = self.value()
        sign = self.accept("==", "!=", "<>", "<", ">", "<=", ">=", "contains")
        if sign is None:
            return left
        right = self.value()
        return lambda scope: compare(left(scope), sign, right(scope), scope.readings)


Expression = Callable[[Scope], Any]


def _constant(value: Any) -> Expression:
    return lambda scope: value


def truthy(value: Any) -> bool:
    """Only nil and false are false; 0 and the empty string are true."""
    return value is not None and value is not False


def compare(left: Any, sign: str, right: Any, readings: Readings) -> bool:
    if sign in ("==", "!=", "<>"):
        return _equal(left, right, readings) is (sign == "==")
    if sign == "contains":
        if isinstance(left, list):
            return right in left
        return isinstance(left, str) and right is not None and str(right) in left
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (left, right))
    if not (numbers or (isinstance(left, str) and isinstance(right, str))):
        return False
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign])


def _equal(left: Any, right: Any, readings: Readings) -> bool:
    for value, word in ((left, right), (right, left)):
        if word is BLANK:
            return readings.missing_is_blank if value is None else value is False or _hollow(value)
        if word is EMPTY:
            return value in ("", []) and value is not False
    return bool(left == right and isinstance(left, bool) == isinstance(right, bool))


def _hollow(value: Any) -> bool:
    return (isinstance(value, str) and not value.strip()) or value == []


# Filters -------------------------------------------------------------------------------------------------


def _apply(function: Callable[..., Any], name: str, value: Expression, arguments: list[Expression]) -> Expression:
    def run(scope: Scope) -> Any:
        try:
            return function(scope, value(scope), *(argument(scope) for argument in arguments))
        except TypeError:
            raise LiquidError(f"the filter {name!r} does not take {len(arguments)} argument(s)") from None

    return run


def _default(scope: Scope, value: Any, other: Any = "") -> Any:
    return other if value in (None, False, "", []) and not (value == 0 and value is not False) else value


def _date(scope: Scope, value: Any, form: Any) -> str:
    if value == "now":
        moment = scope.now
    elif isinstance(value, str) and re.fullmatch(r"\$D_\d+", value):
        moment = int(value[3:])
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        moment = value
    else:
        return scope.text(value)
    return datetime.fromtimestamp(moment, timezone.utc).strftime(str(form))


def _numeric(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda scope, value, other: function(_as_number(value), _as_number(other))


def _as_number(value: Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    match = re.match(r"\s*-?\d+(\.\d+)?", str(value))
    return 0 if match is None else float(match.group()) if match.group(1) else int(match.group())


def _divided(left: Any, right: Any) -> Any:
    if right == 0:
        raise LiquidError("divided by 0")
    return left // right if isinstance(left, int) and isinstance(right, int) else left / right


def _worded(function: Callable[[str], Any]) -> Callable[..., Any]:
    return lambda scope, value: function(scope.text(value))


def _end(index: int) -> Callable[..., Any]:
    return lambda scope, value: value[index] if isinstance(value, list) and value else None


def _round(scope: Scope, value: Any, digits: Any = 0) -> Any:
    rounded = round(_as_number(value), int(_as_number(digits)))
    return rounded if digits else int(rounded)


def _without_tags(text: str) -> str:
    end = text.rfind(">") + 1  # what opens behind it is no tag, and is not looked at again and again
    return re.sub(r"<[^>]*>", "", text[:end]) + text[end:]


FILTERS: dict[str, Callable[..., Any]] = {
    "default": _default,
    "date": _date,
    "split": lambda scope, value, by: scope.text(value).split(str(by) or None),
    "plus": _numeric(lambda a, b: a + b),
    "minus": _numeric(lambda a, b: a - b),
    "times": _numeric(lambda a, b: a * b),
    "divided_by": _numeric(_divided),
    "modulo": _numeric(lambda a, b: a % b if b else 0),
    "at_least": _numeric(max),
    "at_most": _numeric(min),
    "round": _round,
    "first": _end(0),
    "last": _end(-1),
    "strip": _worded(str.strip),
    "lstrip": _worded(str.lstrip),
    "rstrip": _worded(str.rstrip),
    "strip_html": _worded(_without_tags),
    "strip_newlines": _worded(lambda text: re.sub(r"\r?\n", "", text)),
    "upcase": _worded(str.upper),
    "downcase": _worded(str.lower),
    "capitalize": _worded(lambda text: text[:1].upper() + text[1:].lower()),
    "url_encode": _worded(quote_plus),
    "url_escape": _worded(lambda text: quote(text, safe=":/?#[]@!$&'()*+,;=")),
    "url_param_escape": _worded(lambda text: quote(text, safe="")),
}
