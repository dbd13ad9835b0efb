"""The bodies of a bulk send: checked, and encoded once where many recipients share their messages."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from linetap.errors import BadArgument, Problem
from linetap.line.api.checked_messages import judged_tail, recipient_errors
from linetap.line.bulk.report import Delivery
from linetap.line.messages.kinds import Message

# Enough for a campaign with a handful of variants; a body of its own for everybody gains nothing from more.
_KEPT = 32


class Bodies:
    """From a delivery to all of its body but the recipient (see ``operations.tail_of``)."""

    def __init__(self) -> None:
        # The messages stand beside the answer so that no other object gets their id while it is kept.
        self._known: dict[Hashable, tuple[Any, bytes | tuple[Problem, ...]]] = {}

    def tail(self, delivery: Delivery) -> bytes:
        """The encoded rest of the body; a ``BadArgument`` with all that is wrong with the delivery."""
        found = self._shared(delivery)
        problems = recipient_errors(delivery.to)
        if isinstance(found, bytes) and not problems:
            return found
        raise BadArgument(problems=dict.fromkeys([*problems, *(() if isinstance(found, bytes) else found)]))

    def _shared(self, delivery: Delivery) -> bytes | tuple[Problem, ...]:
        same = _sameness(delivery.messages)
        if same is None:
            return _checked(delivery)
        # A few rules ask whether the recipient is a person or a group.
        key = (same, delivery.to[:1], delivery.notification_disabled, delivery.aggregation_unit)
        if key not in self._known:
            if len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = (_held(delivery.messages), _checked(delivery))
        return self._known[key][1]


def _sameness(messages: Any) -> Hashable | None:
    """What is equal for the same messages: a str's text, a (frozen) message's identity; None: cannot tell."""
    if isinstance(messages, str):
        return messages
    if isinstance(messages, Message):
        return id(messages)
    if not isinstance(messages, (list, tuple)):
        return None
    parts = tuple(_sameness(message) for message in messages if isinstance(message, (str, Message)))
    return parts if len(parts) == len(messages) else None


def _held(messages: Any) -> Any:
    """The messages themselves, not a list of theirs that can change."""
    return tuple(messages) if isinstance(messages, list) else messages


def _checked(delivery: Delivery) -> bytes | tuple[Problem, ...]:
    options = {
        "notification_disabled": delivery.notification_disabled,
        "aggregation_unit": delivery.aggregation_unit,
    }
    problems, tail = judged_tail(delivery.to, delivery.messages, "push", options)
    return tuple(problems) or tail
