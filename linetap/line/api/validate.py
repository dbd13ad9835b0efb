"""``line.validate``: LINE itself checks messages for one kind of sending, and sends nothing.

https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linetap.errors import Problem
from linetap.http.group import Group
from linetap.http.types import Operation
from linetap.line.api import lazy_messages, messaging

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = ["AsyncValidate"]


def validate(kind: str, messages: Any) -> Operation[tuple[Problem, ...]]:
    """``POST /v2/bot/message/validate/{kind}``. https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message"""
    from linetap.line.api.checked_messages import sendable_messages

    return messaging.validate(kind, sendable_messages(messages))


class AsyncValidate(Group):
    """LINE's own checks of messages: ``line.validate``. () means no problem; nothing is sent to a user."""

    _transport: AsyncTransport

    async def push(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a push.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
        """
        return await self._transport.do(validate("push", messages))

    async def multicast(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a multicast.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-multicast-message
        """
        return await self._transport.do(validate("multicast", messages))

    async def narrowcast(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a narrowcast.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-narrowcast-message
        """
        return await self._transport.do(validate("narrowcast", messages))

    async def broadcast(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a broadcast.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-broadcast-message
        """
        return await self._transport.do(validate("broadcast", messages))

    async def reply(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a reply.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-reply-message
        """
        return await self._transport.do(validate("reply", messages))
