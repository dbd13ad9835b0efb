"""A campaign as plain JSON, and back: exact, versioned, and the basis of its fingerprint.

A text without fields is a JSON string. A text with fields is ``{"$text": [...]}``: its literal parts as strings and its
fields as objects. A mapping that has a member of this name itself is ``{"$object": [[name, value], ...]}``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import attrs

from linetap import fields
from linetap.campaign.conditions import ConditionalMessage
from linetap.campaign.messages import CampaignMessage
from linetap.errors import BadArgument, invalid, literal_text
from linetap.fields import (
    Condition,
    ConditionalText,
    EventField,
    Field,
    LiteralText,
    ProfileField,
    Property,
    RawLiquid,
    TriggerField,
)
from linetap.line.messages.json import message_from_json, message_to_json
from linetap.line.messages.kinds import Message, RawMessage

FORMAT, VERSION = "linetap.campaign", 1
_TEXT, _OBJECT = "$text", "$object"
_FIELDS: Mapping[str, type[Any]] = {
    "profile": ProfileField,
    "event": EventField,
    "trigger": TriggerField,
    "liquid": RawLiquid,
    "literal": LiteralText,
}
_FIELD_KINDS = {kind: name for name, kind in _FIELDS.items()}


def campaign_to_json(campaign: Any) -> dict[str, Any]:
    """The JSON of a campaign; ``campaign_from_json`` reads it back to an equal campaign."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": campaign.name,
        "to": _field_to_json(campaign.to),
        "messages": [_message_to_json(message) for message in campaign.messages],
        "notification_disabled": campaign.notification_disabled,
        "aggregation_unit": campaign.aggregation_unit,
        "only_if": [_condition_to_json(condition) for condition in campaign.only_if],
    }


def campaign_from_json(given: object) -> dict[str, Any]:
    """The arguments of ``Campaign`` from its JSON; raises ``BadArgument`` for any other JSON."""
    read = _parsed(given)
    if read.get("format") != FORMAT:
        raise invalid(
            "campaign.format", f"must be {FORMAT!r}", read.get("format"), "use what Campaign.to_json returned"
        )
    if read.get("version") != VERSION:
        remedy = "upgrade linetap: a newer version wrote this campaign"
        raise invalid("campaign.version", f"must be {VERSION}", read.get("version"), remedy)
    try:
        return {
            "name": read["name"],
            "to": _field_from_json(read["to"]),
            "messages": [_message_from_json(message) for message in read["messages"]],
            "notification_disabled": read["notification_disabled"],
            "aggregation_unit": read["aggregation_unit"],
            "only_if": [_condition_from_json(condition) for condition in read["only_if"]],
        }
    except BadArgument:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        found = literal_text(f"{type(error).__name__}: {error}")
        raise invalid(
            "campaign", "must be the JSON of a campaign", found, "use what Campaign.to_json returned"
        ) from None


def fingerprint(campaign: Any) -> str:
    """12 hexadecimal digits over the JSON of a campaign, without format, version and aggregation unit."""
    content = campaign_to_json(campaign)
    for name in ("format", "version", "aggregation_unit"):
        del content[name]
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:12]


def _parsed(given: object) -> Mapping[str, Any]:
    if isinstance(given, (str, bytes)):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise invalid(
                "campaign", f"must be JSON: {error}", given, "use what json.dumps(campaign.to_json()) wrote"
            ) from None
    if not isinstance(given, Mapping):
        raise invalid("campaign", "must be a JSON object", type(given).__name__)
    return given


def _message_to_json(message: CampaignMessage) -> dict[str, Any]:
    if isinstance(message, ConditionalMessage):
        branches = {"then": _message_to_json(message.then), "otherwise": _message_to_json(message.otherwise)}
        return {"when": _condition_to_json(message.condition), **branches}
    if isinstance(message, Field):
        return {"field": _field_to_json(message)}
    if isinstance(message, str):
        return {"text": _to_json(message)}
    return {"raw" if isinstance(message, RawMessage) else "message": _to_json(message_to_json(message))}


def _message_from_json(read: Mapping[str, Any]) -> CampaignMessage:
    if "when" in read:
        then, otherwise = (_message_from_json(read[name]) for name in ("then", "otherwise"))
        if not (isinstance(then, Message) and isinstance(otherwise, Message)):
            raise TypeError("both branches must be messages")
        return ConditionalMessage(_condition_from_json(read["when"]), then, otherwise)
    [(kind, value)] = read.items()
    return _MESSAGES[kind](value)


_MESSAGES: Mapping[str, Callable[[Any], CampaignMessage]] = {
    "field": lambda value: _field_from_json(value),
    "text": lambda value: str(_from_json(value)),
    "raw": lambda value: RawMessage(_from_json(value)),
    "message": lambda value: message_from_json(_from_json(value)),
}


def _to_json(value: Any) -> Any:
    """Plain JSON with marks as plain JSON without marks."""
    if isinstance(value, str):
        return {_TEXT: _pieces_to_json(value)} if fields.has_mark(value) else value
    if isinstance(value, Mapping):
        members = {key: _to_json(item) for key, item in value.items()}
        # The name of a member may contain a damaged mark; problems reports it.
        reserved = _TEXT in members or _OBJECT in members
        return {_OBJECT: [[key, item] for key, item in members.items()]} if reserved else members
    return [_to_json(item) for item in value] if isinstance(value, (list, tuple)) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {_TEXT}:
            return "".join(map(_piece_from_json, value[_TEXT]))
        members = value[_OBJECT] if set(value) == {_OBJECT} else value.items()
        return {key: _from_json(item) for key, item in members}
    return [_from_json(item) for item in value] if isinstance(value, list) else value


def _pieces_to_json(text: str) -> list[Any]:
    return [piece if isinstance(piece, str) else _field_to_json(piece) for piece in fields.split(text)]


def _piece_from_json(piece: Any) -> str:
    return piece if isinstance(piece, str) else str(_field_from_json(piece))


def _field_to_json(field: Any) -> dict[str, Any]:
    if isinstance(field, ConditionalText):
        texts = {"then": _to_json(field.then), "otherwise": _to_json(field.otherwise)}
        return {"kind": "when", "condition": _condition_to_json(field.condition), **texts}
    kind = _FIELD_KINDS.get(type(field))
    if kind is None:
        raise invalid("campaign.to", "must be a profile, event or trigger field", type(field).__name__)
    return {"kind": kind, **attrs.asdict(field)}


def _field_from_json(read: Mapping[str, Any]) -> Any:
    values = {name: value for name, value in read.items() if name != "kind"}
    if read["kind"] == "when":
        condition = _condition_from_json(values["condition"])
        return ConditionalText(condition, _from_json(values["then"]), _from_json(values["otherwise"]))
    return _FIELDS[read["kind"]](**values)


def _condition_to_json(condition: Condition) -> dict[str, Any]:
    return {"field": _field_to_json(condition.field), "operator": condition.operator, "value": condition.value}


def _condition_from_json(read: Mapping[str, Any]) -> Condition:
    field = _field_from_json(read["field"])
    if not isinstance(field, Property):
        raise TypeError("a condition must have a profile, event or trigger field")
    return Condition(field, read["operator"], read["value"])
