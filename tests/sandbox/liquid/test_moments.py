"""The filters ``date`` and ``date_tz``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.calendar import date_of, days_of
from tests.sandbox.liquid.rendering import PERSON, outcome, render

UTC = Readings(liquid_zone="UTC")
ALL = "%a %A %b %B %d %e %H %I %j %k %l %m %M %p %S %U %W %w %y %Y %% %h"


def test_directives() -> None:
    """The directives of strftime that the engine has; weeks begin on Sunday, and ``%w`` is the week of the month."""
    text = "{{ Profile.V | date: '" + ALL + "|%c|%x|%X' }}"

    assert render(text, V="2026-03-05 09:07:03") == (
        "Thu Thursday Mar March 05 5 09 09 064 9 9 03 07 AM 03 10 10 1 26 2026 % Mar"
        "|Thu Mar 05 09:07:03 2026|03/05/26|09:07:03"
    )
    assert (
        render("{{ '2026-03-05 12:00:00' | date: '%I %l %p' }}{{ '2026-03-05 00:00:00' | date: ' %I %p' }}")
        == "12 12 PM 12 AM"
    )


@pytest.mark.parametrize("form", ["%s", "%F", "%T", "%10Y", "%^a", "%n", "yyyy-MM-dd", "%", "100%"])
def test_unknown_directives_are_unchanged(form: str) -> None:
    """A directive that the engine does not have is written unchanged."""
    assert render("{{ '2026-03-05 09:07:03' | date: '" + form + "' }}") == form


@pytest.mark.parametrize(
    "value, expected",
    [
        ("2026-03-05 09:07:03", "05 Mar 2026 09:07:03"),
        ("2026-03-05 09:07:03 +0900", "05 Mar 2026 09:07:03"),
        (" 2026-13-05  25:00:00.123", "06 Jan 2027 01:00:00"),
        ("2026-02-30 12:00:00", "02 Mar 2026 12:00:00"),
        ("Thu Mar 05 09:07:03 2026", "05 Mar 2026 09:07:03"),
        ("thursday march 5 12:00:00 2026", "05 Mar 2026 00:00:00"),
        ("0001-01-01 00:00:00", "01 Jan 0001 00:00:00"),
        ("1582-10-04 00:00:00", "04 Oct 1582 00:00:00"),
        (["2026-03-05 09:07:03"], "05 Mar 2026 09:07:03"),
        (0, "01 Jan 1970 00:00:00"),
        ("86400", "02 Jan 1970 00:00:00"),
        ("1e5", "02 Jan 1970 03:46:40"),
        (-1.5, "31 Dec 1969 23:59:59"),
        (1767225600000, "25 Feb 57971 00:00:00"),
        ("now", "01 Jan 2026 00:00:00"),
        (["now"], "01 Jan 2026 00:00:00"),
    ],
)
def test_what_is_a_date(value: Any, expected: str) -> None:
    """Seconds, ``now`` and two forms of text; both are read leniently, and what follows them does not count."""
    assert render("{{ Profile.V | date: '%d %b %Y %H:%M:%S' }}", UTC, V=value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-05",
        "2026-03-05T09:07:03",
        "2026-03-05 09:07",
        "2026/03/05 09:07:03",
        "March 5, 2026",
        "",
        "today",
        "99999999999999999999",
        "Now",
    ],
)
def test_a_value_that_is_no_date(value: str) -> None:
    """Any other value is unchanged, as is a date without a format."""
    assert render("{{ Profile.V | date: '%Y' }}", V=value) == value
    assert (
        render("{{ Profile.V | date }}{{ Profile.V | date: nil }}{{ Profile.V | date: ' ' }}", V="86400") == "86400" * 3
    )


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_number_of_seconds_is_a_moment(seconds: int) -> None:
    """Every whole number has a date, the same one on each machine."""
    assert render("{{ Profile.V | date: '%d' }}", V=seconds).isdigit()


@given(st.integers(-800_000, 3_000_000))
def test_days_and_dates_fit(day: int) -> None:
    """A day's date counts back to the same day, across the change of calendars in 1582."""
    date = date_of(day)

    assert days_of(date.year, date.month, date.day) == day


@pytest.mark.parametrize(
    "zone, expected",
    [
        ("Asia/Tokyo", "2026-07-01 09:00"),
        ("Asia/Jakarta", "2026-07-01 07:00"),
        ("Europe/Berlin", "2026-07-01 02:00"),
        ("America/New_York", "2026-06-30 20:00"),
        ("UTC", "2026-07-01 00:00"),
    ],
)
def test_date_tz(zone: str, expected: str) -> None:
    """A moment in a zone of the IANA's names, summer time included; a text is read in the engine's own zone."""
    text = "{{ Profile.V | date_tz: '%Y-%m-%d %H:%M', '" + zone + "' }}"

    assert render(text, V=1782864000) == expected
    assert render(text, V="2026-07-01 05:30:00") == expected
    assert render(text, V="not a date") == "not a date"


@pytest.mark.parametrize(
    "parameters", [": '%H'", "", ": '%H', 'Asia/Nowhere'", ": '%H', ''", ": '%H', '../x'", ": '%H', nil"]
)
def test_a_zone_that_is_none_fails(parameters: str) -> None:
    """A missing or unknown zone fails for that person."""
    assert outcome("{{ 0 | date_tz" + parameters + " }}") == PERSON
