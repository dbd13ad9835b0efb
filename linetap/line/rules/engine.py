"""The rule engine: small checks of JSON values, combined by the tables of the other modules.

A check takes a value and the context, and returns problems with paths relative to the value; the caller prefixes
its own step. No check raises an exception, whatever the value is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import FunctionType
from typing import Any

import attrs

from linetap.errors import Problem, Severity, literal_text, short_repr
from linetap.line.rules.json_walk import json_problems
from linetap.line.rules.known_types import wrong_context_remedy
from linetap.line.rules.limits import Limit

Problems = Sequence[Problem]

MAX_NESTING = 45
"""Typed objects within typed objects (flex boxes in boxes): linetap's own bound, to protect the stack."""


@attrs.define
class Context:
    """What a check may need besides the value."""

    channel: str = "push"
    to: str = ""
    """The recipient's ID; empty if it is not known."""
    marked: bool = False
    """True if there is a field anywhere in the checked messages."""
    size: int = 0
    """Bytes of the checked messages as compact JSON; 0 if not known."""
    animated: float = float("inf")
    """An upper bound of the number of animated images."""
    depth: int = 0


Check = Callable[[Any, Context], Problems]
Rule = Callable[[Mapping[str, Any], Context], Iterable[Problem]]
"""A check across the fields of one object."""


def prefixed(step: str, problems: Iterable[Problem]) -> list[Problem]:
    """``problems`` with ``step`` before their paths."""
    return [attrs.evolve(problem, path=step + problem.path) for problem in problems]


def one_problem(
    rule: str, found: object, suggestion: str = "", *, path: str = "", page: str = "", severity: Severity = "error"
) -> tuple[Problem, ...]:
    """A tuple of one problem, of the value itself unless ``path`` names a part of it."""
    return (Problem(path, rule, short_repr(found), page, suggestion, severity),)


def no_check(value: Any, context: Context) -> Problems:
    """The check of a value that another rule checks."""
    return ()


def fast_callable(check: Check) -> Check:
    """``check`` in the form that Python calls fastest: a function or a bound method."""
    return check if isinstance(check, FunctionType) else check.__call__  # type: ignore[operator]


class ObjectRule:
    """An object with known fields; its problems are in the order of the fields."""

    def __init__(
        self,
        name: str,
        page: str,
        fields: Mapping[str, Check],
        *,
        required: Iterable[str] = (),
        cross_checks: Iterable[Rule] = (),
    ) -> None:
        self.name, self.page = name, page
        # Called hundreds of times for one message: a bound method is faster than a callable object.
        self.fields: dict[str, Check] = {key: fast_callable(check) for key, check in fields.items()}
        self.required = tuple(required)
        self.cross_checks = tuple(cross_checks)
        self._order = {key: index for index, key in enumerate(self.fields)}

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not dict:
            return one_problem("must be an object", value, page=self.page)
        problems: list[tuple[int, Problems]] = []
        fields = self.fields
        for key, item in value.items():
            check = fields.get(key)
            if check is None or item is None:
                problems.append((self._order.get(key, 1000), self._unknown_or_null(key, item)))
            elif check is not no_check and (found := check(item, context)):
                problems.append((self._order[key], prefixed(f".{key}", found)))
        for key in self.required:
            if key not in value:
                problems += self._missing(value)
                break
        for rule in self.cross_checks:
            result = rule(value, context)
            if result and (found := tuple(result)):  # most checks return () at once: cheaper than a generator
                problems.append((999, found))
        return self._in_order(problems) if problems else ()

    def _in_order(self, problems: list[tuple[int, Problems]]) -> Problems:
        ordered = [p for _, found in sorted(problems, key=lambda entry: entry[0]) for p in found]
        return [p if p.page else attrs.evolve(p, page=self.page) for p in ordered]

    def _missing(self, value: Mapping[str, Any]) -> list[tuple[int, Problems]]:
        missing = [key for key in self.fields if key in self.required and key not in value]
        return [
            (self._order[key], one_problem("must be given", literal_text("nothing"), path=f".{key}")) for key in missing
        ]

    def _unknown_or_null(self, key: Any, item: Any) -> Problems:
        """The problem of a null, or of a key that LINE does not document here."""
        if type(key) is not str:
            return one_problem("must have only strings as keys", key)
        step = f".{key}"
        if key in self.required:
            return one_problem("must be given", item, path=step)
        if key in self.fields:
            return one_problem(
                "must have a value or be left out", item, "leave it out", path=step, severity="uncertain"
            )
        close = get_close_matches(key, self.fields, 1)
        hint = f"did you mean {close[0]!r}?" if close else ""
        unknown = one_problem(
            f"must be a property that LINE documents for {self.name}",
            literal_text(key),
            hint,
            path=step,
            severity="uncertain",
        )
        return [*unknown, *prefixed(step, json_problems(item))]


