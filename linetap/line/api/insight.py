"""``line.insight``: statistics of messages and followers.

LINE computes them once a day; dates are days of UTC+9. All calls: 60 per hour for each endpoint.
https://developers.line.biz/en/reference/messaging-api/#rate-limits
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from linetap.errors import invalid
from linetap.http.group import Group
from linetap.http.types import Operation, Response
from linetap.line.api import rates
from linetap.line.api.endpoint import day_text, get, objects, text
from linetap.line.api.responses import json_object, parse_value, unreadable

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = [
    "AsyncInsight",
    "ClickStatistics",
    "FollowerCounts",
    "FollowerDemographics",
    "MessageDeliveries",
    "MessageEvents",
    "MessageStatistics",
    "UnitStatistics",
]

# https://developers.line.biz/en/reference/messaging-api/#rate-limits
RATES: Mapping[str, tuple[int, int]] = {
    "GET /v2/bot/insight/followers": (60, 3600),
    "GET /v2/bot/insight/message/delivery": (60, 3600),
    "GET /v2/bot/insight/demographic": (60, 3600),
    "GET /v2/bot/insight/message/event": (60, 3600),
    "GET /v2/bot/insight/message/event/aggregation": (60, 3600),
}
_PAGE = "https://developers.line.biz/en/reference/messaging-api/"
_UNIT_PAGE = f"{_PAGE}#get-statistics-per-unit"
_FEW = "fewer than 20 users or events, or nothing of that kind in the message (no video): LINE gives no number"
_UNITS_ONLY = "LINE gives unique_impression of a bubble only in the statistics of a unit"
_NOT_SENT = "LINE gives no number for a kind of sending that was not used on this day"
_STATUS = {
    "unready": "LINE has not counted this day yet: call again the next day",
    "out_of_service": "LINE has no counts for this day: it is before the first day that LINE counted",
}


def _no_extra() -> Mapping[str, Any]:
    return {}


def _unknown(value: Any) -> set[str]:
    """The attributes that are numbers and None."""
    numbers = [each.name for each in attrs.fields(type(value)) if str(each.type) == "int | None"]
    return {name for name in numbers if getattr(value, name) is None}


def _few(value: Any) -> str | None:
    return _FEW if _unknown(value) else None


@attrs.frozen
class MessageStatistics:
    """One message bubble. None in a number: see ``reason``."""

    seq: int
    """The number of the bubble in the request, from 1."""
    impression: int | None = None
    unique_impression: int | None = None
    """Only in the statistics of a unit."""
    media_played: int | None = None
    media_played_25_percent: int | None = None
    media_played_50_percent: int | None = None
    media_played_75_percent: int | None = None
    media_played_100_percent: int | None = None
    unique_media_played: int | None = None
    unique_media_played_25_percent: int | None = None
    unique_media_played_50_percent: int | None = None
    unique_media_played_75_percent: int | None = None
    unique_media_played_100_percent: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why numbers are None; None where all are known."""
        return _UNITS_ONLY if _unknown(self) == {"unique_impression"} else _few(self)


@attrs.frozen
class ClickStatistics:
    """One URL of the messages. None in a number: see ``reason``."""

    seq: int
    url: str
    click: int | None = None
    unique_click: int | None = None
    unique_click_of_request: int | None = None
    """Users who opened this URL through any bubble of the request, each once."""
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why numbers are None; None where all are known."""
        return _few(self)


@attrs.frozen
class UnitStatistics:
    """Impressions, plays and clicks of the messages sent under one aggregation unit.

    https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit-response
    """

    unique_impression: int | None = None
    """Users who saw at least one bubble; None below 20 users."""
    unique_click: int | None = None
    unique_media_played: int | None = None
    unique_media_played_100_percent: int | None = None
    messages: tuple[MessageStatistics, ...] = ()
    clicks: tuple[ClickStatistics, ...] = ()
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why numbers of the overview are None; None where all are known."""
        return _few(self)


