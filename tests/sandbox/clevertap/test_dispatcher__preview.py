"""The dispatcher's own rendering and linetap's preview: two engines, one result."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linetap import Campaign, EventField, LiteralText, ProfileField, TriggerField
from linetap.sandbox import Sandbox
from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid import Aborted, Template
from tests.campaign import strategies
from tests.sandbox import raw_requests

LINE_ID = "U" + "0" * 32
TRICKY: dict[str, dict[str, Any]] = {
    "plain": {"Name": "Aiko"},
    "no name": {},
    "empty": {"Name": ""},
    "blank": {"Name": " "},
    "quote": {"Name": 'Mc"Coy'},
    "backslash": {"Name": "C:\\new"},
    "escape": {"Name": "\\u0041"},
    "trailing backslash": {"Name": "a\\"},
    "newline": {"Name": "a\nb"},
    "tab": {"Name": "a\tb"},
    "second message": {"Name": 'x"},{"type":"text","text":"y'},
    "liquid": {"Name": "{{ Profile.LineID }}"},
    "braces": {"Name": "}} %} {% raw %}"},
    "number": {"Name": 7},
    "true": {"Name": True},
    "false": {"Name": False},
    "nought": {"Name": 0},
    "list": {"Name": ["a", "b"]},
    "Japanese": {"Name": "愛子"},
    "Thai": {"Name": "สมชาย"},
    "family": {"Name": "👨‍👩‍👧‍👦"},
    "no LINE id": {"Name": "Aiko", "LineID": None},
    "N.A": {"Name": "Aiko", "LineID": "N.A"},
}
NAME = ProfileField("Name", default="friend")
AWKWARD = ProfileField("Name", default='l\'ami "x" \\ {{y}}')
CAMPAIGNS = {
    "default": Campaign("c", messages=[f"Hello {NAME}"]),
    "awkward default": Campaign("c", messages=[f"Hello {AWKWARD}"]),
    "required": Campaign("c", messages=[f"Hello {ProfileField('Name')}", "and more"]),
    "twice": Campaign("c", messages=[f"{NAME}, {NAME}!", LiteralText("{{ literally }} {% too %}")]),
}


@pytest.mark.parametrize("who", TRICKY)
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_a_tricky_profile_is_sent_what_was_previewed(campaign: str, who: str) -> None:
    """No profile gets anything but the preview's text, and a profile that is aborted there is aborted here."""
    box = Sandbox()
    box.readings.liquid = "standard"  # the preview's engine reads ``blank`` as the standard does
    properties = {"LineID": LINE_ID, **TRICKY[who]}
    box.clevertap.add_profile("who", {name: value for name, value in properties.items() if value is not None})
    preview = CAMPAIGNS[campaign].preview(properties)

    delivery = box.clevertap.publish(str(CAMPAIGNS[campaign].body()), raw_requests.line_template(box)).of("who")

    assert (delivery.status == "LiquidLogicAborted") is (preview.status == "aborted")
    assert (delivery.body or "") == preview.text


@given(campaign=strategies.campaigns, profile=strategies.profiles(strategies.words | strategies.odd_anywhere))
def test_any_campaign_renders_as_previewed(campaign: Campaign, profile: dict[str, Any]) -> None:
    """For any campaign and any profile both engines write the same text."""
    if any(problem.severity == "error" for problem in campaign.problems):
        return
    known = {name: value for name, value in profile.items() if value is not None}
    preview = campaign.preview(profile)
    objects = {"Profile": known, "Event": {}, "ExternalTrigger": {}, "Campaign": {}}

    assert _rendered(campaign, objects) == preview.text


def _rendered(campaign: Campaign, objects: dict[str, Any], **given: Any) -> str:
    """What the sandbox's engine sends; nothing for a profile that is skipped."""
    try:
        return Template(str(campaign.body()), Readings(liquid="standard")).render(objects, **given)
    except Aborted:
        return ""


@example(name="qty", value=" ", default=None)
@given(
    name=st.sampled_from(["Item name", "qty", "品名"]), value=strategies.gentle, default=st.none() | strategies.gentle
)
def test_events_and_triggers_render_as_previewed(name: str, value: str, default: str | None) -> None:
    """Event properties and trigger values reach a body as the preview says, and a blank one skips in both engines."""
    campaign = Campaign("c", messages=[f"{EventField('Bought', name, default)} {TriggerField(name, default)}"])
    given_values = {name: value}
    preview = campaign.preview({"LineID": LINE_ID}, event=given_values, trigger=given_values)
    shared = {"Event": given_values, "ExternalTrigger": given_values, "Campaign": {}}

    assert _rendered(campaign, {"Profile": {"LineID": LINE_ID}, **shared}, event="Bought") == preview.text
