"""What one person would receive, and what many would."""

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
from linetap.line.messages.kinds import Message, TextMessage, messages_to_json
from tests.campaign import strategies as some
from tests.campaign.engines import Render, both
from tests.campaign.strategies import USER

NAME = ProfileField("Name", default="friend")
HELLO = Campaign("Spring sale").with_text(f"Hello {NAME}").with_text("Bye")
PERSON = {"LineID": USER, "Name": "花子"}


def pushed(campaign: Campaign, profile: dict[str, Any]) -> dict[str, Any] | None:
    """The body of the push that a correct rendering would be; None for who is skipped."""
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
    """For any campaign and any person whose values JSON leaves alone, the parsed preview equals the push."""
    preview, push = campaign.preview(profile), pushed(campaign, profile)
    assert (preview.body, preview.status == "aborted") == (push, push is None)


@given(campaign=some.campaigns, profile=some.profiles(some.words | some.odd))
def test_a_preview_that_is_not_the_push_is_invalid(campaign: Campaign, profile: dict[str, Any]) -> None:
    """For any campaign and any person at all: rendered or defaulted means that LINE gets what was meant."""
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
    """What python-liquid shows in a preview is what the body is in any engine, the push once more."""
    rendered = render(str(campaign.body()), profile)
    assert (None if rendered is None else json.loads(rendered)) == pushed(campaign, profile)


def invalid(name: object) -> Preview:
    """The preview of a person with this name, which is to be invalid."""
    preview = HELLO.preview({"LineID": USER, "Name": name})
    assert preview.status == "invalid"
    assert preview.faults == ("Name",)
    return preview


def test_a_second_message_is_caught() -> None:
    """A value that closes its string and opens another message is told as an added message."""
    preview = invalid('x"},{"type":"text","text":"y')
    assert [message["text"] for message in preview.messages] == ["Hello x", "y", "Bye"]
    assert preview.problems[0].path == "messages"
    assert "adds no messages" in preview.problems[0].rule


def test_a_changed_text_is_caught() -> None:
    """C:\\new is valid JSON and reads otherwise: every string is compared with what was meant."""
    preview = invalid("C:\\new")
    assert preview.messages[0]["text"] == "Hello C:\new"
    assert preview.problems[0].path == "messages[0].text"
    assert "u\\u0041" in invalid("u\\u0041").problems[0].found.replace("\\\\", "\\")


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a\tb", "a\\", "\x00"])
def test_broken_json_is_caught(name: str) -> None:
    """A quote, a control character or a last backslash leaves no JSON: nothing could be delivered."""
    preview = invalid(name)
    assert preview.body is None
    assert "is JSON" in preview.problems[0].rule


def test_another_recipient_is_caught() -> None:
    """A value that writes `to` once more is told at `to`."""
    stranger = "U" + "f" * 32
    preview = invalid(f'x"}}],"to":"{stranger}","messages":[{{"type":"text","text":"y')
    assert preview.body is not None
    assert preview.body["to"] == stranger
    assert any(problem.path == "to" for problem in preview.problems)


def test_liquid_in_a_value_is_not_evaluated() -> None:
    """What looks like a tag in a value is text like any other."""
    assert HELLO.preview({"LineID": USER, "Name": "{{ Profile.LineID }}"}).status == "rendered"


@pytest.mark.parametrize("line_id", ["U123", "xU" + "0" * 32, f"{USER} "])
def test_a_recipient_that_line_refuses_is_invalid(line_id: str) -> None:
    """The body's guard lets through what holds a U; LINE's rule says what an id is."""
    preview = HELLO.preview({"LineID": line_id})
    assert (preview.status, preview.faults) == ("invalid", ("LineID",))
    assert preview.problems[0].path == "to"


def test_a_value_that_breaks_lines_rules_is_invalid() -> None:
    """A text that grows over LINE's limit by its value is told by LINE's rule."""
    preview = HELLO.preview({"LineID": USER, "Name": "x" * 5000})
    assert preview.status == "invalid"
    assert "5,000" in preview.problems[0].rule


