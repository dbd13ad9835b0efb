"""LINE's webhook events as values.

LINE may add events, fields and values without notice, so an event is read leniently: a missing value is None, the
whole event is in ``raw``, and an event of an unknown type is an :class:`UnknownEvent`.

https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs


@attrs.frozen
class EventSource:
    """The chat of an event. ``user_id`` is None for a user who has not consented to share it."""

    type: str | None = None
    """``user``, ``group`` or ``room``."""
    user_id: str | None = None
    group_id: str | None = None
    room_id: str | None = None


@attrs.frozen(kw_only=True)
class LineEvent:
    """The base of all events. https://developers.line.biz/en/reference/messaging-api/#common-properties"""

    type: str
    webhook_event_id: str | None = None
    """A ULID. LINE may deliver an event more than once: ignore ids that you have processed."""
    timestamp: datetime | None = None
    """The time of the event (UTC), also in a redelivery. Events may arrive out of order: sort by this."""
    mode: str | None = None
    """``active``, or ``standby``: another channel replies, and this one must not send."""
    source: EventSource = attrs.field(factory=EventSource)
    is_redelivery: bool = False
    reply_token: str | None = attrs.field(default=None, repr=False)
    """Valid for one reply, within a minute."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)
    """The event as LINE sent it."""

    @property
    def user_id(self) -> str | None:
        """The user's id; None where LINE does not send it."""
        return self.source.user_id


@attrs.frozen(kw_only=True)
class FollowEvent(LineEvent):
    """A user added the account as a friend, or unblocked it."""

    is_unblocked: bool | None = None
    """True if the user unblocked the account. LINE does not guarantee it; None where LINE does not send it."""


@attrs.frozen(kw_only=True)
class UnfollowEvent(LineEvent):
    """A user blocked the account: messages no longer reach this user."""


@attrs.frozen(kw_only=True)
class AccountLinkEvent(LineEvent):
    """A user linked the LINE account to an account of your service.

    https://developers.line.biz/en/reference/messaging-api/#account-link-event"""

    result: str | None = None
    """``ok`` or ``failed``; without a user id if it failed."""
    nonce: str | None = attrs.field(default=None, repr=False)
    """The nonce that your service created: it identifies the account."""

    @property
    def ok(self) -> bool:
        """True if the account is linked."""
        return self.result == "ok"


@attrs.frozen(kw_only=True)
class MessageEvent(LineEvent):
    """A user sent a message. For seven days, pushes reach this user, friend or not."""

    message: Mapping[str, Any] = attrs.field(factory=dict)
    """As LINE sent it: ``type``, ``id``, and for text ``text``."""

    @property
    def text(self) -> str | None:
        """The text of a text message."""
        text = self.message.get("text")
        return text if isinstance(text, str) and self.message.get("type") == "text" else None


@attrs.frozen(kw_only=True)
class UnsendEvent(LineEvent):
    """A user unsent a message; LINE asks you to delete the stored copy."""

    message_id: str | None = None


@attrs.frozen(kw_only=True)
class MessageEditedEvent(LineEvent):
    """A user edited a message in a group; of several edits, the latest timestamp is valid."""

    message: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class PostbackEvent(LineEvent):
    """A user tapped a postback action."""

    data: str | None = None
    params: Mapping[str, Any] = attrs.field(factory=dict)
    """The parameters of a datetime picker or a rich menu switch."""


@attrs.frozen(kw_only=True)
class VideoPlayCompleteEvent(LineEvent):
    """A user watched a video that has a tracking id to its end."""

    tracking_id: str | None = None


@attrs.frozen(kw_only=True)
class JoinEvent(LineEvent):
    """The account joined a group or room."""


@attrs.frozen(kw_only=True)
class LeaveEvent(LineEvent):
    """The account was removed from a group or room."""


@attrs.frozen(kw_only=True)
class MemberJoinedEvent(LineEvent):
    """Users joined a group that the account is in."""

    members: tuple[str, ...] = ()
    """The user ids that LINE sends; a user may be missing."""


@attrs.frozen(kw_only=True)
class MemberLeftEvent(LineEvent):
    """Users left a group that the account is in."""

    members: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class BeaconEvent(LineEvent):
    """A user came near a beacon."""

    hwid: str | None = None
    beacon_type: str | None = None
    """``enter``, ``banner`` or ``stay``."""


@attrs.frozen(kw_only=True)
class MembershipEvent(LineEvent):
    """A user joined, left or renewed a membership of the account."""

    membership_type: str | None = None
    membership_id: int | None = None


@attrs.frozen(kw_only=True)
class ModuleEvent(LineEvent):
    """A module channel was attached, detached, activated or deactivated, or its bot suspended or resumed."""


@attrs.frozen(kw_only=True)
class DeliveryEvent(LineEvent):
    """A notification message that was sent by phone number was delivered."""

    data: str | None = None


@attrs.frozen(kw_only=True)
class UnknownEvent(LineEvent):
    """An event of an unknown type; ``raw`` is the whole event."""


@attrs.frozen
class LineWebhook:
    """One webhook request. Without events it is LINE's connection test: return 200 within two seconds."""

    events: tuple[LineEvent, ...]
    destination: str | None = None
    """The user id of the account that received the events."""
