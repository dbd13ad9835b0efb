"""The messages of a campaign as plain JSON with marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from linetap.campaign import conditions
from linetap.campaign.conditions import ConditionalMessage
from linetap.fields import Field
from linetap.line.messages.json import messages_to_json
from linetap.line.messages.kinds import Message, MessageLike

CampaignMessage: TypeAlias = "Message | str | Field | ConditionalMessage"


def messages_as_json(messages: Sequence[CampaignMessage]) -> list[dict[str, Any]]:
    """Messages as plain JSON; a ConditionalMessage becomes one message with conditional texts."""
    conditional = {i: message for i, message in enumerate(messages) if isinstance(message, ConditionalMessage)}
    then = messages_to_json([_branch(message, True) for message in messages])
    if not conditional:
        return then
    otherwise = messages_to_json([_branch(message, False) for message in messages])
    for i, message in conditional.items():
        then[i] = conditions.merge(message.condition, then[i], otherwise[i], f"messages[{i}]")
    return then


def _branch(message: CampaignMessage, first: bool) -> MessageLike:
    if isinstance(message, ConditionalMessage):
        return message.then if first else message.otherwise
    return message