def test_lone_surrogates_are_invalid() -> None:
    """A value that cannot be sent as UTF-8 is no text."""
    assert HELLO.preview({"LineID": USER, "Name": "\ud83d"}).status == "invalid"


def test_aborted_tells_what_is_missing() -> None:
    """Nothing is sent to who lacks a required value or does not meet a condition; each is named."""
    campaign = HELLO.with_text(f"{ProfileField('City')}").skip_unless(ProfileField("VIP").equals(True))
    preview = campaign.preview({"Name": "x"})
    assert (preview.status, preview.body, preview.text) == ("aborted", None, "")
    told = " ".join(problem.found for problem in preview.problems)
    assert all(name in told for name in ("LineID", "City", "VIP"))


def test_defaulted_tells_which() -> None:
    """A default that stands in the text is told."""
    preview = HELLO.preview({"LineID": USER})
    assert (preview.status, preview.defaulted) == ("defaulted", (NAME,))


def test_event_and_trigger_values() -> None:
    """An event's and a trigger's values are rendered and compared like a profile's."""
    campaign = Campaign("c").with_text(f"{EventField('Charged', 'Amount')} {TriggerField('code', default='-')}")
    preview = campaign.preview(PERSON, event={"Amount": 12.5}, trigger={"code": "A"})
    assert preview.messages == [{"type": "text", "text": "12.5 A"}]
    assert campaign.preview(PERSON).status == "aborted"


def test_liquid_of_the_users_own_is_rendered_and_filled_alike() -> None:
    """RawLiquid is rendered by the documented dialect, in the preview and in a fill."""
    raw = RawLiquid("{% if Profile.Points > 10 %}gold{% else %}silver{% endif %}")
    campaign = Campaign("c").with_text(f"You are {raw}")
    for points, kind in ((12, "gold"), (3, "silver")):
        person = {"LineID": USER, "Points": points}
        assert campaign.fill(person).messages == (TextMessage(f"You are {kind}"),)
        assert campaign.preview(person).status == "rendered"
    aborting = Campaign("c").with_text(f"Hi {RawLiquid('{% unless Profile.Name %}{% abort %}{% endunless %}')}")
    assert aborting.preview({"LineID": USER, "Name": ""}).status == "aborted"


def test_liquid_that_cannot_be_read_is_invalid() -> None:
    """A tag that is never closed is told as such, not raised out of a run over many."""
    campaign = Campaign("c").with_text(f"Hi {RawLiquid('{% if Profile.Name %}x')}")
    with pytest.raises(BadArgument, match="Liquid"):
        campaign.preview(PERSON)


def test_a_value_that_liquid_cannot_compare_ends_no_run() -> None:
    """Liquid of the user's own may meet a text where it expects a number: that person is invalid, the others go on."""
    campaign = Campaign("c").with_text(RawLiquid("{% if Profile.Points > 3 %}many{% else %}few{% endif %}"))
    people = [{"LineID": USER, "Points": points} for points in (7, "some", 1)]
    assert dict(campaign.preview_many(people).counts) == {"rendered": 2, "defaulted": 0, "aborted": 0, "invalid": 1}
    skipped: list[Any] = []
    deliveries = list(campaign.deliveries(people, on_skipped=lambda profile, why: skipped.append(profile["Points"])))
    assert [delivery.messages for delivery in deliveries] == [(TextMessage("many"),), (TextMessage("few"),)]
    assert skipped == ["some"]
    with pytest.raises(BadArgument):
        list(campaign.deliveries(people))


def test_a_profile_that_is_none_is_invalid() -> None:
    """A row that is no mapping, or holds a mapping as a value, is told and does not end a run."""
    assert HELLO.preview(3).status == "invalid"
    assert HELLO.preview({"LineID": USER, "Name": {"first": "x"}}).status == "invalid"


