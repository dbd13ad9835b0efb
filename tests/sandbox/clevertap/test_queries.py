"""CleverTap's query language: which profiles are counted, estimated and posted to."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest

from linetap.sandbox import Sandbox
from tests.sandbox import raw_requests

JANUARY = {"from": 20260101, "to": 20260131}
BASE = {"event_name": "Visit", **JANUARY}
NEW_YEAR = 1767225600  # 2026-01-01T00:00:00Z


def event(identity: str, name: str, at: int = NEW_YEAR, **data: Any) -> dict[str, Any]:
    return {"type": "event", "identity": identity, "evtName": name, "evtData": data, "ts": at}


@pytest.fixture
def box() -> Sandbox:
    """Three profiles: each visited in January; they differ in properties and in the other events."""
    box = Sandbox()
    people: dict[str, dict[str, Any]] = {
        "ann": {"City": "Kobe", "Age": 20, "VIP": True, "Tags": ["tea", "cake"], "Gender": "F"},
        "ben": {"City": "Osaka", "Age": 30, "VIP": False, "Tags": ["tea"], "Gender": "M"},
        "cho": {"City": "Kobe North"},
    }
    for identity, properties in people.items():
        box.clevertap.add_profile(identity, properties, events={"Visit": NEW_YEAR})
    box.clevertap.profiles["ann"].tokens.append({"id": "t", "type": "fcm"})
    events = [event("ann", "Bought", Price=100), event("ann", "Bought", Price=900), event("ben", "Bought", Price=100)]
    charged = event("ben", "Charged", Items=[{"Name": "Tea", "Price": 3}, {"Name": "Cup", "Price": 9}])
    assert raw_requests.upload(box, *events, charged)["status"] == "success"
    return box


def matched(box: Sandbox, query: dict[str, Any]) -> set[str]:
    """The identities that a query reads; their number is the count."""
    start = raw_requests.clevertap(box, "POST", "/1/profiles.json", query).json()
    page = raw_requests.clevertap(box, "GET", f"/1/profiles.json?cursor={start['cursor']}").json()
    found = {record["identity"] for record in page["records"]}
    count = raw_requests.clevertap(box, "POST", "/1/counts/profiles.json", query).json()
    assert count == {"status": "success", "count": len(found)}
    return found


def fields(name: str, operator: str, *value: Any) -> dict[str, Any]:
    one = {"name": name, "operator": operator, **({"value": value[0]} if value else {})}
    return {**BASE, "common_profile_properties": {"profile_fields": [one]}}


@pytest.mark.parametrize(
    "query, expected",
    [
        (fields("City", "equals", "Kobe"), {"ann"}),
        (fields("City", "equals", ["Kobe", "Osaka"]), {"ann", "ben"}),
        (fields("City", "not_equals", "Kobe"), {"ben", "cho"}),
        (fields("City", "contains", "Kobe"), {"ann", "cho"}),
        (fields("City", "does_not_contain", "Kobe"), {"ben"}),
        (fields("Age", "exists"), {"ann", "ben"}),
        (fields("Age", "does_not_exist"), {"cho"}),
        (fields("Age", "equals", 20), {"ann"}),
        (fields("Age", "greater_than", 20), {"ben"}),
        (fields("Age", "greater_than_equals", 20), {"ann", "ben"}),
        (fields("Age", "less_than", 30), {"ann"}),
        (fields("Age", "less_than_equals", 30), {"ann", "ben"}),
        (fields("VIP", "equals", "True"), {"ann"}),
        (fields("VIP", "equals", "False"), {"ben"}),
        (fields("VIP", "greater_than", 0), set()),
        (fields("Tags", "equals", "cake"), {"ann"}),
        (fields("Tags", "contains", "tea"), {"ann", "ben"}),
        (fields("City", "greater_than", 1), set()),
    ],
)
def test_operators_on_profile_fields(box: Sandbox, query: dict[str, Any], expected: set[str]) -> None:
    """Each operator of the page compares a custom property; an array means any of its values."""
    assert matched(box, query) == expected


def advanced(**parts: Any) -> dict[str, Any]:
    return {**BASE, "advanced_query": parts}


BOUGHT = {"event_name": "Bought", **JANUARY}


@pytest.mark.parametrize(
    "query, expected",
    [
        (BASE, {"ann", "ben", "cho"}),
        ({**BASE, "event_name": "V isit".upper()}, {"ann", "ben", "cho"}),
        ({**BASE, "from": 20260102}, set()),
        ({**BOUGHT, "event_properties": [{"name": "Price", "operator": "greater_than", "value": 500}]}, {"ann"}),
        ({**BASE, "event_name": "Charged"}, {"ben"}),
        (
            {
                **BASE,
                "event_name": "Charged",
                "event_properties": [{"name": "Price", "operator": "equals", "value": 9}],
            },
            {"ben"},
        ),
        (advanced(did_all=[BOUGHT]), {"ann", "ben"}),
        (advanced(did_all=[{**BOUGHT, "operator": "greater_than", "value": 1}]), {"ann"}),
        (advanced(did_all=[BOUGHT, {**BOUGHT, "event_name": "Charged"}]), {"ben"}),
        (advanced(did_none=[BOUGHT]), {"cho"}),
        (advanced(did_none=[BOUGHT, {"event_name": "Charged"}]), {"cho"}),
        (advanced(did_any={"any_events": ["Bought", "Charged"], "operator": "equals", "value": 2}), {"ann", "ben"}),
        (advanced(did_any={"any_events": [BOUGHT]}), {"ann", "ben"}),
        ({**BASE, "common_profile_properties": {"demographics": [{"name": "Gender", "value": "F"}]}}, {"ann"}),
        (
            {**BASE, "common_profile_properties": {"reachability": [{"name": "has_token", "value": "False"}]}},
            {"ben", "cho"},
        ),
    ],
)
def test_events(box: Sandbox, query: dict[str, Any], expected: set[str]) -> None:
    """The base event, its properties, did_all, did_none and did_any decide; all parts must be true."""
    assert matched(box, query) == expected


def test_properties_belong_to_one_event(box: Sandbox) -> None:
    """Two filters must be true of the same event, not of two different ones."""
    raw_requests.upload(box, event("cho", "Bought", Price=100, Shop="A"), event("cho", "Bought", Price=900, Shop="B"))
    filters = [
        {"name": "Price", "operator": "equals", "value": 900},
        {"name": "Shop", "operator": "equals", "value": "A"},
    ]

    assert matched(box, {**BOUGHT, "event_properties": filters}) == set()


def test_days_are_those_of_the_account(box: Sandbox) -> None:
    """A day begins in the account's time zone, and the last day is included."""
    raw_requests.upload(box, event("cho", "Late", NEW_YEAR - 3600))
    query = {"event_name": "Late", "from": 20260101, "to": 20260101}

    assert matched(box, query) == set()
    box.clevertap.zone = timezone(timedelta(hours=9))
    assert matched(box, query) == {"cho"}


