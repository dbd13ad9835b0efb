"""Operators that change a profile's property in place. https://docs.clevertap.com/docs/set-up-dashboard"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

import attrs

from linetap.clevertap import limits, rules
from linetap.errors import BadArgument, Problem, short_repr


class _Texts:
    """The common part of Add and Remove: one or more strings."""

    __slots__ = ()
    json_key: ClassVar[str]
    repeatable: ClassVar[bool] = True
    values: tuple[str, ...]

    def __init__(self, *values: str | Sequence[str]) -> None:
        flat = tuple(text for value in values for text in _texts(value))
        problems = rules.text_list_problems(flat, type(self).__name__)
        if not flat:
            problems = [Problem(type(self).__name__, "must have at least one value", "none", limits.PLATFORM_PAGE)]
        if problems:
            raise BadArgument(problems=problems)
        object.__setattr__(self, "values", flat)

    def to_json(self) -> dict[str, Any]:
        """The value as CleverTap's JSON."""
        return {self.json_key: list(self.values)}


@attrs.frozen(init=False)
class Add(_Texts):
    """Adds values to a property that has several: ``Add("vip")``. A single value becomes a list of two."""

    json_key = "$add"
    values: tuple[str, ...]


@attrs.frozen(init=False)
class Remove(_Texts):
    """Removes values from a property that has several. Without its last value the property is deleted."""

    json_key = "$remove"
    values: tuple[str, ...]


def _texts(value: Any) -> Iterable[Any]:
    return value if isinstance(value, Iterable) and not isinstance(value, (str, bytes)) else [value]


def _check_amount(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0
    if not rules.is_finite(number) or number <= 0:
        other = "Decrement" if isinstance(self, Increment) else "Increment"
        path, rule = f"{type(self).__name__}.by", "must be a positive number"
        problem = Problem(path, rule, short_repr(value), limits.PLATFORM_PAGE, f"or use {other}")
        raise BadArgument(problems=[problem])


@attrs.frozen
class Increment:
    """Adds to a number. Applied twice it counts twice, so its batch is not sent again after a lost response."""

    json_key: ClassVar[str] = "$incr"
    repeatable: ClassVar[bool] = False
    by: int | float = attrs.field(default=1, validator=_check_amount)

    def to_json(self) -> dict[str, Any]:
        """The value as CleverTap's JSON."""
        return {self.json_key: self.by}


@attrs.frozen
class Decrement:
    """Subtracts from a number. Applied twice it counts twice, so its batch is not sent again after a lost response."""

    json_key: ClassVar[str] = "$decr"
    repeatable: ClassVar[bool] = False
    by: int | float = attrs.field(default=1, validator=_check_amount)

    def to_json(self) -> dict[str, Any]:
        """The value as CleverTap's JSON."""
        return {self.json_key: self.by}


@attrs.frozen
class Delete:
    """Deletes a property.

    CleverTap's pages disagree: one limits it to Name and Gender, another lets any custom property be
    deleted. Try it once on your account before you rely on it.
    """

    json_key: ClassVar[str] = "$delete"
    repeatable: ClassVar[bool] = True

    def to_json(self) -> dict[str, Any]:
        """The value as CleverTap's JSON."""
        return {self.json_key: 1}


Operator: TypeAlias = Add | Remove | Increment | Decrement | Delete
OPERATORS = (Add, Remove, Increment, Decrement, Delete)
