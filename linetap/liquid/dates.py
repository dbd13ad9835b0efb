"""The filters ``date`` and ``date_tz``: what LiqP reads as a date and how it prints one."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from typing import Any, Protocol

from linetap.liquid.calendar import MONTHS, WEEKDAYS, WallTime, day_number, in_zone, moment_of
from linetap.liquid.errors import CannotPredict, RenderFailed
from linetap.liquid.filters.arguments import Arguments, argument
from linetap.liquid.numbers import to_long, trim
from linetap.liquid.values import as_number, is_numeric, text_of

DEFAULT_ZONE = dt.timezone(dt.timedelta(hours=5, minutes=30))
"""India's time: what CleverTap's page says of ``now``. For everything else a reading."""

_OTHER_ZONES = tuple(
    dt.timezone(dt.timedelta(minutes=minutes))
    for minutes in (-720, 840, *range(-660, 840, 60), -570, -210, 210, 270, 345, 390, 525, 570, 765)
)
_ZONE_DOUBT = "{filter} depends on the time zone of CleverTap's server: pass zone= to fix it"
_UNPREDICTED_YEAR = "a date must be in the years 1 to 9999 in a zone with summer time"

# Java reads a number after any spaces and tabs, with a sign, and ignores what follows the seconds.
_NUMBER = r"[ \t]*([0-9]+)"
_ISO = re.compile(rf"{_NUMBER}-{_NUMBER}-{_NUMBER} {_NUMBER}:{_NUMBER}:{_NUMBER}")
_NAMES = "|".join((*WEEKDAYS, *(name[:3] for name in WEEKDAYS)))
_MONTHS = "|".join((*MONTHS, *(name[:3] for name in MONTHS)))
_CTIME = re.compile(
    rf"[ \t]*(?:{_NAMES}) [ \t]*({_MONTHS}) {_NUMBER} {_NUMBER}:{_NUMBER}:{_NUMBER} {_NUMBER}", re.IGNORECASE
)
_ODD_DIGITS = re.compile(r"(?:^|[-: ])[ \t]*-[0-9]|[^\x00-\x7f]")
_LONGEST_NUMBER = 9


class Clock(Protocol):
    """What one rendering knows of time."""

    zone: dt.tzinfo | None

    def now(self) -> int:
        """Seconds since 1970."""
        ...

    def doubt(self, reason: str) -> None:
        """Makes the rendering ``uncertain``."""


def _wall_time(text: str) -> WallTime | None:
    found = _ISO.match(text)
    if found:
        year, month, day, hour, minute, second = map(_int, found.groups())
    elif found := _CTIME.match(text):
        day, hour, minute, second, year = map(_int, found.groups()[1:])
        hour = 0 if hour == 12 else hour
        month = [name[:3].lower() for name in MONTHS].index(found.group(1)[:3].lower()) + 1
    else:
        if _ODD_DIGITS.search(text) and re.search(r"\d.*[-:].*\d.*:.*\d", text, re.DOTALL):
            raise CannotPredict("a date must have ASCII digits without a sign")
        return None
    if year < 1:
        raise CannotPredict("a date must be in the year 1 or later")
    days = day_number(year, month, day)
    return WallTime.at(days * 86_400 + hour * 3600 + minute * 60 + second)


def _int(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise CannotPredict(f"a number of a date must not have over {_LONGEST_NUMBER} digits")
    return int(digits)


def date(value: Any, arguments: Arguments, clock: Clock) -> Any:
    """``| date: format``. What is no date, and a format that is missing or blank, leave the value as it is."""
    text = text_of(value)
    moment = clock.now() if text == "now" else _seconds(value)
    wall = _wall_time(text) if moment is None else None
    if (moment is None and wall is None) or not arguments:
        return value
    pattern = text_of(arguments[0])
    if not trim(pattern):
        return value
    zone = clock.zone or DEFAULT_ZONE
    if wall is not None:
        moment = moment_of(wall, zone)
        return _formatted(pattern, _checked(None if moment is None else in_zone(moment, zone)), zone, clock)
    assert moment is not None
    printed = _formatted(pattern, _checked(in_zone(moment, zone)), zone, clock)
    if clock.zone is None and _differs(pattern, moment, printed, clock):
        clock.doubt(_ZONE_DOUBT.format(filter="date"))
    return printed


def _checked(wall: WallTime | None) -> WallTime:
    if wall is None:
        raise CannotPredict(_UNPREDICTED_YEAR)
    return wall


def _seconds(value: Any) -> int | None:
    if not is_numeric(value):
        return None
    try:
        seconds = to_long(as_number(value))
    except RenderFailed:
        return None
    return int(to_long(seconds * 1000)) // 1000


def _differs(pattern: str, moment: int, printed: str, clock: Clock) -> bool:
    return any(_formatted(pattern, _checked(in_zone(moment, zone)), zone, clock) != printed for zone in _OTHER_ZONES)


def date_tz(value: Any, arguments: Arguments, clock: Clock) -> Any:
    """``| date_tz: format, zone``: CleverTap's own. LiqP has no such filter."""
    pattern, name = text_of(argument(arguments, 0)), text_of(argument(arguments, 1))
    try:
        zone = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotPredict(f"date_tz must have an IANA time zone (got {name[:40]!r})") from None
    text = text_of(value)
    moment = clock.now() if text == "now" else _seconds(value)
    if moment is None:
        wall = _wall_time(text)
        moment = None if wall is None else moment_of(wall, clock.zone or DEFAULT_ZONE)
    if moment is None:
        return value
    return _formatted(pattern, _checked(in_zone(moment, zone)), zone, clock)


