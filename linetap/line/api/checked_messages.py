"""Judging what is to be sent: messages, recipients and options against LINE's rules, before a byte of it leaves.

Apart from :mod:`linetap.line.api.checked` because messages and their rules take a third of the time that importing a
client would: they are loaded with the first call that needs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linetap.errors import BadArgument, Problem, short_repr
from linetap.line.api import messaging, rates
from linetap.line.messages.kinds import Messages, messages_to_json
from linetap.line.rules import Channel, judged, option_problems, recipient_problems, standing_fields

_MULTICAST_PAGE = "https://developers.line.biz/en/reference/messaging-api/#send-multicast-message"


def errors_of(problems: Sequence[Problem]) -> list[Problem]:
    """What blocks a send; what is uncertain or advice does not."""
    return [problem for problem in problems if problem.severity == "error"] if problems else []


def raise_for(problems: Sequence[Problem]) -> None:
    """Raises all errors among the problems at once."""
    if errors := errors_of(problems):
        raise BadArgument(problems=dict.fromkeys(errors))


def judged_tail(
    to: object, messages: Messages, channel: Channel, options: Mapping[str, Any]
) -> tuple[list[Problem], bytes]:
    """What is wrong with messages and options, and all of a body but its recipient, written once for both."""
    try:
        plain = messages_to_json(messages)
    except BadArgument as error:
        return list(error.problems), b""
    problems, text = judged(plain, channel=channel, to=to if type(to) is str else "", filled=True)
    extra = messaging.options_of(**options)
    found = errors_of([*problems, *option_problems(extra)] if extra else problems)
    return found, messaging.tail_of(plain if text is None else text, extra) if not found else b""


def recipient_errors(to: object, path: str = "to", *, kinds: str = "UCR") -> list[Problem]:
    """What is wrong with a recipient that is to be sent to now; a field that still stands in it is, too."""
    found = recipient_problems(to, path, kinds=kinds)
    return errors_of([*found, *standing_fields(to, path)]) if found else []


def checked_tail(to: str, messages: Messages, options: Mapping[str, Any]) -> bytes:
    """All of a push's body but its recipient; a ``BadArgument`` with all that is wrong with any of it."""
    problems, tail = judged_tail(to, messages, "push", options)
    if wrong := [*recipient_errors(to), *problems]:
        raise_for(wrong)
    return tail


def checked_multicast(to: object, messages: Messages, options: Mapping[str, Any]) -> tuple[list[str], bytes]:
    """The distinct recipients of a multicast, and the rest of its body; who stands in ``to`` twice is sent to once."""
    people, wrong = recipients(to)
    problems, tail = judged_tail(people[0] if people else "", messages, "multicast", options)
    raise_for([*wrong, *problems])
    return people, tail


def recipients(to: Any) -> tuple[list[str], list[Problem]]:
    """The distinct recipients of a multicast, in their order, and what is wrong with them."""
    if isinstance(to, (str, bytes)) or not isinstance(to, Sequence):
        rule, hint = "is a sequence of user ids", "for one recipient there is push"
        return [], [Problem("to", rule, short_repr(to), _MULTICAST_PAGE, hint)]
    # What LINE does with a repeated id is not documented; one message each is what anybody would expect.
    # Positions are those of the sequence given, so that an error points into the caller's own list.
    places = {person: number for number, person in reversed([*enumerate(to)]) if isinstance(person, str)}
    people = sorted(places, key=places.__getitem__)
    wrong = [p for person in people for p in recipient_errors(person, f"to[{places[person]}]", kinds="U")]
    for number, person in enumerate(to):
        wrong += [] if isinstance(person, str) else recipient_errors(person, f"to[{number}]", kinds="U")
    most = rates.MULTICAST_RECIPIENTS
    if not 1 <= len(people) <= most and not wrong:
        rule, hint = f"is 1 to {most} different user ids", "push_many(..., use_multicast=True) sends to any number"
        wrong.append(Problem("to", rule, str(len(people)), _MULTICAST_PAGE, hint))
    return people, wrong


def plain_messages(messages: Messages) -> list[dict[str, Any]]:
    """Messages for LINE's own verdict: nothing but what could not be sent at all is held back."""
    plain = messages_to_json(messages)
    raise_for(standing_fields(plain))
    return plain


def check_person(user_id: object) -> None:
    """One user's id."""
    raise_for(recipient_errors(user_id, "user_id", kinds="U"))


def check_unit(unit: object) -> None:
    """The name of an aggregation unit."""
    raise_for(option_problems({"customAggregationUnits": [unit]}))
