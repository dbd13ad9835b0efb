"""CleverTap's query language, over the profiles and events of the sandbox.

https://developer.clevertap.com/docs/clevertap-query-language
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from linetap.sandbox.clevertap.state import CleverTapState, Occurrence, Profile, event_key, rejection

Match = Callable[[Profile], bool]
Test = Callable[[Any], bool]

_YEAR = 365 * 86_400
_BASE = ("event_name", "from", "to")
_FILTERS = frozenset({"common_profile_properties", "advanced_query"})
_PARTS = frozenset({*_BASE, *_FILTERS, "event_properties"})
_COMMON = frozenset({"profile_fields", "demographics", "reachability"})
_ADVANCED = frozenset({"did_all", "did_none", "did_any"})
_EVENT = frozenset({*_BASE, "operator", "value", "event_properties"})


def query(box: CleverTapState, given: Mapping[str, Any], *, base_required: bool) -> Match:
    """Whether a profile matches. All parts are joined by AND; a part that the sandbox does not act upon is 501."""
    _known(given, _PARTS, "queries by")
    parts = [*_common(given), *_advanced(box, given)]
    based = any(name in given for name in (*_BASE, "event_properties"))
    if based or base_required or not parts:
        happened = _event(box, given, _BASE)
        parts.append(lambda profile: any(map(happened, profile.history)))
    else:
        parts.append(lambda profile: any(box.clock.now() - one.at <= _YEAR for one in profile.history))
    return lambda profile: all(part(profile) for part in parts)


# Profiles ------------------------------------------------------------------------------------------------


def _common(given: Mapping[str, Any]) -> list[Match]:
    common = _object(given.get("common_profile_properties", {}), "common_profile_properties")
    _known(common, _COMMON, "queries by")
    fields = [_property(one, None) for one in _objects(common.get("profile_fields", []), "profile_fields")]
    fields += [_property(one, "equals") for one in _objects(common.get("demographics", []), "demographics")]
    return fields + [_reachable(one) for one in _objects(common.get("reachability", []), "reachability")]


def _property(given: Mapping[str, Any], usual: str | None) -> Match:
    name, test = _text(given, "name"), condition(given.get("operator", usual), given.get("value"))
    return lambda profile: test(profile.data.get(name))


def _reachable(given: Mapping[str, Any]) -> Match:
    if given.get("name") != "has_token" or given.get("value") not in ("True", "False"):
        raise rejection("the sandbox implements reachability by has_token with 'True' or 'False' only", 501)
    return lambda profile: bool(profile.tokens) == (given["value"] == "True")


# Events --------------------------------------------------------------------------------------------------


def _advanced(box: CleverTapState, given: Mapping[str, Any]) -> list[Match]:
    advanced = dict(_object(given.get("advanced_query", {}), "advanced_query"))
    if box.readings.did_not == "ignored":
        advanced.pop("did_not", None)
    _known(advanced, _ADVANCED, "advanced queries by")
    found = [_often(box, [one], one) for one in _objects(advanced.get("did_all", []), "did_all")]
    found += [_never(_often(box, [one], one)) for one in _objects(advanced.get("did_none", []), "did_none")]
    if "did_any" in advanced:
        any_of = _object(advanced["did_any"], "did_any")
        events = any_of.get("any_events")
        if not isinstance(events, list) or not events:
            raise rejection("any_events must be a list of events")
        named = [{"event_name": one} if isinstance(one, str) else _object(one, "any_events") for one in events]
        found.append(_often(box, named, any_of))
    return found


def _never(match: Match) -> Match:
    return lambda profile: not match(profile)


def _often(box: CleverTapState, events: Iterable[Mapping[str, Any]], count: Mapping[str, Any]) -> Match:
    """Whether the events happened so many times together; at least once without an operator."""
    for one in events:
        _known(one, _EVENT, "events by")
    happened = [_event(box, one, ("event_name",)) for one in events]
    test: Test = bool
    if "operator" in count:
        test = condition(count["operator"], count.get("value"))
    return lambda profile: test(sum(any(one(seen) for one in happened) for seen in profile.history))


def _event(box: CleverTapState, given: Mapping[str, Any], required: Iterable[str]) -> Callable[[Occurrence], bool]:
    for name in required:
        if name not in given:
            raise rejection(f"{name} is required")
    key = event_key(_text(given, "event_name"))
    since, until = _days(box, given)
    wanted = _objects(given.get("event_properties", []), "event_properties")
    tests = [(_text(one, "name"), condition(one.get("operator"), one.get("value"))) for one in wanted]

    def happened(seen: Occurrence) -> bool:
        return (
            seen.key == key
            and since <= seen.at < until
            and all(_has_property(seen.data, name, test) for name, test in tests)
        )

    return happened


def _has_property(data: Mapping[str, Any], name: str, test: Test) -> bool:
    """A property of the event, or of any item of ``Charged``."""
    items = data.get("Items")
    if name not in data and isinstance(items, list):
        return any(test(item.get(name)) for item in items if isinstance(item, Mapping))
    return test(data.get(name))


def _days(box: CleverTapState, given: Mapping[str, Any]) -> tuple[float, float]:
    """Both days included, in the account's time zone."""
    since = _day(box, given["from"], "from") if "from" in given else datetime.min
    until = _day(box, given["to"], "to") if "to" in given else datetime.max
    if since > until:
        raise rejection("from must not be after to")
    start = float("-inf") if "from" not in given else since.replace(tzinfo=box.zone).timestamp()
    if "to" not in given:
        return start, float("inf")
    return start, (until + timedelta(days=1)).replace(tzinfo=box.zone).timestamp()


