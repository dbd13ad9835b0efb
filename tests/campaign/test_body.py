"""Custom bodies: written, parsed, and compared with a pasted text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.campaign.body import CustomBody
from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.campaign.liquid_writer import Style
from linetap.errors import BadArgument, BadCampaign
from linetap.fields import EventField, LiteralText, ProfileField, TriggerField
from tests.campaign import strategies as some
from tests.campaign.test_liquid_writer import PAGE_EXAMPLES

NAME = ProfileField("Name", default="friend")
CITY = ProfileField("City")
HELLO = Campaign("c").with_text(f"Hello {NAME}, {CITY}").with_image("https://e.com/a.jpg", "https://e.com/b.jpg")


@given(campaign=some.campaigns)
def test_our_liquid_reads_back_as_the_campaign(campaign: Campaign) -> None:
    """A body in Liquid parses to the same recipient, conditions and strings."""
    body = campaign.body()
    read = CustomBody.parse(str(body))
    assert (read.style, read.to, read.only_if) == ("liquid", body.to, body.only_if)
    assert {field.name for field in read.fields} == {field.name for field in body.fields}
    assert campaign.diff(str(body)) == ()


@given(campaign=some.campaigns)
def test_our_dashboard_text_reads_back_as_the_campaign(campaign: Campaign) -> None:
    """A body in the dashboard style parses to the same content, if that style can express it."""
    try:
        text = str(campaign.body(style="dashboard"))
    except BadCampaign:
        return
    chips = re.search(r"@\S", text.replace("@Profile", ""))
    assert chips or campaign.diff(text) == ()


@pytest.mark.parametrize("kind", PAGE_EXAMPLES)
def test_clevertaps_own_examples_are_read(kind: str) -> None:
    """The three bodies of CleverTap's LINE page, which are not JSON, are parsed without errors."""
    body = CustomBody.parse(PAGE_EXAMPLES[kind])
    assert (body.style, body.to, body.fields) == ("dashboard", ProfileField("LineID"), (ProfileField("LineID"),))
    assert [message["type"] for message in body.messages] == [kind]
    assert [problem for problem in body.problems if problem.severity == "error"] == []


@pytest.mark.parametrize(
    "text, fields",
    [
        ('{{ Profile.Email | default: "-" }}', [ProfileField("Email", default="-")]),
        ("{{Profile['First Name']|default:'x'}}", [ProfileField("First Name", default="x")]),
        ('{{ Profile["First Name"] }}', [ProfileField("First Name", default="")]),
        ("{{ Event.Amount | default: '0' }}", [EventField("Event", "Amount", default="0")]),
        ("{{ ExternalTrigger.code }}", [TriggerField("code", default="")]),
        ('@Charged - Amount | default:"3"', [EventField("Charged", "Amount", default="3")]),
        ("@Profile - Name", [ProfileField("Name")]),
        ("{{ Profile.Name | upcase }}", [ProfileField("Name")]),
        ("mail@example.com", []),
    ],
)
def test_other_spellings_of_a_field_are_parsed(text: str, fields: list[object]) -> None:
    """Double quotes, brackets, white space, events and triggers: all are parsed as fields."""
    body = CustomBody.parse(f'{{"to": "{{{{ Profile.LineID }}}}", "messages": [{{"type": "text", "text": "{text}"}}]}}')
    assert list(body.fields[1:]) == fields
    assert body.to == ProfileField("LineID")


def test_what_is_not_understood_is_kept_and_pointed_out() -> None:
    """Undocumented tags and filters are errors, old ones are uncertain, and the text is kept."""
    text = '{"to": "{{ Profile.LineID }}", "messages": [{"type": "text", "text": "%s"}]}'
    body = CustomBody.parse(text % "{% capture x %}y{% endcapture %}{{ x | json }}")
    assert any("json" in problem.rule and problem.severity == "error" for problem in body.problems)
    known = CustomBody.parse(text % "{% capture x %}y{% endcapture %}{{ Profile.Name | upcase }}")
    found = {(problem.found, problem.severity) for problem in known.problems}
    assert found == {("{% capture %}", "uncertain"), ("| upcase", "uncertain")}
    assert "capture" in str(body.messages[0]["text"]) or body.messages[0]["text"] != ""
    with pytest.raises(BadCampaign):
        body.raise_for_problems()


