"""Campaign: construction, problems, bodies and deliveries."""

from __future__ import annotations

import inspect
import json
import pickle
import re
from typing import Any

import attrs
import pytest
from hypothesis import given

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.clevertap.models import CleverTapProfile
from linetap.errors import BadArgument, BadCampaign, Problem
from linetap.fields import EventField, LiteralText, ProfileField, RawLiquid, TriggerField
from linetap.line.api.retry_keys import retry_key_for
from linetap.line.messages.kinds import ImageMessage, RawMessage, TextMessage, TextMessageV2, VideoMessage
from linetap.line.rules import push_problems
from tests.campaign.strategies import USER, campaigns
from tests.campaign.test_liquid_writer import PAGE_EXAMPLES

NAME = ProfileField("Name", default="friend")
HELLO = Campaign("Spring sale").with_text(f"Hello {NAME}")
BUILT = {
    "text": Campaign("page").with_text("Hello, world1"),
    "image": Campaign("page").with_image("https://example.com/original.jpg", "https://example.com/preview.jpg"),
    "video": Campaign("page").with_video("https://example.com/original.mp4", "https://example.com/preview.jpg"),
}


def errors(campaign: Campaign) -> list[Problem]:
    """The errors among a campaign's problems."""
    return [problem for problem in campaign.problems if problem.severity == "error"]


@pytest.mark.parametrize("kind", PAGE_EXAMPLES)
def test_the_examples_of_clevertaps_page_come_out_of_a_campaign(kind: str) -> None:
    """The dashboard style equals the text, image and video of CleverTap's LINE page except for white space."""
    body = str(BUILT[kind].body(style="dashboard"))
    assert re.sub(r"\s", "", body) == re.sub(r"\s", "", PAGE_EXAMPLES[kind])


def test_a_campaign_is_a_value() -> None:
    """with_... returns a new campaign; campaigns compare by value and can be pickled after use."""
    again = HELLO.with_image("https://e.com/a.jpg", "https://e.com/b.jpg")
    assert len(HELLO.messages) == 1
    assert again == HELLO.with_message(ImageMessage("https://e.com/a.jpg", "https://e.com/b.jpg"))
    again.fill({"LineID": USER})
    assert pickle.loads(pickle.dumps(again)) == again
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        HELLO.name = "x"  # type: ignore[misc]
    assert "LineID" in repr(HELLO)


@pytest.mark.parametrize("messages", ["Hello", [TextMessage("Hello")], NAME, ["Hello", NAME]])
def test_messages_may_be_given_as_text_or_field(messages: Any) -> None:
    """A str or a field in place of a message is a text message, alone or in a sequence."""
    plain = json.loads(str(Campaign("c", messages=messages).body()))["messages"]
    assert {message["type"] for message in plain} == {"text"}


@given(campaign=campaigns)
def test_the_liquid_body_is_json_before_rendering(campaign: Campaign) -> None:
    """The body is readable JSON: recipient first, then messages, then options."""
    read = json.loads(str(campaign.body()))
    assert list(read)[:2] == ["to", "messages"]
    assert len(read["messages"]) == len(campaign.messages)
    assert read.get("notificationDisabled", False) is campaign.notification_disabled


def test_options_are_written_after_the_messages() -> None:
    """notificationDisabled and customAggregationUnits are in the body only if they were given."""
    loud = json.loads(str(HELLO.body()))
    quiet = json.loads(str(attrs.evolve(HELLO, notification_disabled=True, aggregation_unit="spring").body()))
    assert set(loud) == {"to", "messages"}
    assert quiet == {**loud, "notificationDisabled": True, "customAggregationUnits": ["spring"]}


