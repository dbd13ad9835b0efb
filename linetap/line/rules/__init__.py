"""LINE's rules over plain message JSON: one table for objects, raw mappings, simulator JSON and previews.

Nothing here raises, whatever it is given: what is wrong comes back as problems, in the order of the message, with
a path such as ``messages[1].template.columns[3].actions[0].label``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import attrs

from linetap.errors import Problem, literal_text, short_repr
from linetap.fields import has_mark
from linetap.line.rules.engine import Check, Context, ListOf, boolean, one, under
from linetap.line.rules.json_walk import fields_of, found_fields, marks, may_hold_marks, plain_problems, written
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.messages import MESSAGE
from linetap.line.rules.texts import DEPENDS, Text, graphemes, utf16_units

__all__ = [
    "Channel",
    "Judged",
    "MESSAGES_PAGE",
    "graphemes",
    "judged",
    "message_problems",
    "option_problems",
    "push_problems",
    "recipient_problems",
    "standing_fields",
    "utf16_units",
]

MESSAGES_PAGE = f"{REFERENCE}#message-objects"
Channel = Literal["push", "multicast", "reply", "broadcast", "narrowcast", "validate"]

_MESSAGES = ListOf(MESSAGE, LIMITS["messages"], too_many="send the rest in a second request")
_UNITS = ListOf(Text(LIMITS["aggregationUnit"], letters="A-Za-z0-9_"), LIMITS["customAggregationUnits"])
_PUSH = f"{REFERENCE}#send-push-message"
_IDS = "https://developers.line.biz/en/docs/messaging-api/getting-user-ids/"
_ID = re.compile("[UCR][0-9a-f]{32}").fullmatch
_RECIPIENTS = {"U": "a user ID", "C": "a group ID", "R": "a room ID"}


def message_problems(
    messages: Sequence[Mapping[str, Any]], path: str = "messages", *, channel: Channel = "push", to: str = ""
) -> tuple[Problem, ...]:
    """What LINE would refuse in ``messages``, a list of plain message objects, or what is not certain.

    ``channel`` is how they are to be sent, and ``to`` the recipient where one is known: a few rules depend on them.
    """
    return judged(messages, path, channel=channel, to=to).problems


class Judged(NamedTuple):
    """Messages that were judged."""

    problems: tuple[Problem, ...]
    text: str | None
    """The messages as compact JSON, as they were written for the judging; None where they are no JSON."""


def judged(
    messages: Sequence[Mapping[str, Any]],
    path: str = "messages",
    *,
    channel: Channel = "push",
    to: str = "",
    filled: bool = False,
) -> Judged:
    """As :func:`message_problems`, with the JSON; ``filled``: a field that still stands is an error."""
    text = written(messages)
    context = Context(channel, to if type(to) is str else "")
    if text is None or may_hold_marks(text):
        context.marked = True
        standing = standing_fields(messages, path) if filled else ()
        return Judged((*standing, *_carefully(messages, path, context)), text)
    context.size, context.animated = len(text.encode()), text.count('"animated":true')
    told = _MESSAGES(messages, context)
    return Judged(_placed(path, told) if told else (), text)


def _carefully(messages: Any, path: str, context: Context) -> tuple[Problem, ...]:
    """The rules of what holds marks, or is perhaps no JSON at all."""
    found = plain_problems(messages)
    if any(problem.rule.startswith("nests") for problem in found):
        return _placed(path, found)
    told = _MESSAGES(messages, context)
    # The walk and the tables may both tell of one place: what the tables say is closer to LINE's words.
    places = {problem.path for problem in told}
    return _placed(path, [*(p for p in found if p.path not in places), *told])


def recipient_problems(to: object, path: str = "to", *, kinds: str = "UCR") -> tuple[Problem, ...]:
    """What keeps ``to`` from being a recipient's ID; ``kinds``: ``U`` user, ``C`` group, ``R`` room."""
    if type(to) is str and to[:1] in kinds and _ID(to):
        return ()
    names = " or ".join(_RECIPIENTS[kind] for kind in kinds)
    rule = f"is {names}: {' or '.join(kinds)} and 32 of 0-9a-f"
    if isinstance(to, str) and has_mark(to):
        fields = fields_of(to)
        if damaged := plain_problems(to):
            return _placed(path, damaged)
        return one(rule, found_fields(fields), DEPENDS, path=path, page=_IDS, severity="uncertain")
    hint = "LINE IDs of the display or search kind do not work here" if isinstance(to, str) else ""
    return one(rule, to, hint, path=path, page=_IDS)


def standing_fields(value: object, path: str = "messages") -> tuple[Problem, ...]:
    """Every place of ``value``, plain JSON, in which a field still stands, or what is left of one."""
    text = written(value)
    if text is not None and not may_hold_marks(text):
        return ()
    damaged = [problem for problem in plain_problems(value) if "field" in problem.rule]
    standing = [
        Problem(where, "holds no field when it is sent", found_fields(fields), suggestion=_FILL)
        for where, fields in marks(value)
    ]
    return _placed(path, damaged + standing)


_FILL = "fill it first: campaign.fill(profile) or campaign.deliveries(profiles)"


def push_problems(body: Mapping[str, Any]) -> tuple[Problem, ...]:
    """All that is wrong with the body of a push: recipient, messages, and the two options."""
    if type(body) is not dict:
        return one("is an object", body, path="body", page=_PUSH)
    to: Any = body.get("to")
    messages: Any = body.get("messages")
    problems = recipient_problems(to) + message_problems(messages, to=to if type(to) is str else "")
    return problems + option_problems(body) if len(body) > 2 else problems


_OPTIONS: dict[str, Check] = {"notificationDisabled": boolean, "customAggregationUnits": _UNITS}


def option_problems(body: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with all of a push's body but its recipient and messages."""
    problems: list[Problem] = []
    for key in body:
        if key in _OPTIONS:
            problems += under(key, _OPTIONS[key](body[key], Context(marked=True)))
        elif key not in ("to", "messages"):
            rule = "is a property that LINE documents for a push"
            problems.append(Problem(str(key), rule, literal_text(short_repr(key)), _PUSH, severity="uncertain"))
    return tuple(problems)


def _placed(path: str, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(attrs.evolve(p, path=(path + p.path).lstrip(".")) for p in problems)