@pytest.mark.parametrize("text", ["", "{", "[]", "not JSON", '{"to": "x" "messages": []}', "{{ Profile.Name }}", "3"])
def test_a_text_that_is_no_body_says_so(text: str) -> None:
    """parse never raises for a str; errors are in problems."""
    body = CustomBody.parse(text)
    assert body.to is None
    assert any(problem.path in ("body", "to") and problem.severity == "error" for problem in body.problems)


@given(text=some.words | st.text(st.sampled_from("{}%@\"'|: ifProfle.-abort\\"), max_size=60))
def test_reading_never_fails(text: str) -> None:
    """For any text, parse and diff return without an exception."""
    body = CustomBody.parse(text)
    assert body.text == text
    assert HELLO.diff(text)


def test_only_text_is_read() -> None:
    """parse accepts a str only, not a parsed JSON object."""
    with pytest.raises(BadArgument):
        CustomBody.parse({"to": "x"})  # type: ignore[arg-type]


@pytest.mark.parametrize("style", ["liquid", "dashboard"])
@pytest.mark.parametrize(
    "old, new, path",
    [
        ("friend", "you", "messages[0].text"),
        ("Hello", "Hallo", "messages[0].text"),
        ("LineID", "lineID", "to"),
        ("a.jpg", "c.jpg", "messages[1].originalContentUrl"),
        ('"previewImageUrl"', '"previewUrl"', "messages[1].previewImageUrl"),
        ('"type": "image"', '"type": "video"', "messages[1].type"),
    ],
)
def test_a_change_is_found_where_it_is(style: Style, old: str, new: str, path: str) -> None:
    """A difference has the path, the value of the campaign and the pasted value."""
    found = HELLO.diff(str(HELLO.body(style)).replace(old, new))
    assert path in [difference.path for difference in found]
    assert len(found) == (2 if "previewUrl" in new else 1)


def test_blanks_and_order_do_not_count() -> None:
    """White space and the order of members are not differences."""
    read = json.loads(str(HELLO.body()))
    messages = [dict(reversed(message.items())) for message in read["messages"]]
    assert HELLO.diff(json.dumps({"messages": messages, "to": read["to"]})) == ()


def test_a_second_message_and_a_missing_one_are_differences() -> None:
    """A value that only one side has is a difference with None on the other side."""
    longer = HELLO.with_text("Bye")
    added, dropped = HELLO.diff(str(longer.body())), longer.diff(str(HELLO.body()))
    assert [(each.path, each.campaign, each.pasted) for each in added] == [
        ("messages[2].type", None, "text"),
        ("messages[2].text", None, "Bye"),
    ]
    assert [each.pasted for each in dropped] == [None, None]


def test_a_required_field_differs_from_one_with_a_hole() -> None:
    """{{ Profile.City }} sends an empty text where the campaign skips: that is a difference."""
    campaign = Campaign("c").with_text(f"In {CITY}")
    typed = '{"to": "{{ Profile.LineID }}", "messages": [{"type": "text", "text": "In {{ Profile.City }}"}]}'
    (difference,) = campaign.diff(typed)
    assert (difference.path, difference.campaign, difference.pasted) == (
        "messages[0].text",
        "In <City>",
        "In <City, or ''>",
    )


def test_a_text_that_is_no_json_is_a_difference() -> None:
    """A text that cannot be parsed is a difference at the path body."""
    assert HELLO.diff("{")[0].path == "body"


