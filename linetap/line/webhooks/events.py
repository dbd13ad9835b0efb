"""LINE's webhooks in: the signature checked, then the events as values.

LINE may add events, fields and values unannounced, so everything is read leniently: what is missing is
None, what is new is kept in ``raw``, and an event of an unknown type is an :class:`UnknownEvent`.

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

import attrs

from linetap.errors import BadArgument, BadSignature, Problem, UnreadableResponse, invalid
from linetap.line.tokens import checked_secret

_PAGE = "https://developers.line.biz/en/reference/messaging-api/#signature-validation"


@attrs.frozen
class EventSource:
    """Where an event happened. ``user_id`` is missing for people who never consented to be known."""

    type: str | None = None
    """``user``, ``group`` or ``room``."""
    user_id: str | None = None
    group_id: str | None = None
    room_id: str | None = None


@attrs.frozen(kw_only=True)
class LineEvent:
    """What all events share. https://developers.line.biz/en/reference/messaging-api/#common-properties"""

    type: str
    webhook_event_id: str | None = None
    """A ULID; LINE may deliver an event more than once, so drop those seen before."""
    timestamp: datetime | None = None
    """When it happened (UTC), on a redelivery too: events can arrive out of order, so order by this."""
    mode: str | None = None
    """``active``, or ``standby``: then another channel answers and this one sends nothing."""
    source: EventSource = attrs.field(factory=EventSource)
    is_redelivery: bool = False
    reply_token: str | None = attrs.field(default=None, repr=False)
    """Good for one reply within a minute."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)
    """The event as LINE sent it."""

    @property
    def user_id(self) -> str | None:
        """The person's id, where LINE tells it."""
        return self.source.user_id


@attrs.frozen(kw_only=True)
class FollowEvent(LineEvent):
    """Somebody added the account, or unblocked it."""

    is_unblocked: bool | None = None
    """True: they had blocked it before. LINE does not vouch for it; None where LINE does not say."""


@attrs.frozen(kw_only=True)
class UnfollowEvent(LineEvent):
    """Somebody blocked the account: messages no longer reach them."""


@attrs.frozen(kw_only=True)
class AccountLinkEvent(LineEvent):
    """Somebody linked their account at your service. https://developers.line.biz/en/reference/messaging-api/#account-link-event"""

    result: str | None = None
    """``ok`` or ``failed``; on failure there is no user id."""
    nonce: str | None = attrs.field(default=None, repr=False)
    """The nonce your service made: look up there whose account it is."""

    @property
    def ok(self) -> bool:
        """The account is linked."""
        return self.result == "ok"


@attrs.frozen(kw_only=True)
class MessageEvent(LineEvent):
    """Somebody wrote. For seven days pushes reach them, friend or not."""

    message: Mapping[str, Any] = attrs.field(factory=dict)
    """As LINE sent it: ``type``, ``id``, and for text ``text``."""

    @property
    def text(self) -> str | None:
        """The text of a text message."""
        text = self.message.get("text")
        return text if isinstance(text, str) and self.message.get("type") == "text" else None


@attrs.frozen(kw_only=True)
class UnsendEvent(LineEvent):
    """Somebody took a message back; LINE asks to delete what was stored of it."""

    message_id: str | None = None


@attrs.frozen(kw_only=True)
class MessageEditedEvent(LineEvent):
    """Somebody edited a message in a group; of several edits the latest timestamp counts."""

    message: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class PostbackEvent(LineEvent):
    """Somebody tapped a postback action."""

    data: str | None = None
    params: Mapping[str, Any] = attrs.field(factory=dict)
    """What a date picker or a rich menu switch adds."""


@attrs.frozen(kw_only=True)
class VideoPlayCompleteEvent(LineEvent):
    """Somebody watched a video that was sent with a tracking id, to its end."""

    tracking_id: str | None = None


@attrs.frozen(kw_only=True)
class JoinEvent(LineEvent):
    """The account joined a group or room."""


@attrs.frozen(kw_only=True)
class LeaveEvent(LineEvent):
    """The account was removed from a group or room."""