class TypedObjectRule:
    """An object whose ``type`` selects its check; a type that linetap does not know is uncertain."""

    def __init__(self, what: str, page: str, kinds: Mapping[str, Check]) -> None:
        self.what, self.page = what, page
        self.kinds = {kind: fast_callable(check) for kind, check in kinds.items()}

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not dict:
            return one_problem(f"must be {self.what} object", value, page=self.page)
        kind = value.get("type")
        check = self.kinds.get(kind) if type(kind) is str else None
        if check is None:
            return self._unknown(value, kind)
        if context.depth >= MAX_NESTING:
            return one_problem(
                f"must be nested at most {MAX_NESTING} levels deep", literal_text("more"), page=self.page
            )
        context.depth += 1
        found = check(value, context)
        context.depth -= 1
        return found

    def _unknown(self, value: Mapping[str, Any], kind: Any) -> Problems:
        if type(kind) is not str:
            return one_problem(
                "must be given", literal_text("nothing") if kind is None else kind, path=".type", page=self.page
            )
        rule = f"must be a type that LINE documents for {self.what}"
        if remedy := wrong_context_remedy(kind):
            return one_problem(rule, kind, remedy, path=".type", page=self.page)
        close = get_close_matches(kind, self.kinds, 1)
        hint = f"did you mean {close[0]!r}?" if close else ""
        unknown = one_problem(rule, kind, hint, path=".type", page=self.page, severity="uncertain")
        return [*unknown, *json_problems(value)]


class WrongContext:
    """The check of a kind that LINE documents, but not in this context; its own fields are checked as well."""

    def __init__(self, rule: str, page: str, then: Check = no_check) -> None:
        self.rule, self.page, self.then = rule, page, then

    def __call__(self, value: Any, context: Context) -> Problems:
        found = value.get("type") if type(value) is dict else value
        return [*one_problem(self.rule, found, path=".type", page=self.page), *self.then(value, context)]


class DependsOn:
    """A check that depends on one of the value's own strings."""

    def __init__(self, by: str, pick: Callable[[Any], Check]) -> None:
        self.by, self.pick = by, pick

    def __call__(self, value: Any, context: Context) -> Problems:
        return self.pick(value.get(self.by) if type(value) is dict else None)(value, context)


class ListOf:
    """A list of items that have one check."""

    def __init__(self, item: Check, limit: Limit | None = None, too_many: str = "") -> None:
        self.item, self.limit, self.too_many = fast_callable(item), limit, too_many
        self.least = limit.least if limit else 0
        self.most = limit.most if limit else float("inf")

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) is not list:
            return one_problem("must be a list", value)
        problems: list[Problem] = []
        if not self.least <= len(value) <= self.most and self.limit:
            hint = self.too_many if len(value) > self.most else ""
            problems += one_problem(
                limit_requirement(self.limit), literal_text(f"{len(value):,}"), hint, page=self.limit.page
            )
        for index, item in enumerate(value):
            if found := self.item(item, context):
                problems += prefixed(f"[{index}]", found)
        return problems


class WholeNumber:
    """A whole number within bounds; None: no bound."""

    def __init__(self, least: int | None = None, most: int | None = None, page: str = "") -> None:
        self.least, self.most, self.page = least, most, page
        self.rule = "must be a whole number" + _range(least, most)

    def __call__(self, value: Any, context: Context) -> Problems:
        if (
            type(value) is int
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
        ):
            return ()
        return one_problem(self.rule, value, page=self.page)


class Number:
    """A number within bounds; ``severity`` applies to numbers outside them."""

    def __init__(self, least: int, most: int, severity: Severity = "error") -> None:
        self.least, self.most = least, most
        self.severity: Severity = severity

    def __call__(self, value: Any, context: Context) -> Problems:
        if type(value) not in (int, float):
            return one_problem("must be a number", value)
        if not self.least <= value <= self.most:
            return one_problem("must be a number" + _range(self.least, self.most), value, severity=self.severity)
        return ()


def boolean(value: Any, context: Context) -> Problems:
    """The check of true or false; the string "true" is neither."""
    return () if type(value) is bool else one_problem("must be true or false", value)


def limit_requirement(limit: Limit) -> str:
    """A limit as a requirement in words."""
    if limit.least == limit.most:
        return f"must have exactly {_counted(limit.most, limit.unit)}"
    if limit.least > 0 and limit.unit == "entries":
        return f"must have {limit.least:,} to {limit.most:,} {limit.unit}"
    return f"must have at most {_counted(limit.most, limit.unit)}"


def _counted(number: int, unit: str) -> str:
    return "1 entry" if (number, unit) == (1, "entries") else f"{number:,} {unit}"


def _range(least: int | None, most: int | None) -> str:
    if least is not None and least == most:
        return f", exactly {least:,}"
    if least is not None and most is not None:
        return f" from {least:,} to {most:,}"
    if least is not None:
        return f" of at least {least:,}"
    return "" if most is None else f" of at most {most:,}"
