"""One function for each endpoint that sends messages or lists followers: request, response, safety of a repeat.

Arguments are not checked here, except where the request would become another one; :mod:`checked` does it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from linetap.errors import BadArgument, Forbidden, Problem, UnreadableResponse, invalid, literal_text
from linetap.http.types import ErrorInfo, Idempotency, Operation, Request, Response
from linetap.line.api.rates import endpoint_of
from linetap.line.api.responses import error_body, error_info, json_object, unreadable
from linetap.line.api.results import FollowerPage, PushResult, SendResult, SentMessage
from linetap.line.api.retry_keys import HEADER
from linetap.models.dumps import compact

# https://developers.line.biz/en/reference/messaging-api/#rate-limits
RATES: Mapping[str, tuple[int, int]] = {
    "POST /v2/bot/message/push": (2000, 1),
    "POST /v2/bot/message/multicast": (200, 1),
    "POST /v2/bot/message/broadcast": (60, 3600),
    "GET /v2/bot/followers/ids": (2000, 1),
}

PUSH = "/v2/bot/message/push"
MULTICAST = "/v2/bot/message/multicast"
BROADCAST = "/v2/bot/message/broadcast"
REPLY = "/v2/bot/message/reply"
FOLLOWERS = "/v2/bot/followers/ids"

_BY_WEBHOOKS = (
    "LINE lists followers for verified and premium accounts only; collect ids by webhooks instead: read_line_webhook "
    "returns follow and message events with a user_id (https://developers.line.biz/en/reference/messaging-api/#get-follower-ids)"
)


def encoded(body: object, path: str = "messages") -> bytes:
    """JSON as UTF-8 bytes; raises ``BadArgument`` for values that JSON or UTF-8 cannot express."""
    try:
        return compact(body).encode()
    except UnicodeEncodeError as error:
        raise invalid(path, "must not have a lone surrogate", error.object[error.start : error.end]) from None
    except (ValueError, TypeError) as error:
        raise BadArgument(problems=[Problem(path, "must be plain JSON", str(error))]) from None
    except RecursionError:
        raise invalid(
            path, "must be plain JSON", literal_text(f"a {type(body).__name__} with too many levels")
        ) from None


def push_body(
    to: str,
    messages_json: Sequence[Mapping[str, Any]],
    *,
    notification_disabled: bool = False,
    aggregation_unit: str | None = None,
) -> dict[str, Any]:
    """The body of a push, in LINE's order; default values are omitted."""
    return {
        "to": to,
        "messages": list(messages_json),
        **push_options(notification_disabled, aggregation_unit),
    }


def push_options(notification_disabled: bool = False, aggregation_unit: str | None = None) -> dict[str, Any]:
    """The other properties of a push's body; default values are omitted."""
    options: dict[str, Any] = {}
    if notification_disabled:
        options["notificationDisabled"] = True
    if aggregation_unit is not None:
        options["customAggregationUnits"] = [aggregation_unit]
    return options


def push(
    to: str,
    messages_json: Sequence[Mapping[str, Any]],
    *,
    retry_key: str,
    notification_disabled: bool = False,
    aggregation_unit: str | None = None,
) -> Operation[PushResult]:
    """``POST /v2/bot/message/push``. https://developers.line.biz/en/reference/messaging-api/#send-push-message"""
    tail = body_without_recipient(messages_json, push_options(notification_disabled, aggregation_unit))
    return push_encoded(to, tail, retry_key=retry_key)


def body_without_recipient(messages: Sequence[Mapping[str, Any]] | str, options: Mapping[str, Any]) -> bytes:
    """The body of a push after its recipient, encoded: the same for all recipients of the same messages.

    ``messages`` may be their compact JSON, where the checks wrote it already; ``options`` come from :func:`options_of`.
    """
    text = messages.encode() if isinstance(messages, str) else encoded(list(messages))
    return b',"messages":' + text + (b"," + encoded(options)[1:] if options else b"}")


def push_encoded(to: str, tail: bytes, *, retry_key: str) -> Operation[PushResult]:
    """A push whose messages were encoded once, by :func:`tail_of`."""
    return Operation(
        "line.push",
        Request(
            "POST",
            PUSH,
            content=b'{"to":' + encoded(to, "to") + tail,
            headers={HEADER: retry_key},
        ),
        read=partial(_read_push, retry_key),
        error_info=error_info_unless_accepted,
        repeat=Idempotency.SAFE,
        retry_key=retry_key,
    )


