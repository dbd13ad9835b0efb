"""Checks messages, recipients and options by LINE's rules before anything is sent.

A module of its own beside :mod:`linetap.line.api.checked`, because messages and their rules would take a third of the
time that the import of a client takes: it is imported with the first call that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linetap.errors import BadArgument, Problem, short_repr
from linetap.line.api import messaging, rates
from linetap.line.messages.json import messages_to_json
from linetap.line.messages.kinds import Messages
from linetap.line.rules import Channel, check_messages, option_problems, recipient_problems, unfilled_fields

_MULTICAST_PAGE = "https://developers.line.biz/en/reference/messaging-api/#send-multicast-message"


def only_errors(problems: Sequence[Problem]) -> list[Problem]:
    """The problems of severity ``error``; only these block a send."""
    return [problem for problem in problems if problem.severity == "error"] if problems else []


def raise_for(problems: Sequence[Problem]) -> None:
    """Raises all errors among the problems at once."""
    if errors := only_errors(problems):
        raise BadArgument(problems=dict.fromkeys(errors))


def check_and_encode(
    to: object, messages: Messages, channel: Channel, options: Mapping[str, Any]
) -> tuple[list[Problem], bytes]:
    """The errors in messages and options, and the encoded body without its recipient; the JSON is written once."""
    try:
        messages_json = messages_to_json(messages)
    except BadArgument as error:
        return list(error.problems), b""
    problems, text = check_messages(messages_json, channel=channel, to=to if type(to) is str else "", filled=True)
    extra = messaging.push_options(**options)
    found = only_errors([*problems, *option_problems(extra)] if extra else problems)
    if found:
        return found, b""
    return found, messaging.body_without_recipient(messages_json if text is None else text, extra)


def recipient_errors(to: object, path: str = "to", *, kinds: str = "UCR") -> list[Problem]:
    """The errors in a recipient, a field that was not filled included."""
    found = recipient_problems(to, path, kinds=kinds)
    return only_errors([*found, *unfilled_fields(to, path)]) if found else []


def checked_push_body(to: str, messages: Messages, options: Mapping[str, Any]) -> bytes:
    """The encoded body of a push without its recipient. Raises ``BadArgument`` with all problems."""
    problems, body = check_and_encode(to, messages, "push", options)
    if wrong := [*recipient_errors(to), *problems]:
        raise_for(wrong)
    return body


def checked_multicast_body(to: object, messages: Messages, options: Mapping[str, Any]) -> tuple[list[str], bytes]:
    """The distinct recipients of a multicast, and the body without them; a user id that is given twice is sent once."""
    user_ids, wrong = recipients(to)
    problems, body = check_and_encode(user_ids[0] if user_ids else "", messages, "multicast", options)
    raise_for([*wrong, *problems])
    return user_ids, body


def checked_body(messages: Messages, channel: Channel, options: Mapping[str, Any]) -> bytes:
    """The encoded body of a request without recipients: a broadcast, a reply."""
    problems, body = check_and_encode("", messages, channel, options)
    raise_for(problems)
    return body


def recipients(to: Any) -> tuple[list[str], list[Problem]]:
    """The distinct recipients of a multicast, in their order, and the errors in them."""
    if isinstance(to, (str, bytes)) or not isinstance(to, Sequence):
        rule, remedy = "must be a sequence of user ids", "use push for one recipient, or write [user_id]"
        return [], [Problem("to", rule, short_repr(to), _MULTICAST_PAGE, remedy)]
    # LINE does not document what a repeated id does; linetap sends one message to each user.
    # Positions are those of the sequence that was passed, so that an error points to the caller's own list.
    positions = {user_id: number for number, user_id in reversed([*enumerate(to)]) if isinstance(user_id, str)}
    user_ids = sorted(positions, key=positions.__getitem__)
    wrong = [p for user_id in user_ids for p in recipient_errors(user_id, f"to[{positions[user_id]}]", kinds="U")]
    for number, user_id in enumerate(to):
        wrong += [] if isinstance(user_id, str) else recipient_errors(user_id, f"to[{number}]", kinds="U")
    most = rates.MULTICAST_RECIPIENTS
    if not 1 <= len(user_ids) <= most and not wrong:
        rule, remedy = (
            f"must have 1 to {most} different user ids",
            "push_many(..., use_multicast=True) sends to any number",
        )
        wrong.append(Problem("to", rule, str(len(user_ids)), _MULTICAST_PAGE, remedy))
    return user_ids, wrong


def sendable_messages(messages: Messages) -> list[dict[str, Any]]:
    """The messages as JSON for a check by LINE; raises only for values that cannot be sent at all."""
    messages_json = messages_to_json(messages)
    raise_for(unfilled_fields(messages_json))
    return messages_json


def check_user_id(user_id: object) -> None:
    """Raises ``BadArgument`` where ``user_id`` is not the id of a user."""
    raise_for(recipient_errors(user_id, "user_id", kinds="U"))


def check_aggregation_unit(unit: object) -> None:
    """Raises ``BadArgument`` where ``unit`` is not the name of an aggregation unit."""
    raise_for(option_problems({"customAggregationUnits": [unit]}))
