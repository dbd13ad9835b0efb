"""LINE's statistics: insight, and the counts of messages sent through the API. Days are days of UTC+9.

https://developers.line.biz/en/reference/messaging-api/#get-number-of-delivery-messages
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, Route, json_response
from linetap.sandbox.line.sending import error, rejection
from linetap.sandbox.line.state import LineState, Person

_FEW = 20
_KINDS = {"push": "apiPush", "multicast": "apiMulticast", "broadcast": "apiBroadcast", "reply": "apiReply"}
_PARTS = ("", "25Percent", "50Percent", "75Percent", "100Percent")
OVERVIEW = ("uniqueImpression", "uniqueClick", "uniqueMediaPlayed", "uniqueMediaPlayed100Percent")
BUBBLE = ("impression", *(f"mediaPlayed{part}" for part in _PARTS), *(f"uniqueMediaPlayed{part}" for part in _PARTS))
"""The metrics of one bubble; the statistics of a unit have ``uniqueImpression``, too."""


def followers(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-number-of-followers

    The sandbox stores no history: a day that is counted has the numbers of now.
    """
    if "date" not in call.params:
        raise rejection(400, "date is required")
    status = _status(line, call, "20161101")
    if status != "ready":
        return json_response(200, {"status": status, "followers": None, "targetedReaches": None, "blocks": None})
    people = list(line.people.values())
    counts = {
        "followers": sum(person.friend or person.blocked for person in people),
        "targetedReaches": len(line.followers),
        "blocks": sum(person.blocked for person in people),
    }
    return json_response(200, {"status": status, **counts})


def deliveries(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-number-of-delivery-messages"""
    status = _status(line, call, "20170301", "Bad Request")
    if status != "ready":
        return json_response(200, {"status": status})
    day = call.params["date"]
    counts = {name: line.sent[(day, kind)] for kind, name in _KINDS.items() if (day, kind) in line.sent}
    return json_response(200, {"status": status, **counts})


def delivery_counts(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-number-of-push-messages"""
    kind = call.found["kind"]
    if kind not in _KINDS:
        return error(404, "Not found")
    status = _status(line, call, "20170301", "The value for the 'date' parameter is invalid")
    found = {"success": line.sent[(call.params["date"], kind)]} if status == "ready" else {}
    return json_response(200, {"status": status, **found})


def demographics(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-demographic

    From the ``traits`` of the users: ``{"gender": "female", "age": "from20to24", "area": "東京", "appType": "ios",
    "subscriptionPeriod": "over365days"}``.
    """
    people = [line.people[user_id] for user_id in line.followers]
    known = len(people) >= _FEW
    tiles = {
        "genders": ("gender", "unknown"),
        "ages": ("age", "unknown"),
        "areas": ("area", "unknown"),
        "appTypes": ("appType", "others"),
        "subscriptionPeriods": ("subscriptionPeriod", "unknown"),
    }
    shares = {listed: _shares(people, *facts) if known else [] for listed, facts in tiles.items()}
    return json_response(200, {"available": known, **shares})


def _shares(people: list[Person], trait: str, otherwise: str) -> list[dict[str, Any]]:
    counts = Counter(person.traits.get(trait, otherwise) for person in people)
    return [{trait: name, "percentage": round(100 * count / len(people), 1)} for name, count in counts.items()]


def message_events(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-message-event

    LINE's page does not say what an unknown request id gives; the sandbox responds with 404.
    """
    request_id = call.params.get("requestId", "")
    if not request_id:
        raise rejection(400, "requestId is required")
    if (found := line.broadcasts.get(request_id)) is None:
        return error(404, "Not found")
    seen = len(found.opened) if len(found.opened) >= _FEW else None
    overview = {
        "requestId": request_id,
        "timestamp": int(found.at),
        "delivered": len(found.reached),
        **dict.fromkeys(OVERVIEW),
        "uniqueImpression": seen,
    }
    bubbles = [{"seq": seq, **dict.fromkeys(BUBBLE), "impression": seen} for seq in range(1, found.bubbles + 1)]
    return json_response(200, {"overview": overview, "messages": bubbles, "clicks": []})


def _status(line: LineState, call: Call, first: str, message: str = "date is invalid") -> str:
    day = call.params.get("date", "")
    try:
        datetime.strptime(day, "%Y%m%d")
    except ValueError:
        raise rejection(400, message) from None
    if day < first:
        return "out_of_service"
    return "ready" if day < line.day(line.clock.now()) else "unready"


_HOURLY = 60 / 3600
ROUTES = (
    Route("delivery_counts", "GET", "/v2/bot/message/delivery/{kind}", delivery_counts),
    Route("insight_followers", "GET", "/v2/bot/insight/followers", followers, rate=_HOURLY),
    Route("insight_deliveries", "GET", "/v2/bot/insight/message/delivery", deliveries, rate=_HOURLY),
    Route("insight_demographics", "GET", "/v2/bot/insight/demographic", demographics, rate=_HOURLY),
    Route("insight_message_events", "GET", "/v2/bot/insight/message/event", message_events, rate=_HOURLY),
)
