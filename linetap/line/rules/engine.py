"""The engine under the tables of rules: small checks over plain JSON that compose.

A check is called with a value and the context and answers with problems whose paths are relative; whoever called
it puts its own step before them. No check raises, whatever JSON-like value it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import FunctionType
from typing import Any

import attrs

from linetap.errors import Problem, Severity, literal_text, short_repr
from linetap.line.rules.json_walk import plain_problems
from linetap.line.rules.limits import Limit

Problems = Sequence[Problem]

DEEPEST = 45
"""Kinds within kinds (flex boxes in boxes): linetap's own bound, so that no input exhausts the stack."""


@attrs.define
class Context:
    """What a check may need to know beside its value."""

    channel: str = "push"
    to: str = ""
    """The recipient, where one is known."""
    marked: bool = False
    """Whether a field's mark stands anywhere in what is judged."""
    size: int = 0
    """Bytes of all that is judged, as compact JSON; 0 where that is not known."""
    animated: float = float("inf")
    """No more animated images than these stand in it."""
    depth: int = 0


Check = Callable[[Any, Context], Problems]
Rule = Callable[[Mapping[str, Any], Context], Iterable[Problem]]
"""What holds between the fields of one object."""


def under(step: str, problems: Iterable[Problem]) -> list[Problem]:
    """``problems`` seen from one step further out."""
    return [attrs.evolve(problem, path=step + problem.path) for problem in problems]


def one(
    rule: str, found: object, suggestion: str = "", *, path: str = "", page: str = "", severity: Severity = "error"
) -> tuple[Problem, ...]:
    """One problem, at the value itself unless ``path`` says otherwise."""
    return (Problem(path, rule, short_repr(found), page, suggestion, severity),)


def anything(value: Any, context: Context) -> Problems:
    """The check of what another rule judges."""
    return ()


def bound(check: Check) -> Check:
    """``check`` as what costs least to call."""
    return check if isinstance(check, FunctionType) else check.__call__  # type: ignore[operator]


class Shape:
    """An object with known fields, in the order in which problems are told."""

    def __init__(
        self,
        name: str,
        page: str,
        fields: Mapping[str, Check],
        *,
        required: Iterable[str] = (),
        also: Iterable[Rule] = (),
    ) -> None:
        self.name, self.page = name, page
        # Called some hundred times a message: a bound method costs less than the object it belongs to.
        self.fields: dict[str, Check] = {key: bound(check) for key, check in fields.items()}
        self.required = tuple(required)
        self.also = tuple(also)
        self._place = {key: place for place, key in enumerate(self.fields)}

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not dict:
            return one("is an object", value, page=self.page)
        problems: list[tuple[int, Problems]] = []
        fields = self.fields
        for key, item in value.items():
            check = fields.get(key)
            if check is None or item is None:
                problems.append((self._place.get(key, 1000), self._odd(key, item)))
            elif check is not anything and (found := check(item, context)):
                problems.append((self._place[key], under(f".{key}", found)))
        for key in self.required:
            if key not in value:
                problems += self._missing(value)
                break
        for rule in self.also:
            told = rule(value, context)
            if told and (found := tuple(told)):  # most rules have nothing to say: no generator is made for that
                problems.append((999, found))
        return self._told(problems) if problems else ()

    def _told(self, problems: list[tuple[int, Problems]]) -> Problems:
        ordered = [p for _, found in sorted(problems, key=lambda entry: entry[0]) for p in found]
        return [p if p.page else attrs.evolve(p, page=self.page) for p in ordered]

    def _missing(self, value: Mapping[str, Any]) -> list[tuple[int, Problems]]:
        missing = [key for key in self.fields if key in self.required and key not in value]
        return [(self._place[key], one("is required", literal_text("nothing"), path=f".{key}")) for key in missing]

    def _odd(self, key: Any, item: Any) -> Problems:
        """A null, or a key that LINE does not document here."""
        if type(key) is not str:
            return one("has strings as keys", key)
        step = f".{key}"
        if key in self.required:
            return one("is required", item, path=step)
        if key in self.fields:
            return one("is left out where it has no value", item, "leave it out", path=step, severity="uncertain")
        close = get_close_matches(key, self.fields, 1)
        hint = f"did you mean {close[0]!r}?" if close else ""
        unknown = one(
            f"is a property that LINE documents for {self.name}",
            literal_text(key),
            hint,
            path=step,
            severity="uncertain",
        )
        return [*unknown, *under(step, plain_problems(item))]


