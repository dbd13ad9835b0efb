"""Fields in messages of every kind that LINE documents: written, previewed, filled, sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linetap.campaign.campaign import Campaign
from linetap.fields import ProfileField
from linetap.line.api.messaging import push_body
from linetap.line.messages.json import message_from_json, messages_to_json
from linetap.sandbox import Sandbox
from tests.sandbox.message_corpus import MESSAGES

NAME = ProfileField("Name", default="friend")
EMOJI = {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}
# A campaign goes to single persons, whom LINE does not let a message mention.
KINDS = {**MESSAGES, "textV2": {"type": "textV2", "text": f"{{who}} {NAME}", "substitution": {"who": EMOJI}}}
REFUSAL = {"message": "no", "details": [{"message": "bad", "property": "messages[0].text"}]}
# Strings that LINE shows to people, and that are long enough to take a name.
SHOWN = {"text", "label", "altText", "title", "address", "displayText", "fillInText"}


def named(tree: Any, key: str = "") -> Any:
    """The message with a field in every text that people read."""
    if isinstance(tree, dict):
        return {name: named(value, name) for name, value in tree.items()}
    if isinstance(tree, list):
        return [named(value) for value in tree]
    return f"{NAME}" if key in SHOWN and isinstance(tree, str) and not set("{}$") & set(tree) else tree


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_field_in_every_text_of_every_kind(kind: str) -> None:
    """For every message kind the body is JSON, the preview equals the push, and LINE (the sandbox) accepts the push."""
    campaign = Campaign("c").with_message(message_from_json(named(KINDS[kind])))
    assert len(json.loads(str(campaign.body()))["messages"]) == 1
    assert campaign.diff(str(campaign.body())) == ()
    with Sandbox() as box:
        (user_id,) = box.line.add_followers(1)
        line = box.line_client()
        for person in ({"LineID": user_id, "Name": "花子"}, {"LineID": user_id}):
            preview = campaign.preview(person, validate=line.validate_push)
            delivery = campaign.fill(person)
            assert preview.status in ("rendered", "defaulted"), preview.problems
            assert preview.body == push_body(delivery.to, messages_to_json(delivery.messages))
            line.push(delivery.to, delivery.messages)
        assert len(box.line.inbox(user_id)) == 2


def test_line_rejects_what_only_it_knows() -> None:
    """With validate=line.validate_push an error of the service makes the preview invalid."""
    campaign = Campaign("c").with_text(f"Hello {NAME}")
    with Sandbox() as box:
        (user_id,) = box.line.add_followers(1)
        box.faults.add("line.validate_push", status=400, json_body=REFUSAL)
        preview = campaign.preview({"LineID": user_id}, validate=box.line_client().validate_push)
    assert preview.status == "invalid"
    assert preview.problems[-1].path == "messages[0].text"