@attrs.frozen
class MessageEvents:
    """Impressions, plays and clicks of one broadcast or narrowcast; counted for 14 days.

    https://developers.line.biz/en/reference/messaging-api/#get-insight-message-event-response
    """

    request_id: str | None = None
    timestamp: int | None = None
    """When the message was sent, in seconds since 1970 (UTC)."""
    delivered: int | None = None
    """Given below 20 users, too; None until all messages are sent."""
    unique_impression: int | None = None
    unique_click: int | None = None
    unique_media_played: int | None = None
    unique_media_played_100_percent: int | None = None
    messages: tuple[MessageStatistics, ...] = ()
    clicks: tuple[ClickStatistics, ...] = ()
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why numbers of the overview are None; None where all are known."""
        return "LINE is still sending the messages" if self.delivered is None else _few(self)


@attrs.frozen
class MessageDeliveries:
    """How many messages were sent on one day, by kind of sending. None: not counted, see ``reason``.

    https://developers.line.biz/en/reference/messaging-api/#get-number-of-delivery-messages
    """

    status: str
    """``ready``, ``unready`` or ``out_of_service``."""
    broadcast: int | None = None
    """From LINE Official Account Manager, as are the next five."""
    targeting: int | None = None
    step_message: int | None = None
    auto_response: int | None = None
    welcome_response: int | None = None
    chat: int | None = None
    api_broadcast: int | None = None
    api_push: int | None = None
    api_multicast: int | None = None
    api_narrowcast: int | None = None
    api_reply: int | None = None
    cc_auto_reply: int | None = None
    cc_manual_reply: int | None = None
    pnp_notice_message: int | None = None
    pnp_call_to_line: int | None = None
    third_party_chat_tool: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why there are no numbers, or none for some kinds; None where all are known."""
        return _STATUS.get(self.status, _NOT_SENT) if _unknown(self) else None


@attrs.frozen
class FollowerCounts:
    """How many followers the account had on one day. None in a number: see ``reason``.

    https://developers.line.biz/en/reference/messaging-api/#get-number-of-followers
    """

    status: str
    """``ready``, ``unready`` or ``out_of_service``."""
    followers: int | None = None
    """How often users added the account for the first time; it never falls."""
    targeted_reaches: int | None = None
    """Users that messages can be targeted to by gender, age or area."""
    blocks: int | None = None
    """Users who block the account; it falls when users unblock it."""
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why there are no numbers; None where all are known."""
        return _STATUS.get(self.status, f"LINE gives no number ({self.status})") if _unknown(self) else None


@attrs.frozen
class FollowerDemographics:
    """Shares of the followers in per cent, by LINE's own names (``female``, ``from20to24``, ``ios``, ...).

    https://developers.line.biz/en/reference/messaging-api/#get-demographic
    """

    available: bool
    genders: Mapping[str, float] = attrs.field(factory=dict)
    ages: Mapping[str, float] = attrs.field(factory=dict)
    areas: Mapping[str, float] = attrs.field(factory=dict)
    """Names of areas in the language of the account's country."""
    app_types: Mapping[str, float] = attrs.field(factory=dict)
    subscription_periods: Mapping[str, float] = attrs.field(factory=dict)
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why there are no shares; None where they are available."""
        return None if self.available else "fewer than 20 users in the target reach, or an account of another country"


# The operations -----------------------------------------------------------------------------------------


def followers(day: date) -> Operation[FollowerCounts]:
    """``GET /v2/bot/insight/followers``. https://developers.line.biz/en/reference/messaging-api/#get-number-of-followers"""
    name, page = "line.insight.followers", f"{_PAGE}#get-number-of-followers"
    params = {"date": day_text("day", day, page)}
    return get(name, "/v2/bot/insight/followers", partial(_value, FollowerCounts, name), params)


def deliveries(day: date) -> Operation[MessageDeliveries]:
    """``GET /v2/bot/insight/message/delivery``. https://developers.line.biz/en/reference/messaging-api/#get-number-of-delivery-messages"""
    name, page = "line.insight.deliveries", f"{_PAGE}#get-number-of-delivery-messages"
    params = {"date": day_text("day", day, page)}
    return get(name, "/v2/bot/insight/message/delivery", partial(_value, MessageDeliveries, name), params)


def demographics() -> Operation[FollowerDemographics]:
    """``GET /v2/bot/insight/demographic``. https://developers.line.biz/en/reference/messaging-api/#get-demographic"""
    return get("line.insight.demographics", "/v2/bot/insight/demographic", _read_demographics)


def message_events(request_id: str) -> Operation[MessageEvents]:
    """``GET /v2/bot/insight/message/event``. https://developers.line.biz/en/reference/messaging-api/#get-message-event"""
    name = "line.insight.message_events"
    params = {"requestId": text("request_id", request_id, f"{_PAGE}#get-message-event")}
    return get(name, "/v2/bot/insight/message/event", partial(_read_events, MessageEvents, name), params)


