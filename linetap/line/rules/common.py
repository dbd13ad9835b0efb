"""LINE's rules of what every message can have.

https://developers.line.biz/en/reference/messaging-api/#message-common-properties
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem
from linetap.line.rules.actions import IN_QUICK_REPLY
from linetap.line.rules.engine import Check, Context, ListOf, Rule, Shape, anything
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.texts import OneOf, Text, Url

QUICK_REPLY = Shape(
    "quickReply",
    f"{REFERENCE}#quick-reply",
    {
        "items": ListOf(
            Shape(
                "a quick reply button",
                f"{REFERENCE}#quick-reply-button-object",
                {
                    "type": OneOf("action"),
                    "imageUrl": Url(LIMITS["quickReply.imageUrl"]),
                    "action": IN_QUICK_REPLY,
                },
                required=("type", "action"),
            ),
            LIMITS["quickReply.items"],
        )
    },
    required=("items",),
)


def _name(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    if value.get("name") == "LINE":
        yield Problem(".name", "holds no word that LINE refuses", "'LINE'")


SENDER = Shape(
    "sender",
    f"{REFERENCE}#icon-nickname-switch",
    {"name": Text(LIMITS["sender.name"]), "iconUrl": Url(LIMITS["sender.iconUrl"])},
    also=(_name,),
)


def message(
    kind: str, anchor: str, fields: Mapping[str, Check], required: Iterable[str], also: Iterable[Rule] = ()
) -> Shape:
    """The shape of one kind of message: its own fields and those that all have."""
    every: dict[str, Check] = {"type": anything, **fields, "quickReply": QUICK_REPLY, "sender": SENDER}
    return Shape(f"a message of type {kind}", f"{REFERENCE}#{anchor}", every, required=required, also=also)
