"""The account, its users and its statistics: one function for each endpoint that sends no message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar
from urllib.parse import quote

from linetap.http.types import Idempotency, Operation, Request, Response
from linetap.line.api.account_results import BotInfo, DeliveryCounts, LineProfile
from linetap.line.api.endpoint import day_text
from linetap.line.api.responses import error_info, json_object, parse_value, unreadable

T = TypeVar("T")

# https://developers.line.biz/en/reference/messaging-api/#rate-limits
RATES: Mapping[str, tuple[int, int]] = {"GET /v2/bot/profile/{userId}": (2000, 1)}

QUOTA = "/v2/bot/message/quota"


def profile(user_id: str) -> Operation[LineProfile | None]:
    """``GET /v2/bot/profile/{userId}``; None for 404. https://developers.line.biz/en/reference/messaging-api/#get-profile"""

    def read(response: Response) -> LineProfile | None:
        if response.status == 404:
            return None
        return parse_value(LineProfile, json_object("line.profile", response), "line.profile", response)

    return Operation(
        "line.profile",
        Request("GET", f"/v2/bot/profile/{quote(user_id, safe='')}"),
        read=read,
        error_info=lambda response: None if response.status == 404 else error_info(response),
        repeat=Idempotency.SAFE,
        endpoint="GET /v2/bot/profile/{userId}",
    )


def bot_info() -> Operation[BotInfo]:
    """``GET /v2/bot/info``. https://developers.line.biz/en/reference/messaging-api/#get-bot-info"""
    name = "line.bot_info"
    return _get(name, "/v2/bot/info", lambda r: parse_value(BotInfo, json_object(name, r), name, r))


def _get(
    name: str,
    path: str,
    read: Callable[[Response], T],
    params: tuple[tuple[str, str], ...] = (),
) -> Operation[T]:
    return Operation(
        name,
        Request("GET", path, params=params),
        read=read,
        error_info=error_info,
        repeat=Idempotency.SAFE,
    )


def quota_limit() -> Operation[int | None]:
    """``GET /v2/bot/message/quota``. https://developers.line.biz/en/reference/messaging-api/#get-quota"""
    return _get("line.quota", QUOTA, _read_limit)


def _read_limit(response: Response) -> int | None:
    body = json_object("line.quota", response)
    if body.get("type") == "none":
        return None
    return _whole(body, "value", "line.quota", response)


def quota_used() -> Operation[int]:
    """``GET /v2/bot/message/quota/consumption``. https://developers.line.biz/en/reference/messaging-api/#get-consumption"""
    name = "line.quota_consumption"
    return _get(
        name,
        f"{QUOTA}/consumption",
        lambda r: _whole(json_object(name, r), "totalUsage", name, r),
    )


def _whole(body: Mapping[str, Any], name: str, operation: str, response: Response) -> int:
    found = body.get(name)
    if type(found) is not int:
        raise unreadable(operation, response, f"{name} to be a whole number")
    return found


DELIVERY_KINDS = ("reply", "push", "multicast", "broadcast")


def delivery_counts(kind: str, day: date) -> Operation[DeliveryCounts]:
    """``GET /v2/bot/message/delivery/{kind}``. https://developers.line.biz/en/reference/messaging-api/#get-number-of-push-messages"""
    name = "line.delivery_counts"
    page = f"https://developers.line.biz/en/reference/messaging-api/#get-number-of-{kind}-messages"
    params = (("date", day_text("day", day, page)),)
    path = f"/v2/bot/message/delivery/{kind}"
    return _get(name, path, lambda r: parse_value(DeliveryCounts, json_object(name, r), name, r), params)
