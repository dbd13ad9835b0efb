"""``line.insight``: its operations and results as values."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from linebot.v3.insight import (
    GetFriendsDemographicsResponse,
    GetMessageEventResponse,
    GetNumberOfFollowersResponse,
    GetNumberOfMessageDeliveriesResponse,
    GetStatisticsPerUnitResponse,
)

from linetap.errors import BadArgument, UnreadableResponse
from linetap.line import LineClient
from linetap.line.api import insight
from linetap.sandbox import Sandbox
from tests.line.api.test_messaging import reply
from tests.line.test_client import box as box
from tests.line.test_client import line as line

DAY = date(2026, 3, 1)


def test_unit_statistics() -> None:
    """Days are written in LINE's format yyyyMMdd; null (fewer than 20 users) stays None; unknown properties are in
    extra.
    """
    op = insight.unit_statistics("spring", date(2026, 3, 1), date(2026, 3, 31))
    body = {
        "overview": {"uniqueImpression": 40, "uniqueClick": None, "uniqueMediaPlayed100Percent": 3, "newMetric": 5},
        "messages": [{"seq": 1, "impression": 42, "mediaPlayed25Percent": 2}],
        "clicks": [{"seq": 1, "url": "https://example.com/", "click": 3, "uniqueClickOfRequest": None}],
    }
    GetStatisticsPerUnitResponse.from_dict(body)

    found = op.read(reply(200, body))

    assert dict(op.request.params) == {"customAggregationUnit": "spring", "from": "20260301", "to": "20260331"}
    assert (found.unique_impression, found.unique_click) == (40, None)
    assert (found.unique_media_played_100_percent, found.extra) == (3, {"newMetric": 5})
    assert (found.messages[0].impression, found.messages[0].media_played_25_percent) == (42, 2)
    assert "20" in (found.reason or "")
    assert "20" in (found.messages[0].reason or "")
    assert (found.clicks[0].url, found.clicks[0].click, found.clicks[0].unique_click_of_request) == (
        "https://example.com/",
        3,
        None,
    )


@pytest.mark.parametrize(
    "body", [{}, {"overview": {}, "messages": {}, "clicks": []}, {"overview": {}, "messages": [1], "clicks": []}]
)
def test_statistics_of_another_shape_are_unreadable(body: object) -> None:
    """A response without its three parts is an error."""
    with pytest.raises(UnreadableResponse):
        insight.unit_statistics("u", date(2026, 3, 1), date(2026, 3, 1)).read(reply(200, body))


def _names(kind: type[Any]) -> set[str]:
    """The JSON names of all properties that a model of line-bot-sdk has."""
    return {field.alias for field in kind.__fields__.values()}


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        (insight.FollowerCounts, GetNumberOfFollowersResponse),
        (insight.MessageDeliveries, GetNumberOfMessageDeliveriesResponse),
    ],
)
def test_each_property_of_a_days_counts_has_a_name(kind: type[Any], model: type[Any]) -> None:
    """Every property that LINE documents for a day's counts is read into an attribute; none stays in extra."""
    names = _names(model)
    body: dict[str, Any] = {name: 20 + number for number, name in enumerate(sorted(names))} | {"status": "ready"}
    make = insight.followers if kind is insight.FollowerCounts else insight.deliveries

    found = make(DAY).read(reply(200, body))

    assert found.extra == {}
    assert sorted(value for value in _numbers(found)) == sorted(v for v in body.values() if isinstance(v, int))
    missing = kind is insight.MessageDeliveries  # the reference has kinds of sending that the model does not have
    assert (found.reason is not None) == missing


def _numbers(value: Any) -> list[int]:
    return [number for name in value.__attrs_attrs__ if isinstance(number := getattr(value, name.name), int)]


@pytest.mark.parametrize("model", [GetMessageEventResponse, GetStatisticsPerUnitResponse])
def test_each_property_of_statistics_has_a_name(model: type[Any]) -> None:
    """Every property that LINE documents for messages and clicks is read into an attribute; none stays in extra."""
    parts = {name: model.__fields__[name].type_ for name in ("overview", "messages", "clicks")}
    one = {name: dict.fromkeys(_names(part), 20) for name, part in parts.items()}
    one["overview"] |= {"requestId": "r"} if "requestId" in one["overview"] else {}
    one["clicks"]["url"] = "https://example.com/"
    body = {"overview": one["overview"], "messages": [one["messages"]], "clicks": [one["clicks"]]}
    events = model is GetMessageEventResponse
    operation: Any = insight.message_events("r") if events else insight.unit_statistics("u", DAY, DAY)

    found = operation.read(reply(200, body))

    assert (found.extra, found.messages[0].extra, found.clicks[0].extra) == ({}, {}, {})
    assert found.reason is None


