"""linetap's messages checked against line-bot-sdk's models, in both directions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linetap.line.messages.json import message_from_json, message_problems, message_to_json
from tests.line.strategies import KINDS, any_message, ours, theirs

models = pytest.importorskip("linebot.v3.messaging.models")

FEW = settings(max_examples=settings().max_examples // 5)  # for each of the kinds

# What line-bot-sdk writes though nobody gave it.
ADDED = {"animated": False, "size": "md"}


def _without_added(theirs: Any, ours: Any) -> Any:
    """The SDK's JSON without the properties that it added to ours."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        kept = {key: item for key, item in theirs.items() if key in ours or ADDED.get(key) != item}
        return {key: _without_added(item, ours.get(key)) for key, item in kept.items()}
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [_without_added(*pair) for pair in zip(theirs, ours, strict=True)]
    return theirs


@FEW
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@given(data=st.data())
def test_the_sdk_accepts_what_linetap_accepts(kind: Any, data: Any) -> None:
    """A message without problems is read by line-bot-sdk, which writes the same JSON."""
    message = data.draw(ours(kind))
    plain = message_to_json(message)
    read = models.Message.from_dict(plain)

    assert not [problem for problem in message_problems(message) if problem.severity == "error"]
    assert type(read).__name__ == type(message).__name__
    assert _without_added(read.to_dict(), plain) == plain


@FEW
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@given(data=st.data())
def test_linetap_reads_what_the_sdk_writes(kind: Any, data: Any) -> None:
    """A message made of line-bot-sdk's models is read as a typed message, which writes the same JSON."""
    message = data.draw(theirs(kind.__name__))
    plain = message.to_dict()
    read = message_from_json(plain)

    assert type(read) is kind
    assert message_to_json(read) == plain


@given(message=any_message())
def test_messages_are_read_as_they_were_written(message: Any) -> None:
    """Reading is the exact inverse of writing."""
    assert message_from_json(message_to_json(message)) == message