def unit_statistics(unit: str, since: date, until: date) -> Operation[UnitStatistics]:
    """``GET /v2/bot/insight/message/event/aggregation``. https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit"""
    name = "line.insight.unit_statistics"
    first, last = day_text("since", since, _UNIT_PAGE), day_text("until", until, _UNIT_PAGE)
    days = (until - since).days
    if not 0 <= days <= rates.STATISTICS_DAYS:
        rule = f"must be 0 to {rates.STATISTICS_DAYS} days after since"
        raise invalid("until", rule, f"{until} ({days} days)", "make one call for each month", _UNIT_PAGE)
    _check_unit(unit)
    params = {"customAggregationUnit": unit, "from": first, "to": last}
    path = "/v2/bot/insight/message/event/aggregation"
    return get(name, path, partial(_read_events, UnitStatistics, name), params)


def _check_unit(unit: str) -> None:
    from linetap.line.api.checked_messages import check_aggregation_unit

    check_aggregation_unit(unit)


def _value(kind: type[Any], name: str, response: Response) -> Any:
    return parse_value(kind, json_object(name, response), name, response)


def _read_events(kind: type[Any], name: str, response: Response) -> Any:
    body = json_object(name, response)
    overview = body.get("overview")
    if not isinstance(overview, dict) or "messages" not in body or "clicks" not in body:
        raise unreadable(name, response, "overview, messages and clicks")
    messages, clicks = objects(body, "messages", name, response), objects(body, "clicks", name, response)
    return attrs.evolve(
        parse_value(kind, overview, name, response),
        messages=tuple(parse_value(MessageStatistics, item, name, response) for item in messages),
        clicks=tuple(parse_value(ClickStatistics, item, name, response) for item in clicks),
    )


_TILES = {
    "genders": "gender",
    "ages": "age",
    "areas": "area",
    "appTypes": "appType",
    "subscriptionPeriods": "subscriptionPeriod",
}


def _read_demographics(response: Response) -> FollowerDemographics:
    name = "line.insight.demographics"
    body = json_object(name, response)
    available = body.get("available")
    if type(available) is not bool:
        raise unreadable(name, response, "available to be true or false")
    shares = [_shares(objects(body, listed, name, response), key, response) for listed, key in _TILES.items()]
    known = {"available", *_TILES}
    extra = {key: value for key, value in body.items() if key not in known}
    genders, ages, areas, app_types, periods = shares
    return FollowerDemographics(available, genders, ages, areas, app_types, periods, extra)


def _shares(tiles: list[dict[str, Any]], key: str, response: Response) -> dict[str, float]:
    found: dict[str, float] = {}
    for tile in tiles:
        share = tile.get("percentage")
        if not isinstance(tile.get(key), str) or isinstance(share, bool) or not isinstance(share, (int, float)):
            raise unreadable("line.insight.demographics", response, f"{key} and percentage")
        found[tile[key]] = float(share)
    return found


class AsyncInsight(Group):
    """Statistics of messages and followers: ``line.insight``. 60 calls per hour for each method."""

    _transport: AsyncTransport

    async def followers(self, day: date) -> FollowerCounts:
        """The number of followers, of reachable users and of blocks at the end of a day (UTC+9).

        https://developers.line.biz/en/reference/messaging-api/#get-number-of-followers
        """
        return await self._transport.do(followers(day))

    async def deliveries(self, day: date) -> MessageDeliveries:
        """How many messages were sent on a day (UTC+9), by kind of sending; usually ready the next day.

        https://developers.line.biz/en/reference/messaging-api/#get-number-of-delivery-messages
        """
        return await self._transport.do(deliveries(day))

    async def demographics(self) -> FollowerDemographics:
        """Gender, age, area, app and time since they follow of the followers; about three days old.

        https://developers.line.biz/en/reference/messaging-api/#get-demographic
        """
        return await self._transport.do(demographics())

    async def message_events(self, request_id: str) -> MessageEvents:
        """Impressions, plays and clicks of one broadcast or narrowcast, by the request id of its result.

        LINE counts for 14 days after the sending, and gives no number below 20 users.
        https://developers.line.biz/en/reference/messaging-api/#get-message-event
        """
        return await self._transport.do(message_events(request_id))

    async def unit_statistics(self, unit: str, since: date, until: date) -> UnitStatistics:
        """Impressions and clicks of the messages sent under ``aggregation_unit``; up to 31 days (UTC+9).

        LINE counts for 14 days after the sending, and gives no number below 20 users.
        https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
        """
        return await self._transport.do(unit_statistics(unit, since, until))