def multicast(
    to: Sequence[str],
    messages_json: Sequence[Mapping[str, Any]],
    *,
    retry_key: str,
    notification_disabled: bool = False,
    aggregation_unit: str | None = None,
) -> Operation[SendResult]:
    """``POST /v2/bot/message/multicast``. https://developers.line.biz/en/reference/messaging-api/#send-multicast-message"""
    tail = body_without_recipient(messages_json, push_options(notification_disabled, aggregation_unit))
    return multicast_encoded(to, tail, retry_key=retry_key)


def multicast_encoded(to: Sequence[str], tail: bytes, *, retry_key: str) -> Operation[SendResult]:
    """A multicast whose messages were encoded once, by :func:`tail_of`."""
    return Operation(
        "line.multicast",
        Request(
            "POST",
            MULTICAST,
            content=b'{"to":' + encoded(list(to), "to") + tail,
            headers={HEADER: retry_key},
        ),
        read=partial(_read_sent, "line.multicast", retry_key),
        error_info=error_info_unless_accepted,
        repeat=Idempotency.SAFE,
        retry_key=retry_key,
    )


def broadcast_encoded(body: bytes, *, retry_key: str) -> Operation[SendResult]:
    """``POST /v2/bot/message/broadcast``. https://developers.line.biz/en/reference/messaging-api/#send-broadcast-message"""
    return Operation(
        "line.broadcast",
        Request("POST", BROADCAST, content=b"{" + body[1:], headers={HEADER: retry_key}),
        read=partial(_read_sent, "line.broadcast", retry_key),
        error_info=error_info_unless_accepted,
        repeat=Idempotency.SAFE,
        retry_key=retry_key,
    )


def reply_encoded(reply_token: str, body: bytes) -> Operation[PushResult]:
    """``POST /v2/bot/message/reply``, which accepts no retry key.

    https://developers.line.biz/en/reference/messaging-api/#send-reply-message
    """
    return Operation(
        "line.reply",
        Request("POST", REPLY, content=b'{"replyToken":' + encoded(reply_token, "reply_token") + body),
        read=_read_reply,
        error_info=error_info,
        repeat=Idempotency.IF_REJECTED,
    )


def error_info_unless_accepted(response: Response) -> ErrorInfo | None:
    """409 on a retry key is success: an earlier attempt was accepted.

    https://developers.line.biz/en/reference/messaging-api/#retry-api-request-response
    """
    return None if response.status == 409 else error_info(response)


def _accepted(retry_key: str, response: Response) -> tuple[str | None, bool, int, str]:
    """The request that LINE accepted, whether it was an earlier one, the number of attempts, and the key."""
    already_accepted = response.status == 409
    request_id = response.headers.get("x-line-accepted-request-id") if already_accepted else None
    return request_id or response.request_id, already_accepted, response.attempts, retry_key


def _read_push(retry_key: str, response: Response) -> PushResult:
    if response.status == 409:
        return _accepted_push(retry_key, response)
    sent = json_object("line.push", response).get("sentMessages")
    # LINE's partner guidelines document an empty object as the response, so a missing list is no error.
    messages = tuple([_sent(item, response) for item in sent]) if type(sent) is list else ()
    return PushResult(messages, *_accepted(retry_key, response))


def _accepted_push(retry_key: str, response: Response) -> PushResult:
    """The result for a 409: the status says that LINE accepted the request before, whatever the body is."""
    try:
        sent = json_object("line.push", response).get("sentMessages")
        messages = tuple([_sent(item, response) for item in sent]) if type(sent) is list else ()
    except UnreadableResponse:
        messages = ()
    return PushResult(messages, *_accepted(retry_key, response))


def _sent(item: Any, response: Response) -> SentMessage:
    # The reference types the id as a number and shows a string.
    if type(item) is not dict or type(number := item.get("id")) not in (str, int):
        raise unreadable("line.push", response, "sentMessages with ids")
    token = item.get("quoteToken")
    return SentMessage(str(number), token if type(token) is str else None)


