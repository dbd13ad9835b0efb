"""LINE's rules for message JSON: one set of tables for objects, raw mappings, simulator JSON and previews.

No function here raises an exception, whatever its argument: it returns the problems, in the order of the message,
each with a path such as ``messages[1].template.columns[3].actions[0].label``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import attrs

from linetap.errors import Problem, literal_text, short_repr
from linetap.fields import WHOLE_FIELD, has_mark
from linetap.line.rules.engine import Check, Context, ListOf, boolean, one_problem, prefixed
from linetap.line.rules.json_walk import (
    TOO_DEEP,
    compact_json,
    describe_fields,
    fields_of,
    json_problems,
    marked_strings,
    may_have_marks,
)
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.messages import MESSAGE
from linetap.line.rules.texts import DEPENDS, Text, graphemes, utf16_units

__all__ = [
    "Channel",
    "CheckedMessages",
    "MESSAGES_PAGE",
    "graphemes",
    "check_messages",
    "message_problems",
    "option_problems",
    "push_problems",
    "recipient_problems",
    "unfilled_fields",
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
    """What LINE would reject in ``messages``, a list of message objects as JSON, and what is uncertain.

    ``channel`` is the endpoint that sends them, and ``to`` the recipient if it is known: a few rules depend on them.
    """
    return check_messages(messages, path, channel=channel, to=to).problems


class CheckedMessages(NamedTuple):
    """The problems of some messages, and their JSON."""

    problems: tuple[Problem, ...]
    text: str | None
    """The messages as compact JSON; None where they cannot be written as JSON."""


def check_messages(
    messages: Sequence[Mapping[str, Any]],
    path: str = "messages",
    *,
    channel: Channel = "push",
    to: str = "",
    filled: bool = False,
) -> CheckedMessages:
    """As :func:`message_problems`, with the JSON; ``filled=True``: a field that is not filled yet is an error."""
    text = compact_json(messages)
    context = Context(channel, to if type(to) is str else "")
    if text is None or may_have_marks(text):
        context.marked = True
        unfilled = unfilled_fields(messages, path) if filled else ()
        return CheckedMessages((*unfilled, *_check_marked(messages, path, context)), text)
    context.size, context.animated = len(text.encode()), text.count('"animated":true')
    problems = _MESSAGES(messages, context)
    return CheckedMessages(_with_path_prefix(path, problems) if problems else (), text)


def _check_marked(messages: Any, path: str, context: Context) -> tuple[Problem, ...]:
    """Check messages that contain fields, or may not be JSON."""
    found = json_problems(messages)
    if any(problem.rule == TOO_DEEP for problem in found):
        return _with_path_prefix(path, found)
    by_rules = _MESSAGES(messages, context)
    # Both may report an error of the same path: the rules' text is closer to LINE's documentation.
    paths = {problem.path for problem in by_rules if problem.severity == "error"}
    return _with_path_prefix(path, [*(p for p in found if p.path not in paths), *by_rules])


def recipient_problems(to: object, path: str = "to", *, kinds: str = "UCR") -> tuple[Problem, ...]:
    """Why ``to`` is not a recipient's ID; ``kinds``: ``U`` user, ``C`` group, ``R`` room."""
    if type(to) is str and to[:1] in kinds and _ID(to):
        return ()
    names = " or ".join(_RECIPIENTS[kind] for kind in kinds)
    rule = f"must be {names}: {' or '.join(kinds)} followed by 32 lowercase hexadecimal digits"
    if isinstance(to, str) and has_mark(to):
        fields = fields_of(to)
        if damaged := json_problems(to):
            return _with_path_prefix(path, damaged)
        return one_problem(rule, describe_fields(fields), DEPENDS, path=path, page=_IDS, severity="uncertain")
    return one_problem(rule, to, _recipient_remedy(to), path=path, page=_IDS)


def _recipient_remedy(to: object) -> str:
    if isinstance(to, (list, tuple, set, frozenset)):
        return "use multicast for up to 500 user ids, or push_many for any number"
    return "a LINE display name or search ID (@name) is not a user ID" if isinstance(to, str) else ""


def unfilled_fields(value: object, path: str = "messages") -> tuple[Problem, ...]:
    """Every position in ``value`` (JSON) with a field that is not filled yet, or with a damaged one."""
    text = compact_json(value)
    if text is not None and not may_have_marks(text):
        return ()
    damaged = [problem for problem in json_problems(value) if problem.rule == WHOLE_FIELD]
    unfilled = [
        Problem(where, "must not contain a field when it is sent", describe_fields(fields), suggestion=_FILL)
        for where, fields in marked_strings(value)
    ]
    return _with_path_prefix(path, damaged + unfilled)


_FILL = "fill it first with campaign.fill(profile) or campaign.deliveries(profiles)"


def push_problems(body: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Every problem of the body of a push: recipient, messages and the two options."""
    if type(body) is not dict:
        return one_problem("must be an object", body, path="body", page=_PUSH)
    to: Any = body.get("to")
    messages: Any = body.get("messages")
    problems = recipient_problems(to) + message_problems(messages, to=to if type(to) is str else "")
    return problems + option_problems(body) if len(body) > 2 else problems


_OPTIONS: dict[str, Check] = {"notificationDisabled": boolean, "customAggregationUnits": _UNITS}


def option_problems(body: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The problems of a push's body outside its recipient and messages."""
    problems: list[Problem] = []
    for key in body:
        if key in _OPTIONS:
            problems += prefixed(key, _OPTIONS[key](body[key], Context(marked=True)))
        elif key not in ("to", "messages"):
            rule = "must be a property that LINE documents for a push"
            problems.append(Problem(str(key), rule, literal_text(short_repr(key)), _PUSH, severity="uncertain"))
    return tuple(problems)


def _with_path_prefix(path: str, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(attrs.evolve(p, path=(path + p.path).lstrip(".")) for p in problems)
