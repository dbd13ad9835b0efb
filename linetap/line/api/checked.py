"""Checked arguments and operations for the methods of the LINE clients, up to the point where a transport is needed.

Messages, LINE's rules and account values are imported inside the functions that need them: they take most of the
time that the import of a client takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from linetap.errors import Problem, invalid, literal_text
from linetap.http.types import Operation, Request, Response, normalized_headers
from linetap.line.api import messaging, rates
from linetap.line.api.retry_keys import fresh_key, key_text
from linetap.line.staging import OnlyTo

if TYPE_CHECKING:
    from types import ModuleType

    from linetap.line.api.account_results import DeliveryCounts, LineProfile
    from linetap.line.api.results import FollowerPage, PushResult, SendResult
    from linetap.line.messages.kinds import Messages

_COUNTS_PAGE = "https://developers.line.biz/en/reference/messaging-api/#get-number-of-push-messages"
_REPLY_PAGE = "https://developers.line.biz/en/reference/messaging-api/#send-reply-message"
_FOLLOWERS_PAGE = "https://developers.line.biz/en/reference/messaging-api/#get-follower-ids"


@cache
def _message_checks() -> ModuleType:
    """The module of the message checks, cached: an import statement costs as much as the check of a short text."""
    from linetap.line.api import checked_messages

    return checked_messages


def push(to: str, messages: Messages, *, retry_key: UUID | str | None, **options: Any) -> Operation[PushResult]:
    """A push."""
    body: bytes = _message_checks().checked_push_body(to, messages, options)
    return messaging.push_encoded(to, body, retry_key=fresh_key() if retry_key is None else key_text(retry_key))


def push_delivery(delivery: Any) -> Operation[PushResult]:
    """A push of one delivery, with all its options."""
    from linetap.line.bulk.delivery import Delivery

    if not isinstance(delivery, Delivery):
        raise invalid("delivery", "must be a Delivery", delivery, "campaign.deliveries(profiles) yields them")
    return push(
        delivery.to,
        delivery.messages,
        notification_disabled=delivery.notification_disabled,
        aggregation_unit=delivery.aggregation_unit,
        retry_key=delivery.retry_key,
    )


def multicast(
    to: Sequence[str],
    messages: Messages,
    only_to: OnlyTo | None = None,
    *,
    retry_key: UUID | str | None,
    **options: Any,
) -> tuple[Operation[SendResult] | None, tuple[str, ...]]:
    """A multicast, and the recipients that are not in ``only_to``; no multicast where none is left."""
    user_ids: list[str]
    body: bytes
    user_ids, body = _message_checks().checked_multicast_body(to, messages, options)
    key = fresh_key() if retry_key is None else key_text(retry_key)
    not_sent = () if only_to is None else tuple(user_id for user_id in user_ids if user_id not in only_to)
    listed = [user_id for user_id in user_ids if user_id not in not_sent] if not_sent else user_ids
    return messaging.multicast_encoded(listed, body, retry_key=key) if listed else None, not_sent


def broadcast(
    messages: Messages, *, notification_disabled: bool, retry_key: UUID | str | None
) -> Operation[SendResult]:
    """A broadcast."""
    options = {"notification_disabled": notification_disabled}
    body: bytes = _message_checks().checked_body(messages, "broadcast", options)
    return messaging.broadcast_encoded(body, retry_key=fresh_key() if retry_key is None else key_text(retry_key))


def reply(reply_token: Any, messages: Messages, *, notification_disabled: bool) -> Operation[PushResult]:
    """A reply."""
    if not isinstance(reply_token, str) or not reply_token:
        raise invalid("reply_token", "must be the reply_token of a webhook event", reply_token, page=_REPLY_PAGE)
    options = {"notification_disabled": notification_disabled}
    body: bytes = _message_checks().checked_body(messages, "reply", options)
    return messaging.reply_encoded(reply_token, body)


def delivery_counts(kind: Any, day: date) -> Operation[DeliveryCounts]:
    """How many messages were sent on a day by one kind of sending."""
    from linetap.line.api import account

    if kind not in account.DELIVERY_KINDS:
        raise invalid("kind", f"must be one of {', '.join(account.DELIVERY_KINDS)}", kind, page=_COUNTS_PAGE)
    return account.delivery_counts(kind, day)


def test_send(campaign: Any, me: str, profile: object) -> Sequence[Operation[PushResult]]:
    """Pushes of a campaign's messages for one profile to ``me``, marked as a test: two where it has five messages."""
    from linetap.line.bulk.delivery import Delivery

    if not callable(getattr(campaign, "fill", None)):
        raise invalid("campaign", "must be a Campaign", campaign)
    filled: Delivery = campaign.fill(profile)
    mark = f"TEST: {getattr(campaign, 'name', '')}"
    messages = [mark, *filled.messages]
    parts = [messages] if len(messages) <= rates.MESSAGES else [[mark], filled.messages]
    return [push(me, part, notification_disabled=filled.notification_disabled, retry_key=None) for part in parts]


def validate_push(messages: Messages) -> Operation[tuple[Problem, ...]]:
    """A check by LINE: messages that break LINE's rules are sent to the check as they are."""
    messages_json: list[dict[str, Any]] = _message_checks().sendable_messages(messages)
    return messaging.validate_push(messages_json)


def followers(page_size: Any, start: Any) -> Operation[FollowerPage]:
    """The first page of follower ids."""
    most = rates.FOLLOWERS_PAGE
    if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= most:
        raise invalid("page_size", f"must be a whole number from 1 to {most}", page_size, page=_FOLLOWERS_PAGE)
    if start is not None and (not isinstance(start, str) or not start):
        raise invalid("start", "must be the next of an earlier page, or None", start, page=_FOLLOWERS_PAGE)
    return messaging.followers(page_size=page_size, start=start)


def profile(user_id: str) -> Operation[LineProfile | None]:
    """The profile of a user."""
    from linetap.line.api import account

    _message_checks().check_user_id(user_id)
    return account.profile(user_id)


def request(
    method: Any,
    path: Any,
    *,
    params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None,
    json: Any,
    content: bytes | None,
    headers: Mapping[str, str] | None,
    host: str,
    retry_key: UUID | str | None,
    repeatable: bool,
) -> Operation[Response]:
    """Any endpoint of LINE's."""
    if not isinstance(method, str) or not method.isalpha():
        raise invalid("method", "must be an HTTP method, such as GET", method)
    if not isinstance(path, str) or not re.fullmatch(r"/(?!/)[\x21-\x7e]*", path) or "#" in path or "?" in path:
        rule = "must start with one /, without a host, and be percent-encoded ASCII without a query"
        raise invalid("path", rule, path, "pass the query as params")
    if host not in ("api", "api-data"):
        raise invalid("host", "must be 'api' or 'api-data'", host)
    if json is not None and content is not None:
        raise invalid("content", "must not be given together with json", literal_text("both"), "pass one of the two")
    pairs = params.items() if isinstance(params, Mapping) else params or ()
    body = content if json is None else messaging.encoded(json, "json")
    key = None if retry_key is None else key_text(retry_key)
    query = tuple((name, str(value)) for name, value in pairs)
    return messaging.any_request(
        Request(method.upper(), path, query, body, normalized_headers(headers), host),
        retry_key=key,
        repeatable=repeatable or method.upper() == "GET",
    )
