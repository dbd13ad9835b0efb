"""The analysis of a campaign without profiles."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.campaign.preview import Preview
from linetap.campaign.value_risks import is_json_safe, json_safe_text
from linetap.errors import BadCampaign
from linetap.fields import ProfileField, RawLiquid
from linetap.line.messages.kinds import RawMessage, TextMessageV2
from tests.campaign import strategies as some
from tests.campaign.strategies import USER

NAME = ProfileField("Name", default="friend")
ASKED = when(ProfileField("Name").contains("a"), "yes", otherwise="no")
SAFE = Campaign("c").with_text(f"Hello, {ASKED}").skip_unless(ProfileField("City").is_set())
FLEX = {
    "type": "flex",
    "altText": "Hello",
    "contents": {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": f"Hi {NAME}!"}]},
    },
}
UNSAFE = [
    Campaign("c").with_text(f"Hello {NAME}"),
    Campaign("c").with_text("One").with_text(f"{NAME}").with_text("Three"),
    Campaign("c").with_message(RawMessage(FLEX)),
    Campaign("c").with_image(f"https://e.com/{NAME}.jpg", "https://e.com/b.jpg"),
    Campaign("c").with_text(when(ProfileField("City").is_set(), f"Hello {NAME}", otherwise="Hello")),
    Campaign("c").with_message(TextMessageV2(f"Hello {NAME}")),
]

breaking = st.text(st.sampled_from('"\\\n{}ab:,'), max_size=6)


def look(campaign: Campaign, name: str) -> Preview:
    """The preview of a person with this name, in a city."""
    return campaign.preview({"LineID": USER, "Name": name, "City": "Tokyo"})


def shape(value: Any) -> Any:
    """A tree without its strings."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value)


@given(name=some.words | st.text(), city=some.words | st.text())
def test_no_value_changes_a_body_reported_safe(name: str, city: str) -> None:
    """If a campaign is safe, no value changes its structure."""
    assert SAFE.value_risks().safe
    preview = SAFE.preview({"LineID": USER, "Name": name, "City": city})
    if preview.status != "aborted":
        assert preview.status == "rendered"
        assert shape(preview.body) == {"to": str, "messages": [{"type": str, "text": str}]}


@given(campaign=st.sampled_from(UNSAFE), name=some.words | st.text(), tail=breaking)
def test_a_safe_copy_changes_nothing(campaign: Campaign, name: str, tail: str) -> None:
    """With safe copies of any values the preview is never invalid."""
    assert campaign.value_risks(trusted=["LineID", "Name"]).safe
    name = json_safe_text("x" + name.encode("utf-8", "replace").decode() + tail)
    assert is_json_safe(name)
    preview = look(campaign, name)
    assert [problem for problem in preview.problems if "meant" in problem.found or problem.path == "body"] == []


@pytest.mark.parametrize("campaign", UNSAFE)
def test_a_breaking_value_is_found_for_a_body_reported_unsafe(campaign: Campaign) -> None:
    """If a campaign is not safe, a value exists that changes the push."""
    assert not campaign.value_risks().safe
    found = find(breaking, lambda name: look(campaign, name).status == "invalid")
    assert not is_json_safe(found)


@pytest.mark.parametrize("campaign", UNSAFE)
def test_every_example_of_a_risk_does_what_it_says(campaign: Campaign) -> None:
    """The example value of each risk has its effect in a preview."""
    risks = campaign.value_risks().risks
    meant = look(campaign, "x").messages
    assert {"breaks the JSON", "changes its text", "adds a message", "changes the recipient"} <= {
        r.effect for r in risks
    }
    for risk in risks:
        preview = look(campaign, risk.value)
        assert preview.status == "invalid", risk
        if risk.effect == "breaks the JSON":
            assert preview.body is None
        elif risk.effect == "adds a message":
            assert len(preview.messages) > len(meant)
        elif risk.effect == "changes the recipient":
            assert preview.body is not None
            assert preview.body["to"] != USER
        else:
            assert shape(preview.messages) == shape(meant)


