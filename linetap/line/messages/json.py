"""Convert messages to and from JSON, and check them.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import islice
from typing import Any

from linetap.errors import MOST_PROBLEMS, BadArgument, Problem, invalid, literal_text, short_repr
from linetap.fields import Field
from linetap.line import rules
from linetap.line.messages.base import Message
from linetap.line.messages.kinds import MessageLike, Messages, RawMessage
from linetap.models import read
from linetap.models.base import TOO_DEEP

# Types of messages whose classes are in other modules, imported when the first one is read.
_MODULES = {"flex": "flex", "template": "templates", "imagemap": "imagemap"}


def message_to_json(message: MessageLike) -> dict[str, Any]:
    """One message as JSON for LINE; fields in it are marks."""
    return messages_to_json(message, "message")[0]


def message_from_json(mapping: Mapping[str, Any]) -> Message:
    """The message of a JSON object: the exact inverse of :func:`message_to_json`.

    A message of an unknown type is a :class:`RawMessage`; unknown keys and nulls are in ``extra``. Raises
    ``BadArgument`` if a value has another type than LINE documents, or a required one is missing.
    """
    if not isinstance(mapping, Mapping):
        raise invalid("message", "must be a mapping", mapping, "parse the JSON first: json.loads(text)")
    kind = mapping.get("type")
    if type(kind) is str and kind in _MODULES and kind not in Message.kinds:
        import_module(f"linetap.line.messages.{_MODULES[kind]}")
    found = Message.kinds.get(kind) if type(kind) is str else None
    return read.read(found, mapping, "message") if found else RawMessage(mapping)


def messages_to_json(messages: Messages, path: str = "messages") -> list[dict[str, Any]]:
    """One message or several as JSON. Raises ``BadArgument`` for none, and for what is not a message."""
    found: Any = (messages,) if _is_message(messages) else _sequence(messages, path)
    try:
        return [_json(item) for item in found]
    except RecursionError:
        raise invalid(path, TOO_DEEP, literal_text("a deeper one")) from None


def _sequence(messages: Any, path: str) -> Any:
    """``messages``, which must be a sequence of messages only."""
    if isinstance(messages, (str, bytes)) or not isinstance(messages, Sequence):
        raise BadArgument(problems=[_not_a_message(path, messages)])
    if not messages:
        raise invalid(path, "must have at least one message", literal_text("none"), page=rules.MESSAGES_PAGE)
    if not all(map(_is_message, messages)):
        found = ((index, item) for index, item in enumerate(messages) if not _is_message(item))
        wrong = islice(found, MOST_PROBLEMS + 1)  # one more, so that the error says there are others
        raise BadArgument(problems=[_not_a_message(f"{path}[{index}]", item) for index, item in wrong])
    return messages


def message_problems(messages: Messages) -> tuple[Problem, ...]:
    """What LINE would reject in ``messages``, and what is uncertain; ``()`` if there is nothing. Nothing is sent.

    Each problem has a path, the requirement, what was found, LINE's page, a remedy and a severity.
    """
    try:
        messages_json = messages_to_json(messages)
    except BadArgument as error:
        return error.problems
    return rules.message_problems(messages_json)


def _is_message(value: object) -> bool:
    return isinstance(value, (Message, Field)) or type(value) is str


def _json(message: MessageLike) -> dict[str, Any]:
    return message.to_json() if isinstance(message, Message) else {"type": "text", "text": str(message)}


def _not_a_message(path: str, value: object) -> Problem:
    hint = next((remedy for kind, remedy in _REMEDIES if isinstance(value, kind)), "")
    return Problem(path, "must be a message, a str or a field", short_repr(value), rules.MESSAGES_PAGE, hint)


_REMEDIES: tuple[tuple[Any, str], ...] = (
    (Mapping, "write RawMessage(mapping) or message_from_json(mapping)"),
    (str, "it is a subclass of str, whose text may differ: convert it to a plain str"),
    (bytes, "decode it first: value.decode()"),
    ((int, float), "write str(...) around it"),
    ((list, tuple), "pass all messages in one flat list"),
)
