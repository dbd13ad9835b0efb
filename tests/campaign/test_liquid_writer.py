"""Fields written in Liquid and in the dashboard style, rendered by two Liquid engines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linetap import fields
from linetap.campaign import liquid_writer
from linetap.campaign.liquid_tags import tags
from linetap.errors import BadArgument
from linetap.fields import EventField, Field, LiteralText, ProfileField, RawLiquid, TriggerField
from tests.campaign.engines import Render, both

USER = "U" + "0123456789abcdef" * 2
LINE_ID = ProfileField("LineID")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: not fields.has_mark(text))
braces = st.text(st.sampled_from("{}%{{\"\\'\n aé氏"), max_size=12)
names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="'\"\\{}"), min_size=1, max_size=12)
usable = names.filter(lambda name: name.strip() and name not in ("size", "first", "last"))


def body(text: str, **options: Any) -> str:
    """A body with one text message."""
    return liquid_writer.body_text(LINE_ID, {"messages": [{"type": "text", "text": text}]}, style="liquid", **options)


def shown(render: Render, text: str, profile: Mapping[str, Any]) -> str | None:
    """The text a person with this profile reads; None where nothing is sent."""
    written = body(text)
    json.loads(written)
    rendered = render(written, {"LineID": USER, **profile})
    return None if rendered is None else str(json.loads(rendered)["messages"][0]["text"])


@both
@given(field_name=usable)
@example(field_name="氏名")
@example(field_name="First Name")
@example(field_name="contains")
@example(field_name="if")
def test_a_property_is_found_under_any_name(render: Render, field_name: str) -> None:
    """Names outside ASCII, with blanks, or reserved by Liquid find their value."""
    assert shown(render, f"Hi {ProfileField(field_name)}!", {field_name: "Hanako"}) == "Hi Hanako!"
    assert shown(render, f"Hi {ProfileField(field_name)}!", {field_name + "x": "Hanako"}) is None


@pytest.mark.parametrize(
    "field_name, written",
    [
        ("Name", "Profile.Name"),
        ("_x9", "Profile._x9"),
        ("First Name", "Profile['First Name']"),
        ("氏名", "Profile['氏名']"),
        ("size", "Profile['size']"),
        ("blank", "Profile['blank']"),
        ("a.b", "Profile['a.b']"),
        ("9x", "Profile['9x']"),
    ],
)
def test_dotted_only_for_plain_identifiers(field_name: str, written: str) -> None:
    """A name has a dot only if it is an identifier and not a word of Liquid."""
    assert liquid_writer.liquid_name(ProfileField(field_name)) == written


@pytest.mark.parametrize("field_name", ["a'b", 'a"b', "a\\b", "a\nb", "", "  ", "a\ud800"])
def test_names_that_json_or_liquid_cannot_contain_are_rejected(field_name: str) -> None:
    """A field name with a quote, backslash, control character or lone surrogate is a BadArgument."""
    with pytest.raises(BadArgument):
        ProfileField(field_name)


@both
@given(default=texts | braces)
@example(default='l\'ami "x"\n')
@example(default="}}")
@example(default="%}")
@example(default="{{ Profile.LineID }}")
@example(default="お客様")
def test_a_default_is_shown_as_it_was_typed(render: Render, default: str) -> None:
    """A profile without the value gets the default, whatever characters it contains."""
    text = f"Dear {ProfileField('Name', default=default)}."
    for profile in ({}, {"Name": None}, {"Name": ""}, {"Name": False}):
        assert shown(render, text, profile) == f"Dear {default}."
    assert shown(render, text, {"Name": "花子"}) == "Dear 花子."
    assert shown(render, text, {"Name": 0}) == "Dear 0."


@pytest.mark.parametrize(
    "default, written",
    [
        ("お客様", "{{ Profile.Name | default: 'お客様' }}"),
        ("", "{{ Profile.Name | default: '' }}"),
        (
            'l\'ami "x"\n',
            (
                "{% assign linetap_v = Profile.Name | default: '' | strip %}{% if linetap_v != '' %}"
                '{{ Profile.Name }}{% else %}l\'ami \\"x\\"\\n{% endif %}'
            ),
        ),
    ],
)
def test_an_unsafe_default_is_written_outside_the_tags(default: str, written: str) -> None:
    """A default with a quote, backslash, brace or control character is outside the tags, escaped for JSON."""
    assert liquid_writer.liquid(ProfileField("Name", default=default)) == written


@both
@pytest.mark.parametrize("value", [None, "", " ", "\u3000", False, "N.A", " N.A", 0, 12, 1.5, True, [], "none"])
def test_no_recipient_means_no_message(render: Render, value: object) -> None:
    """A recipient that is missing, null, blank, false or N.A aborts."""
    assert render(body("Hello"), {"LineID": value}) is None
    assert render(body("Hello"), {}) is None


@both
def test_a_line_id_is_the_recipient(render: Render) -> None:
    """A user id is written unchanged."""
    rendered = render(body("Hello"), {"LineID": USER})
    assert rendered is not None
    assert json.loads(rendered)["to"] == USER


def test_the_recipient_is_spelled_as_the_design_says() -> None:
    """The guard is inside the string, so that the body is JSON before rendering."""
    guard = "{% if Profile.LineID contains 'U' %}{{ Profile.LineID }}{% else %}{% abort %}{% endif %}"
    assert json.loads(body("Hello")) == {"to": guard, "messages": [{"type": "text", "text": "Hello"}]}


@both
@pytest.mark.parametrize("value", [None, "", " ", "\n", False, []])
def test_a_required_field_without_a_value_sends_nothing(render: Render, value: object) -> None:
    """A profile without the value of a required field is skipped."""
    assert shown(render, f"Hi {ProfileField('Name')}", {"Name": value}) is None


@both
@pytest.mark.parametrize("value, read", [(0, "0"), (True, "true"), ("a", "a"), (7, "7"), (["a", "b"], "ab")])
def test_a_required_field_with_a_value_is_shown(render: Render, value: object, read: str) -> None:
    """0 and true are values; a list is joined without separator."""
    assert shown(render, f"Hi {ProfileField('Name')}", {"Name": value}) == f"Hi {read}"


@both
@given(before=braces | texts, after=braces | texts)
@example(before="{", after="{")
@example(before="{{", after="%}")
def test_literal_text_is_never_read_as_liquid(render: Render, before: str, after: str) -> None:
    """Literal text with any braces is rendered unchanged, next to a field or not."""
    text = f"{LiteralText(before)}{ProfileField('Name')}{LiteralText(after)}"
    assert shown(render, text, {"Name": "x"}) == f"{before}x{after}"


@both
def test_text_v2_keeps_its_own_braces(render: Render) -> None:
    """In textV2 placeholders are kept, doubled braces are escaped for Liquid, and braces of a default are doubled."""
    text = f"{{who}}: {{{{not a key}}}} {ProfileField('Name', default='{x}')} {LiteralText('{{')}{{who}}"
    message = {"type": "textV2", "text": text, "substitution": {"who": {"type": "mention"}}}
    written = liquid_writer.body_text(LINE_ID, {"messages": [message]}, style="liquid")
    rendered = render(written, {"LineID": USER})
    assert rendered is not None
    assert json.loads(rendered)["messages"][0]["text"] == "{who}: {{not a key}} {{x}} {{{{{who}"
    assert "{\\u007bnot a key}}" in written


@given(text=braces | texts, default=st.none() | texts | braces, name=usable)
def test_no_double_quote_and_no_backslash_inside_a_tag(text: str, default: str | None, name: str) -> None:
    """Tags contain no character that JSON escapes, so JSON and Liquid read the same text."""
    written = body(f"{LiteralText(text)}{ProfileField(name, default=default)}")
    assert not [tag for tag in tags(written) if re.search(r'["\\\x00-\x1f]', tag.inside)]
    assert {tag.name for tag in tags(written)} <= {"", "if", "else", "endif", "abort", "assign"}


@both
def test_a_condition_chooses_between_texts(render: Render) -> None:
    """A conditional text renders one of its texts and skips only if a required value of that text is missing."""
    choice = fields.ConditionalText(
        ProfileField("Language").equals("ja"), f"こんにちは{ProfileField('氏名')}", "Hello {"
    )
    assert shown(render, f"{choice}!", {"Language": "ja", "氏名": "花子"}) == "こんにちは花子!"
    assert shown(render, f"{choice}!", {"Language": "en"}) == "Hello {!"
    assert shown(render, f"{choice}!", {"Language": "ja"}) is None


@both
@pytest.mark.parametrize(
    "condition, yes, no",
    [
        (ProfileField("A").equals("x"), ["x"], ["y", None, ["x"], 1]),
        (ProfileField("A").equals(3), [3], [4, "3", True, None]),
        (ProfileField("A").equals(True), [True], [1, "true", False, None]),
        (ProfileField("A").differs_from("x"), ["y", None, 3], ["x"]),
        (ProfileField("A").contains("x"), ["axb", ["x", "y"]], ["y", ["xy"], None, 3, True]),
        (ProfileField("A").is_set(), ["x", 0, True, ["x"]], ["", " ", None, False, []]),
    ],
)
def test_skip_unless(render: Render, condition: fields.Condition, yes: list[object], no: list[object]) -> None:
    """A guard sends only to profiles that meet its condition."""
    written = body("Hello", only_if=[condition])
    assert isinstance(json.loads(written), dict)
    assert all(render(written, {"LineID": USER, "A": value}) is not None for value in yes)
    assert [value for value in no if render(written, {"LineID": USER, "A": value}) is not None] == []


def test_events_and_triggers_are_spelled_by_their_objects() -> None:
    """Liquid does not contain an event's name; a trigger's values are in ExternalTrigger."""
    assert liquid_writer.liquid(EventField("Charged", "Amount", default="0")) == "{{ Event.Amount | default: '0' }}"
    assert (
        liquid_writer.liquid(TriggerField("order id", default="-"))
        == "{{ ExternalTrigger['order id'] | default: '-' }}"
    )
    assert liquid_writer.liquid(RawLiquid("{{ Profile.Name | upcase }}")) == "{{ Profile.Name | upcase }}"


@pytest.mark.parametrize(
    "field, written",
    [
        (ProfileField("Name", default="friend"), '@Profile - Name | default: "friend"'),
        (EventField("Charged", "Amount", default="3"), '@Charged - Amount | default: "3"'),
        (ProfileField("First Name"), "@Profile - First Name"),
        (TriggerField("code", default="x"), "{{ ExternalTrigger.code | default: 'x' }}"),
    ],
)
def test_dashboard_spelling_of_a_field(field: Field, written: str) -> None:
    """Editor tokens are written as on CleverTap's page; other fields are Liquid in the dashboard style too."""
    assert liquid_writer.dashboard(field) == written