def _read_reply(response: Response) -> PushResult:
    sent = json_object("line.reply", response).get("sentMessages")
    messages = tuple([_sent(item, response) for item in sent]) if type(sent) is list else ()
    return PushResult(messages, response.request_id, attempts=response.attempts)


def _read_sent(operation: str, retry_key: str, response: Response) -> SendResult:
    if response.status != 409:  # which says that LINE accepted the request before, whatever the body is
        json_object(operation, response)
    return SendResult(*_accepted(retry_key, response))


def validate_push(messages_json: Sequence[Mapping[str, Any]]) -> Operation[tuple[Problem, ...]]:
    """``POST /v2/bot/message/validate/push``: LINE checks the messages and sends nothing.

    https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
    """
    return validate("push", messages_json)


def validate(kind: str, messages_json: Sequence[Mapping[str, Any]]) -> Operation[tuple[Problem, ...]]:
    """``POST /v2/bot/message/validate/{kind}``: push, multicast, narrowcast, broadcast or reply.

    https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
    """
    return Operation(
        f"line.validate_{kind}",
        Request("POST", f"/v2/bot/message/validate/{kind}", content=encoded({"messages": list(messages_json)})),
        read=partial(_read_verdict, kind),
        error_info=lambda response: None if response.status == 400 else error_info(response),
        repeat=Idempotency.SAFE,
    )


def _read_verdict(kind: str, response: Response) -> tuple[Problem, ...]:
    if response.status == 200:
        return ()
    message, details = error_body(response.content)
    page = f"https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-{kind}-message"
    return details or (Problem("messages", message or "were rejected by LINE without a reason", "", page),)


def followers(*, page_size: int = 1000, start: str | None = None) -> Operation[FollowerPage]:
    """``GET /v2/bot/followers/ids``. https://developers.line.biz/en/reference/messaging-api/#get-follower-ids"""
    params = (("limit", str(page_size)),) + ((("start", start),) if start is not None else ())
    return Operation(
        "line.followers",
        Request("GET", FOLLOWERS, params=params),
        read=partial(_read_followers, start),
        error_info=_followers_refusal,
        repeat=Idempotency.SAFE,
        next_page=lambda page: followers(page_size=page_size, start=page.next) if page.next else None,
    )


def _followers_refusal(response: Response) -> ErrorInfo | None:
    found = error_info(response)
    if found is not None and found.error is Forbidden:
        return attrs.evolve(found, message=f"{found.message}. {_BY_WEBHOOKS}")
    return found


def _read_followers(start: str | None, response: Response) -> FollowerPage:
    body = json_object("line.followers", response)
    ids, following = body.get("userIds"), body.get("next")
    # One set of types is faster than a check of each of a thousand ids.
    if not isinstance(ids, list) or not {*map(type, ids)} <= {str}:
        raise unreadable("line.followers", response, "userIds, a list of strings")
    if following is not None and not isinstance(following, str):
        raise unreadable("line.followers", response, "next to be a string")
    if following and following == start:
        raise unreadable(
            "line.followers",
            response,
            "a next that is not the page's own start (the list would never end)",
        )
    return FollowerPage(tuple(ids), following or None)


_AN_ID = re.compile(r"/(U[0-9a-f]{32})(?=/|$)|/(?:\d+|(?=[^/]*\d)[^/]{8,})(?=/|$)")


def _template(path: str) -> str:
    """``/v2/bot/user/{userId}/richmenu/{id}``: one rate limit per endpoint, not per user, and no id in a log."""
    return _AN_ID.sub(lambda found: "/{userId}" if found[1] else "/{id}", path)


def any_request(request: Request, *, retry_key: str | None = None, repeatable: bool = False) -> Operation[Response]:
    """An endpoint that linetap has no method for; the response is returned unchanged."""
    return Operation(
        "line.request",
        request,
        read=lambda response: response,
        error_info=error_info if retry_key is None else error_info_unless_accepted,
        repeat=Idempotency.SAFE if repeatable or retry_key is not None else Idempotency.IF_REJECTED,
        retry_key=retry_key,
        endpoint=endpoint_of(request.method, request.path) or f"{request.method} {_template(request.path)}",
    )
