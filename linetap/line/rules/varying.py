"""LINE's rules for messages that differ between recipients only in their fields.

A message is checked once with its fields in it. The checks that a field's value can affect are selected from the
same tables, and run again for each recipient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from linetap.errors import Problem
from linetap.fields import has_mark
from linetap.line.rules.engine import Check, Context, DependsOn, ListOf, ObjectRule, Rule, TypedObjectRule
from linetap.line.rules.limits import Limit
from linetap.line.rules.messages import MESSAGE
from linetap.line.rules.texts import Text

JsonPath = tuple[str | int, ...]
FilledCheck = Callable[[Mapping[str, Any], Context], bool]


def check_of_filled(message: Mapping[str, Any]) -> FilledCheck | None:
    """A check of the filled ``message``: it returns False if LINE would reject it.

    None if there is no field in ``message``: there is nothing to check again.
    """
    checks = list(_checks_of_fields(MESSAGE, message, ()))
    if not checks:
        return None

    def is_accepted(filled: Mapping[str, Any], context: Context) -> bool:
        for path, check in checks:
            value: Any = filled
            for step in path:
                value = value[step]
            found = check(value, context)
            if found and any(problem.severity == "error" for problem in found):
                return False
        return True

    return is_accepted


def field_limits(message: Mapping[str, Any]) -> Iterator[tuple[JsonPath, Limit]]:
    """The path and LINE's limit of every text in ``message`` that contains a field."""
    for path, check in _checks_of_fields(MESSAGE, message, ()):
        owner = getattr(check, "__self__", check)
        if isinstance(owner, Text):
            yield path, owner.limit


def _checks_of_fields(check: Check, value: Any, path: JsonPath) -> Iterator[tuple[JsonPath, Check]]:
    if not _has_field(value):
        return
    owner = getattr(check, "__self__", check)
    if isinstance(owner, TypedObjectRule) and isinstance(value, dict) and value.get("type") in owner.kinds:
        yield from _checks_of_fields(owner.kinds[value["type"]], value, path)
    elif isinstance(owner, ObjectRule) and isinstance(value, dict) and value.keys() <= owner.fields.keys():
        for key, item in value.items():
            yield from _checks_of_fields(owner.fields[key], item, (*path, key))
        yield from ((path, _as_check(rule)) for rule in owner.cross_checks)
    elif isinstance(owner, DependsOn) and isinstance(value, dict) and not _has_field(value.get(owner.by)):
        yield from _checks_of_fields(owner.pick(value.get(owner.by)), value, path)
    elif isinstance(owner, ListOf) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _checks_of_fields(owner.item, item, (*path, index))
    else:
        yield path, check


def _as_check(rule: Rule) -> Check:
    def check(value: Any, context: Context) -> tuple[Problem, ...]:
        return tuple(rule(value, context))

    return check


def _has_field(value: Any) -> bool:
    if isinstance(value, str):
        return has_mark(value)
    if isinstance(value, dict):
        return any(map(_has_field, value.values()))
    return isinstance(value, list) and any(map(_has_field, value))
