"""Checks of CleverTap's query language and of a campaign's time, offline.

CleverTap ignores a key that it does not know, so a misspelt filter would reach every user.
https://developer.clevertap.com/docs/clevertap-query-language
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from linetap.clevertap import limits
from linetap.errors import Problem, literal_text, short_repr

_PAGE = limits.QUERY_PAGE
_BASE = ("event_name", "from", "to")
_WHERE = (*_BASE, "event_properties", "session_properties", "common_profile_properties", "advanced_query", "prompt")
_PROFILE = (
    "app_fields", "profile_fields", "demographics", "technographics", "reachability", "geo_fields", "geo_radius",
)  # fmt: skip
_ADVANCED = ("did_all", "did_none", "did_any")
_DID = (*_BASE, "operator", "value", "event_properties")
_DID_ANY = ("any_events", "operator", "value")
_FILTER = ("name", "operator", "value")
_FILTERS = ("app_fields", "profile_fields", "demographics", "technographics", "reachability")
_OPERATORS = (
    "equals", "not_equals", "contains", "does_not_contain", "exists", "does_not_exist",
    "greater_than", "greater_than_equals", "less_than", "less_than_equals",
)  # fmt: skip
# Seen in other clients, not on CleverTap's page: uncertain.
_UNDOCUMENTED_OPERATORS = ("between", "greater_than_or_equal", "less_than_or_equal", "not_contains")
_RENAMED = {"did_not": "did_none", "property_name": "name", "property_value": "value", "where": "advanced_query"}


def where_problems(where: object, path: str = "where", more: Sequence[str] = ()) -> list[Problem]:
    """What is wrong with a query; ``more`` are top-level keys of one endpoint."""
    if not isinstance(where, Mapping):
        return [Problem(path, "must be a mapping in CleverTap's query language", _kind(where), _PAGE)]
    if not where:
        rule = "must not be empty: it would mean every user"
        return [Problem(path, rule, "{}", _PAGE, "leave where out if you mean every user")]
    return list(_where(where, path, more))


def _where(where: Mapping[Any, Any], path: str, more: Sequence[str]) -> Iterator[Problem]:
    yield from _keys(where, path, (*_WHERE, *more))
    yield from _days(where, path, needed="event_name" in where or "from" in where or "to" in where)
    yield from _filters(where.get("event_properties"), f"{path}['event_properties']")
    common = where.get("common_profile_properties")
    if common is not None:
        yield from _common(common, f"{path}['common_profile_properties']")
    advanced = where.get("advanced_query")
    if advanced is not None:
        yield from _advanced(advanced, f"{path}['advanced_query']")


def _common(common: Any, path: str) -> Iterator[Problem]:
    if not isinstance(common, Mapping):
        yield Problem(path, "must be a mapping", _kind(common), _PAGE)
        return
    yield from _keys(common, path, _PROFILE)
    for name in _FILTERS:
        yield from _filters(common.get(name), f"{path}[{name!r}]")


def _advanced(advanced: Any, path: str) -> Iterator[Problem]:
    if not isinstance(advanced, Mapping):
        yield Problem(path, "must be a mapping", _kind(advanced), _PAGE)
        return
    yield from _keys(advanced, path, _ADVANCED)
    for name in ("did_all", "did_none"):
        yield from _events(advanced.get(name), f"{path}[{name!r}]")
    if isinstance(advanced.get("did_any"), Mapping):
        yield from _keys(advanced["did_any"], f"{path}['did_any']", _DID_ANY)
        yield from _events(advanced["did_any"].get("any_events"), f"{path}['did_any']['any_events']")


def _events(given: Any, path: str) -> Iterator[Problem]:
    for where, entry in _entries(given, path):
        if isinstance(entry, Problem):
            yield entry
            continue
        yield from _keys(entry, where, _DID)
        yield from _days(entry, where, needed=True)
        yield from _filters(entry.get("event_properties"), f"{where}['event_properties']")


def _filters(given: Any, path: str) -> Iterator[Problem]:
    for where, entry in _entries(given, path):
        if isinstance(entry, Problem):
            yield entry
            continue
        yield from _keys(entry, where, _FILTER)
        if not isinstance(entry.get("name"), str):
            yield Problem(where, "must have a name", "none", _PAGE, "{'name': ..., 'operator': ..., 'value': ...}")
        yield from _operator(entry.get("operator"), where)
        if isinstance(entry.get("value"), bool):
            remedy = f"write {str(entry['value'])!r}"
            yield Problem(f"{where}['value']", "must be the text 'True' or 'False'", str(entry["value"]), _PAGE, remedy)


def _operator(operator: Any, path: str) -> Iterator[Problem]:
    if operator is None or operator in _OPERATORS or operator in _UNDOCUMENTED_OPERATORS:
        return
    rule = f"must be one of {', '.join(_OPERATORS)}"
    yield Problem(f"{path}['operator']", rule, short_repr(operator), _PAGE, _closest(operator, _OPERATORS))


def _entries(given: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The mappings of a list; a Problem for what is none."""
    if given is None:
        return
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Sequence):
        yield path, Problem(path, "must be a list of mappings", _kind(given), _PAGE)
        return
    for i, entry in enumerate(given):
        where = f"{path}[{i}]"
        yield where, entry if isinstance(entry, Mapping) else Problem(where, "must be a mapping", _kind(entry), _PAGE)


