"""LINE's account endpoints: followers, profile, bot, quota, statistics, link tokens."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, Route, json_response
from linetap.sandbox.line.insight import BUBBLE, OVERVIEW
from linetap.sandbox.line.sending import error, rejection
from linetap.sandbox.line.state import DAY, LineState


def followers(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-follower-ids

    Users are filtered after paging, so a page can be short or empty with more pages after it.
    """
    if not line.verified:
        return error(403, "Access to this API is not available for your account")
    limit = _limit(call, default=300, most=1000)
    offset = _start(line, call)
    page = line.order[offset : offset + limit]
    found: dict[str, Any] = {"userIds": [user_id for user_id in page if line.people[user_id].listed]}
    if offset + limit < len(line.order):
        found["next"] = _token(line, offset + limit)
    return json_response(200, found)


def profile(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-profile"""
    person = line.people.get(_user_id(call))
    known = person is not None and (person.friend or person.wrote_at is not None)
    if person is None or not known or person.blocked or person.deleted or not person.consented:
        return error(404, "Not found")
    facts = {
        "displayName": person.display_name,
        "userId": person.user_id,
        "language": person.language,
        "pictureUrl": person.picture_url,
        "statusMessage": person.status_message,
    }
    return json_response(200, {name: value for name, value in facts.items() if value is not None})


def bot_info(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-bot-info"""
    return json_response(200, line.bot)


def quota(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-quota"""
    return json_response(200, {"type": "none"} if line.quota is None else {"type": "limited", "value": line.quota})


def quota_consumption(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-consumption"""
    return json_response(200, {"totalUsage": line.used})


def unit_usage(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-number-of-units-used-this-month"""
    return json_response(200, {"numOfCustomAggregationUnits": len(_units(line))})


def unit_names(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-name-list-of-units-used-this-month"""
    limit, offset, names = _limit(call, default=100, most=100), _start(line, call), _units(line)
    more = {"next": _token(line, offset + limit)} if offset + limit < len(names) else {}
    return json_response(200, {"customAggregationUnits": names[offset : offset + limit], **more})


def unit_statistics(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit

    Values are null while fewer than 20 users are counted.
    """
    name = call.params.get("customAggregationUnit", "")
    if not re.fullmatch(r"[a-zA-Z0-9_]{1,30}", name):
        raise rejection(400, "customAggregationUnit is invalid")
    since, until = (_day(call, which) for which in ("from", "to"))
    if not 0 <= (until - since).days <= 30:
        raise rejection(400, "to must be up to 30 days after from")
    days = [day.strftime("%Y%m%d") for day in (since, until)]
    units = [unit for (_, unit_name), unit in line.units.items() if unit_name == name]
    sends = [bubbles for unit in units for at, bubbles in unit.sends if days[0] <= line.day(at) <= days[1]]
    opened = len(set().union(*(unit.opened for unit in units))) if sends else 0
    seen = opened if opened >= 20 else None
    overview = dict.fromkeys(OVERVIEW) | {"uniqueImpression": seen}
    bubbles = [
        {"seq": seq, **dict.fromkeys(BUBBLE), "impression": seen, "uniqueImpression": seen}
        for seq in range(1, max(sends, default=0) + 1)
    ]
    return json_response(200, {"overview": overview, "messages": bubbles, "clicks": []})


def issue_link_token(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#issue-link-token"""
    user_id = _user_id(call)
    if user_id not in line.people:
        return error(404, "Not found")
    token = line.ids.hex("link token")
    line.link_tokens[token] = (user_id, line.clock.now() + 600)
    return json_response(200, {"linkToken": token})


def _units(line: LineState) -> list[str]:
    return [name for month, name in line.units if month == line.month()]


def _user_id(call: Call) -> str:
    if not re.fullmatch(r"U[0-9a-f]{32}", call.found["userId"]):
        raise rejection(400, "The value for the 'userId' parameter is invalid")
    return call.found["userId"]


def _limit(call: Call, default: int, most: int) -> int:
    given = call.params.get("limit", str(default))
    if not re.fullmatch("[0-9]{1,9}", given) or not 1 <= int(given) <= most:
        details = [{"message": f"must be between 1 and {most}", "property": "limit"}]
        raise rejection(400, "The request has 1 error(s)", details)
    return int(given)


def _start(line: LineState, call: Call) -> int:
    token = call.params.get("start")
    if token is None:
        return 0
    offset, made = line.pages.get(token, (0, float("-inf")))
    if line.clock.now() - made >= DAY:
        raise rejection(400, "Invalid start param")
    return offset


def _token(line: LineState, offset: int) -> str:
    token = "y" + line.ids.hex("page")
    line.pages[token] = (offset, line.clock.now())
    return token


def _day(call: Call, name: str) -> datetime:
    try:
        return datetime.strptime(call.params[name], "%Y%m%d")
    except (KeyError, ValueError):
        raise rejection(400, f"{name} is required" if name not in call.params else f"{name} is invalid") from None


ROUTES = (
    Route("followers", "GET", "/v2/bot/followers/ids", followers),
    Route("profile", "GET", "/v2/bot/profile/{userId}", profile),
    Route("bot_info", "GET", "/v2/bot/info", bot_info),
    Route("quota", "GET", "/v2/bot/message/quota", quota),
    Route("quota_consumption", "GET", "/v2/bot/message/quota/consumption", quota_consumption),
    Route("unit_usage", "GET", "/v2/bot/message/aggregation/info", unit_usage),
    Route("unit_names", "GET", "/v2/bot/message/aggregation/list", unit_names),
    Route("unit_statistics", "GET", "/v2/bot/insight/message/event/aggregation", unit_statistics, rate=60 / 3600),
    Route("issue_link_token", "POST", "/v2/bot/user/{userId}/linkToken", issue_link_token),
)
