"""A campaign's segment and time are checked offline: what CleverTap would ignore raises BadArgument."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from linetap import BadArgument, WebhookCampaign
from linetap.clevertap.campaign_checks import where_problems
from tests.clevertap.service import client

SPAN = {"event_name": "Charged", "from": 20260101, "to": 20260131}
FIELDS = {"profile_fields": [{"name": "LineID", "operator": "exists"}]}
KOBE = {"name": "City", "operator": "equals", "value": "Kobe"}
GOOD: list[dict[str, Any]] = [
    SPAN,
    SPAN | {"event_properties": [{"name": "price", "operator": "greater_than", "value": 20}]},
    SPAN | {"session_properties": [{"name": "first_time", "value": "True"}]},
    SPAN | {"common_profile_properties": FIELDS | {"geo_fields": [["JP", "Kansai", "Kobe"]]}},
    {"common_profile_properties": {"demographics": [{"name": "Gender", "value": ["M", "F"]}]}},
    {"common_profile_properties": {"reachability": [{"name": "has_token", "value": "True"}]}},
    SPAN | {"advanced_query": {"did_all": [SPAN | {"operator": "equals", "value": 2}], "did_none": [SPAN]}},
    SPAN | {"advanced_query": {"did_any": {"any_events": [SPAN], "operator": "equals", "value": 1}}},
    SPAN | {"common_profile_properties": {"profile_fields": [KOBE | {"operator": "between", "value": [1, 2]}]}},
]
BAD: list[tuple[Any, str]] = [
    ({"event_nam": "Charged", "from": 20260101, "to": 20260131}, "did you mean 'event_name'"),
    (SPAN | {"did_not": [SPAN]}, "'did_not'"),
    (SPAN | {"advanced_query": {"did_not": [SPAN]}}, "did you mean 'did_none'"),
    (SPAN | {"common_profile_propertes": FIELDS}, "did you mean 'common_profile_properties'"),
    (SPAN | {"common_profile_properties": {"profile_field": [KOBE]}}, "did you mean 'profile_fields'"),
    (SPAN | {"common_profile_properties": {"profile_fields": [{"property_name": "a"}]}}, "did you mean 'name'"),
    (SPAN | {"common_profile_properties": {"profile_fields": [KOBE | {"operator": "equal"}]}}, "did you mean 'equals'"),
    (SPAN | {"common_profile_properties": {"profile_fields": [KOBE | {"value": True}]}}, "'True'"),
    (SPAN | {"common_profile_properties": {"profile_fields": KOBE}}, "must be a list"),
    (SPAN | {"common_profile_properties": [KOBE]}, "must be a mapping"),
    (SPAN | {"event_properties": ["price"]}, "['event_properties'][0] must be a mapping"),
    (SPAN | {"advanced_query": {"did_all": [{"event_name": "Charged"}]}}, "['did_all'][0] must have event_name, from"),
    (SPAN | {"from": 20260231}, "where['from'] must be a day"),
    (SPAN | {"from": "20260101"}, "where['from'] must be a day"),
    (SPAN | {"from": 20260201}, "must not be after 'to'"),
    ({"event_name": "Charged"}, "no from, to"),
    ({}, "must not be empty"),
    ("Charged", "must be a mapping"),
]


@pytest.mark.parametrize("where", GOOD, ids=range(len(GOOD)))
def test_the_query_language_is_accepted(where: Any) -> None:
    """Every documented part of the query language is accepted and sent unchanged."""
    assert WebhookCampaign("Sale", "relay", where=where).segment() == {"where": where}


@pytest.mark.parametrize(("where", "text"), BAD, ids=range(len(BAD)))
def test_what_clevertap_would_ignore_is_rejected(where: Any, text: str) -> None:
    """A misspelt key, did_not, a wrong operator, day or shape raises BadArgument with the right spelling."""
    with pytest.raises(BadArgument) as caught:
        WebhookCampaign("Sale", "relay", where=where)
    assert text.lower() in str(caught.value).lower()


@pytest.mark.parametrize("seed", range(100))
def test_any_misspelt_key_is_rejected(seed: int) -> None:
    """One letter changed in any key, at any depth, is an error."""
    dice = random.Random(seed)
    where = dice.choice([entry for entry in GOOD if "advanced_query" in entry or "common_profile_properties" in entry])

    def keys(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        own = [(*path, key) for key, _ in pairs] if isinstance(value, dict) else []
        return own + [found for key, inner in pairs for found in keys(inner, (*path, key))]

    *way, key = dice.choice(keys(where))

    def changed(value: Any, path: list[Any]) -> Any:
        if not path:
            return {(name + "s" if name == key else name): inner for name, inner in value.items()}
        items = list(value) if isinstance(value, list) else dict(value)
        items[path[0]] = changed(items[path[0]], path[1:])
        return items

    assert where_problems(changed(where, way)), f"seed {seed}"


TOKYO = timezone(timedelta(hours=9))
LATER = {"type": "later", "delivery_date_time": ["20270131 09:00"]}
WHEN: list[tuple[Any, Any]] = [
    ("now", "now"),
    ("20270131 09:00", "20270131 09:00"),
    (datetime(2027, 1, 31, 9, tzinfo=TOKYO), "20270131 09:00"),
    (LATER, LATER),
]


@pytest.mark.parametrize(("when", "sent"), WHEN, ids=range(len(WHEN)))
def test_the_time_of_a_campaign(when: Any, sent: Any) -> None:
    """Now, a local time, an aware datetime and the object form are sent in CleverTap's form."""
    clevertap, service = client(lambda number, path, body: (200, {"status": "success", "id": 1}))
    clevertap.campaigns.create(WebhookCampaign("Sale", "relay", when=when))
    assert service.bodies()[0]["when"] == sent


