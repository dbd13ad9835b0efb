"""The records of an upload: profiles and events.

A record is checked in full when it is made: what CleverTap would reject raises BadArgument at once.
https://developer.clevertap.com/docs/upload-user-profiles-api
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, TypeAlias

import attrs

from linetap.clevertap import limits, rules
from linetap.clevertap.record_rows import OnBadRow, RowRecords, checked_columns, row_values
from linetap.clevertap.values import Value, own_copy, properties_problems, to_json
from linetap.errors import BadArgument, Problem, short_repr


class _Record:
    """The common part of profiles and events."""

    __slots__ = ()
    identity: str | None
    properties: Mapping[str, Value]
    object_id: str | None
    timestamp: datetime | int | None
    _is_simple: bool

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What only CleverTap knows (``uncertain``): an identity of more than 120 characters. Errors raise at once."""
        return () if self.identity is None else tuple(rules.identity_problems(self.identity))

    def _head(self) -> dict[str, Any]:
        record: dict[str, Any] = {"identity": self.identity} if self.identity is not None else {}
        if self.object_id is not None:
            record["objectId"] = self.object_id
        if self.timestamp is not None:
            stamp = self.timestamp
            record["ts"] = math.floor(stamp.timestamp()) if isinstance(stamp, datetime) else stamp
        return record

    def _values(self) -> Mapping[str, Any]:
        return self.properties if self._is_simple else {key: to_json(value) for key, value in self.properties.items()}


@attrs.frozen(init=False, unsafe_hash=False)
class ProfileRecord(_Record):
    """One customer's properties, to be set on their CleverTap profile.

    An identity that CleverTap does not know makes a new profile, which CleverTap bills.

    Args:
        identity: your own id of the customer (None only where ``object_id`` is given).
        properties: name -> str, bool, int, float, aware datetime, sequence of str, mapping (up to three levels,
            which CleverTap has to enable on the account), sequence of mappings, or an operator (``Add``,
            ``Remove``, ``Increment``, ``Decrement``, ``Delete``). At most 256; names of at most 120 bytes, texts
            of at most 512 bytes. Properties that are not given stay unchanged.
        object_id: the id that CleverTap's SDK gave a device.
        timestamp: the time of the data; aware datetime or seconds since 1970. Defaults to the time of arrival.

    Raises:
        BadArgument: with every problem found, not only the first.

    https://developer.clevertap.com/docs/upload-user-profiles-api
    https://developer.clevertap.com/docs/ingesting-nested-objects-via-clevertap-apis
    """

    identity: str | None
    properties: Mapping[str, Value]
    object_id: str | None
    timestamp: datetime | int | None
    _is_simple: bool = attrs.field(repr=False, eq=False)

    def __init__(
        self,
        identity: str | None,
        properties: Mapping[str, Value],
        *,
        object_id: str | None = None,
        timestamp: datetime | int | None = None,
    ) -> None:
        own, simple = own_copy(properties)
        good_id = type(identity) is str and identity.isalnum() and identity.isascii() and 6 < len(identity) < 600
        good_id = good_id and str(identity).lower() not in limits.BANNED_IDENTITIES
        if not (good_id and simple and timestamp is None and object_id is None and len(own) < 100):
            problems = _head_problems(identity, object_id, timestamp)
            problems += [] if simple else properties_problems(own, operators=True)
            problems += rules.count_problems(own, "properties", limits.PROPERTIES_PER_PROFILE)
            if problems:
                raise BadArgument(problems=problems)
        self.__attrs_init__(identity, own, object_id, timestamp, simple)  # pyright: ignore[reportAttributeAccessIssue]

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any]] | Any,
        *,
        identity: str = "identity",
        properties: Sequence[str] | Mapping[str, str] | None = None,
        zone: tzinfo | None = None,
        on_bad_row: OnBadRow = "raise",
    ) -> RowRecords[ProfileRecord]:
        """Records from a pandas or polars frame, or from mappings, row by row as they are iterated.

        Args:
            rows: the frame or the mappings. Empty cells (None, '', NaN, NaT) are left out.
            identity: the column of the identity. Identities must be text: ``frame["id"].astype(str)``, made
                before a missing value turns 42 into 42.0.
            properties: the columns to upload (default: all but the identity), or a mapping of columns to
                property names.
            zone: the time zone of datetimes without one.
            on_bad_row: ``"raise"`` (default) a BadArgument that names row and identity; ``"skip"`` the row; or a
                function that is called with each :class:`BadRow`. ``.skipped`` of the result counts the rows left out.
        """
        columns = checked_columns(identity, properties)

        def record(number: int, row: Mapping[str, Any]) -> ProfileRecord:
            own_id, values = row_values(row, f"rows[{number}]", columns, zone)
            return cls(own_id, values)

        return RowRecords(rows, identity, record, on_bad_row)

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice has the effect of sending it once: not with Increment or Decrement."""
        return self._is_simple or all(getattr(value, "repeatable", True) for value in self.properties.values())

    def to_json(self) -> dict[str, Any]:
        """The record as CleverTap's JSON."""
        if self._is_simple and self.object_id is None and self.timestamp is None:  # nearly all records of an upload
            return {"type": "profile", "identity": self.identity, "profileData": self.properties}
        return {"type": "profile", **self._head(), "profileData": self._values()}


@attrs.frozen(init=False, unsafe_hash=False)
class EventRecord(_Record):
    """An event of one customer. Events have no id of their own: an event sent twice is recorded twice.

    Args:
        identity: your own id of the customer (None only where ``object_id`` is given).
        name: the event; CleverTap compares names without case and blanks, and allows 512 of them per account.
        properties: as for :class:`ProfileRecord`, without operators; at most 256. ``Charged`` may have ``Items``,
            a list of mappings, one for each item.
        object_id, timestamp: as for :class:`ProfileRecord`.

    Raises:
        BadArgument: with every problem found, not only the first.

    https://developer.clevertap.com/docs/upload-events-api
    """

    identity: str | None
    name: str
    properties: Mapping[str, Value]
    object_id: str | None
    timestamp: datetime | int | None
    _is_simple: bool = attrs.field(repr=False, eq=False)

    def __init__(
        self,
        identity: str | None,
        name: str,
        properties: Mapping[str, Value] | None = None,
        *,
        object_id: str | None = None,
        timestamp: datetime | int | None = None,
    ) -> None:
        own, simple = own_copy({} if properties is None else properties)
        problems = _head_problems(identity, object_id, timestamp) + rules.event_name_problems(name)
        problems += [] if simple else properties_problems(own, operators=False)
        problems += rules.count_problems(own, "properties", limits.PROPERTIES_PER_EVENT)
        if problems:
            raise BadArgument(problems=problems)
        self.__attrs_init__(identity, name, own, object_id, timestamp, simple)  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def repeatable(self) -> bool:
        """False: an event sent twice is recorded twice."""
        return False

    def to_json(self) -> dict[str, Any]:
        """The record as CleverTap's JSON."""
        return {"type": "event", **self._head(), "evtName": self.name, "evtData": self._values()}


Record: TypeAlias = ProfileRecord | EventRecord


def _head_problems(identity: object, object_id: object, timestamp: object) -> list[Problem]:
    problems = rules.timestamp_problems(timestamp)
    if object_id is not None and not (isinstance(object_id, str) and object_id.strip()):
        rule = "must be the string that CleverTap's SDK gave a device"
        problems.append(Problem("object_id", rule, short_repr(object_id), limits.UPLOAD_PAGE))
    if object_id is None or identity is not None:
        problems += rules.errors(rules.identity_problems(identity))
    return problems