def _keys(given: Mapping[Any, Any], path: str, known: Iterable[str]) -> Iterator[Problem]:
    names = tuple(known)
    for key in given:
        if key not in names:
            rule = f"must have only the keys {', '.join(names)}: CleverTap ignores others, and would reach more users"
            yield Problem(path, rule, short_repr(key), _PAGE, _closest(key, names))


def _closest(key: object, names: Sequence[str]) -> str:
    renamed = _RENAMED.get(str(key))
    found = [renamed] if renamed in names else get_close_matches(str(key), names, 1)
    return f"did you mean {found[0]!r}?" if found else ""


def _days(given: Mapping[Any, Any], path: str, *, needed: bool) -> Iterator[Problem]:
    missing = [key for key in _BASE if key not in given] if needed else []
    if missing:
        yield Problem(path, "must have event_name, from and to together", f"no {', '.join(missing)}", _PAGE)
    days = {key: _day(given[key]) for key in ("from", "to") if key in given}
    for key, day in days.items():
        if day is None:
            remedy = "write 31 January 2026 as 20260131"
            yield Problem(f"{path}[{key!r}]", "must be a day as a number", short_repr(given[key]), _PAGE, remedy)
    first, last = days.get("from"), days.get("to")
    if first is not None and last is not None and first > last:
        yield Problem(f"{path}['from']", "must not be after 'to'", str(given["from"]), _PAGE)


def _day(given: object) -> date | None:
    if type(given) is not int or not 19000101 <= given <= 99991231:
        return None
    try:
        return date(given // 10_000, given // 100 % 100, given % 100)
    except ValueError:
        return None


# When a campaign starts.

_WHEN_KEYS = (
    "type", "delivery_date_time", "delivery_timezone", "user_timezone_wrap_around", "campaign_cutoff", "dnd",
    "repeats_every", "repeat_type", "start_time", "end_by_date", "end_by_occurrences", "repeat_on_days_of_week",
)  # fmt: skip
_WHEN = re.compile(r"(\d{8}) (\d{2}):(\d{2})")
_FORM = "must be 'now', 'YYYYMMDD HH:MM' in the account's time zone, an aware datetime, or CleverTap's object form"
# Making a value reads no clock. What is older than this version of linetap is in the past by any clock.
_PAST = datetime(2026, 1, 1)


def when_text(when: Any) -> Any:
    """An aware datetime in CleverTap's form, by its own clock; anything else unchanged."""
    return when.strftime("%Y%m%d %H:%M") if isinstance(when, datetime) and when.tzinfo is not None else when


def when_problems(when: object, path: str = "when") -> list[Problem]:
    """What is wrong with the start of a campaign."""
    page = limits.CAMPAIGN_PAGE
    if isinstance(when, datetime):
        rule = "must have a time zone, that of the CleverTap account"
        remedy = "value.replace(tzinfo=ZoneInfo('Asia/Tokyo'))"
        return [Problem(path, rule, f"{when.isoformat()} without one", page, remedy)]
    if isinstance(when, Mapping):
        return list(_object_form(when, path))
    if when == "now":
        return []
    moment = _moment(when)
    if moment is None:
        return [Problem(path, _FORM, short_repr(when), page, "such as '20270131 09:00'")]
    if moment < _PAST:
        return [Problem(path, "must not be in the past", short_repr(when), page, "give the time of the send, or 'now'")]
    return []


def _moment(when: object) -> datetime | None:
    found = _WHEN.fullmatch(when) if isinstance(when, str) else None
    try:
        return None if found is None else datetime.strptime(found.group(), "%Y%m%d %H:%M")
    except ValueError:
        return None


def _object_form(when: Mapping[Any, Any], path: str) -> Iterator[Problem]:
    page = limits.CAMPAIGN_PAGE
    yield from _keys(when, path, _WHEN_KEYS)
    kinds = ("now", "later", "recurring")
    if when.get("type") not in kinds:
        yield Problem(f"{path}['type']", f"must be one of {', '.join(kinds)}", short_repr(when.get("type")), page)
    given = when.get("delivery_date_time", ())
    times = given if isinstance(given, Sequence) and not isinstance(given, (str, bytes)) else [given]
    if when.get("type") == "later" and not times:
        yield Problem(path, "must have delivery_date_time", "none", page, "['20270131 09:00']")
    for i, moment in enumerate(times):
        yield from when_problems(moment if moment != "now" else None, f"{path}['delivery_date_time'][{i}]")


def _kind(value: object) -> str:
    return literal_text(type(value).__name__)
