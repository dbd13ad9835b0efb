"""The filters ``date`` and ``date_tz``. The zone is a switch and never the machine's; month names are English."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.calendar import Date, date_of, days_of
from linetap.sandbox.liquid.errors import Failed
from linetap.sandbox.liquid.numbers import as_long, reads_as_number, trimmed, wrapped
from linetap.sandbox.liquid.printing import text_of
from linetap.sandbox.liquid.scope import Run

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ZONES = {"+05:30": (19800, "IST"), "UTC": (0, "UTC")}
_NUMERIC = re.compile(
    r"[ \t]*(-?\d{1,18})-[ \t]*(-?\d{1,18})-[ \t]*(-?\d{1,18}) "
    r"[ \t]*(-?\d{1,18}):[ \t]*(-?\d{1,18}):[ \t]*(-?\d{1,18})"
)
_WORDED = re.compile(
    rf"[ \t]*(?:{'|'.join(f'{day}|{day[:3]}' for day in _DAYS)}) "
    rf"[ \t]*({'|'.join(f'{month}|{month[:3]}' for month in _MONTHS)}) "
    r"[ \t]*(-?\d{1,18}) [ \t]*(-?\d{1,18}):[ \t]*(-?\d{1,18}):[ \t]*(-?\d{1,18}) [ \t]*(-?\d{1,18})",
    re.IGNORECASE,
)


class _Moment(NamedTuple):
    date: Date
    second: int
    """Of the day."""
    zone: str

    @property
    def hour(self) -> int:
        return self.second // 3600

    @property
    def minute(self) -> int:
        return self.second // 60 % 60

    @property
    def year(self) -> int:
        """Of the era: 1 BC is year 1 too."""
        return self.date.year if self.date.year > 0 else 1 - self.date.year


_DIRECTIVES: dict[str, Callable[[_Moment], str]] = {
    "%": lambda at: "%",
    "a": lambda at: _DAYS[at.date.weekday][:3],
    "A": lambda at: _DAYS[at.date.weekday],
    "b": lambda at: _MONTHS[at.date.month - 1][:3],
    "h": lambda at: _MONTHS[at.date.month - 1][:3],
    "B": lambda at: _MONTHS[at.date.month - 1],
    "c": lambda at: _formatted(at, "%a %b %d %X %Y"),
    "d": lambda at: f"{at.date.day:02}",
    "e": lambda at: str(at.date.day),
    "H": lambda at: f"{at.hour:02}",
    "I": lambda at: f"{(at.hour + 11) % 12 + 1:02}",
    "j": lambda at: f"{at.date.day_of_year:03}",
    "k": lambda at: str(at.hour),
    "l": lambda at: str((at.hour + 11) % 12 + 1),
    "m": lambda at: f"{at.date.month:02}",
    "M": lambda at: f"{at.minute:02}",
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "S": lambda at: f"{at.second % 60:02}",
    "U": lambda at: f"{at.date.week:02}",
    "W": lambda at: f"{at.date.week:02}",
    "w": lambda at: str((at.date.day - 1) // 7 + 1),
    "x": lambda at: _formatted(at, "%m/%d/%y"),
    "X": lambda at: _formatted(at, "%H:%M:%S"),
    "y": lambda at: f"{at.year % 100:02}",
    "Y": lambda at: f"{at.year:04}",
    "Z": lambda at: at.zone,
}


def date_filter(value: Any, parameters: Sequence[Any], run: Run) -> Any:
    """``date: '<format>'``: a value that is no date, or a format without a directive, gives the value unchanged."""
    seconds = _seconds_of(value, run)
    form = text_of(parameters[0]) if parameters else ""
    return value if seconds is None or not trimmed(form) else date_text(seconds, form, run.readings)


def date_tz_filter(value: Any, parameters: Sequence[Any], run: Run) -> Any:
    """CleverTap's ``date_tz: '<format>', '<IANA zone>'``; a text is read in the engine's own zone."""
    if len(parameters) != 2:
        raise Failed("a format and a zone are wanted")
    seconds = _seconds_of(value, run)
    if seconds is None:
        return value
    offset, name = _zone_at(text_of(parameters[1]), seconds)
    return _formatted(_moment(seconds, offset, name), text_of(parameters[0]))


def date_text(seconds: int, form: str, readings: Readings) -> str:
    """Seconds since 1970 in the zone of the readings."""
    offset, name = _ZONES[readings.liquid_zone]
    return _formatted(_moment(seconds, offset, name), form)


def _moment(seconds: int, offset: int, zone: str) -> _Moment:
    days, second = divmod(wrapped(seconds * 1000) // 1000 + offset, 86400)
    return _Moment(date_of(days), second, zone)


def _formatted(at: _Moment, form: str) -> str:
    def directive(found: re.Match[str]) -> str:
        known = _DIRECTIVES.get(found[1])
        return known(at) if known else found[0]

    return re.sub(r"%(.)", directive, form, flags=re.DOTALL)


def _seconds_of(value: Any, run: Run) -> int | None:
    """``now``, a number of seconds, or one of the two forms that the engine reads; else None."""
    text = text_of(value)
    if text == "now":
        return int(run.now)
    if reads_as_number(value):
        try:
            return as_long(value)
        except Failed:
            return None
    local = _local_seconds(text)
    return None if local is None else local - _ZONES[run.readings.liquid_zone][0]


def _local_seconds(text: str) -> int | None:
    """Lenient: month 13 is the next January, and what follows the seconds does not count."""
    if found := _NUMERIC.match(text):
        return _counted(*(_field(found[n]) for n in range(1, 7)))
    if found := _WORDED.match(text):
        month = next(n for n, name in enumerate(_MONTHS, 1) if name[:3].lower() == found[1][:3].lower())
        day, hour, minute, second, year = (_field(found[n]) for n in range(2, 7))
        return _counted(year, month, day, 0 if hour == 12 else hour, minute, second)
    return None


def _counted(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    return days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second


def _field(digits: str) -> int:
    return wrapped(int(digits), 32)


# Zones ---------------------------------------------------------------------------------------------------

_WITHOUT_DATABASE = {
    "Asia/Tokyo": 9, "Asia/Seoul": 9, "Asia/Taipei": 8, "Asia/Hong_Kong": 8, "Asia/Singapore": 8, "Asia/Bangkok": 7,
    "Asia/Jakarta": 7, "Asia/Ho_Chi_Minh": 7, "Asia/Kolkata": 5.5, "UTC": 0, "Etc/UTC": 0,
}  # fmt: skip
"""Zones without summer time, for machines without a zone database."""


def _zone_at(name: str, seconds: int) -> tuple[int, str]:
    """Offset in seconds and short name; every offset of years that Python cannot count is that of 2000."""
    if name in _WITHOUT_DATABASE:
        return int(_WITHOUT_DATABASE[name] * 3600), name
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Failed(f"no zone {name[:40]!r}") from None
    counted = seconds if abs(seconds) < 60_000_000_000 else 946684800
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=counted)
    shown = at.astimezone(zone)
    return round((shown.utcoffset() or timedelta()).total_seconds()), shown.tzname() or name
