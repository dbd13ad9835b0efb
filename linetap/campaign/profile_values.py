"""The values of one profile as CleverTap would store them, without the missing ones.

Rows of pandas and numpy are read without importing either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any, cast

import attrs

from linetap.errors import invalid, literal_text
from linetap.fields import Condition, Field
from linetap.frames import missing

Values = Mapping[str, Any]
_DATE = "%Y-%m-%d %H:%M:%S"  # as CleverTap's Liquid shows one: https://docs.clevertap.com/docs/personalize-message-all


@attrs.define
class Person:
    """The values of one profile without the missing ones, and the fields that were missing or defaulted."""

    profile: Values
    event: Values = attrs.field(factory=dict)
    trigger: Values = attrs.field(factory=dict)
    missing: list[Field | Condition] = attrs.field(factory=list, init=False)
    """Required fields without a value, and conditions that are not met: nothing is sent."""
    defaulted: list[Field] = attrs.field(factory=list, init=False)


def plain_values(mapping: object, names: Iterable[str] | None = None) -> dict[str, Any]:
    """A row, mapping or profile as plain values without the missing ones; ``names`` limits the properties."""
    row = _mapping(mapping)
    wanted = row.keys() if names is None else [name for name in names if name in row]
    found = {name: _plain(row[name], name) for name in wanted}
    return {str(name): value for name, value in found.items() if value is not None}


def _mapping(given: Any) -> Mapping[Any, Any]:
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


def _plain(value: Any, name: str) -> Any:
    """A value as CleverTap would store it; None if it is missing (None, NaN, NaT, pandas.NA, '')."""
    if type(value) is str:
        return (value if value[:3] != "$D_" else _shown_date(value)) or None
    if type(value) in (int, bool):
        return value
    if missing(value):
        return None
    if isinstance(value, float):
        return float(value)
    if isinstance(value, datetime):
        return value.strftime(_DATE)
    if isinstance(value, date):
        return value.isoformat()
    return _uncommon(value, name)


def _shown_date(value: str) -> str:
    """CleverTap's own dates, ``$D_`` and seconds, are shown as dates; the account's time zone is taken for UTC."""
    seconds = value[3:]
    try:
        return datetime.fromtimestamp(int(seconds), timezone.utc).strftime(_DATE) if seconds.isdecimal() else value
    except (ValueError, OverflowError, OSError):  # outside the range of datetime
        return value


def _uncommon(value: Any, name: str) -> Any:
    if isinstance(value, (list, tuple, set, frozenset)):
        entries = (_plain(entry, name) for entry in value)
        return [text(entry) for entry in entries if entry is not None]
    if hasattr(value, "tolist"):  # a number, text or array of numpy, without importing it
        return _plain(value.tolist(), name)
    if isinstance(value, (str, int)):  # an enum or another subclass
        return _plain(str.__str__(value) if isinstance(value, str) else int(value), name)
    if isinstance(value, Mapping):
        raise invalid(
            f"profile[{name!r}]",
            "must be a string, a number, a bool, a date or a list of these",
            literal_text("a mapping"),
        )
    return str(value)


def text(value: Any) -> str:
    """A value as Liquid writes it: ``true``, numbers unchanged, lists without separator."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "".join(value) if isinstance(value, list) else str(value)


def is_blank(value: Any) -> bool:
    """Whether a required field counts as missing: no value, false, empty, only white space. 0 is a value."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value is False or value == []


def is_empty(value: Any) -> bool:
    """Whether the filter ``default`` replaces the value; unlike :func:`is_blank` it does not replace white space."""
    return value is None or value is False or value in ("", [])