def _day(box: CleverTapState, given: Any, name: str) -> datetime:
    text = str(given)
    try:
        if isinstance(given, (int, str)) and len(text) == 8 and 1990 <= int(text[:4]) <= 2200:
            return datetime.strptime(text, "%Y%m%d")
    except ValueError:
        pass
    raise rejection(f"{name} must be a day as YYYYMMDD")


# Operators -----------------------------------------------------------------------------------------------

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "greater_than": operator.gt,
    "greater_than_equals": operator.ge,
    "less_than": operator.lt,
    "less_than_equals": operator.le,
}


def _contains(value: Any, wanted: Any) -> bool:
    return isinstance(value, (str, list)) and wanted in value


def _equals(value: Any, wanted: Any) -> bool:
    """``"True"`` and ``"False"`` are the booleans; one item of a list is enough."""
    if isinstance(value, list):
        return wanted in value
    return bool((str(value) if isinstance(value, bool) else value) == wanted)


_TEXT: dict[str, tuple[Callable[[Any, Any], bool], bool]] = {
    "equals": (_equals, True),
    "not_equals": (_equals, False),
    "contains": (_contains, True),
    "does_not_contain": (_contains, False),
}


def condition(name: Any, wanted: Any) -> Test:
    """The test of one operator; an array of values means any of them."""
    if name == "exists":
        return lambda value: value is not None
    if name == "does_not_exist":
        return lambda value: value is None
    values = wanted if isinstance(wanted, list) else [wanted]
    if not isinstance(name, str) or name not in {*_TEXT, *_ORDER}:
        raise rejection(f"the sandbox does not implement the operator {name!r}"[:200], 501)
    if any(isinstance(one, bool) or not isinstance(one, (str, int, float)) for one in values) or not values:
        raise rejection("the value of a filter must be a string, a number or an array of them; booleans are 'True'")
    if name in _TEXT:
        compare, positive = _TEXT[name]
        if name.endswith(("contains", "contain")) and not all(isinstance(one, str) for one in values):
            raise rejection(f"the value of {name} must be a string")
        return lambda value: value is not None and any(compare(value, one) for one in values) is positive
    if any(isinstance(one, str) for one in values):
        raise rejection(f"the value of {name} must be a number")
    order = _ORDER[name]
    return lambda value: (
        isinstance(value, (int, float)) and not isinstance(value, bool) and any(order(value, one) for one in values)
    )


# The form of a query -------------------------------------------------------------------------------------


def _known(given: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if unknown := sorted(set(given) - known):
        raise rejection(f"the sandbox does not implement {what} {', '.join(unknown)}"[:300], 501)


def _object(given: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise rejection(f"{name} must be an object")
    return given


def _objects(given: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(given, list):
        raise rejection(f"{name} must be an array")
    return [_object(one, name) for one in given]


def _text(given: Mapping[str, Any], name: str) -> str:
    if not isinstance(given.get(name), str) or not given[name].strip():
        raise rejection(f"{name} must be a string that is not empty")
    return str(given[name])