def test_did_not_has_two_readings(box: Sandbox) -> None:
    """``did_not`` was seen to be ignored, so that every profile matches; a switch rejects it."""
    query = advanced(did_not=[BOUGHT])

    assert matched(box, query) == {"ann", "ben", "cho"}
    box.readings.did_not = "rejected"
    assert raw_requests.clevertap(box, "POST", "/1/counts/profiles.json", query).status == 501


def test_the_base_event_has_two_readings(box: Sandbox) -> None:
    """Reading profiles needs an event, or filters are enough: then any event of 365 days counts."""
    query = {"common_profile_properties": fields("City", "exists")["common_profile_properties"]}
    box.clevertap.add_profile("no event", {"City": "Nara"})

    assert raw_requests.clevertap(box, "POST", "/1/counts/profiles.json", query).status == 400
    box.readings.base_event = "optional with filters"
    assert matched(box, query) == {"ann", "ben", "cho"}
    box.clock.advance(days=366)
    assert matched(box, query) == set()


@pytest.mark.parametrize(
    "query, status",
    [
        ({"event_nam": "Visit", **JANUARY}, 501),
        ({**BASE, "session_properties": []}, 501),
        ({**BASE, "prompt": "everyone"}, 501),
        ({**BASE, "common_profile_properties": {"geo_radius": [[1, 2, 3]]}}, 501),
        (advanced(did_some=[]), 501),
        (fields("Age", "between", [1, 2]), 501),
        (fields("Age", "greater_than", "20"), 400),
        (fields("VIP", "equals", True), 400),
        (fields("VIP", "equals", []), 400),
        (fields("VIP", "equals"), 400),
        ({**BASE, "from": 20260231}, 400),
        ({**BASE, "from": 20260201, "to": 20260131}, 400),
        ({**BASE, "event_name": {}}, 400),
        ({**BASE, "event_properties": {}}, 400),
        (advanced(did_all={}), 400),
        (advanced(did_any={"any_events": []}), 400),
    ],
)
def test_what_a_query_must_have(box: Sandbox, query: dict[str, Any], status: int) -> None:
    """A part that the sandbox does not act upon is 501 with a sentence; a wrong form is 400."""
    response = raw_requests.clevertap(box, "POST", "/1/counts/profiles.json", query)

    assert (response.status, response.json()["status"]) == (status, "fail")
    assert response.json()["error"]
