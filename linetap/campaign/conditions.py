"""Texts and messages that depend on a condition, inside one valid JSON body.

A Liquid tag can be only inside a JSON string, so only strings can vary: two texts, or two messages with the same
structure. Messages with different structures need two campaigns and a segment for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

import attrs

from linetap import fields
from linetap.errors import BadCampaign, Problem, invalid, literal_text, short_repr
from linetap.fields import Condition, ConditionalText, Field
from linetap.line.messages.kinds import Message

_SUGGESTION = "give both the same structure, or make two campaigns, each for a CleverTap segment"


@attrs.frozen
class ConditionalMessage:
    """One of two messages with the same structure, by a condition. Made by ``when``."""

    condition: Condition = attrs.field(repr=lambda asked: str(repr(asked)))
    then: Message
    otherwise: Message


@overload
def when(condition: Condition, then: str | Field, *, otherwise: str | Field = "") -> ConditionalText: ...
@overload
def when(condition: Condition, then: Message, *, otherwise: Message) -> ConditionalMessage: ...
def when(condition: Condition, then: Any, *, otherwise: Any = "") -> ConditionalText | ConditionalMessage:
    """``then`` for profiles that meet the condition, ``otherwise`` for the others.

    Two texts give a field, which can be used in any text, label or URL::

        when(ProfileField("Language").equals("ja"), "こんにちは", otherwise="Hello")

    Two messages give one message of a campaign. Both must have the same kind, members and numbers; their texts may
    differ. Raises ``BadArgument`` for other arguments.
    Liquid: ``{% if %}``, https://docs.clevertap.com/docs/liquid-tags-use-cases
    """
    if not isinstance(condition, Condition):
        raise invalid(
            "when.condition",
            'must be a condition, such as ProfileField("Language").equals("ja")',
            type(condition).__name__,
        )
    if isinstance(then, (str, Field)) and isinstance(otherwise, (str, Field)):
        texts = [str(then), str(otherwise)]
        for name, text in zip(("then", "otherwise"), texts, strict=True):
            fields.split(text, f"when.{name}")
        return ConditionalText(condition, *texts)
    if isinstance(then, Message) and isinstance(otherwise, Message):
        return ConditionalMessage(condition, then, otherwise)
    kinds = f"{type(then).__name__} and {type(otherwise).__name__}"
    raise invalid("when", "must have two texts, or two messages", literal_text(kinds), _SUGGESTION)


def merge(condition: Condition, then: Any, otherwise: Any, path: str) -> Any:
    """One tree from two of the same structure: each string that differs becomes a ``ConditionalText``.

    Raises ``BadCampaign`` if the structures differ.
    """
    if type(then) is type(otherwise) and then == otherwise:
        return then
    if isinstance(then, Mapping) and isinstance(otherwise, Mapping) and list(then) == list(otherwise):
        if then.get("type") == otherwise.get("type"):
            return {key: merge(condition, then[key], otherwise[key], f"{path}.{key}") for key in then}
    elif isinstance(then, list) and isinstance(otherwise, list) and len(then) == len(otherwise):
        return [merge(condition, a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(then, otherwise, strict=True))]
    elif isinstance(then, str) and isinstance(otherwise, str):
        return str(ConditionalText(condition, then, otherwise))
    found = literal_text(f"{short_repr(_shape(then), 30)} and {short_repr(_shape(otherwise), 30)}")
    rule = "must have the same structure in both messages of when(...): a tag can be only inside a JSON string"
    raise BadCampaign(problems=[Problem(path, rule, found, suggestion=_SUGGESTION)])


def _shape(value: Any) -> Any:
    if isinstance(value, Mapping):
        return literal_text(f"{value.get('type', 'object')}: {', '.join(value)}")
    return literal_text(f"{len(value)} entries") if isinstance(value, list) else value