def test_line_itself_may_be_asked() -> None:
    """validate gets the messages that would be sent; an error of its answer makes the preview invalid."""
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
    """In a notebook a preview is a chat; the same is saved as one page; nothing in a value is markup."""
    preview = HELLO.preview({"LineID": USER, "Name": "<script>alert(1)</script>"})
    preview.save_html(tmp_path / "chat.html")
    page = (tmp_path / "chat.html").read_text("utf-8")
    for drawn in (page, preview._repr_html_()):
        assert "&lt;script&gt;alert(1)" in drawn
        assert "<script" not in drawn


def people() -> Iterator[dict[str, Any]]:
    """Eleven people, of every outcome."""
    yield from ({"LineID": USER, "Name": f"n{i}"} for i in range(5))
    yield from ({"LineID": USER} for _ in range(2))
    yield from ({"LineID": "N.A", "Name": "x"} for _ in range(2))
    yield {"LineID": USER, "Name": 'the "x"'}
    yield {"LineID": USER, "Name": "C:\\new"}


def test_many_are_counted() -> None:
    """Counts add up, the first examples of each outcome are kept, and the properties at fault are named."""
    report = HELLO.preview_many(people(), examples=2)
    assert report.counts == {"rendered": 5, "defaulted": 2, "aborted": 2, "invalid": 2}
    assert (report.total, report.ok) == (11, False)
    assert [preview.messages[0]["text"] for preview in report.examples["rendered"]] == ["Hello n0", "Hello n1"]
    assert {status: len(kept) for status, kept in report.examples.items()} == dict.fromkeys(report.counts, 2)
    assert report.at_fault == {"Name": 2}
    assert report.defaulted_by == {"Name": 2}
    assert report.reasons["no value for LineID"] == 2
    assert sum(report.reasons.values()) == 4


def test_many_are_drawn_one_by_one() -> None:
    """Profiles are looked at as they come: nothing is collected first."""
    seen: list[int] = []

    def counting() -> Iterator[dict[str, Any]]:
        for i in range(3):
            seen.append(i)
            yield PERSON

    done: list[int] = []
    HELLO.preview_many(counting(), progress=lambda count, total: done.append(len(seen)))
    assert done == [1, 2, 3]


def test_a_report_is_a_picture() -> None:
    """A report shows its counts and a gallery, and escapes what the values hold."""
    drawn = HELLO.preview_many([{"LineID": USER, "Name": "<img src=x>"}, *people()])._repr_html_()
    assert "aborted" in drawn
    assert "&lt;img src=x&gt;" in drawn
    assert "<img src=x" not in drawn


def test_a_report_is_a_frame() -> None:
    """A report's counts come as flat rows, and as a frame of one's own library."""
    report = HELLO.preview_many(people())
    frame = report.to_frame()
    assert list(frame.columns) == ["what", "name", "count"]
    assert frame[frame["what"] == "status"]["count"].sum() == report.total
    assert ("at fault", "Name", 2) in [tuple(row.values()) for row in report.rows()]


def test_reasons_do_not_grow_with_the_input() -> None:
    """However many different reasons there are, a report counts a hundred of them and the rest together."""
    fields = [f"{ProfileField(f'p{i}')}" for i in range(120)]
    campaign = Campaign("c").with_text("".join(fields))
    values = {f"p{i}": "x" for i in range(120)}
    report = campaign.preview_many(
        {"LineID": USER, **{k: v for k, v in values.items() if k != f"p{i}"}} for i in range(120)
    )
    assert len(report.reasons) == 101
    assert sum(report.reasons.values()) == 120


def test_choices_are_previewed() -> None:
    """A message that varies shows each person theirs."""
    asked = ProfileField("Language").equals("ja")
    campaign = Campaign("c").with_message(when(asked, TextMessage("こんにちは"), otherwise=TextMessage("Hello")))
    texts = [campaign.preview({**PERSON, "Language": language}).messages[0]["text"] for language in ("ja", "en")]
    assert texts == ["こんにちは", "Hello"]


def test_a_value_that_opens_brackets_without_end_is_invalid() -> None:
    """JSON too deep to be read is an invalid preview of one person, not the end of a run over many."""
    preview = HELLO.preview({**PERSON, "Name": 'x","y":' + "[" * 200_000})
    assert preview.status == "invalid"
    assert preview.faults == ("Name",)
