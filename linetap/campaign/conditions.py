"""Messages that vary by a condition, inside one valid JSON body.

A tag can stand only inside a JSON string, so what varies are strings: two texts, or two messages of one shape,
told apart string by string. Two shapes are two campaigns, by segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

import attrs

from linetap import fields
from linetap.errors import BadCampaign, Problem, invalid, literal_text, short_repr
from linetap.fields import Condition, ConditionalText, Field
from linetap.line.messages.kinds import Message

_SUGGESTION = "give both the same shape, or make two campaigns and let CleverTap's segments choose"


@attrs.frozen
class Varying:
    """One of two messages of the same shape, by a condition. Made by ``when``."""

    condition: Condition = attrs.field(repr=lambda asked: str(repr(asked)))
    then: Message
    otherwise: Message


@overload
def when(condition: Condition, then: str | Field, *, otherwise: str | Field = "") -> ConditionalText: ...
@overload
def when(condition: Condition, then: Message, *, otherwise: Message) -> Varying: ...
def when(condition: Condition, then: Any, *, otherwise: Any = "") -> ConditionalText | Varying:
    """``then`` for those who meet the condition, ``otherwise`` for the rest.

    Two texts give a field, to stand in any text, label or URL::

        when(ProfileField("Language").equals("ja"), "こんにちは", otherwise="Hello")

    Two messages give a message of a campaign; they have the same kind, members and numbers, and differ in texts.
    Liquid: ``{% if %}``, https://docs.clevertap.com/docs/liquid-tags-use-cases
    """
    if not isinstance(condition, Condition):
        raise invalid(
            "when.condition", 'is a condition: ProfileField("Language").equals("ja")', type(condition).__name__
        )
    if isinstance(then, (str, Field)) and isinstance(otherwise, (str, Field)):
        texts = [str(then), str(otherwise)]
        for name, text in zip(("then", "otherwise"), texts, strict=True):
            fields.split(text, f"when.{name}")
        return ConditionalText(condition, *texts)
    if isinstance(then, Message) and isinstance(otherwise, Message):
        return Varying(condition, then, otherwise)
    kinds = f"{type(then).__name__} and {type(otherwise).__name__}"
    raise invalid("when", "chooses between two texts, or between two messages", literal_text(kinds), _SUGGESTION)


def merged(condition: Condition, then: Any, otherwise: Any, path: str) -> Any:
    """Two trees of one shape as one, each string that differs a choice; ``BadCampaign`` where the shapes differ."""
    if type(then) is type(otherwise) and then == otherwise:
        return then
    if isinstance(then, Mapping) and isinstance(otherwise, Mapping) and list(then) == list(otherwise):
        if then.get("type") == otherwise.get("type"):
            return {key: merged(condition, then[key], otherwise[key], f"{path}.{key}") for key in then}
    elif isinstance(then, list) and isinstance(otherwise, list) and len(then) == len(otherwise):
        return [merged(condition, a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(then, otherwise, strict=True))]
    elif isinstance(then, str) and isinstance(otherwise, str):
        return str(ConditionalText(condition, then, otherwise))
    found = literal_text(f"{short_repr(_shape(then), 30)} and {short_repr(_shape(otherwise), 30)}")
    rule = "what when(...) chooses between differs in texts only: a tag cannot stand outside a JSON string"
    raise BadCampaign(problems=[Problem(path, rule, found, suggestion=_SUGGESTION)])


def _shape(value: Any) -> Any:
    if isinstance(value, Mapping):
        return literal_text(f"{value.get('type', 'object')}: {', '.join(value)}")
    return literal_text(f"{len(value)} entries") if isinstance(value, list) else value
