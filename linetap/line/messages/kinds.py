"""LINE's messages as values.

A plain string is a text message. Constructors check types only; ``message_problems`` checks LINE's rules.
https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs

from linetap.fields import Field
from linetap.line.messages.base import Message, QuickReply, QuickReplyItem, Sender
from linetap.models import read
from linetap.models.read import UNSET, Model, many, mapped, text, text_or_none

__all__ = [
    "AllMentionTarget",
    "AudioMessage",
    "CouponMessage",
    "Emoji",
    "EmojiSubstitutionObject",
    "ImageMessage",
    "LocationMessage",
    "MentionSubstitutionObject",
    "Message",
    "MessageLike",
    "Messages",
    "QuickReply",
    "QuickReplyItem",
    "RawMessage",
    "Sender",
    "StickerMessage",
    "TextMessage",
    "TextMessageV2",
    "UserMentionTarget",
    "VideoMessage",
]

MessageLike = Message | str | Field
"""A message; a str or a field is a text message."""
Messages = MessageLike | Sequence[MessageLike]
"""One message or up to five."""


@attrs.frozen(repr=False)
class Emoji(Model):
    """A LINE emoji that replaces the ``$`` at ``index`` (in UTF-16 units) of a text.

    https://developers.line.biz/en/reference/messaging-api/#text-message
    """

    index: int
    product_id: str
    emoji_id: str


@attrs.frozen(repr=False)
class QuotingMessage(Message):
    """Messages that can quote another message by its token; for push and reply only."""

    quote_token: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class TextMessage(QuotingMessage):
    """Text of 1 to 5,000 UTF-16 units, with up to 20 LINE emojis.

    https://developers.line.biz/en/reference/messaging-api/#text-message
    """

    type: ClassVar[str] = "text"
    text: str = attrs.field(converter=text)
    emojis: tuple[Emoji, ...] = attrs.field(default=UNSET, converter=many, kw_only=True)


@attrs.frozen(repr=False)
class MentionTarget(Model):
    """The base of the targets of a mention."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class UserMentionTarget(MentionTarget):
    """One user of the group or room, by user ID; not a bot.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-mentionee-user
    """

    type: ClassVar[str] = "user"
    user_id: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class AllMentionTarget(MentionTarget):
    """All users in the group or room.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-mentionee-all
    """

    type: ClassVar[str] = "all"


@attrs.frozen(repr=False)
class SubstitutionObject(Model):
    """The base of the objects that replace a ``{key}``."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class MentionSubstitutionObject(SubstitutionObject):
    """A mention that replaces a ``{key}``; in groups and rooms, by push or reply.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-mention-object
    """

    type: ClassVar[str] = "mention"
    mentionee: MentionTarget | Mapping[str, Any]


@attrs.frozen(repr=False)
class EmojiSubstitutionObject(SubstitutionObject):
    """A LINE emoji that replaces a ``{key}``.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-emoji-object
    """

    type: ClassVar[str] = "emoji"
    product_id: str
    emoji_id: str


@attrs.frozen(repr=False)
class TextMessageV2(QuotingMessage):
    """Text of 1 to 5,000 UTF-16 units with ``{key}`` placeholders; a literal brace must be doubled.

    ``substitution``: up to 100 keys of 1 to 20 letters, digits and ``_``; up to 20 mentions and 20 emojis.
    https://developers.line.biz/en/reference/messaging-api/#text-message-v2
    """

    type: ClassVar[str] = "textV2"
    text: str = attrs.field(converter=text)
    substitution: Mapping[str, SubstitutionObject | Mapping[str, Any]] | None = attrs.field(
        default=None, converter=mapped, kw_only=True
    )


@attrs.frozen(repr=False)
class StickerMessage(QuotingMessage):
    """A sticker from LINE's list of sendable stickers; both ids are strings.

    https://developers.line.biz/en/reference/messaging-api/#sticker-message
    """

    type: ClassVar[str] = "sticker"
    package_id: str = attrs.field(converter=text)
    sticker_id: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class ImageMessage(Message):
    """An image: both URLs HTTPS, at most 2,000 characters; JPEG or PNG, at most 10 MB and 1 MB.

    https://developers.line.biz/en/reference/messaging-api/#image-message
    """

    type: ClassVar[str] = "image"
    original_content_url: str = attrs.field(converter=text)
    preview_image_url: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class VideoMessage(Message):
    """A video (mp4, at most 200 MB) and its preview (JPEG or PNG, at most 1 MB), HTTPS, at most 2,000 characters.

    ``tracking_id``: at most 100 characters; LINE sends a videoPlayComplete event with it.
    https://developers.line.biz/en/reference/messaging-api/#video-message
    """

    type: ClassVar[str] = "video"
    original_content_url: str = attrs.field(converter=text)
    preview_image_url: str = attrs.field(converter=text)
    tracking_id: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class AudioMessage(Message):
    """Audio (mp3 or m4a, HTTPS, at most 200 MB); ``duration`` in milliseconds.

    https://developers.line.biz/en/reference/messaging-api/#audio-message
    """

    type: ClassVar[str] = "audio"
    original_content_url: str = attrs.field(converter=text)
    duration: int


@attrs.frozen(repr=False)
class LocationMessage(Message):
    """A location: title and address of at most 100 characters, latitude and longitude in degrees.

    https://developers.line.biz/en/reference/messaging-api/#location-message
    """

    type: ClassVar[str] = "location"
    title: str = attrs.field(converter=text)
    address: str = attrs.field(converter=text)
    latitude: float
    longitude: float


@attrs.frozen(repr=False)
class CouponMessage(Message):
    """A coupon of LINE Official Account Manager or its API; ``delivery_tag``: at most 30 of ``[A-Za-z0-9_]``.

    https://developers.line.biz/en/reference/messaging-api/#coupon-message
    """

    type: ClassVar[str] = "coupon"
    coupon_id: str = attrs.field(converter=text)
    delivery_tag: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class RawMessage(Message):
    """A message as JSON, for example of a type that linetap does not know yet.

    The mapping is copied; fields in it become marks. The same rules apply as to every other message.
    """

    mapping: Mapping[str, Any] = attrs.field(converter=read.json_mapping)

    def to_json(self) -> dict[str, Any]:
        """A new copy of the mapping, with ``quick_reply`` and ``sender`` if they are given."""
        given = {"quickReply": self.quick_reply, "sender": self.sender, **self.extra}
        return {**read.to_json(self.mapping), **{key: read.to_json(v) for key, v in given.items() if v is not None}}
