"""Java's calendar: Julian before 15 October 1582, Gregorian from then on; out-of-range fields roll over."""

from __future__ import annotations

import datetime as dt

import attrs

_EPOCH = 2_440_588  # the Julian day number of 1970-01-01
_SWITCH = 2_299_161  # of 1582-10-15
DAY = 86_400

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _gregorian(year: int, month: int) -> int:
    shift = (14 - month) // 12
    y, m = year + 4800 - shift, month + 12 * shift - 3
    return 1 + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045


def _julian(year: int, month: int) -> int:
    shift = (14 - month) // 12
    y, m = year + 4800 - shift, month + 12 * shift - 3
    return 1 + (153 * m + 2) // 5 + 365 * y + y // 4 - 32083


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01; ``month`` and ``day`` may be out of range."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    number = _gregorian(year, month) + day - 1
    if number < _SWITCH:
        number = _julian(year, month) + day - 1
    return number - _EPOCH


def _date_of(days: int) -> tuple[int, int, int]:
    number = days + _EPOCH
    if number >= _SWITCH:
        a = number + 32044
        b = (4 * a + 3) // 146097
        c = a - 146097 * b // 4
    else:
        b, c = 0, number + 32082
    d = (4 * c + 3) // 1461
    e = c - 1461 * d // 4
    m = (5 * e + 2) // 153
    return 100 * b + d - 4800 + m // 10, m + 3 - 12 * (m // 10), e - (153 * m + 2) // 5 + 1


@attrs.frozen
class WallTime:
    """Date and time on a wall clock. ``days`` counts from 1970-01-01, ``seconds`` from midnight."""

    days: int
    seconds: int

    @classmethod
    def at(cls, seconds: int) -> WallTime:
        """``seconds`` since 1970 on this wall clock."""
        return cls(*divmod(seconds, DAY))

    @property
    def total(self) -> int:
        return self.days * DAY + self.seconds

    @property
    def date(self) -> tuple[int, int, int]:
        """Year (0 is 1 BC), month, day."""
        return _date_of(self.days)

    @property
    def weekday(self) -> int:
        """0 is Sunday."""
        return (self.days + 4) % 7

    @property
    def day_of_year(self) -> int:
        return self.days - day_number(self.date[0], 1, 1) + 1

    def week(self, first_weekday: int, least_days: int) -> int:
        """Java's week of the year, for one of its two rules of counting."""
        year = self.date[0]
        if self.days >= (start := _first_week(year + 1, first_weekday, least_days)):
            return (self.days - start) // 7 + 1
        start = _first_week(year, first_weekday, least_days)
        if self.days < start:
            start = _first_week(year - 1, first_weekday, least_days)
        return (self.days - start) // 7 + 1


def _first_week(year: int, first_weekday: int, least_days: int) -> int:
    """The first day of the first week of a year."""
    new_year = day_number(year, 1, 1)
    behind = ((new_year + 4) % 7 - first_weekday) % 7
    return new_year - behind + (7 if 7 - behind < least_days else 0)


def in_zone(seconds: int, zone: dt.tzinfo) -> WallTime | None:
    """A moment (seconds since 1970) on the wall clock of ``zone``; None outside the years 1 to 9999."""
    fixed = zone.utcoffset(None)
    if fixed is not None:
        return WallTime.at(seconds + int(fixed.total_seconds()))
    try:
        moment = dt.datetime.fromtimestamp(0, dt.timezone.utc) + dt.timedelta(seconds=seconds)
        offset = moment.astimezone(zone).utcoffset()
    except (OverflowError, ValueError):
        return None
    return WallTime.at(seconds + int(offset.total_seconds() if offset else 0))


def moment_of(wall: WallTime, zone: dt.tzinfo) -> int | None:
    """The moment (seconds since 1970) of a wall clock's time; a time that a clock skips moves on, as in Java."""
    fixed = zone.utcoffset(None)
    if fixed is not None:
        return wall.total - int(fixed.total_seconds())
    try:
        naive = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=wall.total)
        return int((naive.replace(tzinfo=zone) - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)).total_seconds())
    except (OverflowError, ValueError):
        return None
