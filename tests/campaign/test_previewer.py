"""The evaluation of profiles: uncertain texts, time zones, objects, and the short way for many."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given

from linetap.campaign.body import CustomBody
from linetap.campaign.campaign import Campaign
from linetap.campaign.compiled_body import CompiledBody
from linetap.campaign.previewer import Previewer
from linetap.campaign.raw_liquid import RenderOptions
from linetap.errors import BadArgument
from linetap.fields import ProfileField, RawLiquid
from tests.campaign import strategies as some

TOKYO = dt.timezone(dt.timedelta(hours=9))
VISIT = dt.datetime(2026, 5, 1, 1, 30, tzinfo=TOKYO)
SEEN = Campaign("c").with_text(f"{ProfileField('Visit')}")
SHAPE = '{"to":"{{ Profile.LineID }}","messages":[{"type":"text","text":"%s"}]}'


@given(campaign=some.campaigns, profile=some.profiles(some.words | some.odd))
def test_the_short_way_has_the_status_of_the_long_one(campaign: Campaign, profile: dict[str, Any]) -> None:
    """For any campaign and profile evaluate_many has the status of evaluate, which renders the body."""
    compiled = CompiledBody(campaign.to, campaign.body().tree, campaign.only_if)
    previewer = Previewer("c", compiled, str(campaign.body()), RenderOptions(), own=True)
    assert previewer.evaluate_many(profile).status == previewer.evaluate(profile).status


@pytest.mark.parametrize("value", [VISIT, f"$D_{int(VISIT.timestamp())}"])
def test_a_moment_is_uncertain_without_a_zone(value: object) -> None:
    """Without zone= a moment has its text in +05:30 and the preview is uncertain; with zone= it is rendered."""
    preview = SEEN.preview({"LineID": some.USER, "Visit": value})
    assert (preview.status, preview.messages[0]["text"]) == ("uncertain", "2026-04-30 22:00:00")
    assert any("zone=" in problem.found for problem in preview.problems)
    known = SEEN.preview({"LineID": some.USER, "Visit": value}, zone=TOKYO)
    assert (known.status, known.messages[0]["text"]) == ("rendered", "2026-05-01 01:30:00")
    report = SEEN.preview_many([{"LineID": some.USER, "Visit": value}])
    assert (report.counts["uncertain"], report.ok) == (1, False)
    assert SEEN.preview_many([{"LineID": some.USER, "Visit": value}], zone=TOKYO).ok


def test_a_filter_that_depends_on_the_zone_is_uncertain() -> None:
    """The filter date of a moment is uncertain without zone=, and rendered in the zone with it."""
    body = CustomBody.parse(SHAPE % "{{ Profile.T | date: '%H:%M' }}")
    assert body.preview({"LineID": some.USER, "T": 1700000000}).status == "uncertain"
    assert body.preview({"LineID": some.USER, "T": 1700000000}, zone=TOKYO).messages[0]["text"] == "07:13"


def test_contested_filters_are_uncertain() -> None:
    """A filter that CleverTap documents and LiqP does not have is never reported as rendered."""
    body = CustomBody.parse(SHAPE % "{{ 'now' | date_tz: '%H:%M', 'Asia/Tokyo' }}")
    assert body.preview({"LineID": some.USER}).status == "uncertain"


def test_an_object_that_was_not_given_is_uncertain() -> None:
    """A documented object that the preview was not given is uncertain and named; objects= gives it."""
    body = CustomBody.parse(SHAPE % "{{ Linked.stock.left }} left")
    preview = body.preview({"LineID": some.USER})
    assert preview.status == "uncertain"
    assert "Linked" in preview.problems[0].found
    given_object = body.preview({"LineID": some.USER}, objects={"Linked": {"stock": {"left": 3}}})
    assert (given_object.status, given_object.messages[0]["text"]) == ("rendered", "3 left")


def test_a_list_is_rendered_with_a_doubt() -> None:
    """How a list is joined is not documented: the preview is rendered, and a problem says so."""
    preview = Campaign("c").with_text(f"{ProfileField('Tags')}").preview({"LineID": some.USER, "Tags": ["x", "y"]})
    assert (preview.status, preview.messages[0]["text"]) == ("rendered", "xy")
    assert [problem.severity for problem in preview.problems] == ["uncertain"]


@pytest.mark.parametrize(
    "value, text", [(" ", None), ([], None), ({}, None), (False, None), (0, "0"), ("\u3000", "\u3000")]
)
def test_a_required_value_is_missing_as_in_the_engine(value: object, text: str | None) -> None:
    """'', ' ', [], {} and false count as missing in CleverTap's engine; 0 and a full-width blank do not."""
    preview = Campaign("c").with_text(f"{ProfileField('A')}").preview({"LineID": some.USER, "A": value})
    assert (preview.messages[0]["text"] if preview.messages else None) == text
    assert (preview.status == "aborted") == (text is None)


def test_liquid_that_fails_is_invalid() -> None:
    """Liquid that fails with the values of a profile is invalid: this profile would receive nothing."""
    campaign = Campaign("c").with_text(f"{RawLiquid('{{ 12 | divided_by: Profile.N }}')}")
    assert campaign.preview({"LineID": some.USER, "N": 0}).status == "invalid"
    pasted = CustomBody.parse(SHAPE % "{{ 12 | divided_by: Profile.N }}")
    assert pasted.preview({"LineID": some.USER, "N": 0}).status == "invalid"


@pytest.mark.parametrize(("name", "value"), [("objects", 3), ("objects", ["Linked"]), ("validate", True)])
def test_a_preview_names_its_wrong_argument(name: str, value: Any) -> None:
    """Objects that are no mapping, and a validate that is no function, raise BadArgument."""
    with pytest.raises(BadArgument, match=f"{name} must be"):
        Campaign("sale").with_text("Hello").preview({"LineID": "U" + "0" * 32}, **{name: value})


@pytest.mark.parametrize("name", ["Name", "Identity", "Email"])
@pytest.mark.parametrize(
    "value",
    [5.974657264331846e16, 10**5000, b"a", {"a": {"b": {"c": {"d": 1}}}}, "\ud83d"],
    ids=["long decimal", "huge", "bytes", "deep", "surrogate"],
)
def test_a_caption_without_a_known_text(name: str, value: Any) -> None:
    """A property that the campaign does not read, and that only names the profile in the picture, changes nothing."""
    preview = Campaign("x").with_text("Hi").preview({"LineID": "U" + "0" * 32, name: value})

    assert preview.status == "rendered"
    assert preview._repr_html_()
