"""line-bot-sdk's models read every body that is sent."""

from __future__ import annotations

from typing import Any

import pytest
from linebot.v3.messaging import MulticastRequest, PushMessageRequest, ValidateMessageRequest

from linetap.line.api import checked
from linetap.line.messages.json import message_from_json
from tests.sandbox.message_corpus import MESSAGES

USER, GROUP = "U" + "1" * 32, "C" + "1" * 32
PLAIN: dict[str, Any] = {"retry_key": None}


def _holds(theirs: object, ours: object) -> bool:
    """Whether the SDK read all properties that were sent; it adds defaults of its own."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(_holds(theirs.get(key), value) for key, value in ours.items())
    if isinstance(ours, list):
        same = isinstance(theirs, list) and len(theirs) == len(ours)
        return same and all(_holds(a, b) for a, b in zip(theirs, ours, strict=True))
    return theirs == ours


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_the_official_models_read_every_message_that_is_sent(message: dict[str, Any]) -> None:
    """line-bot-sdk reads a push, a multicast and a validation of every kind completely."""
    given = message_from_json(message)
    to = GROUP if "mention" in str(message) else USER
    sent = checked.push(to, given, **PLAIN).request.json()
    validated = checked.validate_push(given).request.json()

    assert _holds(PushMessageRequest.from_dict(sent).to_dict(), sent)
    assert _holds(ValidateMessageRequest.from_dict(validated).to_dict(), validated)
    if to == USER and "quoteToken" not in message:  # LINE quotes in pushes and replies alone
        operation, _ = checked.multicast([USER], given, **PLAIN)
        assert operation is not None
        multicast = operation.request.json()
        assert _holds(MulticastRequest.from_dict(multicast).to_dict(), multicast)
