"""The values of one profile as CleverTap would store them, without the missing ones.

Rows of pandas and numpy are read without importing either. Text and emptiness of a value are those of CleverTap's
Liquid (:mod:`linetap.liquid`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

import attrs

from linetap.errors import BadArgument, Problem, invalid, literal_text
from linetap.fields import Condition, Field
from linetap.frames import missing
from linetap.liquid import numbers
from linetap.liquid.errors import CannotPredict
from linetap.liquid.values import falsy_for_default, printed

Values = Mapping[str, Any]
DEFAULT_ZONE = timezone(timedelta(hours=5, minutes=30))
"""The zone in which CleverTap's engine is taken to write dates: https://docs.clevertap.com/docs/liquid-tags"""

_SECONDS_DIGITS, _MICROSECONDS_DIGITS = 11, 16  # longer than seconds: milliseconds; longer than both: no date at all
_MAX_LEVELS = 3  # of nested objects: https://docs.clevertap.com/docs/nested-objects


class UnknownText(BadArgument):
    """A value whose text in CleverTap's Liquid is not known."""


@attrs.define
class Person:
    """The values of one profile without the missing ones, and the fields that were missing or defaulted."""

    profile: Values
    event: Values = attrs.field(factory=dict)
    trigger: Values = attrs.field(factory=dict)
    dates: frozenset[str] | set[str] = frozenset()
    """Properties with a moment, whose text depends on the account's time zone."""
    zone: tzinfo | None = None
    """The account's time zone; None where it was not given."""
    missing: list[Field | Condition] = attrs.field(factory=list, init=False)
    """Required fields without a value, and conditions that are not met: nothing is sent."""
    defaulted: list[Field] = attrs.field(factory=list, init=False)
    uncertain: list[str] = attrs.field(factory=list, init=False)
    """Why the text of this profile cannot be predicted; empty where it can."""
    readings: list[str] = attrs.field(factory=list, init=False)
    """What CleverTap does not document and the text relies on."""
    raw: list[str] = attrs.field(factory=list, init=False)
    """The strings with Liquid of the user's own, rendered, in the order of the body."""
    unpredictable: bool = attrs.field(default=False, init=False)
    """Whether these strings have no likely text at all."""


@attrs.frozen
class ValueReader:
    """Reads the values of profiles, with dates in one time zone."""

    zone: tzinfo | None = None
    """The time zone of the account; None where it is not known."""

    def read(
        self, mapping: object, names: Iterable[str] | None = None, dates: set[str] | None = None
    ) -> dict[str, Any]:
        """The values without None; ``names`` limits them, ``dates`` collects zone-dependent properties."""
        row = mapping if type(mapping) is dict else as_mapping(mapping)
        found: dict[str, Any] = {}
        get = row.get
        for name in row if names is None else names:
            value = get(name)
            kind = type(value)
            if kind is int or (type(value) is str and value[:3] != "$D_"):
                found[name] = value
            elif value is not None and (value := self._value(value, str(name), dates)) is not None:
                found[str(name)] = value
        return found

    def _value(self, value: Any, name: str, dates: set[str] | None, level: int = 1) -> Any:
        """A value as CleverTap would store it; None if it is missing (None, NaN, NaT, pandas.NA)."""
        kind = type(value)
        if kind is int or kind is bool:
            return value
        if kind is str:
            return self._date_text(value, name, dates)
        if missing(value):
            return None
        if isinstance(value, float):
            return self._finite(float(value), name)
        if isinstance(value, datetime):
            return self._moment(value, name, dates)
        if isinstance(value, date):
            return value.isoformat()
        return self._uncommon(value, name, dates, level)

    def _uncommon(self, value: Any, name: str, dates: set[str] | None, level: int) -> Any:
        if isinstance(value, (list, tuple, Mapping)):
            return self._nested(value, name, dates, level)
        if isinstance(value, (str, int)):  # an enum or another subclass
            return self._value(str.__str__(value) if isinstance(value, str) else int(value), name, dates)
        if isinstance(value, (Decimal, UUID, time)):
            return str(value)
        if callable(
            to_list := getattr(value, "tolist", None)
        ):  # a number, text or array of numpy, without importing it
            return self._uncommon_item(to_list(), name, dates, level)
        remedy = next((found for kind, found in _REMEDIES if isinstance(value, kind)), "convert it to a string")
        raise invalid(_path(name), _STORED, literal_text(type(value).__name__), remedy)

    def _uncommon_item(self, value: Any, name: str, dates: set[str] | None, level: int) -> Any:
        """What numpy or pandas made of its own value; an object array may contain anything, itself included."""
        if isinstance(value, (list, tuple, Mapping)):
            return self._nested(value, name, dates, level)
        return None if hasattr(value, "tolist") else self._value(value, name, dates)

    def _finite(self, value: float, name: str) -> float:
        if math.isinf(value):
            raise invalid(_path(name), "must be a finite number: JSON has no infinity", literal_text(repr(value)))
        return value

    def _nested(self, value: Any, name: str, dates: set[str] | None, level: int) -> Any:
        if level > _MAX_LEVELS:
            rule = f"must not nest deeper than {_MAX_LEVELS} levels"
            raise invalid(_path(name), rule, literal_text("a deeper value"))
        if isinstance(value, Mapping):
            members = {_key(key, name): self._inner(item, name, dates, level) for key, item in value.items()}
            return {key: item for key, item in members.items() if item is not None}
        items = [self._inner(item, name, dates, level) for item in value]
        return [item for item in items if item is not None]

    def _inner(self, value: Any, name: str, dates: set[str] | None, level: int) -> Any:
        if isinstance(value, (list, tuple, Mapping)):
            return self._nested(value, name, dates, level + 1)
        return self._value(value, name, dates, level + 1)

    def _moment(self, moment: datetime, name: str, dates: set[str] | None) -> str:
        if moment.tzinfo is not None:
            if dates is not None:
                dates.add(name)
            try:
                moment = moment.astimezone(self.zone or DEFAULT_ZONE)
            except OverflowError:
                raise _unknown_date(name, moment.isoformat()) from None
        # As CleverTap's Liquid shows one: https://docs.clevertap.com/docs/personalize-message-all
        return moment.replace(tzinfo=None).isoformat(" ", "seconds")  # strftime does not write year 99 as 0099

    def _date_text(self, value: str, name: str, dates: set[str] | None) -> str:
        """The date that CleverTap shows for ``$D_`` and seconds; any other text unchanged."""
        digits = value[3:].removeprefix("-")
        if value[:3] != "$D_" or len(digits) > _MICROSECONDS_DIGITS or not (digits.isascii() and digits.isdecimal()):
            return value
        if len(digits.lstrip("0")) > _SECONDS_DIGITS:
            rule, remedy = "must have seconds after $D_, not milliseconds", "divide milliseconds by 1,000"
            raise invalid(_path(name), rule, value, remedy)
        try:
            moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=int(value[3:]))
        except OverflowError:  # before the year 1
            raise _unknown_date(name, value) from None
        return self._moment(moment, name, dates)


