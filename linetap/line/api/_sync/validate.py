"""Generated from ``linetap/line/api/validate.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap.errors import Problem
from linetap.http.group import Group
from linetap.line.api import lazy_messages
from linetap.line.api.validate import validate

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport


class Validate(Group):
    """LINE's own checks of messages: ``line.validate``. () means no problem; nothing is sent to a user."""

    _transport: SyncTransport

    def push(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a push.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
        """
        return self._transport.do(validate("push", messages))

    def multicast(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a multicast.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-multicast-message
        """
        return self._transport.do(validate("multicast", messages))

    def narrowcast(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a narrowcast.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-narrowcast-message
        """
        return self._transport.do(validate("narrowcast", messages))

    def broadcast(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a broadcast.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-broadcast-message
        """
        return self._transport.do(validate("broadcast", messages))

    def reply(self, messages: lazy_messages.Messages) -> tuple[Problem, ...]:
        """The problems that LINE finds in the messages of a reply.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-reply-message
        """
        return self._transport.do(validate("reply", messages))
