"""What is uploaded: profiles, events, and the operators that change a property in place.

A record is checked in full when it is made: what cannot be sent cannot be built.
https://developer.clevertap.com/docs/upload-user-profiles-api
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, ClassVar, TypeAlias

import attrs

from linetap import frames
from linetap.clevertap import limits, rules
from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr


class _Texts:
    """What Add and Remove share: one or more strings."""

    __slots__ = ()
    wire: ClassVar[str]
    repeatable: ClassVar[bool] = True
    values: tuple[str, ...]

    def __init__(self, *values: str | Sequence[str]) -> None:
        flat = tuple(text for value in values for text in ([value] if isinstance(value, str) else value))
        problems = rules.list_problems(flat, type(self).__name__)
        if not flat:
            problems = [Problem(type(self).__name__, "holds at least one value", "none", limits.PLATFORM_PAGE)]
        if problems:
            raise BadArgument(problems=problems)
        object.__setattr__(self, "values", flat)

    def to_json(self) -> dict[str, Any]:
        """As CleverTap reads it."""
        return {self.wire: list(self.values)}


@attrs.frozen(init=False)
class Add(_Texts):
    """Adds values to a property that holds several: ``Add("vip")``. A single value becomes a list of two."""

    wire = "$add"
    values: tuple[str, ...]


@attrs.frozen(init=False)
class Remove(_Texts):
    """Takes values out of a property that holds several; without the last one the property is gone."""

    wire = "$remove"
    values: tuple[str, ...]


def _check_amount(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    if not good:
        other = "Decrement" if isinstance(self, Increment) else "Increment"
        problem = Problem(
            f"{type(self).__name__}.by",
            "is a positive number",
            short_repr(value),
            limits.PLATFORM_PAGE,
            f"or use {other}",
        )
        raise BadArgument(problems=[problem])


@attrs.frozen
class Increment:
    """Adds to a number. Sending it twice counts twice, so such a batch is never repeated after a lost answer."""

    wire: ClassVar[str] = "$incr"
    repeatable: ClassVar[bool] = False
    by: int | float = attrs.field(default=1, validator=_check_amount)

    def to_json(self) -> dict[str, Any]:
        """As CleverTap reads it."""
        return {self.wire: self.by}


@attrs.frozen
class Decrement:
    """Takes from a number. Sending it twice counts twice, so such a batch is never repeated after a lost answer."""

    wire: ClassVar[str] = "$decr"
    repeatable: ClassVar[bool] = False
    by: int | float = attrs.field(default=1, validator=_check_amount)

    def to_json(self) -> dict[str, Any]:
        """As CleverTap reads it."""
        return {self.wire: self.by}


@attrs.frozen
class Delete:
    """Takes a property away.

    CleverTap's pages disagree: one limits it to Name and Gender, another lets any custom property be
    deleted. Try it once on your account before you rely on it.
    """

    wire: ClassVar[str] = "$delete"
    repeatable: ClassVar[bool] = True

    def to_json(self) -> dict[str, Any]:
        """As CleverTap reads it."""
        return {self.wire: 1}


Operator: TypeAlias = Add | Remove | Increment | Decrement | Delete
Value: TypeAlias = str | bool | int | float | datetime | Sequence[str] | Operator
_OPERATORS = (Add, Remove, Increment, Decrement, Delete)


class _Record:
    """What profiles and events share."""

    __slots__ = ()
    identity: str | None
    properties: Mapping[str, Value]
    object_id: str | None
    timestamp: datetime | int | None
    _plain: bool

    def _who(self) -> dict[str, Any]:
        record: dict[str, Any] = {"identity": self.identity} if self.identity is not None else {}
        if self.object_id is not None:
            record["objectId"] = self.object_id
        if self.timestamp is not None:
            stamp = self.timestamp
            record["ts"] = math.floor(stamp.timestamp()) if isinstance(stamp, datetime) else stamp
        return record

    def _values(self) -> Mapping[str, Any]:
        return self.properties if self._plain else {key: _to_json(value) for key, value in self.properties.items()}


@attrs.frozen(init=False, unsafe_hash=False)
class ProfileRecord(_Record):
    """One person's properties, to be set on their CleverTap profile.

    Args:
        identity: your own id of the person (None only where ``object_id`` is given).
        properties: name -> str, bool, int, float, aware datetime, sequence of str, or an operator
            (``Add``, ``Remove``, ``Increment``, ``Decrement``, ``Delete``). At most 256; names of at most 120
            bytes, texts of at most 512 bytes. What is left out stays as it is.
        object_id: the id that CleverTap's own SDK gave a device.
        timestamp: when this was so; aware datetime or seconds since 1970. Defaults to the time of arrival.

    Raises:
        BadArgument: with all that is wrong, at once.

    https://developer.clevertap.com/docs/upload-user-profiles-api
    """

    identity: str | None
    properties: Mapping[str, Value]
    object_id: str | None
    timestamp: datetime | int | None
    _plain: bool = attrs.field(repr=False, eq=False)

    def __init__(
        self,
        identity: str | None,
        properties: Mapping[str, Value],
        *,
        object_id: str | None = None,
        timestamp: datetime | int | None = None,
    ) -> None:
        own, plain = _own(properties)
        good_id = type(identity) is str and identity.isalnum() and identity.isascii() and 6 < len(identity) < 600
        good_id = good_id and str(identity).lower() not in limits.BANNED_IDENTITIES
        if not (good_id and plain and timestamp is None and object_id is None and len(own) < 100):
            problems = _who_problems(identity, object_id, timestamp)
            problems += [] if plain else _properties_problems(own, "properties", operators=True)
            problems += rules.count_problems(own, "properties", limits.PROPERTIES_PER_PROFILE)
            if problems:
                raise BadArgument(problems=problems)
        self.__attrs_init__(identity, own, object_id, timestamp, plain)  # pyright: ignore[reportAttributeAccessIssue]

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any]] | Any,
        *,
        identity: str = "identity",
        properties: Sequence[str] | Mapping[str, str] | None = None,
        zone: tzinfo | None = None,
    ) -> Iterator[ProfileRecord]:
        """Records from a pandas or polars frame, or from mappings, row by row as they are drawn.

        Empty cells (None, '', NaN, NaT) are left out. ``properties`` are the columns to take (all but the
        identity), or a mapping of columns to property names; ``zone`` is that of datetimes which have none.
        Identities must be text: ``frame["id"].astype(str)``, made before a gap turns 42 into 42.0.
        """
        if isinstance(properties, str):
            raise invalid("properties", "are the names of columns", properties, "put a single one into a list")
        names = properties if isinstance(properties, Mapping) or properties is None else {p: p for p in properties}
        for number, row in enumerate(frames.rows(rows, "rows")):
            for column in (identity, *(names or ())):
                if column not in row:
                    raise invalid(
                        f"rows[{number}]", f"has the column {column!r}", literal_text(", ".join(map(str, row)))
                    )
            taken = {key: key for key in row if key != identity} if names is None else names
            values = {name: _cell(row[column], zone) for column, name in taken.items() if not _empty(row[column])}
            yield cls(None if _empty(row[identity]) else row[identity], values)

    @property
    def repeatable(self) -> bool:
        """Whether sending this record twice does what sending it once does: not with Increment or Decrement."""
        return self._plain or all(getattr(value, "repeatable", True) for value in self.properties.values())

    def to_json(self) -> dict[str, Any]:
        """As CleverTap reads it."""
        if self._plain and self.object_id is None and self.timestamp is None:  # nearly all of an upload
            return {"type": "profile", "identity": self.identity, "profileData": self.properties}
        return {"type": "profile", **self._who(), "profileData": self._values()}


@attrs.frozen(init=False, unsafe_hash=False)
class EventRecord(_Record):
    """Something a person did. Events have no id of their own: sent twice, it happened twice.

    Args:
        identity: your own id of the person (None only where ``object_id`` is given).
        name: the event; CleverTap compares names without case and blanks, and has 512 of them per account.
        properties: as for :class:`ProfileRecord`, without operators; at most 256.
        object_id, timestamp: as for :class:`ProfileRecord`.

    Raises:
        BadArgument: with all that is wrong, at once.

    https://developer.clevertap.com/docs/upload-events-api
    """

    identity: str | None
    name: str
    properties: Mapping[str, Value]
    object_id: str | None
    timestamp: datetime | int | None
    _plain: bool = attrs.field(repr=False, eq=False)

    def __init__(
        self,
        identity: str | None,
        name: str,
        properties: Mapping[str, Value] | None = None,
        *,
        object_id: str | None = None,
        timestamp: datetime | int | None = None,
    ) -> None:
        own, plain = _own({} if properties is None else properties)
        problems = _who_problems(identity, object_id, timestamp) + rules.event_name_problems(name)
        problems += [] if plain else _properties_problems(own, "properties", operators=False)
        problems += rules.count_problems(own, "properties", limits.PROPERTIES_PER_EVENT)
        if problems:
            raise BadArgument(problems=problems)
        self.__attrs_init__(identity, name, own, object_id, timestamp, plain)  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def repeatable(self) -> bool:
        """False: an event sent twice happened twice."""
        return False

    def to_json(self) -> dict[str, Any]:
        """As CleverTap reads it."""
        return {"type": "event", **self._who(), "evtName": self.name, "evtData": self._values()}


Record: TypeAlias = ProfileRecord | EventRecord


def _own(properties: object) -> tuple[dict[str, Any], bool]:
    """A copy of the caller's mapping and lists, which may change after their checks; and whether it is plain."""
    if type(properties) is not dict and not isinstance(properties, Mapping):
        problem = Problem(
            "properties",
            "properties are a mapping of names to values",
            literal_text(type(properties).__name__),
            limits.UPLOAD_PAGE,
            "give a dict",
        )
        raise BadArgument(problems=[problem])
    own = dict(properties)
    if rules.is_plain(own):
        return own, True
    return {key: _kept(value) for key, value in own.items()}, False