def _path(name: str) -> str:
    return f"profile[{name!r}]"


def _key(key: object, name: str) -> str:
    if not isinstance(key, (str, int, float)):
        raise invalid(_path(name), "must have only strings as keys", literal_text(type(key).__name__))
    return str(key)


def _unknown_date(name: str, found: str) -> UnknownText:
    rule = "must be a date in the years 1 to 9999 in the account's time zone"
    return UnknownText(problems=[Problem(_path(name), rule, found, severity="uncertain")])


_STORED = "must be a value that CleverTap can store: text, a number, True, False, a date, a list or a mapping"
_REMEDIES: tuple[tuple[Any, str], ...] = (
    ((bytes, bytearray, memoryview), "decode it first: value.decode()"),
    ((set, frozenset), "give a list: the order of a set is not defined"),
    (Field, "fill the field first"),
    (Enum, "use its value: value.value"),
    (Iterator, "give a list: list(value)"),
)


def plain_values(mapping: object, names: Iterable[str] | None = None) -> dict[str, Any]:
    """A row, mapping or profile as plain values without the missing ones ('' too), dates in the default zone."""
    return {name: value for name, value in ValueReader().read(mapping, names).items() if value != ""}


def as_mapping(given: Any) -> Mapping[Any, Any]:
    """A mapping, a row of a frame or a CleverTapProfile as a mapping; raises ``BadArgument`` for anything else."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    flat: Any = getattr(given, "flat", None)
    if callable(flat):  # a CleverTapProfile
        return cast(Mapping[Any, Any], flat())
    if hasattr(given, "keys") and hasattr(given, "__getitem__"):  # a row of a frame
        return dict(given)
    raise invalid("profile", "must be a mapping of properties, or a CleverTapProfile", type(given).__name__)


def note_readings(person: Person, name: str, value: Any) -> None:
    """Record what a preview cannot know about the text of a date or a list."""
    if name in person.dates:
        if person.zone is None:
            person.uncertain.append(f"the account's time zone decides the text of {name}: pass zone=")
        person.readings.append(f"how CleverTap writes the date in {name} is not documented")
    if type(value) is list and len(value) > 1:
        person.readings.append(f"how CleverTap joins the list in {name} is not documented")


def text(value: Any) -> str:
    """A value as CleverTap's Liquid writes it: ``true``, ``45.0``, ``1.0E7``, lists without separator.

    Raises ``BadArgument`` for a value whose text is not known.
    """
    if type(value) is str:
        return value
    if type(value) is int and -1_000_000_000 < value < 1_000_000_000:
        return str(value)
    try:
        return printed(value)
    except CannotPredict as error:
        rule = "must have values whose text is known"
        raise UnknownText(problems=[Problem("profile", rule, literal_text(str(error)), severity="uncertain")]) from None


def is_blank(value: Any) -> bool:
    """Whether a required field counts as missing: no value, false, ``''``, ``[]``, ``{}``, ASCII white space. Not 0."""
    if type(value) is str:
        return not value or (value[0] <= " " and not numbers.trim(value))
    return falsy_for_default(value)


def is_empty(value: Any) -> bool:
    """Whether the filter ``default`` replaces the value; unlike :func:`is_blank` it does not replace white space."""
    return falsy_for_default(value)