@attrs.frozen(kw_only=True)
class MemberJoinedEvent(LineEvent):
    """People joined a group the account is in."""

    members: tuple[str, ...] = ()
    """Their user ids, where LINE tells them."""


@attrs.frozen(kw_only=True)
class MemberLeftEvent(LineEvent):
    """People left a group the account is in."""

    members: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class BeaconEvent(LineEvent):
    """Somebody came near a beacon."""

    hwid: str | None = None
    beacon_type: str | None = None
    """``enter``, ``banner`` or ``stay``."""


@attrs.frozen(kw_only=True)
class MembershipEvent(LineEvent):
    """Somebody joined, left or renewed the account's membership."""

    membership_type: str | None = None
    membership_id: int | None = None


@attrs.frozen(kw_only=True)
class ModuleEvent(LineEvent):
    """Module channels: attached, detached, activated, deactivated, suspended, resumed."""


@attrs.frozen(kw_only=True)
class DeliveryEvent(LineEvent):
    """A notification message sent by phone number arrived."""

    data: str | None = None


@attrs.frozen(kw_only=True)
class UnknownEvent(LineEvent):
    """An event of a type linetap does not know; ``raw`` has all of it."""


@attrs.frozen
class LineWebhook:
    """One webhook call. No events is LINE trying the connection: answer 200 all the same, within two seconds."""

    events: tuple[LineEvent, ...]
    destination: str | None = None
    """The user id of the account it is for."""


def read_line_webhook(body: bytes, *, signature: str, channel_secret: str | Sequence[str]) -> LineWebhook:
    """One webhook call of LINE's as values, after its signature was checked.

    ``body`` is the request's body as the bytes that came, before any parsing; ``signature`` is its header
    ``x-line-signature``. ``channel_secret`` takes several while a secret is being replaced.

    Raises ``BadSignature`` (do not process it), or ``UnreadableResponse`` where a signed body is not LINE's.

    https://developers.line.biz/en/reference/messaging-api/#signature-validation
    """
    secrets = _secrets(channel_secret)
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise invalid(
            "body", "is the raw bytes of the request", f"a {type(body).__name__}", "take it before parsing", _PAGE
        )
    content = bytes(body)
    if not _signed(content, signature, secrets):
        raise BadSignature("the signature does not fit the body and the channel secret: do not process it")
    return _webhook(content)


def _secrets(given: object) -> tuple[str, ...]:
    several = [given] if isinstance(given, str) or not isinstance(given, Sequence) else list(given)
    if not several:
        raise BadArgument(problems=[Problem("channel_secret", "is at least one secret", "none", _PAGE)])
    return tuple(checked_secret(secret, "channel_secret") for secret in several)


def _signed(content: bytes, signature: object, secrets: Sequence[str]) -> bool:
    given = signature.encode("utf-8", "replace") if isinstance(signature, str) else b""
    # All are compared, each in constant time: how long it took must not tell which secret was near.
    fits = [
        hmac.compare_digest(base64.b64encode(hmac.digest(secret.encode(), content, hashlib.sha256)), given)
        for secret in secrets
    ]
    return any(fits)


def _webhook(content: bytes) -> LineWebhook:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    body: dict[str, Any] = found if isinstance(found, dict) else {}
    events = body.get("events")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise UnreadableResponse("a webhook body is an object with a list of events")
    return LineWebhook(tuple(_event(event) for event in events), _text(body, "destination"))


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _members(raw: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = _part(raw, name).get("members")
    people = found if isinstance(found, list) else []
    found_ids = (_text(person, "userId") for person in people if isinstance(person, dict))
    return tuple(user_id for user_id in found_ids if user_id)


def _flag(found: Mapping[str, Any], name: str) -> bool | None:
    value = found.get(name)
    return value if isinstance(value, bool) else None


def _number(found: Mapping[str, Any], name: str) -> int | None:
    value = found.get(name)
    return value if type(value) is int else None


# Type -> its class and what is particular to it.
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
    kind, particular = _KINDS.get(_text(raw, "type") or "", _UNKNOWN)
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
        **particular(raw),
    )


def _time(milliseconds: object) -> datetime | None:
    if type(milliseconds) is not int:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
