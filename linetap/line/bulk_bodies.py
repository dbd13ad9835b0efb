"""The bodies of a bulk send: checked, and encoded once where many recipients share their messages."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from linetap.errors import BadArgument, Problem
from linetap.line import operations
from linetap.line.calls import errors_of
from linetap.line.messages import Message, messages_to_json
from linetap.line.models import Delivery
from linetap.line.rules import push_problems, recipient_problems, standing_fields

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
        problems = errors_of([*recipient_problems(delivery.to), *standing_fields(delivery.to, "to")])
        if isinstance(found, tuple):
            problems += found
        if problems:
            raise BadArgument(problems=dict.fromkeys(problems))
        assert isinstance(found, bytes)
        return found

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
    options: dict[str, Any] = {
        "notification_disabled": delivery.notification_disabled,
        "aggregation_unit": delivery.aggregation_unit,
    }
    try:
        plain = messages_to_json(delivery.messages)
        body = operations.push_body(delivery.to, plain, **options)
        found: Sequence[Problem] = [p for p in push_problems(body) if p.path != "to"]
        problems = errors_of([*found, *standing_fields(plain)])
        return tuple(problems) if problems else operations.tail_of(plain, **options)
    except BadArgument as error:
        return error.problems
