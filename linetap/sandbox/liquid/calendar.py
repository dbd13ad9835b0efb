"""Days and dates as Java's GregorianCalendar counts them: Julian before 15 October 1582, any year, lenient."""

from __future__ import annotations

from typing import NamedTuple

_CUTOVER = -141427
"""15 October 1582, in days since 1970: the first day of the Gregorian calendar."""
_MONTHS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)


class Date(NamedTuple):
    """A calendar day; year 0 is 1 BC."""

    year: int
    month: int
    day: int
    day_of_year: int
    weekday: int
    """0 is Sunday."""

    @property
    def week(self) -> int:
        """Week of the year as in the United States: weeks begin on Sunday, the first has 1 January."""
        first = (self.weekday - self.day_of_year + 1) % 7
        week = (self.day_of_year - 1 + first) // 7 + 1
        length = 365 + _leap(self.year)
        ends_in_next = self.day_of_year + 6 - self.weekday > length
        return 1 if ends_in_next else week


def _leap(year: int) -> bool:
    if year <= 1582:
        return year % 4 == 0
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _new_year(year: int, gregorian: bool) -> int:
    """Days from 1 January 1970 to 1 January of a year."""
    before = year - 1
    if gregorian:
        return before * 365 + before // 4 - before // 100 + before // 400 - 719162
    return before * 365 + before // 4 - 719164


def _start_of_month(year: int, month: int, gregorian: bool) -> int:
    leap = year % 4 == 0 and (not gregorian or year % 100 != 0 or year % 400 == 0)
    return _new_year(year, gregorian) + _MONTHS[month - 1] + (1 if leap and month > 2 else 0)


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1 January 1970; an overflowing month or day counts into the next one."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    days = _start_of_month(year, month, True) + day - 1
    if year > 1582 or (year == 1582 and days >= _CUTOVER):
        return days
    return _start_of_month(year, month, False) + day - 1


def date_of(days: int) -> Date:
    """The date of a day counted from 1 January 1970."""
    gregorian = days >= _CUTOVER
    year = 1970 + int(days / 365.2425)
    while _new_year(year, gregorian) > days:
        year -= 1
    while _new_year(year + 1, gregorian) <= days:
        year += 1
    month = 12
    while _start_of_month(year, month, gregorian) > days:
        month -= 1
    day = days - _start_of_month(year, month, gregorian) + 1
    return Date(year, month, day, days - days_of(year, 1, 1) + 1, (days + 4) % 7)
