"""The properties that every message may have: quick replies and a sender.

https://developers.line.biz/en/reference/messaging-api/#message-common-properties
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import attrs

from linetap.line.messages.actions import ActionLike
from linetap.models.read import Model, many, text_or_none


@attrs.frozen(repr=False)
class QuickReplyItem(Model):
    """One quick reply button; ``image_url``: HTTPS, at most 2,000 characters, PNG, 1:1, at most 1 MB.

    https://developers.line.biz/en/reference/messaging-api/#quick-reply-button-object
    """

    kinds: ClassVar[dict[str, Any]] = {}
    type: ClassVar[str] = "action"
    action: ActionLike
    image_url: str | None = attrs.field(default=None, converter=text_or_none)


@attrs.frozen(repr=False)
class QuickReply(Model):
    """Up to 13 buttons below the last message, on phones only.

    https://developers.line.biz/en/reference/messaging-api/#quick-reply
    """

    items: tuple[QuickReplyItem | Mapping[str, Any], ...] = attrs.field(converter=many)


@attrs.frozen(repr=False)
class Sender(Model):
    """Another name (at most 20 characters, not "LINE") and icon (HTTPS, PNG, 1:1, at most 1 MB) for one message.

    https://developers.line.biz/en/reference/messaging-api/#icon-nickname-switch
    """

    name: str | None = attrs.field(default=None, converter=text_or_none)
    icon_url: str | None = attrs.field(default=None, converter=text_or_none)


@attrs.frozen(repr=False)
class Message(Model):
    """The base of all messages."""

    kinds: ClassVar[dict[str, Any]] = {}
    quick_reply: QuickReply | None = attrs.field(default=None, kw_only=True)
    sender: Sender | None = attrs.field(default=None, kw_only=True)

    def _repr_html_(self) -> str:
        """The message as a LINE chat, for notebooks, with its problems below."""
        from linetap.line.rules import message_problems

        # The preview is in a higher layer, and is imported only when a notebook shows a message.
        preview: Any = import_module("linetap.line.preview")
        messages = [self.to_json()]
        return str(preview.chat_fragment(messages, problems=message_problems(messages)))
