"""LINE's rules over messages that differ from person to person in a few strings: only what those can change.

Reads the tables themselves, so no rule is written twice: of a message judged once with its fields in it, the checks
on the way to a field are kept, and run again for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from linetap.errors import Problem
from linetap.fields import has_mark
from linetap.line.rules.engine import Check, Context, Kind, ListOf, Picked, Rule, Shape
from linetap.line.rules.limits import Limit
from linetap.line.rules.messages import MESSAGE
from linetap.line.rules.texts import Text

Place = tuple[str | int, ...]
Judge = Callable[[Mapping[str, Any], Context], bool]


def judge(message: Mapping[str, Any]) -> Judge | None:
    """A judge of what ``message`` becomes once its marks are filled: False where LINE would refuse it.

    None where no mark stands in it: then there is nothing left to judge.
    """
    kept = list(_kept(MESSAGE, message, ()))
    if not kept:
        return None

    def keeps_the_rules(filled: Mapping[str, Any], context: Context) -> bool:
        for place, check in kept:
            value: Any = filled
            for step in place:
                value = value[step]
            found = check(value, context)
            if found and any(problem.severity == "error" for problem in found):
                return False
        return True

    return keeps_the_rules


def limits(message: Mapping[str, Any]) -> Iterator[tuple[Place, Limit]]:
    """Where a mark stands in ``message`` and LINE states a limit: how long the text there may become."""
    for place, check in _kept(MESSAGE, message, ()):
        owner = getattr(check, "__self__", check)
        if isinstance(owner, Text):
            yield place, owner.limit


def _kept(check: Check, value: Any, place: Place) -> Iterator[tuple[Place, Check]]:
    if not _varies(value):
        return
    owner = getattr(check, "__self__", check)
    if isinstance(owner, Kind) and isinstance(value, dict) and value.get("type") in owner.kinds:
        yield from _kept(owner.kinds[value["type"]], value, place)
    elif isinstance(owner, Shape) and isinstance(value, dict) and value.keys() <= owner.fields.keys():
        for key, item in value.items():
            yield from _kept(owner.fields[key], item, (*place, key))
        yield from ((place, _gathered(rule)) for rule in owner.also)
    elif isinstance(owner, Picked) and isinstance(value, dict) and not _varies(value.get(owner.by)):
        yield from _kept(owner.pick(value.get(owner.by)), value, place)
    elif isinstance(owner, ListOf) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _kept(owner.item, item, (*place, index))
    else:
        yield place, check


def _gathered(rule: Rule) -> Check:
    def check(value: Any, context: Context) -> tuple[Problem, ...]:
        return tuple(rule(value, context))

    return check


def _varies(value: Any) -> bool:
    if isinstance(value, str):
        return has_mark(value)
    if isinstance(value, dict):
        return any(map(_varies, value.values()))
    return isinstance(value, list) and any(map(_varies, value))
