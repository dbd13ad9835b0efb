"""Previews of one profile and of many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.campaign.preview import Preview
from linetap.errors import BadArgument, Problem
from linetap.fields import EventField, ProfileField, RawLiquid, TriggerField
from linetap.line.api.messaging import push_body
from linetap.line.messages.json import messages_to_json
from linetap.line.messages.kinds import Message, TextMessage
from tests.campaign import strategies as some
from tests.campaign.engines import Render, both
from tests.campaign.strategies import USER

NAME = ProfileField("Name", default="friend")
HELLO = Campaign("Spring sale").with_text(f"Hello {NAME}").with_text("Bye")
PERSON = {"LineID": USER, "Name": "花子"}


def pushed(campaign: Campaign, profile: dict[str, Any]) -> dict[str, Any] | None:
    """The body of the push that a correct rendering would be; None for a profile that is skipped."""
    try:
        delivery = campaign.fill(profile)
    except BadArgument:
        return None
    return push_body(
        delivery.to,
        messages_to_json(delivery.messages),
        notification_disabled=delivery.notification_disabled,
        aggregation_unit=delivery.aggregation_unit,
    )


@given(campaign=some.campaigns, profile=some.profiles(some.gentle | some.odd))
def test_the_preview_is_the_push(campaign: Campaign, profile: dict[str, Any]) -> None:
    """For any campaign and any profile with values that JSON does not interpret, the preview equals the push."""
    preview, push = campaign.preview(profile), pushed(campaign, profile)
    assert (preview.body, preview.status == "aborted") == (push, push is None)


@given(campaign=some.campaigns, profile=some.profiles(some.words | some.odd))
def test_a_preview_that_is_not_the_push_is_invalid(campaign: Campaign, profile: dict[str, Any]) -> None:
    """For any campaign and any profile, rendered or defaulted means that LINE receives the intended messages."""
    preview, push = campaign.preview(profile), pushed(campaign, profile)
    if preview.status in ("rendered", "defaulted"):
        assert preview.body == push
        assert (preview.status == "defaulted") == bool(preview.defaulted)
    elif preview.status == "aborted":
        assert push is None
    else:
        assert [problem for problem in preview.problems if problem.severity == "error"]


@both
@given(campaign=some.campaigns, profile=some.profiles(some.gentle | some.odd_anywhere))
def test_another_engine_renders_the_same(render: Render, campaign: Campaign, profile: dict[str, Any]) -> None:
    """The preview equals the rendering of two other Liquid engines, and the push."""
    rendered = render(str(campaign.body()), profile)
    assert (None if rendered is None else json.loads(rendered)) == pushed(campaign, profile)


def invalid(name: object) -> Preview:
    """The preview of a person with this name, which is to be invalid."""
    preview = HELLO.preview({"LineID": USER, "Name": name})
    assert preview.status == "invalid"
    assert preview.faults == ("Name",)
    return preview


def test_a_second_message_is_caught() -> None:
    """A value that closes its string and opens another message is reported as an added message."""
    preview = invalid('x"},{"type":"text","text":"y')
    assert [message["text"] for message in preview.messages] == ["Hello x", "y", "Bye"]
    assert preview.problems[0].path == "messages"
    assert "number of messages" in preview.problems[0].rule


def test_a_changed_text_is_caught() -> None:
    """A value that stays valid JSON but changes its text is invalid: every string is compared."""
    preview = invalid("C:\\new")
    assert preview.messages[0]["text"] == "Hello C:\new"
    assert preview.problems[0].path == "messages[0].text"
    assert "u\\u0041" in invalid("u\\u0041").problems[0].found.replace("\\\\", "\\")


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a\tb", "a\\", "\x00"])
def test_broken_json_is_caught(name: str) -> None:
    """A quote, a control character or a final backslash breaks the JSON: the preview is invalid."""
    preview = invalid(name)
    assert preview.body is None
    assert "must be JSON" in preview.problems[0].rule


def test_another_recipient_is_caught() -> None:
    """A value that adds a second `to` is reported at `to`."""
    stranger = "U" + "f" * 32
    preview = invalid(f'x"}}],"to":"{stranger}","messages":[{{"type":"text","text":"y')
    assert preview.body is not None
    assert preview.body["to"] == stranger
    assert any(problem.path == "to" for problem in preview.problems)


def test_liquid_in_a_value_is_not_evaluated() -> None:
    """Liquid in a value is not evaluated."""
    assert HELLO.preview({"LineID": USER, "Name": "{{ Profile.LineID }}"}).status == "rendered"


@pytest.mark.parametrize("line_id", ["U123", "xU" + "0" * 32, f"{USER} "])
def test_a_recipient_that_line_rejects_is_invalid(line_id: str) -> None:
    """A recipient with a U that is not a LINE id passes the guard and is invalid by LINE's rule."""
    preview = HELLO.preview({"LineID": line_id})
    assert (preview.status, preview.faults) == ("invalid", ("LineID",))
    assert preview.problems[0].path == "to"