class Kind:
    """An object whose ``type`` says which check judges it; what linetap does not know stays uncertain."""

    def __init__(self, what: str, page: str, kinds: Mapping[str, Check]) -> None:
        self.what, self.page = what, page
        self.kinds = {kind: bound(check) for kind, check in kinds.items()}

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not dict:
            return one(f"is {self.what} object", value, page=self.page)
        kind = value.get("type")
        check = self.kinds.get(kind) if type(kind) is str else None
        if check is None:
            return self._unknown(value, kind)
        if context.depth >= DEEPEST:
            return one(f"nests at most {DEEPEST} deep", literal_text("a deeper one"), page=self.page)
        context.depth += 1
        found = check(value, context)
        context.depth -= 1
        return found

    def _unknown(self, value: Mapping[str, Any], kind: Any) -> Problems:
        if type(kind) is not str:
            return one("is required", literal_text("nothing") if kind is None else kind, path=".type", page=self.page)
        close = get_close_matches(kind, self.kinds, 1)
        rule = f"is a type that LINE documents for {self.what}"
        hint = f"did you mean {close[0]!r}?" if close else ""
        unknown = one(rule, kind, hint, path=".type", page=self.page, severity="uncertain")
        return [*unknown, *plain_problems(value)]


class Elsewhere:
    """The check of a kind that LINE knows, but not here; what is wrong inside is told as well."""

    def __init__(self, rule: str, page: str, then: Check = anything) -> None:
        self.rule, self.page, self.then = rule, page, then

    def __call__(self, value: Any, context: Context) -> Problems:
        found = value.get("type") if type(value) is dict else value
        return [*one(self.rule, found, path=".type", page=self.page), *self.then(value, context)]


class Picked:
    """The check that a value picks by one of its strings."""

    def __init__(self, by: str, pick: Callable[[Any], Check]) -> None:
        self.by, self.pick = by, pick

    def __call__(self, value: Any, context: Context) -> Problems:
        return self.pick(value.get(self.by) if type(value) is dict else None)(value, context)


class ListOf:
    """A list, each of whose items passes one check."""

    def __init__(self, item: Check, limit: Limit | None = None, too_many: str = "") -> None:
        self.item, self.limit, self.too_many = bound(item), limit, too_many
        self.least = limit.least if limit else 0
        self.most = limit.most if limit else float("inf")

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not list:
            return one("is a list", value)
        problems: list[Problem] = []
        if not self.least <= len(value) <= self.most and self.limit:
            hint = self.too_many if len(value) > self.most else ""
            problems += one(told(self.limit), literal_text(f"{len(value):,}"), hint, page=self.limit.page)
        for index, item in enumerate(value):
            if found := self.item(item, context):
                problems += under(f"[{index}]", found)
        return problems


class Whole:
    """A whole number within bounds, either of which may be absent."""

    def __init__(self, least: int | None = None, most: int | None = None, page: str = "") -> None:
        self.least, self.most, self.page = least, most, page
        self.rule = "is a whole number" + _bounds(least, most)

    def __call__(self, value: Any, context: Context) -> Problems:
        if (
            type(value) is int
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
        ):
            return ()
        return one(self.rule, value, page=self.page)


class Number:
    """A number within bounds; what is beyond them has a severity, where LINE states none."""

    def __init__(self, least: int, most: int, severity: Severity = "error") -> None:
        self.least, self.most = least, most
        self.severity: Severity = severity

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) not in (int, float):
            return one("is a number", value)
        if not self.least <= value <= self.most:
            return one("is a number" + _bounds(self.least, self.most), value, severity=self.severity)
        return ()


def boolean(value: Any, context: Context) -> Problems:
    """True or false, and no string that says so."""
    return () if type(value) is bool else one("is true or false", value)


def told(limit: Limit) -> str:
    """A limit as a rule in words."""
    if limit.least == limit.most:
        return f"has exactly {limit.most:,} {limit.unit}"
    if limit.least > 0 and limit.unit == "entries":
        return f"has {limit.least:,} to {limit.most:,} {limit.unit}"
    return f"has at most {limit.most:,} {limit.unit}"


def _bounds(least: int | None, most: int | None) -> str:
    if least is not None and least == most:
        return f", exactly {least:,}"
    if least is not None and most is not None:
        return f" from {least:,} to {most:,}"
    if least is not None:
        return f" of at least {least:,}"
    return "" if most is None else f" of at most {most:,}"
