"""LINE's messages as values, and messages from and to plain JSON.

A plain string where a message is wanted is a text message. Constructors check types alone; ``message_problems``
judges by LINE's rules. https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar

import attrs

from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr
from linetap.fields import Field
from linetap.line import rules
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
    "message_from_json",
    "message_problems",
    "message_to_json",
    "messages_to_json",
]

MessageLike = Message | str | Field
"""A message; a str or a field is a text message."""
Messages = MessageLike | Sequence[MessageLike]
"""One message or up to five."""


@attrs.frozen(repr=False)
class Emoji(Model):
    """A LINE emoji in place of the ``$`` at ``index`` (in UTF-16 units) of a text.

    https://developers.line.biz/en/reference/messaging-api/#text-message
    """

    index: int
    product_id: str
    emoji_id: str


@attrs.frozen(repr=False)
class Quoting(Message):
    """Messages that can quote another, by its token; in push and reply only."""

    quote_token: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class TextMessage(Quoting):
    """Text of 1 to 5,000 UTF-16 units, with up to 20 LINE emojis.

    https://developers.line.biz/en/reference/messaging-api/#text-message
    """

    type: ClassVar[str] = "text"
    text: str = attrs.field(converter=text)
    emojis: tuple[Emoji, ...] = attrs.field(default=UNSET, converter=many, kw_only=True)


@attrs.frozen(repr=False)
class MentionTarget(Model):
    """The base of those who can be mentioned."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class UserMentionTarget(MentionTarget):
    """One member of the group or room, by user ID; no bot.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-mentionee-user
    """

    type: ClassVar[str] = "user"
    user_id: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class AllMentionTarget(MentionTarget):
    """Everyone in the group or room.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-mentionee-all
    """

    type: ClassVar[str] = "all"


