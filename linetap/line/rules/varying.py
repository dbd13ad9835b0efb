"""LINE's rules for messages that differ between recipients only in their fields.

A message is checked once with its fields in it. The checks that a field's value can affect are selected from the
same tables, and run again for each recipient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from linetap.errors import Problem
from linetap.fields import Property, has_mark, split
from linetap.line.rules.engine import Check, Context, DependsOn, ListOf, ObjectRule, Rule, TypedObjectRule
from linetap.line.rules.flex_parts import is_string, text_or_contents
from linetap.line.rules.limits import Limit
from linetap.line.rules.messages import MESSAGE
from linetap.line.rules.texts import AnyText, Text, utf16_units

JsonPath = tuple[str | int, ...]
SHORT: Final = 250
"""UTF-16 units up to which a value is short: most values are."""


class FilledCheck(Protocol):
    """Whether LINE accepts a filled message; see :func:`check_of_filled`."""

    def __call__(self, filled: Mapping[str, Any], context: Context, longest: int = ...) -> bool: ...


def check_of_filled(message: Mapping[str, Any]) -> FilledCheck | None:
    """A check of the filled ``message``: it returns False if LINE would reject it.

    Its third argument is the number of UTF-16 units that the longest value has at most, if that is known: checks that
    no value of up to ``SHORT`` units can fail are omitted then. None if there is no field in ``message``.
    """
    paths: dict[JsonPath, int] = {(): 0}
    found = list(_checks_of_fields(MESSAGE, message, ()))
    checks = [(_number(path, paths), check) for path, check in found]
    if not checks:
        return None
    # What several checks have above them is looked up once: parts of the message by number, the message itself is 0.
    steps = [(paths[path[:-1]], path[-1]) for path in paths if path]
    rest = [
        numbered for numbered, (path, check) in zip(checks, found, strict=True) if not _always_met(check, message, path)
    ]

    def is_accepted(filled: Mapping[str, Any], context: Context, longest: int = SHORT + 1) -> bool:
        needed = checks if longest > SHORT else rest
        if not needed:
            return True
        parts: list[Any] = [filled]
        for parent, step in steps:
            parts.append(parts[parent][step])
        for part, check in needed:
            found = check(parts[part], context)
            if found and any(problem.severity == "error" for problem in found):
                return False
        return True

    return is_accepted


def _always_met(check: Check, message: Any, path: JsonPath) -> bool:
    """Whether the check accepts the string for every value of up to ``SHORT`` units in each of its fields."""
    for step in path:
        message = message[step]
    owner: Any = getattr(check, "__self__", check)
    if isinstance(owner, _CrossCheck) and owner.rule is text_or_contents:
        return type(message.get("text")) is str and _fits(message["text"], None)
    if type(message) is not str:
        return False
    if type(owner) is Text and owner.letters is None:
        return _fits(message, owner.most)
    return (isinstance(owner, AnyText) or owner is is_string) and _fits(message, None)


def _fits(text: str, most: int | None) -> bool:
    pieces = split(text)
    own = utf16_units("".join(piece for piece in pieces if isinstance(piece, str)))
    fields = [piece for piece in pieces if not isinstance(piece, str)]
    if not all(isinstance(field, Property) and len(field.default or "") < SHORT // 2 for field in fields):
        return False
    # A required field and one with a default are never empty: an empty value skips the profile, or is replaced.
    empty = not own and all(isinstance(field, Property) and field.default == "" for field in fields)
    return not empty and (most is None or own + len(fields) * SHORT <= most)


def field_limits(message: Mapping[str, Any]) -> Iterator[tuple[JsonPath, Limit]]:
    """The path and LINE's limit of every text in ``message`` that contains a field."""
    for path, check in _checks_of_fields(MESSAGE, message, ()):
        owner = getattr(check, "__self__", check)
        if isinstance(owner, Text):
            yield path, owner.limit


def _number(path: JsonPath, paths: dict[JsonPath, int]) -> int:
    """The number of a path, after those of all paths above it."""
    if path not in paths:
        _number(path[:-1], paths)
        paths[path] = len(paths)
    return paths[path]


def _checks_of_fields(check: Check, value: Any, path: JsonPath) -> Iterator[tuple[JsonPath, Check]]:
    if not _has_field(value):
        return
    owner: Any = getattr(check, "__self__", check)
    if isinstance(owner, TypedObjectRule) and isinstance(value, dict) and value.get("type") in owner.kinds:
        yield from _checks_of_fields(owner.kinds[value["type"]], value, path)
    elif isinstance(owner, ObjectRule) and isinstance(value, dict) and value.keys() <= owner.fields.keys():
        for key, item in value.items():
            yield from _checks_of_fields(owner.fields[key], item, (*path, key))
        yield from ((path, _CrossCheck(rule)) for rule in owner.cross_checks)
    elif isinstance(owner, DependsOn) and isinstance(value, dict) and not _has_field(value.get(owner.by)):
        yield from _checks_of_fields(owner.pick(value.get(owner.by)), value, path)
    elif isinstance(owner, ListOf) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _checks_of_fields(owner.item, item, (*path, index))
    else:
        yield path, check


class _CrossCheck:
    """A rule over several members of an object, as a check."""

    __slots__ = ("rule",)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __call__(self, value: Any, context: Context) -> tuple[Problem, ...]:
        return tuple(self.rule(value, context))


def _has_field(value: Any) -> bool:
    if isinstance(value, str):
        return has_mark(value)
    if isinstance(value, dict):
        return any(map(_has_field, value.values()))
    return isinstance(value, list) and any(map(_has_field, value))
