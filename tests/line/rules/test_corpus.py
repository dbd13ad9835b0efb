"""JSON of LINE's pages and its simulator: read, written, and without errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from linetap.line.messages.actions import Action
from linetap.line.messages.flex import FlexBoxBackground, FlexComponent, FlexContainer, FlexMessage
from linetap.line.messages.imagemap import ImagemapAction
from linetap.line.messages.json import message_from_json, message_problems, message_to_json
from linetap.line.messages.kinds import Message, RawMessage
from linetap.line.messages.templates import Template
from linetap.models.read import Model

CORPUS = Path(__file__).parent / "corpus"
MESSAGES = json.loads((CORPUS / "messages.json").read_text("utf-8"))
EXPORTS = json.loads((CORPUS / "simulator.json").read_text("utf-8"))


def _raw_parts(value: Any) -> list[Any]:
    """The parts of a typed message that are JSON, unknown keys included."""
    if isinstance(value, Model):
        inside = [part for field in attrs.fields(type(value)) for part in _raw_parts(getattr(value, field.name))]
        return inside + ([dict(value.extra)] if value.extra else [])
    if isinstance(value, dict) and value and "type" in value:
        return [value]
    return [part for item in value for part in _raw_parts(item)] if isinstance(value, tuple) else []


@pytest.mark.parametrize("plain", MESSAGES, ids=lambda plain: plain["type"])
def test_messages_of_the_pages(plain: dict[str, Any]) -> None:
    """Every message of LINE's reference is read into classes, is written unchanged, and has no error."""
    message = message_from_json(plain)

    assert not isinstance(message, RawMessage)
    assert _raw_parts(message) == []
    assert message_to_json(message) == plain
    assert [problem for problem in message_problems(message) if problem.severity == "error"] == []
    assert message_problems(RawMessage(plain)) == message_problems(message)


@pytest.mark.parametrize("plain", EXPORTS, ids=lambda plain: plain["type"])
def test_exports_of_the_simulator(plain: dict[str, Any]) -> None:
    """Every export of the simulator's samples is read into classes, is written unchanged, and has no error."""
    message = FlexMessage.from_simulator(json.dumps(plain), "A card")

    assert _raw_parts(message) == []
    assert message.to_json() == {"type": "flex", "altText": "A card", "contents": plain}
    assert [problem for problem in message_problems(message) if problem.severity == "error"] == []


def _kinds(value: Any) -> set[str]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = {value["type"]} if isinstance(value, dict) and isinstance(value.get("type"), str) else set()
    return own.union(*map(_kinds, inside))


def test_every_type_is_in_the_corpus() -> None:
    """The corpus has every type of message, template, component and action."""
    families: list[Any] = [Message, Template, FlexContainer, FlexComponent, FlexBoxBackground, Action, ImagemapAction]
    known = {kind for family in families for kind in family.kinds}

    assert known - {"richmenuswitch", "flex"} <= _kinds(MESSAGES) | _kinds(EXPORTS)
