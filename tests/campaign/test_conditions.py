"""Messages and texts that depend on a condition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import ConditionalMessage, when
from linetap.errors import BadArgument, BadCampaign
from linetap.fields import ConditionalText, ProfileField
from linetap.line.messages.kinds import ImageMessage, LocationMessage, RawMessage, TextMessage
from tests.campaign.strategies import USER

JA = ProfileField("Language").equals("ja")


def texts(campaign: Campaign, **profile: Any) -> list[Any]:
    """The messages a person with this profile gets."""
    return list(campaign.fill({"LineID": USER, **profile}).messages)


def test_two_texts_give_a_field() -> None:
    """A conditional text can be used in any text and can contain fields."""
    choice = when(JA, f"こんにちは{ProfileField('Name', default='様')}", otherwise="Hello")
    assert isinstance(choice, ConditionalText)
    campaign = Campaign("c").with_text(f"{choice}!")
    assert texts(campaign, Language="ja") == [TextMessage("こんにちは様!")]
    assert texts(campaign) == [TextMessage("Hello!")]
    assert texts(Campaign("c").with_text(when(JA, "a") + "b")) == [TextMessage("b")]


def test_two_messages_of_one_shape_are_distinguished_string_by_string() -> None:
    """Only the strings that differ become conditional texts."""
    pictures = [ImageMessage(f"https://e.com/{code}.jpg", "https://e.com/small.jpg") for code in ("ja", "en")]
    varying = when(JA, pictures[0], otherwise=pictures[1])
    assert isinstance(varying, ConditionalMessage)
    campaign = Campaign("c").with_text("Look").with_message(varying)
    (_, image) = json.loads(str(campaign.body()))["messages"]
    assert image["previewImageUrl"] == "https://e.com/small.jpg"
    assert image["originalContentUrl"].startswith("{% if Profile.Language == 'ja' %}")
    assert texts(campaign, Language="ja")[1] == pictures[0]
    assert texts(campaign)[1] == pictures[1]


def flex(*lines: str) -> RawMessage:
    """A bubble with these lines."""
    inside = [{"type": "text", "text": line} for line in lines]
    box = {"type": "box", "layout": "vertical", "contents": inside}
    return RawMessage({"type": "flex", "altText": lines[0], "contents": {"type": "bubble", "body": box}})


def test_nested_messages_vary_too() -> None:
    """The texts of a flex message can depend on a condition."""
    campaign = Campaign("c").with_message(when(JA, flex("春", "夏"), otherwise=flex("spring", "summer")))
    preview = campaign.preview({"LineID": USER, "Language": "ja"})
    assert preview.messages == [flex("春", "夏").to_json()]


@pytest.mark.parametrize(
    "then, otherwise, path",
    [
        (TextMessage("x"), ImageMessage("https://e.com/a", "https://e.com/b"), "messages[0]"),
        (flex("a"), flex("a", "b"), "messages[0].contents.body.contents"),
        (LocationMessage("t", "a", 1.0, 2.0), LocationMessage("t", "a", 1.5, 2.0), "messages[0].latitude"),
    ],
)
def test_two_shapes_are_rejected_with_the_way_on(then: Any, otherwise: Any, path: str) -> None:
    """Two messages with different kinds, members or numbers are a BadCampaign."""
    with pytest.raises(BadCampaign) as caught:
        Campaign("c").with_message(when(JA, then, otherwise=otherwise)).body()
    (problem,) = caught.value.problems
    assert problem.path == path
    assert "two campaigns" in problem.suggestion


def test_both_branches_are_checked() -> None:
    """LINE's rules are checked for both branches: a text that is too long in one of them is an error."""
    campaign = Campaign("c").with_text(when(JA, "x" * 5001, otherwise="y"))
    assert any("5,000" in problem.rule and problem.severity == "error" for problem in campaign.problems)


@pytest.mark.parametrize(
    "make",
    [
        lambda: when(True, "a"),  # type: ignore[call-overload]
        lambda: when(JA, "a", otherwise=TextMessage("b")),  # type: ignore[call-overload]
        lambda: when(JA, TextMessage("b")),  # type: ignore[call-overload]
        lambda: when(JA, ["a"], otherwise=["b"]),  # type: ignore[call-overload]
        lambda: when(JA, f"{ProfileField('Name')}"[:-2]),
        lambda: Campaign("c", only_if=[True]),  # type: ignore[list-item]
    ],
)
def test_what_cannot_vary_is_rejected_at_once(make: Any) -> None:
    """when(...) raises for a bool, a text with a message, lists and damaged texts."""
    with pytest.raises(BadArgument):
        make()


def test_skip_unless_asks_all_conditions() -> None:
    """All conditions must be met; each call adds to the conditions before."""
    campaign = Campaign("c").with_text("x").skip_unless(JA).skip_unless(ProfileField("Plan").differs_from("free"))
    people = {"both": {"Language": "ja"}, "one": {"Language": "ja", "Plan": "free"}, "none": {"Plan": "free"}}
    statuses = {who: campaign.preview({"LineID": USER, **profile}).status for who, profile in people.items()}
    assert statuses == {"both": "rendered", "one": "aborted", "none": "aborted"}