def test_conditions_are_compared() -> None:
    """A guard that is missing or has another condition is a difference."""
    guarded = HELLO.skip_unless(ProfileField("Plan").equals("gold"))
    assert [each.path for each in guarded.diff(str(HELLO.body()))] == ["only if <Plan> =="]
    assert guarded.diff(str(guarded.body()).replace("'gold'", "'silver'"))[0].pasted == "silver"


def test_a_body_shows_its_text_and_fields() -> None:
    """In a notebook a body shows its escaped text and its fields."""
    campaign = Campaign("c").with_text(f"<b>{when(CITY.is_set(), 'x', otherwise='y')}{LiteralText('&')}")
    shown_html = campaign.body()._repr_html_()
    assert "&lt;b&gt;" in shown_html
    assert "City" in shown_html
    assert "in a condition" in shown_html
    assert shown_html.count("required") == 1
    assert "<b>" not in shown_html


def test_a_bodys_repr_is_short() -> None:
    """The repr shortens the text."""
    assert len(repr(HELLO.with_text("x" * 4000).body())) < 400


@given(campaign=some.campaigns, profile=some.profiles(some.words | some.odd))
def test_our_own_text_previews_as_its_campaign(campaign: Campaign, profile: dict[str, Any]) -> None:
    """The preview of a campaign's body equals the campaign's preview for every profile."""
    ours, theirs = campaign.preview(profile), CustomBody.parse(str(campaign.body())).preview(profile)
    assert (theirs.status, theirs.body, theirs.text) == (ours.status, ours.body, ours.text)


def test_a_body_typed_by_a_user_is_previewed_unchanged() -> None:
    """CleverTap's own example is rendered with a LINE id, and invalid without one, because N.A is sent."""
    body = CustomBody.parse(PAGE_EXAMPLES["text"])
    assert body.preview({"LineID": some.USER}).status == "rendered"
    nobody = body.preview({})
    assert nobody.status == "invalid"
    assert nobody.body is not None
    assert nobody.body["to"].strip() == "N.A"
    assert dict(body.preview_many([{"LineID": some.USER}, {}]).counts)["invalid"] == 1


@pytest.mark.parametrize(
    "text, profile, shown",
    [
        ('Hi @Profile - Name | default: "friend"!', {}, "Hi friend!"),
        ('Hi @Profile - Name | default: "friend"!', {"Name": "花子"}, "Hi 花子!"),
        ('Hi @Profile - First Name | default: "it\'s you"', {}, "Hi it's you"),
        ('@Charged - Amount | default:"3" yen', {}, "3 yen"),
        ('{{ Profile.Name | default: "-" }} @home', {}, "- @home"),
    ],
)
def test_chips_are_rendered(text: str, profile: dict[str, Any], shown: str) -> None:
    """An editor token is rendered as the value or its default."""
    body = CustomBody.parse(f'{{"to": "{{{{ Profile.LineID }}}}", "messages": [{{"type": "text", "text": "{text}"}}]}}')
    assert body.preview({"LineID": some.USER, **profile}).messages[0]["text"] == shown


def test_a_body_with_errors_is_not_previewed() -> None:
    """preview raises BadCampaign for a text that cannot be parsed."""
    with pytest.raises(BadCampaign):
        CustomBody.parse("{").preview({})


@pytest.mark.parametrize(
    ("to", "found"), [(None, "no to"), (5, "5"), ("for {{ Profile.LineID }}", "\"for <LineID, or ''>\"")]
)
def test_a_pasted_recipient_that_is_no_field_is_shown(to: object, found: str) -> None:
    """The problem of a recipient that is not a single field shows what the body has, and what to write."""
    body = {"messages": [{"type": "text", "text": "Hello"}], **({} if to is None else {"to": to})}
    [problem] = [p for p in CustomBody.parse(json.dumps(body)).problems if p.path == "to"]
    assert (problem.found, problem.suggestion) == (found, "write {{ Profile.LineID }}")