def _formatted(pattern: str, wall: WallTime, zone: dt.tzinfo, clock: Clock) -> str:
    out: list[str] = []
    at, size = 0, len(pattern)
    while at < size:
        char = pattern[at]
        at += 1
        if char != "%" or at == size:
            out.append(char)
            continue
        letter = pattern[at]
        at += 1
        if letter in "UW":
            out.append(_week(wall, clock))
        elif letter == "Z":
            clock.doubt("%Z prints the name of the server's time zone")
            out.append(zone.tzname(None) or str(zone))
        else:
            directive = _DIRECTIVES.get(letter)
            out.append(directive(wall) if directive else f"%{letter}")
    return "".join(out)


def _week(wall: WallTime, clock: Clock) -> str:
    """The server's locale decides how weeks are counted: certain only where all rules agree."""
    weeks = {wall.week(*rule) for rule in ((0, 1), (1, 1), (1, 4))}
    if len(weeks) > 1:
        clock.doubt("%U and %W depend on the locale of CleverTap's server")
    return f"{wall.week(0, 1):02}"


def _year(wall: WallTime) -> int:
    year = wall.date[0]
    return year if year > 0 else 1 - year


def _twelve(wall: WallTime) -> int:
    return (wall.seconds // 3600 + 11) % 12 + 1


def _clock_text(wall: WallTime) -> str:
    return f"{wall.seconds // 3600:02}:{wall.seconds // 60 % 60:02}:{wall.seconds % 60:02}"


def _month_name(wall: WallTime) -> str:
    return MONTHS[wall.date[1] - 1]


_DIRECTIVES: dict[str, Callable[[WallTime], str]] = {
    "%": lambda wall: "%",
    "a": lambda wall: WEEKDAYS[wall.weekday][:3],
    "A": lambda wall: WEEKDAYS[wall.weekday],
    "b": lambda wall: _month_name(wall)[:3],
    "h": lambda wall: _month_name(wall)[:3],
    "B": _month_name,
    "c": lambda wall: (
        f"{WEEKDAYS[wall.weekday][:3]} {_month_name(wall)[:3]} {wall.date[2]:02} {_clock_text(wall)} {_year(wall):04}"
    ),
    "d": lambda wall: f"{wall.date[2]:02}",
    "e": lambda wall: str(wall.date[2]),
    "H": lambda wall: f"{wall.seconds // 3600:02}",
    "I": lambda wall: f"{_twelve(wall):02}",
    "j": lambda wall: f"{wall.day_of_year:03}",
    "k": lambda wall: str(wall.seconds // 3600),
    "l": lambda wall: str(_twelve(wall)),
    "m": lambda wall: f"{wall.date[1]:02}",
    "M": lambda wall: f"{wall.seconds // 60 % 60:02}",
    "p": lambda wall: "AM" if wall.seconds < 43_200 else "PM",
    "S": lambda wall: f"{wall.seconds % 60:02}",
    # The how-manieth of its weekday in the month, not the weekday.
    "w": lambda wall: str((wall.days - day_number(*wall.date[:2], 1)) // 7 + 1),
    "x": lambda wall: f"{wall.date[1]:02}/{wall.date[2]:02}/{_year(wall) % 100:02}",
    "X": _clock_text,
    "y": lambda wall: f"{_year(wall) % 100:02}",
    "Y": lambda wall: f"{_year(wall):04}",
}