@pytest.mark.parametrize("status", ["unready", "out_of_service"])
def test_a_day_without_counts_says_why(status: str) -> None:
    """Where LINE has no counts for a day the numbers are None and the reason is stated."""
    for found in (
        insight.followers(DAY).read(reply(200, {"status": status})),
        insight.deliveries(DAY).read(reply(200, {"status": status})),
    ):
        assert found.reason
        assert _numbers(found) == []


def test_shares_are_read_by_lines_names() -> None:
    """Demographics are mappings of LINE's names to per cent; an account without them says why."""
    body = {
        "available": True,
        "genders": [{"gender": "female", "percentage": 60.5}, {"gender": "male", "percentage": 39}],
        "ages": [{"age": "from20to24", "percentage": 1}],
        "areas": [{"area": "東京", "percentage": 100.0}],
        "appTypes": [{"appType": "ios", "percentage": 100.0}],
        "subscriptionPeriods": [{"subscriptionPeriod": "over365days", "percentage": 99.5}],
    }
    GetFriendsDemographicsResponse.from_dict(body)

    found = insight.demographics().read(reply(200, body))

    assert found.genders == {"female": 60.5, "male": 39.0}
    assert (found.areas, found.subscription_periods) == ({"東京": 100.0}, {"over365days": 99.5})
    assert (found.reason, found.extra) == (None, {})
    assert insight.demographics().read(reply(200, {"available": False})).reason
    for wrong in ({}, {"available": True, "genders": [{"gender": "female"}]}):
        with pytest.raises(UnreadableResponse):
            insight.demographics().read(reply(200, wrong))


def test_a_broadcast_that_is_being_sent_says_so() -> None:
    """While ``delivered`` is null, LINE is still sending."""
    body = {"overview": {"requestId": "r", "delivered": None}, "messages": [], "clicks": []}

    assert "still sending" in (insight.message_events("r").read(reply(200, body)).reason or "")


@pytest.mark.parametrize("wrong", [datetime(2026, 3, 1), "20260301", None])
def test_a_day_is_a_date(wrong: Any) -> None:
    """A datetime, a text or None raises before any request."""
    for make in (insight.followers, insight.deliveries):
        with pytest.raises(BadArgument, match="day"):
            make(wrong)
    with pytest.raises(BadArgument, match="request_id"):
        insight.message_events("")


def test_the_numbers_are_those_of_what_was_sent(box: Sandbox, line: LineClient) -> None:
    """A day's counts are ready the next day (UTC+9) and equal the messages sent, by kind."""
    users = box.line.add_followers(25)
    box.line.block(users[0])
    for user in users[:3]:
        line.push(user, "x")
    line.multicast(users[:10], "x")
    sent = line.broadcast(["a", "b"])
    line.reply(box.line.webhooks.message(users[1], "Hi")["replyToken"], "Hello")
    today = date(2026, 1, 1)
    assert (line.insight.deliveries(today).status, line.delivery_counts("push", today).reason is None) == (
        "unready",
        False,
    )
    box.clock.advance(days=1)

    found = line.insight.deliveries(today)
    assert (found.api_push, found.api_multicast, found.api_broadcast, found.api_reply) == (2, 9, 24, 1)
    assert [line.delivery_counts(kind, today).success for kind in ("push", "multicast", "broadcast", "reply")] == [
        2,
        9,
        24,
        1,
    ]
    assert (line.insight.followers(today).followers, line.insight.followers(today).blocks) == (25, 1)
    assert line.insight.deliveries(date(2016, 1, 1)).status == "out_of_service"

    events = line.insight.message_events(sent.request_id or "")
    assert (events.delivered, events.unique_impression, len(events.messages)) == (24, None, 2)
    box.line.open_broadcast(sent.request_id or "", users)
    assert line.insight.message_events(sent.request_id or "").unique_impression == 24


def test_demographics_are_those_of_the_followers(box: Sandbox, line: LineClient) -> None:
    """Shares come from the followers' traits, and need 20 of them."""
    box.line.add_followers(10)
    assert not line.insight.demographics().available
    for _ in range(10):
        box.line.add_person(traits={"gender": "female", "appType": "ios"})

    found = line.insight.demographics()

    assert (found.genders, found.app_types) == ({"unknown": 50.0, "female": 50.0}, {"others": 50.0, "ios": 50.0})