@attrs.frozen(repr=False)
class SubstitutionObject(Model):
    """The base of what can stand in place of a ``{key}``."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class MentionSubstitutionObject(SubstitutionObject):
    """A mention in place of a ``{key}``; in groups and rooms, by push or reply.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-mention-object
    """

    type: ClassVar[str] = "mention"
    mentionee: MentionTarget | Mapping[str, Any]


@attrs.frozen(repr=False)
class EmojiSubstitutionObject(SubstitutionObject):
    """A LINE emoji in place of a ``{key}``.

    https://developers.line.biz/en/reference/messaging-api/#text-message-v2-emoji-object
    """

    type: ClassVar[str] = "emoji"
    product_id: str
    emoji_id: str


@attrs.frozen(repr=False)
class TextMessageV2(Quoting):
    """Text of 1 to 5,000 UTF-16 units with ``{key}`` placeholders; a brace that is meant as one is doubled.

    ``substitution``: up to 100 keys of 1 to 20 letters, digits and ``_``; up to 20 mentions and 20 emojis.
    https://developers.line.biz/en/reference/messaging-api/#text-message-v2
    """

    type: ClassVar[str] = "textV2"
    text: str = attrs.field(converter=text)
    substitution: Mapping[str, SubstitutionObject | Mapping[str, Any]] | None = attrs.field(
        default=None, converter=mapped, kw_only=True
    )


@attrs.frozen(repr=False)
class StickerMessage(Quoting):
    """A sticker of LINE's list of sendable ones; both numbers are strings.

    https://developers.line.biz/en/reference/messaging-api/#sticker-message
    """

    type: ClassVar[str] = "sticker"
    package_id: str = attrs.field(converter=text)
    sticker_id: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class ImageMessage(Message):
    """An image: both addresses HTTPS, at most 2,000 characters; JPEG or PNG, at most 10 MB and 1 MB.

    https://developers.line.biz/en/reference/messaging-api/#image-message
    """

    type: ClassVar[str] = "image"
    original_content_url: str = attrs.field(converter=text)
    preview_image_url: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class VideoMessage(Message):
    """A video (mp4, at most 200 MB) and its preview (JPEG or PNG, at most 1 MB), HTTPS, at most 2,000 characters.

    ``tracking_id``: at most 100 characters; brings a videoPlayComplete webhook.
    https://developers.line.biz/en/reference/messaging-api/#video-message
    """

    type: ClassVar[str] = "video"
    original_content_url: str = attrs.field(converter=text)
    preview_image_url: str = attrs.field(converter=text)
    tracking_id: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class AudioMessage(Message):
    """Sound (mp3 or m4a, HTTPS, at most 200 MB); ``duration`` in milliseconds.

    https://developers.line.biz/en/reference/messaging-api/#audio-message
    """

    type: ClassVar[str] = "audio"
    original_content_url: str = attrs.field(converter=text)
    duration: int


@attrs.frozen(repr=False)
class LocationMessage(Message):
    """A place: title and address of at most 100 characters, latitude and longitude in degrees.

    https://developers.line.biz/en/reference/messaging-api/#location-message
    """

    type: ClassVar[str] = "location"
    title: str = attrs.field(converter=text)
    address: str = attrs.field(converter=text)
    latitude: float
    longitude: float


@attrs.frozen(repr=False)
class CouponMessage(Message):
    """A coupon made in LINE Official Account Manager or by its API; ``delivery_tag``: at most 30 of ``[A-Za-z0-9_]``.

    https://developers.line.biz/en/reference/messaging-api/#coupon-message
    """

    type: ClassVar[str] = "coupon"
    coupon_id: str = attrs.field(converter=text)
    delivery_tag: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class RawMessage(Message):
    """A message as plain JSON: of a kind linetap does not know yet, or copied from elsewhere.

    The mapping is copied; fields in it become marks. It is judged by the same rules as every other message.
    """

    mapping: Mapping[str, Any] = attrs.field(converter=read.json_mapping)

    def to_json(self) -> dict[str, Any]:
        """The mapping, made anew, with ``quick_reply`` and ``sender`` where they were given."""
        given = {"quickReply": self.quick_reply, "sender": self.sender, **self.extra}
        return {**read.to_json(self.mapping), **{key: read.to_json(v) for key, v in given.items() if v is not None}}


# Kinds whose classes stand in rooms of their own, loaded when the first of them is read.
_MODULES = {"flex": "flex", "template": "templates", "imagemap": "imagemap"}


def message_to_json(message: MessageLike) -> dict[str, Any]:
    """One message as plain JSON, ready for LINE; fields stand in it as marks."""
    return messages_to_json(message, "message")[0]


def message_from_json(mapping: Mapping[str, Any]) -> Message:
    """The message that ``mapping``, plain JSON, describes: the exact inverse of :func:`message_to_json`.

    A kind that linetap does not know comes back as :class:`RawMessage`; unknown keys and nulls stand in ``extra``.
    ``BadArgument`` tells where a value has another type than LINE documents, or a required one is missing.
    """
    if not isinstance(mapping, Mapping):
        raise invalid("message", "is a mapping", mapping, "read the JSON first: json.loads(text)")
    kind = mapping.get("type")
    if isinstance(kind, str) and kind in _MODULES and kind not in Message.kinds:
        import_module(f"linetap.line.messages.{_MODULES[kind]}")
    found = Message.kinds.get(kind) if isinstance(kind, str) else None
    return read.read(found, mapping, "message") if found else RawMessage(mapping)


def messages_to_json(messages: Messages, path: str = "messages") -> list[dict[str, Any]]:
    """One message or several as plain JSON. ``BadArgument`` where there is none, or something else."""
    given: Any = (messages,) if _is_message(messages) else _several(messages, path)
    try:
        return [_json(item) for item in given]
    except RecursionError:
        raise invalid(path, f"nests at most {read.MAX_DEPTH} deep", literal_text("a deeper one")) from None


def _several(messages: Any, path: str) -> Any:
    """A sequence of messages, and of nothing else."""
    if not isinstance(messages, (list, tuple)) and (isinstance(messages, bytes) or not isinstance(messages, Sequence)):
        raise BadArgument(problems=[_no_message(path, messages)])
    if not messages:
        raise invalid(path, "has at least one message", literal_text("none"), page=rules.MESSAGES_PAGE)
    if not all(map(_is_message, messages)):
        wrong = [(place, item) for place, item in enumerate(messages) if not _is_message(item)]
        raise BadArgument(problems=[_no_message(f"{path}[{place}]", item) for place, item in wrong])
    return messages


def message_problems(messages: Messages) -> tuple[Problem, ...]:
    """All that LINE would refuse in ``messages``, or that is not certain; nothing is sent. ``()``: all is well.

    Each problem has a path, the rule, what was found, LINE's page, a suggestion and a severity.
    """
    try:
        plain = messages_to_json(messages)
    except BadArgument as error:
        return error.problems
    return rules.message_problems(plain)


def _is_message(value: object) -> bool:
    return isinstance(value, (Message, str, Field))


def _json(message: MessageLike) -> dict[str, Any]:
    return message.to_json() if isinstance(message, Message) else {"type": "text", "text": str(message)}


def _no_message(path: str, value: object) -> Problem:
    raw = isinstance(value, Mapping)
    hint = "write RawMessage(mapping) or message_from_json(mapping)" if raw else ""
    return Problem(path, "is a message, a str or a field", short_repr(value), rules.MESSAGES_PAGE, hint)
