"""The ``when`` of a campaign: one moment, several, or a repetition.

https://developer.clevertap.com/docs/create-campaign-api
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from linetap.sandbox.clevertap.state import CleverTapState, rejection

_LATER = frozenset({"type", "delivery_date_time", "delivery_timezone"})
_RECURRING = frozenset(
    "type repeats_every repeat_type start_time end_by_date end_by_occurrences repeat_on_days_of_week"  # noqa: SIM905
    " delivery_timezone".split()
)


def moments(box: CleverTapState, when: Any) -> Iterator[float] | None:
    """The moments at which a campaign runs, in order, as epoch seconds; None for at once."""
    if when is None or when == "now":
        return None
    if isinstance(when, str):
        return iter(_in_future(box, [_moment(box, when)]))
    if not isinstance(when, Mapping):
        raise rejection("when must be 'now', 'YYYYMMDD HH:MM' or an object")
    if box.readings.when_object == "rejected":
        raise rejection("when must be 'now' or 'YYYYMMDD HH:MM'")
    kind = when.get("type")
    if kind == "now":
        return None
    if kind == "later":
        _acted_upon(when, _LATER)
        given = when.get("delivery_date_time")
        listed = given if isinstance(given, list) else [given]
        if not listed:
            raise rejection("delivery_date_time must have at least one moment")
        return iter(_in_future(box, sorted(_moment(box, one) for one in listed)))
    if kind == "recurring":
        _acted_upon(when, _RECURRING)
        return _recurring(box, when)
    raise rejection("the type of when must be now, later or recurring")


def text(box: CleverTapState, moment: float) -> str:
    """A moment as ``YYYYMMDD HH:MM`` in the account's time zone."""
    return datetime.fromtimestamp(moment, box.zone).strftime("%Y%m%d %H:%M")


def _acted_upon(when: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := sorted(name for name in set(when) - known if when[name] not in (None, False, {}, [])):
        raise rejection(f"the sandbox does not act upon {', '.join(unknown)} of when"[:300], 501)
    if when.get("delivery_timezone", "account") != "account":
        raise rejection("the sandbox does not implement a delivery_timezone other than account", 501)


def _moment(box: CleverTapState, given: Any) -> float:
    try:
        if isinstance(given, str) and len(given) == 14:
            return datetime.strptime(given, "%Y%m%d %H:%M").replace(tzinfo=box.zone).timestamp()
    except (ValueError, OverflowError):
        pass
    raise rejection("a moment must be 'YYYYMMDD HH:MM'")


def _in_future(box: CleverTapState, found: list[float]) -> list[float]:
    if found[0] < box.clock.now():
        raise rejection("a moment of when is in the past")
    return found


def _recurring(box: CleverTapState, when: Mapping[str, Any]) -> Iterator[float]:
    """The first run is on the first day if its hour is still ahead."""
    start, hour = _start(box, when.get("start_time"))
    every = _number(when, "repeats_every", 1)
    if when.get("repeat_type") not in ("day", "week"):
        raise rejection("repeat_type must be day or week")
    weekdays = _weekdays(when) if when["repeat_type"] == "week" else None
    last = _last_day(when.get("end_by_date"))
    most = _number(when, "end_by_occurrences", None)
    now = box.clock.now()

    def found() -> Iterator[float]:
        try:
            for day in _days(start, every, weekdays):
                if last is not None and day > last:
                    return
                at = datetime.combine(day, hour, box.zone).timestamp()
                if at >= now:
                    yield at
        except OverflowError:
            return

    return itertools.islice(found(), most)


def _days(start: date, every: int, weekdays: frozenset[int] | None) -> Iterator[date]:
    if weekdays is None:
        for number in itertools.count():
            yield start + timedelta(days=number * every)
    sunday = start - timedelta(days=start.isoweekday() % 7)
    for week in itertools.count(0, every):
        for weekday in range(1, 8):
            day = sunday + timedelta(days=week * 7 + weekday - 1)
            if day >= start and weekday in (weekdays or ()):
                yield day


def _start(box: CleverTapState, given: Any) -> tuple[date, time]:
    """``YYYYMMDD HH:MM``, or ``HH:MM`` from today."""
    today = datetime.fromtimestamp(box.clock.now(), box.zone)
    if isinstance(given, str) and len(given) == 5:
        given = f"{today:%Y%m%d} {given}"
    found = datetime.fromtimestamp(_moment(box, given), box.zone)
    return found.date(), found.time()


def _number(when: Mapping[str, Any], name: str, usual: int | None) -> Any:
    value = when.get(name, usual)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000):
        raise rejection(f"{name} must be an integer of at least 1")
    return value


def _weekdays(when: Mapping[str, Any]) -> frozenset[int]:
    given = when.get("repeat_on_days_of_week")
    if not isinstance(given, list) or not given or not all(one in range(1, 8) for one in given):
        raise rejection("repeat_on_days_of_week must be a list of 1 (Sunday) to 7")
    return frozenset(given)


def _last_day(given: Any) -> date | None:
    if given is None:
        return None
    try:
        return datetime.strptime(str(given), "%Y%m%d").date()
    except ValueError:
        raise rejection("end_by_date must be YYYYMMDD") from None