def test_a_value_that_breaks_lines_rules_is_invalid() -> None:
    """A text that exceeds LINE's limit because of a value is invalid by LINE's rule."""
    preview = HELLO.preview({"LineID": USER, "Name": "x" * 5000})
    assert preview.status == "invalid"
    assert "5,000" in preview.problems[0].rule


def test_lone_surrogates_are_invalid() -> None:
    """A value with a lone surrogate is invalid."""
    assert HELLO.preview({"LineID": USER, "Name": "\ud83d"}).status == "invalid"


def test_aborted_names_what_is_missing() -> None:
    """Without a required value or an unmet condition the preview is aborted and names each."""
    campaign = HELLO.with_text(f"{ProfileField('City')}").skip_unless(ProfileField("VIP").equals(True))
    preview = campaign.preview({"Name": "x"})
    assert (preview.status, preview.body, preview.text) == ("aborted", None, "")
    reported = " ".join(problem.found for problem in preview.problems)
    assert all(name in reported for name in ("LineID", "City", "VIP"))


def test_defaulted_names_the_field() -> None:
    """A default in the text makes the preview defaulted and is named."""
    preview = HELLO.preview({"LineID": USER})
    assert (preview.status, preview.defaulted) == ("defaulted", (NAME,))


def test_event_and_trigger_values() -> None:
    """Values of events and triggers are rendered and compared like those of profiles."""
    campaign = Campaign("c").with_text(f"{EventField('Charged', 'Amount')} {TriggerField('code', default='-')}")
    preview = campaign.preview(PERSON, event={"Amount": 12.5}, trigger={"code": "A"})
    assert preview.messages == [{"type": "text", "text": "12.5 A"}]
    assert campaign.preview(PERSON).status == "aborted"


def test_a_users_liquid_is_rendered_and_filled_in_one_dialect() -> None:
    """RawLiquid is rendered in CleverTap's dialect, in a preview and in fill."""
    raw = RawLiquid("{% if Profile.Points > 10 %}gold{% else %}silver{% endif %}")
    campaign = Campaign("c").with_text(f"You are {raw}")
    for points, kind in ((12, "gold"), (3, "silver")):
        person = {"LineID": USER, "Points": points}
        assert campaign.fill(person).messages == (TextMessage(f"You are {kind}"),)
        assert campaign.preview(person).status == "rendered"
    aborting = Campaign("c").with_text(f"Hi {RawLiquid('{% unless Profile.Name %}{% abort %}{% endunless %}')}")
    assert aborting.preview({"LineID": USER, "Name": None}).status == "aborted"
    assert aborting.preview({"LineID": USER, "Name": ""}).status == "rendered"  # '' is true in CleverTap's engine


def test_liquid_that_cannot_be_read_is_invalid() -> None:
    """A tag that is never closed is an error of the campaign."""
    campaign = Campaign("c").with_text(f"Hi {RawLiquid('{% if Profile.Name %}x')}")
    with pytest.raises(BadArgument, match="Liquid"):
        campaign.preview(PERSON)


def test_a_value_that_liquid_cannot_compare_ends_no_run() -> None:
    """A RawLiquid that fails for a value makes that profile invalid, and a run continues."""
    campaign = Campaign("c").with_text(RawLiquid("{{ 12 | divided_by: Profile.Points }}"))
    people: list[dict[str, Any]] = [{"LineID": USER, "Points": points} for points in (3, "some", 12)]
    assert dict(campaign.preview_many(people).counts) == {"rendered": 2, "defaulted": 0, "aborted": 0, "invalid": 1}
    skipped: list[Any] = []
    deliveries = list(campaign.deliveries(people, on_skipped=lambda profile, why: skipped.append(profile)))
    assert [delivery.messages for delivery in deliveries] == [(TextMessage("4"),), (TextMessage("1"),)]
    assert skipped == [people[1]]
    counted = campaign.deliveries(people)
    assert (len(list(counted)), sum(counted.skipped.values()), counted.ok) == (2, 1, True)


def test_a_profile_that_is_none_is_invalid() -> None:
    """A row that is not a mapping is invalid and does not end a run."""
    assert HELLO.preview(3).status == "invalid"
    with pytest.raises(BadArgument, match="profile"):
        list(HELLO.deliveries([3]))
    assert HELLO.preview({"LineID": USER, "Name": {"first": "x"}}).messages[0]["text"] == "Hello {first=x}"