PAGE_EXAMPLES = {
    "text": '{ "to": "@Profile - LineID | default: " N.A" ", "messages":[ { "type":"text", '
    '"text":"Hello, world1" } ] }',
    "image": '{ "to": "@Profile - LineID | default: " N.A" ", "messages":[ { "type": "image", "originalContentUrl": '
    '"https://example.com/original.jpg", "previewImageUrl": "https://example.com/preview.jpg" } ]}',
    "video": '{ "to": "@Profile - LineID | default: " N.A" ", "messages":[ { "type": "video", "originalContentUrl": '
    '"https://example.com/original.mp4", "previewImageUrl": "https://example.com/preview.jpg" } ]}',
}
MESSAGES: dict[str, dict[str, str]] = {
    "text": {"type": "text", "text": "Hello, world1"},
    "image": {
        "type": "image",
        "originalContentUrl": "https://example.com/original.jpg",
        "previewImageUrl": "https://example.com/preview.jpg",
    },
    "video": {
        "type": "video",
        "originalContentUrl": "https://example.com/original.mp4",
        "previewImageUrl": "https://example.com/preview.jpg",
    },
}


@pytest.mark.parametrize("kind", PAGE_EXAMPLES)
def test_the_examples_of_clevertaps_page(kind: str) -> None:
    """The three bodies of CleverTap's LINE page equal linetap's except for white space."""
    written = liquid_writer.body_text(LINE_ID, {"messages": [MESSAGES[kind]]}, style="dashboard")
    assert re.sub(r"\s", "", written) == re.sub(r"\s", "", PAGE_EXAMPLES[kind])


def test_a_damaged_mark_is_named_by_its_path() -> None:
    """A damaged field is an error with its path when the body is written."""
    with pytest.raises(BadArgument) as caught:
        body(f"Hello {ProfileField('Name')}"[:-5])
    assert caught.value.problems[0].path == "messages[0].text"
