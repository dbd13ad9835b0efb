"""LINE's sending endpoints: push, multicast, broadcast and validate.

https://developers.line.biz/en/reference/messaging-api/#messages
"""

from __future__ import annotations

import re
from typing import Any

from linetap.http.types import Response
from linetap.sandbox.core.json_content import NotJson, read_json
from linetap.sandbox.core.service import Call, Rejected, Route, json_response
from linetap.sandbox.line import messages as line_messages
from linetap.sandbox.line.state import DAY, Accepted, Broadcast, LineState, Person, Unit

_REPLY_SECONDS = 60.0
_USER = re.compile(r"U[0-9a-f]{32}")
_ANYBODY = re.compile(r"[UCR][0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_QUOTABLE = {"text", "textV2", "sticker", "image", "video", "template", "flex"}


def error(status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
    """LINE's error envelope: ``details`` is omitted if empty (#error-responses)."""
    return json_response(status, {"message": message, **({"details": details} if details else {})})


def rejection(status: int, message: str, details: list[dict[str, str]] | None = None) -> Rejected:
    """A rejected request: no message is sent."""
    return Rejected(error(status, message, details))


def read_body(call: Call) -> dict[str, Any]:
    """The request's JSON object; a rejection if it is not one."""
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise rejection(415, f"The content type, {media_type}, is not supported")
    try:
        body = read_json(call.content)
    except NotJson as wrong:
        line, column = wrong.place or ("-", "-")
        message = f"The request body could not be parsed as JSON (line: {line}, column: {column})"
        raise rejection(400, message) from None
    if not isinstance(body, dict):
        raise rejection(400, "The request body could not be parsed as JSON (line: 1, column: 1)")
    return body


def push(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#send-push-message"""
    body = read_body(call)
    to = body.get("to")
    _check(line, body, [] if isinstance(to, str) and _ANYBODY.fullmatch(to) else ["to"])
    messages = _messages(line, body, [str(to)], "push")
    if (before := _already_accepted(line, call, "push")) is not None:
        return before
    inbox = line.groups.get(str(to))
    person = line.people.get(str(to))
    if inbox is None and person is None:
        raise rejection(400, "Failed to send messages")
    _not_too_often(line, str(to))
    reached = [person] if person and person.reached(line.clock.now(), by_push=True) else []
    _spend(line, 1 if inbox is not None else len(reached))
    sent = [_sent(line, one) for one in messages]
    for box in [inbox] if inbox is not None else [_inbox(one) for one in reached]:
        box.extend(messages)
    _tag(line, body, reached, len(messages))
    line.count_sent("push", 1 if inbox is not None else len(reached))
    _remember(line, call, "push", sent)
    return json_response(200, {"sentMessages": sent})


def multicast(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#send-multicast-message"""
    body = read_body(call)
    to = body.get("to")
    if not isinstance(to, list) or not 1 <= len(to) <= 500:
        details = [{"message": "Size must be between 1 and 500", "property": "to"}]
        raise rejection(400, "The request body has 1 error(s)", details)
    foreign = line.readings.multicast_foreign_ids == "reject"
    bad = [f"to[{i}]" for i, one in enumerate(to) if not isinstance(one, str) or not _USER.fullmatch(one)]
    bad = bad or [f"to[{i}]" for i, one in enumerate(to) if foreign and one not in line.people]
    _check(line, body, bad)
    messages = _messages(line, body, to, "multicast")
    if (before := _already_accepted(line, call, "multicast")) is not None:
        return before
    people = [line.people[one] for one in dict.fromkeys(to) if one in line.people]
    line.count_sent("multicast", len(_deliver(line, people, messages, body)))
    _remember(line, call, "multicast", None)
    return json_response(200, {})


def broadcast(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#send-broadcast-message"""
    body = read_body(call)
    _check(line, body, [])
    messages = _messages(line, body, [], "broadcast")
    if (before := _already_accepted(line, call, "broadcast")) is not None:
        return before
    reached = _deliver(line, [person for person in line.people.values() if person.friend], messages, body)
    line.count_sent("broadcast", len(reached))
    user_ids = {person.user_id for person in reached}
    line.broadcasts[call.request_id] = Broadcast(line.clock.now(), user_ids, len(messages))
    _remember(line, call, "broadcast", None)
    return json_response(200, {})


def reply(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#send-reply-message

    A token is valid once, within a minute of the event; a reply costs no quota.
    """
    body = read_body(call)
    _check(line, body, [])
    messages = _messages(line, body, [], "reply")
    user_id, at = line.reply_tokens.get(str(body.get("replyToken")), ("", float("-inf")))
    if line.clock.now() - at > _REPLY_SECONDS:
        raise rejection(400, "Invalid reply token")
    line.reply_tokens.pop(str(body["replyToken"]))
    person = line.people[user_id]
    if not (person.blocked or person.deleted):
        _inbox(person).extend(messages)
        line.count_sent("reply", 1)
    return json_response(200, {"sentMessages": [_sent(line, one) for one in messages]})


def validate(line: LineState, call: Call) -> Response:
    """Only ``messages`` is checked, and no message is sent (#validate-message-objects)."""
    _checked(line, read_body(call).get("messages"))
    return json_response(200, {})


# Shared by the three sends -------------------------------------------------------------------------------


def _check(line: LineState, body: dict[str, Any], bad: list[str]) -> None:
    if bad:
        raise rejection(400, f"The property, {bad[0]}, in the request body is invalid (line: -, column: -)")
    details = []
    if not isinstance(body.get("notificationDisabled", False), bool):
        details.append({"message": "must be a boolean", "property": "notificationDisabled"})
    units = body.get("customAggregationUnits")
    if units is not None and not (isinstance(units, list) and len(units) <= 1):
        details.append({"message": "Size must be between 0 and 1", "property": "customAggregationUnits"})
    elif units and not (isinstance(units[0], str) and re.fullmatch(r"[a-zA-Z0-9_]{1,30}", units[0])):
        details.append({"message": "invalid unit name", "property": "customAggregationUnits[0]"})
    if details:
        raise rejection(400, f"The request body has {len(details)} error(s)", details)


def _checked(line: LineState, messages: Any) -> list[dict[str, Any]]:
    if details := line_messages.problems(messages, line.readings):
        raise rejection(400, f"The request body has {len(details)} error(s)", details)
    return list(messages)


def _messages(line: LineState, body: dict[str, Any], to: list[str], channel: str) -> list[dict[str, Any]]:
    messages = _checked(line, body.get("messages"))
    if details := line_messages.misplaced(messages, to[0] if to else "U", channel):
        raise rejection(400, f"The request body has {len(details)} error(s)", details)
    return messages


def _deliver(
    line: LineState, people: list[Person], messages: list[dict[str, Any]], body: dict[str, Any]
) -> list[Person]:
    reached = [person for person in people if person.reached(line.clock.now(), by_push=False)]
    _spend(line, len(reached))
    for person in reached:
        _inbox(person).extend(messages)
    _tag(line, body, reached, len(messages))
    return reached


def _inbox(person: Person) -> list[dict[str, Any]]:
    if person.inbox is None:
        person.inbox = []
    return person.inbox


def _spend(line: LineState, people: int) -> None:
    """No message is sent if the quota does not suffice for all recipients: docs/messaging-api/pricing."""
    if line.quota is not None and line.used + line.reserved + people > line.quota:
        raise rejection(429, "You have reached your monthly limit.")
    line.used += people


def _not_too_often(line: LineState, to: str) -> None:
    if line.same_user_limit is None:
        return
    now = line.clock.now()
    recent = [at for at in line.recent_pushes.get(to, ()) if now - at < 60]
    if len(recent) >= line.same_user_limit:
        # LINE documents this 429, but neither the limit nor the text.
        raise rejection(429, "Too many messages were sent to the same user.")
    line.recent_pushes[to] = [*recent, now]


def _sent(line: LineState, message: dict[str, Any]) -> dict[str, str]:
    number = line.message_id()
    return {"id": number, **({"quoteToken": line.quote_token(number)} if message["type"] in _QUOTABLE else {})}


def _tag(line: LineState, body: dict[str, Any], reached: list[Person], bubbles: int) -> None:
    """The 1,001st name of a month is silently not counted (#send-push-message, customAggregationUnits)."""
    month = line.month()
    for name in body.get("customAggregationUnits") or ():
        if (month, name) not in line.units and sum(m == month for m, _ in line.units) >= 1000:
            continue
        unit = line.units.setdefault((month, name), Unit())
        unit.sends.append((line.clock.now(), bubbles))
        unit.reached.update(person.user_id for person in reached)


# Retry keys: https://developers.line.biz/en/docs/messaging-api/retrying-api-request/ ----------------------


def _retry_key(line: LineState, call: Call) -> str | None:
    """The key of a request; LINE's own Go SDK sends an empty header where there is no key."""
    key = call.headers.get("x-line-retry-key")
    return None if key is not None and not key.strip() and line.readings.empty_retry_key == "absent" else key


def retry_key_rejection(line: LineState, call: Call, allowed: bool) -> Response | None:
    """A key on an endpoint without retry keys, or one that is not a UUID, is a 400."""
    key = _retry_key(line, call)
    if key is None or (allowed and _UUID.fullmatch(key)):
        return None
    return error(400, "The retry key is not supported by this endpoint" if not allowed else "The retry key is invalid")


def _already_accepted(line: LineState, call: Call, operation: str) -> Response | None:
    key = _retry_key(line, call)
    if key is None:
        return None
    now = line.clock.now()
    while line.accepted and now - next(iter(line.accepted.values())).at >= DAY:
        line.accepted.pop(next(iter(line.accepted)))
    if (before := line.accepted.get(_scope(line, key, operation))) is None:
        return None
    sent = {"sentMessages": before.sent} if before.sent is not None else {}
    headers = {"X-Line-Accepted-Request-Id": before.request_id}
    return json_response(409, {"message": "The retry key is already accepted", **sent}, headers)


def _remember(line: LineState, call: Call, operation: str, sent: list[dict[str, str]] | None) -> None:
    if (key := _retry_key(line, call)) is not None:
        found = Accepted(line.clock.now(), call.request_id, operation, sent)
        line.accepted[_scope(line, key, operation)] = found


def _scope(line: LineState, key: str, operation: str) -> tuple[str, str]:
    return (key.lower(), operation if line.readings.retry_key_scope == "endpoint" else "")


ROUTES = (
    Route("push", "POST", "/v2/bot/message/push", push, key=True),
    Route("multicast", "POST", "/v2/bot/message/multicast", multicast, key=True, rate=200.0),
    Route("broadcast", "POST", "/v2/bot/message/broadcast", broadcast, key=True, rate=60 / 3600),
    Route("reply", "POST", "/v2/bot/message/reply", reply),
    *(
        Route(f"validate_{kind}", "POST", f"/v2/bot/message/validate/{kind}", validate)
        for kind in ("reply", "push", "multicast", "narrowcast", "broadcast")
    ),
)
