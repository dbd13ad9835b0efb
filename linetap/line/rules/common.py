"""LINE's rules for the properties that every message may have.

https://developers.line.biz/en/reference/messaging-api/#message-common-properties
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem
from linetap.line.rules.actions import IN_QUICK_REPLY
from linetap.line.rules.engine import Check, Context, ListOf, ObjectRule, Rule, no_check
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.texts import OneOf, Text, Url

QUICK_REPLY = ObjectRule(
    "quickReply",
    f"{REFERENCE}#quick-reply",
    {
        "items": ListOf(
            ObjectRule(
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
        yield Problem(".name", 'must not be "LINE"', "'LINE'")


SENDER = ObjectRule(
    "sender",
    f"{REFERENCE}#icon-nickname-switch",
    {"name": Text(LIMITS["sender.name"]), "iconUrl": Url(LIMITS["sender.iconUrl"])},
    cross_checks=(_name,),
)


def message(
    kind: str, anchor: str, fields: Mapping[str, Check], required: Iterable[str], cross_checks: Iterable[Rule] = ()
) -> ObjectRule:
    """The rule for one kind of message: its own fields and the common ones."""
    every: dict[str, Check] = {"type": no_check, **fields, "quickReply": QUICK_REPLY, "sender": SENDER}
    return ObjectRule(
        f"a message of type {kind}", f"{REFERENCE}#{anchor}", every, required=required, cross_checks=cross_checks
    )
