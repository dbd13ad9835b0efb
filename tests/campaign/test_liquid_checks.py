"""Liquid against CleverTap's dialect: syntax, objects, filters and tags, without rendering."""

from __future__ import annotations

import pytest

from linetap.campaign.body import CustomBody
from linetap.campaign.campaign import Campaign
from linetap.campaign.liquid_checks import problems, properties_read
from linetap.errors import BadCampaign
from linetap.fields import RawLiquid


@pytest.mark.parametrize(
    "text, severities",
    [
        ("{{ Profile.Name | default: 'x' }}", []),
        ("{% if Profile.A %}{% elsif Profile.B %}{% else %}{% abort %}{% endif %}", []),
        ("{{ 'now' | date: '%Y' | plus: 1 | split: ' ' }}", []),
        ("{% assign x = Profile.A %}{{ x }}{% for y in Profile.L %}{{ y }}{% endfor %}", []),
        ("{{ Profile.x | upcase }}", ["uncertain"]),
        ("{{ Profile.x | append: 'x' }}", ["uncertain"]),
        ("{{ Profile.x | url_escape }}", ["uncertain"]),
        ("{{ Profile.x | json }}", ["error"]),
        ("{% capture x %}{% endcapture %}", ["uncertain"]),
        ("{% if Profile.A != blank %}x{% endif %}", ["uncertain"]),
        ("{{ profile.Name }}", ["error"]),
        ("{{ Linked.stock.left }}", []),
        ("plain | json text", []),
    ],
)
def test_severities(text: str, severities: list[str]) -> None:
    """What the engine cannot parse and unknown objects are errors; what current pages do not list is uncertain."""
    found = problems(text)
    assert [problem.severity for problem in found] == severities
    assert all(problem.page.startswith("https://docs.clevertap.com/") and problem.suggestion for problem in found)


@pytest.mark.parametrize(
    "liquid",
    [
        "{{ Profile.First Name }}",
        "{{ Profile.Name | default: “you” }}",
        "{{\u00a0Profile.Name }}",
        "{% if Profile.VIP == true %}VIP",
        "{% if Profile.VIP = true %}VIP{% endif %}",
        "{% if Profile.VIP && Profile.A %}VIP{% endif %}",
        "{{ Profile.Name | default: \\'x\\' }}",
        "{{ Profile.Name | upcase | json }}",
    ],
)
def test_invalid_liquid_is_an_error_before_anything_is_written(liquid: str) -> None:
    """Invalid Liquid is an error of a pasted body, and of a campaign's problems, which then writes no body."""
    body = CustomBody.parse(f'{{"to":"{{{{ Profile.LineID }}}}","messages":[{{"type":"text","text":"{liquid}"}}]}}')
    assert any(problem.severity == "error" for problem in body.problems)
    if "\\" in liquid:  # RawLiquid itself rejects a backslash
        return
    campaign = Campaign("x").with_text(f"Dear {RawLiquid(liquid)}")
    [error] = [problem for problem in campaign.problems if problem.severity == "error"]
    assert error.path == "messages[0].text"
    with pytest.raises(BadCampaign, match="Liquid"):
        campaign.body()


def test_an_escaped_quote_in_a_tag_is_an_error() -> None:
    """A JSON escape inside a tag is not Liquid: the engine sees the backslash."""
    text = '{"to":"{{ Profile.LineID }}","messages":[{"type":"text","text":"{{ Profile.Name | default: \\"x\\" }}"}]}'
    assert any(problem.severity == "error" and "Liquid" in problem.rule for problem in CustomBody.parse(text).problems)


@pytest.mark.parametrize(
    "text, remedy",
    [
        ("{{ profile.Name }}", "write Profile"),
        ("{{ Profil.Name }}", "write Profile"),
        ("{{ user.name }}", "documented"),
    ],
)
def test_an_unknown_object_is_named_with_the_known_one(text: str, remedy: str) -> None:
    """An unknown object is an error that names the object that CleverTap documents."""
    [problem] = problems(text)
    assert problem.found == text[3:-3]
    assert remedy in problem.suggestion


def test_a_block_may_extend_over_two_strings() -> None:
    """A block that opens in one text and closes in the next is valid Liquid and no error."""
    opening, closing = RawLiquid("{% if Profile.A %}"), RawLiquid("{% endif %}")
    campaign = Campaign("x").with_text(f"a{opening}b").with_text(f"c{closing}d")
    assert [problem for problem in campaign.problems if problem.severity == "error"] == []


def test_the_properties_that_liquid_reads() -> None:
    """properties_read lists properties by object, and None where any may be read."""
    read = properties_read(
        "{{ Profile.A }}{{ Profile['B C'] }}{{ Event.Items[0].price }}{{ ExternalTrigger[Profile.D] }}"
    )
    assert read == {"Profile": {"A", "B C", "D"}, "Event": {"Items"}, "ExternalTrigger": None}