def test_line_itself_may_be_asked() -> None:
    """validate receives the messages that would be sent; an error in its result makes the preview invalid."""
    asked: list[list[Message]] = []

    def validate(messages: list[Message]) -> tuple[Problem, ...]:
        asked.append(messages)
        return (Problem("messages[0]", "LINE says no", ""),)

    preview = HELLO.preview(PERSON, validate=validate)
    assert asked == [[TextMessage("Hello 花子"), TextMessage("Bye")]]
    assert (preview.status, preview.problems[-1].rule) == ("invalid", "LINE says no")
    HELLO.preview({}, validate=validate)
    assert len(asked) == 1


def test_a_preview_is_a_picture(tmp_path: Any) -> None:
    """In a notebook and as a file a preview is a chat, and no value becomes markup."""
    preview = HELLO.preview({"LineID": USER, "Name": "<script>alert(1)</script>"})
    preview.save_html(tmp_path / "chat.html")
    page = (tmp_path / "chat.html").read_text("utf-8")
    for shown_html in (page, preview._repr_html_()):
        assert "&lt;script&gt;alert(1)" in shown_html
        assert "<script" not in shown_html


def people() -> Iterator[dict[str, Any]]:
    """Eleven people, of every outcome."""
    yield from ({"LineID": USER, "Name": f"n{i}"} for i in range(5))
    yield from ({"LineID": USER} for _ in range(2))
    yield from ({"LineID": "N.A", "Name": "x"} for _ in range(2))
    yield {"LineID": USER, "Name": 'the "x"'}
    yield {"LineID": USER, "Name": "C:\\new"}


def test_many_are_counted() -> None:
    """Counts add up, the first examples of each outcome are kept, and the properties that cause errors are named."""
    report = HELLO.preview_many(people(), examples=2)
    assert report.counts == {"rendered": 5, "defaulted": 2, "aborted": 2, "invalid": 2}
    assert (report.total, report.ok) == (11, False)
    assert [preview.messages[0]["text"] for preview in report.examples["rendered"]] == ["Hello n0", "Hello n1"]
    assert {status: len(kept) for status, kept in report.examples.items()} == dict.fromkeys(report.counts, 2)
    assert report.at_fault == {"Name": 2}
    assert report.defaulted_by == {"Name": 2}
    assert report.reasons["no value for LineID"] == 2
    assert sum(report.reasons.values()) == 4


def test_many_profiles_are_read_one_by_one() -> None:
    """Profiles are iterated lazily."""
    seen: list[int] = []

    def counting() -> Iterator[dict[str, Any]]:
        for i in range(3):
            seen.append(i)
            yield PERSON

    done: list[int] = []
    HELLO.preview_many(counting(), progress=lambda count, total: done.append(len(seen)))
    assert done == [1, 2, 3]


def test_a_report_is_a_picture() -> None:
    """A report shows its counts and a gallery, and escapes values."""
    shown_html = HELLO.preview_many([{"LineID": USER, "Name": "<img src=x>"}, *people()])._repr_html_()
    assert "aborted" in shown_html
    assert "&lt;img src=x&gt;" in shown_html
    assert "<img src=x" not in shown_html


def test_a_report_is_a_frame() -> None:
    """A report's counts come as flat rows, and as a frame of the chosen library."""
    report = HELLO.preview_many(people())
    frame = report.to_frame()
    assert list(frame.columns) == ["what", "name", "count"]
    assert frame[frame["what"] == "status"]["count"].sum() == report.total
    assert ("at fault", "Name", 2) in [tuple(row.values()) for row in report.rows()]


def test_reasons_do_not_grow_with_the_input() -> None:
    """A report counts at most a hundred different reasons, and the others together."""
    fields = [f"{ProfileField(f'p{i}')}" for i in range(120)]
    campaign = Campaign("c").with_text("".join(fields))
    values = {f"p{i}": "x" for i in range(120)}
    report = campaign.preview_many(
        {"LineID": USER, **{k: v for k, v in values.items() if k != f"p{i}"}} for i in range(120)
    )
    assert len(report.reasons) == 101
    assert sum(report.reasons.values()) == 120


def test_choices_are_previewed() -> None:
    """A conditional message shows each profile its branch."""
    asked = ProfileField("Language").equals("ja")
    campaign = Campaign("c").with_message(when(asked, TextMessage("こんにちは"), otherwise=TextMessage("Hello")))
    texts = [campaign.preview({**PERSON, "Language": language}).messages[0]["text"] for language in ("ja", "en")]
    assert texts == ["こんにちは", "Hello"]


def test_a_value_that_opens_brackets_without_end_is_invalid() -> None:
    """JSON that is nested too deeply is an invalid preview and does not end a run."""
    preview = HELLO.preview({**PERSON, "Name": 'x","y":' + "[" * 200_000})
    assert preview.status == "invalid"
    assert preview.faults == ("Name",)
