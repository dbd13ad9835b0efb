"""A campaign as JSON: exact, versioned, and with a fingerprint that no upgrade changes."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.errors import BadArgument
from linetap.fields import EventField, LiteralText, ProfileField, RawLiquid, TriggerField
from linetap.line.messages.kinds import RawMessage, TextMessage
from tests.campaign.strategies import campaigns

NAME = ProfileField("Name", default="friend")
JAPANESE = ProfileField("Language").equals("ja")
PLAIN = Campaign("Spring sale").with_text("Hello")
RICH = Campaign(
    "Rich",
    messages=[
        f"Hi {NAME}",
        NAME,
        TextMessage(f"{EventField('Charged', 'Amount')} {TriggerField('code', default='-')}"),
        RawMessage({"type": "text", "text": "raw", "$text": ["x"], "n": 1.5, "ok": None}),
        when(JAPANESE, TextMessage("はい"), otherwise=TextMessage(f"yes {RawLiquid('{{ x }}')}{LiteralText('{{')}")),
    ],
    to=ProfileField("LINE id"),
    notification_disabled=True,
    aggregation_unit="spring",
    only_if=[ProfileField("VIP").is_set()],
)
CHOICE = Campaign("Choice").with_text(f"{when(JAPANESE, f'{NAME}様', otherwise='you')}!")


@given(campaigns)
def test_any_campaign_survives_json(campaign: Campaign) -> None:
    """For any campaign, from_json(to_json) is an equal campaign, also through JSON text."""
    assert Campaign.from_json(campaign.to_json()) == campaign
    assert Campaign.from_json(json.dumps(campaign.to_json())) == campaign


@pytest.mark.parametrize("campaign", [PLAIN, RICH, CHOICE])
def test_every_kind_of_message_and_field_survives_json(campaign: Campaign) -> None:
    """Texts, fields, messages, raw messages and conditional messages keep their types and values."""
    again = Campaign.from_json(json.dumps(campaign.to_json()))
    assert again == campaign
    assert [type(message) for message in again.messages] == [type(message) for message in campaign.messages]


def test_json_has_no_internal_mark() -> None:
    """Fields are written by kind and name, never as linetap's internal marks."""
    assert "LtM" not in json.dumps(RICH.to_json())
    assert PLAIN.with_text(f"Hi {NAME}").to_json()["messages"][1] == {
        "message": {
            "type": "text",
            "text": {"$text": ["Hi ", {"kind": "profile", "name": "Name", "default": "friend"}]},
        }
    }


# Pinned: a journal, a report or a measurement of an earlier version may refer to these.
GOLDEN = {"Spring sale": "eb89795a2b80", "Rich": "749388757550", "Choice": "5587bff3633e"}


@pytest.mark.parametrize("campaign", [PLAIN, RICH, CHOICE], ids=lambda campaign: campaign.name)
def test_fingerprints_are_pinned(campaign: Campaign) -> None:
    """The fingerprint of a campaign is the same in every version of linetap."""
    assert campaign.fingerprint == GOLDEN[campaign.name]


def test_a_fingerprint_ignores_the_unit_and_covers_the_rest() -> None:
    """Another aggregation unit keeps the fingerprint; another name, text, recipient or option changes it."""
    assert attrs.evolve(RICH, aggregation_unit="other").fingerprint == RICH.fingerprint
    changes: list[dict[str, Any]] = [
        {"name": "x"},
        {"messages": ["x"]},
        {"to": ProfileField("x")},
        {"notification_disabled": False},
        {"only_if": ()},
    ]
    assert len({attrs.evolve(RICH, **change).fingerprint for change in changes} | {RICH.fingerprint}) == 6


@pytest.mark.parametrize(
    "given",
    [
        "{",
        [],
        {},
        {**PLAIN.to_json(), "version": 2},
        {**PLAIN.to_json(), "messages": [{"field": {"kind": "unknown"}}]},
        {**PLAIN.to_json(), "messages": [{"text": {"$text": [{"kind": "profile", "name": ""}]}}]},
        {**PLAIN.to_json(), "messages": 5},
        {**PLAIN.to_json(), "to": None},
        {key: value for key, value in PLAIN.to_json().items() if key != "name"},
    ],
    ids=str,
)
def test_other_json_is_an_error(given: Any) -> None:
    """JSON that is not a campaign, or of a newer version, is a BadArgument."""
    with pytest.raises(BadArgument):
        Campaign.from_json(given)