def test_the_recipient_is_trusted_unless_named_otherwise() -> None:
    """The recipient is trusted by default; with trusted=() its risks are listed too."""
    assert "LineID" in SAFE.value_risks().trusted
    risks = SAFE.value_risks(trusted=())
    assert {risk.property for risk in risks.risks} == {"LineID"}
    for risk in risks.risks:
        preview = SAFE.preview({"LineID": risk.value, "Name": "x", "City": "y"})
        assert preview.status == "invalid", risk


def test_where_properties_reach() -> None:
    """Each property is listed with its paths; a property that only a condition reads has none."""
    campaign = Campaign("c").with_text(f"{NAME}{ASKED}").with_image(f"https://e.com/{NAME}", "https://e.com/b")
    reaches = campaign.value_risks().reaches
    assert reaches == {"LineID": ("to",), "Name": ("messages[0].text", "messages[1].originalContentUrl")}
    assert "City" not in SAFE.value_risks().reaches


def test_the_worst_length_of_each_text() -> None:
    """A value counts 512 bytes, a conditional text its longer branch; with RawLiquid the length is not known."""
    long = when(ProfileField("City").is_set(), f"{'x' * 100}", otherwise=f"{NAME}")
    campaign = Campaign("c").with_text(f"Hello {NAME}").with_text(f"{long}")
    campaign = campaign.with_text("a" + RawLiquid("{{ Profile.X }}"))
    lengths = {each.path: (each.literal, each.worst) for each in campaign.value_risks().lengths}
    assert lengths == {"messages[0].text": (6, 518), "messages[1].text": (0, 512), "messages[2].text": (1, None)}


def test_the_longest_text_is_compared_with_lines_limit() -> None:
    """Each text has LINE's limit and whether it is within it for all values."""
    action = {"type": "message", "label": f"{NAME}", "text": f"I am {NAME}"}
    template = {"type": "confirm", "text": f"Hello {NAME}", "actions": [action, action]}
    campaign = Campaign("c").with_text(f"Hello {NAME}").with_text("a" + RawLiquid("{{ Profile.X }}"))
    campaign = campaign.with_message(RawMessage({"type": "template", "altText": "x", "template": template}))
    reported = {each.path: (each.limit and each.limit.most, each.fits) for each in campaign.value_risks().lengths}
    assert reported["messages[0].text"] == (5000, True)
    assert reported["messages[1].text"] == (5000, None)
    assert reported["messages[2].template.text"] == (240, False)
    assert reported["messages[2].template.actions[1].label"] == (20, False)
    assert reported["messages[2].template.actions[0].text"] == (300, False)


def test_a_text_that_could_grow_over_lines_limit_is_reported() -> None:
    """Ten properties in one text can be more than 5,000 units: uncertain, with LINE's rule."""
    campaign = Campaign("c").with_text("".join(f"{ProfileField(f'p{i}')}" for i in range(10)))
    assert any("5,000" in problem.rule for problem in campaign.value_risks().problems)


def test_remedies_are_named() -> None:
    """Without safe there are remedies; every problem is uncertain."""
    risks = UNSAFE[0].value_risks()
    assert "safe copy" in risks.remedies[0]
    assert {problem.severity for problem in risks.problems} == {"uncertain"}
    assert SAFE.value_risks().remedies == ()
    shown_html = risks._repr_html_()
    assert "safe copy" in shown_html
    assert "Name" in shown_html


def test_a_wrong_campaign_has_no_proof() -> None:
    """value_risks raises BadCampaign for a campaign with errors."""
    with pytest.raises(BadCampaign):
        Campaign("c").value_risks()


@given(text=some.words | st.text())
def test_safe_text_does_not_change_ordinary_text(text: str) -> None:
    """json_safe_text returns a safe text, is idempotent, and does not change a safe text."""
    copy = json_safe_text(text)
    assert is_json_safe(copy)
    assert json_safe_text(copy) == copy
    assert copy == text or not is_json_safe(text)


@pytest.mark.parametrize(
    "value, safe", [(3, True), (None, True), ("花子 O'Hara", True), ('a"b', False), ("a\nb", False)]
)
def test_is_safe(value: object, safe: bool) -> None:
    """Numbers and plain text are safe; text with quotes, backslashes, braces or control characters is not."""
    assert is_json_safe(value) is safe