@pytest.mark.parametrize(
    "campaign, path, says",
    [
        (Campaign("c"), "messages", "at least one"),
        (Campaign("c", messages=["x"] * 6), "messages", "5"),
        (Campaign("c").with_text("x" * 5001), "messages[0].text", "5,000"),
        (Campaign("c").with_text(f"{NAME}" + "x" * 5001), "messages[0].text", "5,000"),
        (Campaign("c").with_image("http://e.com/a", "https://e.com/a"), "messages[0].originalContentUrl", "https"),
        (Campaign("c").with_text("Hi {{ Profile.Name }}"), "messages[0].text", "Liquid as plain text"),
        (Campaign("c").with_text("Hi {% if x %}"), "messages[0].text", "Liquid as plain text"),
        (Campaign("c").with_text(f"Hi {NAME}"[:-3]), "messages[0].text", "field whole"),
        (Campaign("c").with_text(f"Hi {NAME}".upper()), "messages[0].text", "field whole"),
        (Campaign("c").with_text("\ud800"), "messages[0].text", "surrogate"),
        (Campaign("c", to=ProfileField("LineID", default="N.A")).with_text("x"), "to", "default"),
        (Campaign("c", to="U123").with_text("x"), "to", "field"),  # type: ignore[arg-type]
        (Campaign("").with_text("x"), "name", "not empty"),
        (Campaign("c", aggregation_unit="not one").with_text("x"), "customAggregationUnits[0]", "characters"),
        (Campaign("c").with_text(RawLiquid("{{ Profile.Name | json }}")), "messages[0].text", "a filter must be one"),
        (Campaign("c").with_text(RawLiquid("{% foo %}")), "messages[0].text", "a tag must be one"),
        (
            Campaign("c").with_text(f"{EventField('Charged', 'Amount')}{EventField('Viewed', 'Item')}"),
            "messages",
            "one event",
        ),
        (
            Campaign("c").with_message(RawMessage({"type": "text", "text": "x", f"{NAME}": "y"})),
            f"messages[0].{NAME}",
            "name of a member",
        ),
        (
            Campaign("c").with_message(when(ProfileField("A").is_set(), TextMessage("x"), otherwise=TextMessage(""))),
            "messages[0].text",
            "not be empty",
        ),
    ],
)
def test_problems_are_reported_and_block(campaign: Campaign, path: str, says: str) -> None:
    """Each error has its path and its rule; body, fill and preview raise BadCampaign."""
    assert any(problem.path == path and says in problem.rule for problem in errors(campaign)), campaign.problems
    for rejected in (campaign.raise_for_problems, campaign.body, lambda: campaign.fill({"LineID": USER})):
        with pytest.raises(BadCampaign):
            rejected()


def test_all_problems_are_reported_at_once() -> None:
    """One BadCampaign lists Liquid as plain text, a wrong address and a wrong default."""
    campaign = Campaign("c", to=ProfileField("LineID", default="N.A"))
    campaign = campaign.with_text("{{ x }}").with_image("http://e.com/a", "https://e.com/a").with_text("y" * 5001)
    with pytest.raises(BadCampaign) as caught:
        campaign.body()
    paths = [problem.path for problem in caught.value.problems]
    assert {"to", "messages[0].text", "messages[1].originalContentUrl", "messages[2].text"} <= set(paths)
    assert all(problem.page.startswith("https://") for problem in caught.value.problems)


def test_the_three_remedies_for_typed_liquid_are_named_and_work() -> None:
    """Liquid as plain text is an error; a field, RawLiquid and LiteralText are accepted."""
    (problem,) = errors(Campaign("c").with_text("Hi {{ Profile.Name }}"))
    assert all(remedy in problem.suggestion for remedy in ("ProfileField", "RawLiquid", "LiteralText"))
    for remedy in (NAME, RawLiquid("{{ Profile.Name }}"), LiteralText("{{ Profile.Name }}")):
        assert errors(Campaign("c").with_text(f"Hi {remedy}")) == []


def test_text_v2_braces_are_not_liquid() -> None:
    """In textV2 a doubled brace is LINE's escape; only braces with a CleverTap object are an error."""
    assert errors(Campaign("c").with_message(TextMessageV2("{{not a key}}"))) == []
    typed = errors(Campaign("c").with_message(TextMessageV2("{{ Profile.Name }}")))
    assert [problem.path for problem in typed] == ["messages[0].text"]


