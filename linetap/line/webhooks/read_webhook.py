"""Read a webhook request of LINE: check its signature, then convert its events.

https://developers.line.biz/en/reference/messaging-api/#webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from linetap.errors import BadArgument, BadSignature, Problem, UnreadableResponse, invalid, literal_text
from linetap.http.secret import Secret, as_secret
from linetap.line.tokens import checked_secret
from linetap.line.webhooks.events import (
    AccountLinkEvent,
    BeaconEvent,
    DeliveryEvent,
    EventSource,
    FollowEvent,
    JoinEvent,
    LeaveEvent,
    LineEvent,
    LineWebhook,
    MemberJoinedEvent,
    MemberLeftEvent,
    MembershipEvent,
    MessageEditedEvent,
    MessageEvent,
    ModuleEvent,
    PostbackEvent,
    UnfollowEvent,
    UnknownEvent,
    UnsendEvent,
    VideoPlayCompleteEvent,
)

_PAGE = "https://developers.line.biz/en/reference/messaging-api/#signature-validation"
_LENGTH = len(base64.b64encode(bytes(32)))  # a SHA-256 digest in Base64


def read_line_webhook(
    body: bytes, *, signature: str | bytes | None, channel_secret: str | Sequence[str]
) -> LineWebhook:
    """Read one webhook request of LINE, after its signature was checked.

    ``body`` is the raw body of the request, as bytes, before any parsing. ``signature`` is its header
    ``x-line-signature``: a str, bytes (as in ASGI), or None if the header is missing. ``channel_secret`` may be
    several secrets while one is being replaced.

    Raises ``BadSignature`` if the signature is missing or does not match: do not process the request. Raises
    ``UnreadableResponse`` if the signature matches but the body is not LINE's.

    https://developers.line.biz/en/reference/messaging-api/#signature-validation
    """
    channel_secret = as_secret(channel_secret)  # an error tracker reads the arguments of functions that raise
    secrets = _secrets(channel_secret)
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise invalid("body", "must be the raw bytes of the request", _kind(body), "use the body before parsing", _PAGE)
    sent = _signature(signature)
    content = bytes(body)
    if not sent:
        raise BadSignature("the request has no x-line-signature header: do not process it")
    if not _matches(content, sent, secrets):
        raise BadSignature(_mismatch(sent))
    return _webhook(content)


def _secrets(channel_secret: object) -> tuple[Secret, ...]:
    one = isinstance(channel_secret, str) or not isinstance(channel_secret, Sequence)
    several: Any = (channel_secret,) if one else channel_secret
    if not several:
        raise BadArgument(problems=[Problem("channel_secret", "must be at least one secret", "none", _PAGE)])
    return tuple(checked_secret(secret, "channel_secret") for secret in several)


def _signature(signature: object) -> bytes:
    if signature is None:
        return b""
    if isinstance(signature, str):
        return str.strip(signature).encode("utf-8", "replace")
    if isinstance(signature, (bytes, bytearray)):
        return bytes(signature).strip()
    remedy = 'pass the header itself: request.headers.get("x-line-signature")'
    raise invalid("signature", "must be a str, bytes or None", _kind(signature), remedy, _PAGE)


def _kind(value: object) -> str:
    return literal_text(f"a {type(value).__name__}")


def _matches(content: bytes, signature: bytes, secrets: Sequence[str]) -> bool:
    # All secrets are compared, each in constant time, so that the duration does not show which one was similar.
    results = [
        hmac.compare_digest(base64.b64encode(hmac.digest(secret.encode(), content, hashlib.sha256)), signature)
        for secret in secrets
    ]
    return any(results)


def _mismatch(signature: bytes) -> str:
    if len(signature) != _LENGTH:
        return (
            f"the signature has {len(signature)} characters instead of {_LENGTH}: pass the whole x-line-signature "
            "header; do not process the request"
        )
    return (
        "the signature does not match the body and the channel secret: do not process the request. If it came from "
        "LINE, check that channel_secret is of the same channel and that the body is unchanged"
    )


def _webhook(content: bytes) -> LineWebhook:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    body: dict[str, Any] = found if isinstance(found, dict) else {}
    events = body.get("events")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise UnreadableResponse("the webhook body must be a JSON object with a list of events")
    return LineWebhook(tuple(_event(event) for event in events), _text(body, "destination"))


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _members(raw: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = _part(raw, name).get("members")
    members = found if isinstance(found, list) else []
    user_ids = (_text(member, "userId") for member in members if isinstance(member, dict))
    return tuple(user_id for user_id in user_ids if user_id)


def _flag(found: Mapping[str, Any], name: str) -> bool | None:
    value = found.get(name)
    return value if isinstance(value, bool) else None


def _number(found: Mapping[str, Any], name: str) -> int | None:
    value = found.get(name)
    return value if type(value) is int else None


# type -> its class and a function that reads its own attributes
_Kind = tuple[type[LineEvent], Callable[[Mapping[str, Any]], dict[str, Any]]]
_KINDS: Mapping[str, _Kind] = {
    "follow": (FollowEvent, lambda raw: {"is_unblocked": _flag(_part(raw, "follow"), "isUnblocked")}),
    "unfollow": (UnfollowEvent, lambda raw: {}),
    "accountLink": (
        AccountLinkEvent,
        lambda raw: {"result": _text(_part(raw, "link"), "result"), "nonce": _text(_part(raw, "link"), "nonce")},
    ),
    "message": (MessageEvent, lambda raw: {"message": _part(raw, "message")}),
    "unsend": (UnsendEvent, lambda raw: {"message_id": _text(_part(raw, "unsend"), "messageId")}),
    "messageEdited": (MessageEditedEvent, lambda raw: {"message": _part(raw, "message")}),
    "postback": (
        PostbackEvent,
        lambda raw: {"data": _text(_part(raw, "postback"), "data"), "params": _part(_part(raw, "postback"), "params")},
    ),
    "videoPlayComplete": (
        VideoPlayCompleteEvent,
        lambda raw: {"tracking_id": _text(_part(raw, "videoPlayComplete"), "trackingId")},
    ),
    "join": (JoinEvent, lambda raw: {}),
    "leave": (LeaveEvent, lambda raw: {}),
    "memberJoined": (MemberJoinedEvent, lambda raw: {"members": _members(raw, "joined")}),
    "memberLeft": (MemberLeftEvent, lambda raw: {"members": _members(raw, "left")}),
    "beacon": (
        BeaconEvent,
        lambda raw: {"hwid": _text(_part(raw, "beacon"), "hwid"), "beacon_type": _text(_part(raw, "beacon"), "type")},
    ),
    "membership": (
        MembershipEvent,
        lambda raw: {
            "membership_type": _text(_part(raw, "membership"), "type"),
            "membership_id": _number(_part(raw, "membership"), "membershipId"),
        },
    ),
    "delivery": (DeliveryEvent, lambda raw: {"data": _text(_part(raw, "delivery"), "data")}),
    **{
        name: (ModuleEvent, lambda raw: {})
        for name in ("module", "activated", "deactivated", "botSuspended", "botResumed")
    },
}
_UNKNOWN: _Kind = (UnknownEvent, lambda raw: {})
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _event(raw: Mapping[str, Any]) -> LineEvent:
    kind, attributes = _KINDS.get(_text(raw, "type") or "", _UNKNOWN)
    source, context = _part(raw, "source"), _part(raw, "deliveryContext")
    return kind(
        type=_text(raw, "type") or "",
        webhook_event_id=_text(raw, "webhookEventId"),
        timestamp=_time(raw.get("timestamp")),
        mode=_text(raw, "mode"),
        source=EventSource(*(_text(source, name) for name in ("type", "userId", "groupId", "roomId"))),
        is_redelivery=context.get("isRedelivery") is True,
        reply_token=_text(raw, "replyToken"),
        raw=raw,
        **attributes(raw),
    )


def _time(milliseconds: object) -> datetime | None:
    if type(milliseconds) is not int:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
