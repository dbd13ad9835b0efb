"""Property values of a record: copied when the record is made, checked, and written as CleverTap's JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from linetap.clevertap import limits, rules
from linetap.clevertap.operators import OPERATORS, Operator
from linetap.errors import BadArgument, Problem, literal_text, short_repr

Value: TypeAlias = "str | bool | int | float | datetime | Sequence[Any] | Mapping[str, Any] | Operator"


def own_copy(properties: object) -> tuple[dict[str, Any], bool]:
    """A copy of the mapping and its containers, which may change after the checks; and whether it is simple."""
    if type(properties) is not dict and not isinstance(properties, Mapping):
        found = literal_text(type(properties).__name__)
        problem = Problem(
            "properties", "must be a mapping of names to values", found, limits.UPLOAD_PAGE, "give a dict"
        )
        raise BadArgument(problems=[problem])
    own = dict(properties)
    if rules.is_simple(own):
        return own, True
    return {key: _copied(value) for key, value in own.items()}, False


def _copied(value: Any, depth: int = 0) -> Any:
    """Containers as lists and dicts. Deeper than any valid value nothing is copied: the check reports it."""
    if depth > limits.NESTED_LEVELS + 1:
        return value
    if isinstance(value, Mapping):
        return {key: _copied(item, depth + 1) for key, item in value.items()}
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes, bytearray)):
        return value
    if not any(isinstance(item, Mapping) for item in value):
        return value if isinstance(value, tuple) else list(value)
    return [_copied(item, depth + 1) for item in value]


def properties_problems(properties: Mapping[Any, Any], *, operators: bool) -> list[Problem]:
    """What CleverTap would reject in a record's properties; events take no operators."""
    found: list[Problem] = []
    for key, value in properties.items():
        where = f"properties[{short_repr(key)}]"
        found += rules.key_problems(key, where)
        if not isinstance(value, OPERATORS):
            found += rules.value_problems(value, where)
        elif not operators:
            rule = "must be a value: operators change profiles, not events"
            found.append(Problem(where, rule, type(value).__name__, limits.EVENTS_PAGE, "give the value itself"))
    return found


def to_json(value: Any) -> Any:
    """A checked value as CleverTap's JSON."""
    if isinstance(value, str):
        return str.__str__(value)  # the text of a subclass, such as an Enum
    if isinstance(value, (bool, int)):
        return value if isinstance(value, bool) else int(value)
    if isinstance(value, float):
        return float(value)  # numpy.float64 is a subclass that orjson does not write
    if isinstance(value, datetime):
        return date_text(value)
    if isinstance(value, OPERATORS):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    return [to_json(item) for item in value]


def date_text(moment: datetime) -> str:
    """``$D_`` and the seconds since 1970: CleverTap's form of a date."""
    return f"$D_{math.floor(moment.timestamp())}"