def test_a_property_called_size_is_pointed_out() -> None:
    """A property named size or first is uncertain, because Liquid has members of these names."""
    campaign = Campaign("c").with_text(f"{ProfileField('size', default='-')}")
    assert errors(campaign) == []
    assert any("size" in problem.found for problem in campaign.problems)


@pytest.mark.parametrize("style", ["Liquid", "", None])
def test_an_unknown_style_is_rejected(style: Any) -> None:
    """A style other than 'liquid' and 'dashboard' is a BadArgument."""
    with pytest.raises(BadArgument, match="liquid"):
        HELLO.body(style=style)


def test_a_default_with_a_double_quote_has_no_dashboard_spelling() -> None:
    """A default with a double quote cannot be written in the dashboard style."""
    campaign = Campaign("c").with_text(ProfileField("Name", default='say "hi"'))
    with pytest.raises(BadCampaign, match="double quote"):
        campaign.body(style="dashboard")
    json.loads(str(campaign.body()))


def test_the_dashboard_style_reports_its_limits() -> None:
    """In the dashboard style a literal @ is advice; required fields and pasted tokens are uncertain."""
    body = Campaign("c").with_text(f"mail@example.com {ProfileField('Name')}").body(style="dashboard")
    assert {problem.severity for problem in body.problems} == {"advice", "uncertain"}
    assert any("must have a default" in problem.rule for problem in body.problems)


def test_fill_writes_values_with_json_escapes() -> None:
    """Values with quotes, backslashes, line breaks and braces are filled unchanged."""
    value = 'a"b\\c\n{{ x }}{% abort %}"},{"type":"text"'
    delivery = HELLO.fill({"LineID": USER, "Name": value})
    assert (delivery.to, delivery.messages) == (USER, (TextMessage(f"Hello {value}"),))


def test_fill_reads_profile_event_and_trigger() -> None:
    """Profile, event and trigger fields are filled from their own values."""
    text = f"{NAME} {EventField('Charged', 'Amount')} {TriggerField('code', default='-')}"
    campaign = Campaign("c").with_text(text)
    delivery = campaign.fill({"LineID": USER, "Name": "花子"}, event={"Amount": 1200}, trigger={"code": "A1"})
    assert delivery.messages == (TextMessage("花子 1200 A1"),)
    known = CleverTapProfile(identity="7", name="花子", properties={"LineID": USER})
    assert campaign.fill(known, event={"Amount": 1}).messages == (TextMessage("花子 1 -"),)


def test_deliveries_skip_and_report() -> None:
    """deliveries iterates lazily, skips profiles without required values, and reports each with its reasons."""
    skipped: list[Any] = []
    consumed: list[int] = []

    def people() -> Any:
        for i in range(4):
            consumed.append(i)
            yield {"LineID": USER if i % 2 else "N.A"}

    deliveries = HELLO.deliveries(people(), on_skipped=lambda profile, why: skipped.append((profile, why[0].path)))
    assert next(deliveries).to == USER
    assert consumed == [0, 1]
    assert len(list(deliveries)) == 1
    assert skipped == [({"LineID": "N.A"}, "profile")] * 2


def test_deliveries_carry_the_campaigns_options() -> None:
    """Each delivery has the options of the campaign."""
    quiet = Campaign("c", messages="Hi", notification_disabled=True, aggregation_unit="spring")
    (delivery,) = quiet.deliveries([{"LineID": USER}])
    assert (delivery.notification_disabled, delivery.aggregation_unit) == (True, "spring")


def test_messages_with_fields_are_checked_by_lines_rules_when_filled() -> None:
    """LINE (the sandbox) accepts the messages that fill returns."""
    campaign = HELLO.with_message(VideoMessage("https://e.com/a.mp4", f"https://e.com/{NAME}.jpg"))
    delivery = campaign.fill({"LineID": USER})
    plain = [message.to_json() for message in delivery.messages]
    assert push_problems({"to": delivery.to, "messages": plain}) == ()