@pytest.mark.parametrize(
    "when",
    [
        "next Monday", "", None, 20270131, "20270131", "20270231 09:00", "20270131 25:00", "2027-01-31 09:00",
        "20200131 09:00", datetime(2027, 1, 31, 9), datetime(2020, 1, 31, 9, tzinfo=TOKYO), {}, {"type": "soon"},
        {"type": "later"}, {"type": "later", "delivery_date_time": ["20200131 09:00"]},
        {"type": "later", "delivery_date_times": ["20270131 09:00"]}, ["20270131 09:00"],
    ],
    ids=str,
)  # fmt: skip
def test_a_time_that_is_none_naive_or_past_is_rejected(when: Any) -> None:
    """Other words, impossible dates, naive datetimes and years before this version raise BadArgument."""
    with pytest.raises(BadArgument, match="when"):
        WebhookCampaign("Sale", "relay", when=when)


def test_a_campaign_to_followers_requires_the_follower_flag() -> None:
    """to_followers adds the follower property to any segment, and changes nothing of the mapping given."""
    follower = {"name": "LINE follower", "operator": "equals", "value": "True"}
    where = SPAN | {"common_profile_properties": {"profile_fields": [KOBE]}}
    assert WebhookCampaign("Sale", "relay", where=where, to_followers=True).segment() == {
        "where": SPAN | {"common_profile_properties": {"profile_fields": [KOBE, follower]}}
    }
    assert where["common_profile_properties"] == {"profile_fields": [KOBE]}
    assert WebhookCampaign("Sale", "relay", to_followers=True).segment() == {
        "where": {"common_profile_properties": {"profile_fields": [follower]}}
    }


def test_a_query_is_checked_in_the_same_way() -> None:
    """A misspelt key of a count or of profiles raises BadArgument before any call."""
    clevertap, service = client(lambda number, path, body: (200, {}))
    with pytest.raises(BadArgument, match="query"):
        clevertap.count_profiles(SPAN | {"advanced_query": {"did_not": [SPAN]}})
    assert service.calls == []
