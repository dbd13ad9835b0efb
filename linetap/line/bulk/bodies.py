"""The bodies of a bulk send: checked, and encoded once where many recipients get the same messages."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from linetap.errors import BadArgument, Problem
from linetap.line.api.checked_messages import check_and_encode, recipient_errors
from linetap.line.bulk.delivery import Delivery
from linetap.line.messages.kinds import Message

# Enough for a campaign with a few variants; where every user has a body of their own, a larger cache does not help.
_SIZE = 32


class BodyCache:
    """Gives the body of a delivery without its recipient (see ``messaging.body_without_recipient``)."""

    def __init__(self) -> None:
        # The messages are stored too, so that no other object gets their id while the entry exists.
        self._entries: dict[Hashable, tuple[Any, bytes | tuple[Problem, ...]]] = {}

    def body_without_recipient(self, delivery: Delivery) -> bytes:
        """The encoded body without its recipient. Raises ``BadArgument`` with all problems of the delivery."""
        prepared = delivery.prepared_body
        if prepared is not None and prepared.is_valid() and not recipient_errors(delivery.to):
            return prepared.body
        found = self._shared(delivery)
        problems = recipient_errors(delivery.to)
        if isinstance(found, bytes) and not problems:
            return found
        raise BadArgument(problems=dict.fromkeys([*problems, *(() if isinstance(found, bytes) else found)]))

    def _shared(self, delivery: Delivery) -> bytes | tuple[Problem, ...]:
        messages = _messages_key(delivery.messages)
        if messages is None:
            return _check(delivery)
        # A few rules depend on whether the recipient is a user or a group.
        key = (messages, delivery.to[:1], delivery.notification_disabled, delivery.aggregation_unit)
        if key not in self._entries:
            if len(self._entries) >= _SIZE:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = (_snapshot(delivery.messages), _check(delivery))
        return self._entries[key][1]


def _messages_key(messages: Any) -> Hashable | None:
    """Equal for the same messages: the text of a str, the identity of a (frozen) message; None where unknown."""
    if isinstance(messages, str):
        return messages
    if isinstance(messages, Message):
        return id(messages)
    if not isinstance(messages, (list, tuple)):
        return None
    parts = tuple(_messages_key(message) for message in messages if isinstance(message, (str, Message)))
    return parts if len(parts) == len(messages) else None


def _snapshot(messages: Any) -> Any:
    """The messages themselves, not the caller's list, which may change."""
    return tuple(messages) if isinstance(messages, list) else messages


def _check(delivery: Delivery) -> bytes | tuple[Problem, ...]:
    options = {
        "notification_disabled": delivery.notification_disabled,
        "aggregation_unit": delivery.aggregation_unit,
    }
    problems, body = check_and_encode(delivery.to, delivery.messages, "push", options)
    return tuple(problems) or body