def test_a_recipient_with_a_line_id_as_default() -> None:
    """A default that is a LINE id is accepted, with advice."""
    office = "U" + "f" * 32
    campaign = Campaign("c", to=ProfileField("LineID", default=office)).with_text("x")
    assert [problem.severity for problem in campaign.problems] == ["advice"]
    assert campaign.fill({}).to == office
    preview = campaign.preview({"LineID": "N.A"})
    assert (preview.status, preview.body and preview.body["to"]) == ("defaulted", office)
    assert f'default: "{office}"' in str(campaign.body(style="dashboard"))


def test_a_recipient_from_an_external_trigger() -> None:
    """The recipient may be a trigger or event field; a trigger field is Liquid in both styles."""
    campaign = Campaign("c", to=TriggerField("line_id")).with_text("x")
    assert campaign.fill({}, trigger={"line_id": USER}).to == USER
    assert campaign.preview({}, trigger={"line_id": USER}).status == "rendered"
    assert "ExternalTrigger.line_id" in str(campaign.body(style="dashboard"))
    live = Campaign("c", to=EventField("Added on LINE", "id")).with_text("x")
    assert live.preview({}, event={"id": USER}).status == "rendered"
    assert '@Added on LINE - id | default: "N.A"' in str(live.body(style="dashboard"))


def test_empty_lists_and_numbers_are_written_as_json() -> None:
    """Numbers, booleans and null are written unchanged."""
    box = {"type": "box", "layout": "vertical", "contents": []}
    flex = {"type": "flex", "altText": "x", "contents": {"type": "bubble", "body": box}}
    place = {"type": "location", "title": "t", "address": "a", "latitude": 35.5, "longitude": -1}
    body = json.loads(str(Campaign("c", messages=[RawMessage(flex), RawMessage(place)]).body()))
    assert body["messages"] == [flex, place]


def test_help_can_show_the_signature() -> None:
    """help(), inspect and IPython can format the signature of Campaign."""
    assert "messages" in str(inspect.signature(Campaign))


def test_a_repr_names_its_fields() -> None:
    """The repr of a campaign shows its fields by name, and no marks."""
    printed = repr(Campaign("Sale", messages=[f"For {NAME}"]).with_text(f"Hello {NAME}"))

    assert "'For <Name>'" in printed
    assert "text='Hello <Name>'" in printed
    assert "LtM" not in printed


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda person: None, r"retry_key\(profile\):? must be a UUID"),
        (lambda person: "sale", r"retry_key\(profile\):? must be a UUID"),
        (lambda person: retry_key_for("sale"), "another key for each recipient(.|\n)*[Aa]dd the recipient"),
        ("sale", r"retry_key:? must be a callable\(profile\)"),
    ],
)
def test_a_retry_key_that_is_none_or_not_ones_own_is_found(make: Any, says: str) -> None:
    """A missing retry key, or one key for two recipients, is an error, because LINE would send to the first only."""
    skipped: list[object] = []
    given = HELLO.deliveries(
        [{"LineID": "U" + digit * 32} for digit in "12"],
        on_skipped=lambda profile, why: skipped.append(profile),
        retry_key=make,
    )

    with pytest.raises(BadArgument, match=says):
        list(given)

    assert skipped == []


def test_a_notebook_shows_a_campaign_as_a_chat() -> None:
    """The notebook picture of a campaign has its texts, its fields as labels, and its problems."""
    picture = Campaign("Sale").with_text(f"Hi {ProfileField('Nickname')}").with_text("")._repr_html_()

    assert "Hi" in picture
    assert "Nickname" in picture
    assert "must not be empty" in picture
    assert Campaign("Sale").with_message(5)._repr_html_()  # type: ignore[arg-type]