def _kept(value: Any) -> Any:
    fixed = not isinstance(value, Sequence) or isinstance(value, (str, bytes, bytearray, tuple))
    return value if fixed else list(value)


def _empty(value: object) -> bool:
    return not isinstance(value, (list, tuple)) and frames.missing(value)


def _cell(value: Any, zone: tzinfo | None) -> Any:
    """A frame's cell as a plain value: numpy's scalars unpacked, naive datetimes given their zone."""
    if not isinstance(value, (str, bool, int, float, datetime)) and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime) and value.tzinfo is None and zone is not None:
        return value.replace(tzinfo=zone)
    return value


def _who_problems(identity: object, object_id: object, timestamp: object) -> list[Problem]:
    problems = rules.timestamp_problems(timestamp)
    if object_id is not None and not (isinstance(object_id, str) and object_id.strip()):
        rule = "an object id is the string that CleverTap's SDK gave a device"
        problems.append(Problem("object_id", rule, short_repr(object_id), limits.UPLOAD_PAGE))
    if object_id is None or identity is not None:
        problems += rules.identity_problems(identity)
    return problems


def _properties_problems(properties: Mapping[Any, Any], path: str, *, operators: bool) -> list[Problem]:
    found: list[Problem] = []
    for key, value in properties.items():
        where = f"{path}[{short_repr(key)}]"
        found += rules.key_problems(key, where)
        if not isinstance(value, _OPERATORS):
            found += rules.value_problems(value, where)
        elif not operators:
            rule = "an event's property is a value: operators change profiles"
            found.append(Problem(where, rule, type(value).__name__, limits.EVENTS_PAGE, "give the value itself"))
    return found


def _to_json(value: Any) -> Any:
    if isinstance(value, str):
        return str.__str__(value)  # of a subclass (an Enum, say) the text itself
    if isinstance(value, (bool, int)):
        return value if isinstance(value, bool) else int(value)
    if isinstance(value, float):
        return float(value)  # numpy's is a subclass that orjson does not take
    if isinstance(value, datetime):
        return date_text(value)
    if isinstance(value, _OPERATORS):
        return value.to_json()
    return list(value)


def date_text(moment: datetime) -> str:
    """``$D_`` and the seconds since 1970: how CleverTap takes dates."""
    return f"$D_{math.floor(moment.timestamp())}"
