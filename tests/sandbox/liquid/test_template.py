"""What CleverTap's pages show, the editor's tokens, and the switches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid import Aborted
from tests.sandbox.liquid.rendering import ABORTED, PERSON, WHOLE, outcome, render

AIKO: dict[str, Any] = {
    "Name": "Aiko",
    "First Name": "愛子",
    "LineID": "U" + "0" * 32,
    "Points": 420,
    "Ratio": 1.5,
    "VIP": True,
    "Silent": False,
    "Tags": ["a", "b", "c"],
    "Blank": " ",
    "Nothing": "",
    "Joined": "$D_1685375700",
    "Home": {"city": "Osaka"},
}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("{{ Profile.Name }}", "Aiko"),
        ("{{Profile['First Name']}}{{ Profile[\"First Name\"] }}", "愛子愛子"),
        ("{{ Profile.Missing }}|{{ Profile.Points }}|{{ Profile.Ratio }}|{{ Profile.VIP }}", "|420|1.5|true"),
        ("{{ Profile.Missing | default: 'you' }}{{ Profile.Nothing | default: \"-\" }}", "you-"),
        ("{{ Profile.Silent | default: 'no' }}{{ Profile.Blank | default: 'no' }}", "no "),
        ("{{ Profile.Tags }}|{{ Profile.Tags[1] }}|{{ Profile.Tags.size }}|{{ Profile.Tags | first }}", "abc|b|3|a"),
        ("{{ Profile.Home }}{{ Profile.Home.city }}{{ Profile['Home']['city'] }}", "{city=Osaka}OsakaOsaka"),
        ("{{ Campaign.campaignId | default: '0_0' }}{{ user.name }}", "101"),
        ("{{ 'now' | date: '%Y-%m-%d %H:%M' }}", "2026-01-01 05:30"),
        ("{{ Profile.Joined }}", "2023-05-29 21:25:00"),
        ("{% if Profile.Points > 400 and Profile.VIP %}gold{% else %}plain{% endif %}", "gold"),
        ("{% if Profile.Missing %}a{% elsif Profile.Tags contains 'b' %}b{% else %}c{% endif %}", "b"),
        ("{% unless Profile.Silent %}loud{% endunless %}", "loud"),
        ("{% case Profile.Name %}{% when 'Ken' %}K{% when 'Aiko' %}A{% else %}?{% endcase %}", "A"),
        ("{% assign who = Profile.Name | downcase %}{{ who }}", "aiko"),
        ("{% raw %}{{ Profile.Name }}{% endraw %}{% comment %}no{% endcomment %}", "{{ Profile.Name }}"),
        ("{\"text\": \"\\u007b{{ Profile.Name }}\"}", "{\"text\": \"\\u007bAiko\"}"),
        ("no tags at all }} %} { }", "no tags at all }} %} { }"),
    ],
)  # fmt: skip
def test_documented_liquid(text: str, expected: str) -> None:
    """What CleverTap's pages show renders as they say."""
    assert render(text, Profile=AIKO) == expected


@pytest.mark.parametrize("value", [None, "", " ", False, "N.A", 7, "MISSING"])
def test_the_recipient_rule_aborts(value: Any) -> None:
    """The condition that linetap writes for the recipient aborts for everything that is no id."""
    text = "{% if Profile.LineID contains 'U' %}{{ Profile.LineID }}{% else %}{% abort %}{% endif %}"
    person = {} if value == "MISSING" else {"LineID": value}

    assert (outcome(text, Profile=person), outcome(text, Profile=AIKO)) == (ABORTED, AIKO["LineID"])


def test_abort_stops_everything() -> None:
    """``abort`` inside a loop, a capture or a range stops the whole text, and not in a branch that is not rendered."""
    with pytest.raises(Aborted):
        render("a{% for i in (1..3) %}{% capture x %}{% abort %}{% endcapture %}{% endfor %}")
    assert outcome("a{% for t in V %}{% abort now %}{% endfor %}b{% if false %}{% abort %}{% endif %}") == "ab"


def test_a_value_is_not_rendered_again() -> None:
    """Liquid inside a value stays text."""
    assert render("{{ Profile.V }}", V="{{ Profile.LineID }}{% abort %}") == "{{ Profile.LineID }}{% abort %}"


def test_half_a_character_is_sent_as_a_question_mark() -> None:
    """Java counts UTF-16 units and cuts between them; UTF-8 has no sign for half a character."""
    assert render("{{ Profile.V | slice: 0, 1 }}|{{ Profile.V | split: '' }}", V="🎉") == "?|🎉"


# The switches --------------------------------------------------------------------------------------------

STANDARD = Readings(liquid="standard")


@pytest.mark.parametrize("value", [None, "", " ", False, [], "Aiko", 0])
def test_blank_has_two_readings(value: Any) -> None:
    """In LiqP nothing equals ``blank``; in standard Liquid empty texts, blanks, empty lists and false do."""
    text = "{% if Profile.V == blank %}==|{% endif %}{% if Profile.V != blank %}!={% endif %}"
    missing = Readings(liquid="standard", missing_is_blank=True)

    assert render(text, V=value) == "!="
    assert render(text, STANDARD, V=value) == ("==|" if value in ("", " ", []) or value is False else "!=")
    assert (render(text, missing, V=value) == "==|") is (
        value is None or ((value != "Aiko" and value != 0) or value is False)
    )


def test_indexes_and_the_order_of_texts_have_two_readings() -> None:
    """LiqP fails at an index outside of a list and orders no texts; standard Liquid does neither."""
    index, order = "[{{ Profile.V[5] }}{{ Profile.V[-1] }}]", "{% if 'a' < 'b' %}less{% endif %}"

    assert (outcome(index, V=["x"]), outcome(index, STANDARD, V=["x"])) == (PERSON, "[x]")
    assert (render(order), render(order, STANDARD)) == ("", "less")


def test_filters_of_clevertaps_own_have_two_readings() -> None:
    """``date_tz``, ``url_escape`` and ``url_param_escape`` are filters, or fail the whole template."""
    zoned, escaped = "{{ 'now' | date_tz: '%H:%M', 'Asia/Tokyo' }}", "{{ 'a b/c' | url_escape }}"
    parameter = "{{ 'a b/c' | url_param_escape }}"

    assert (render(zoned), outcome(zoned, Readings(date_tz="unknown"))) == ("09:00", WHOLE)
    known = Readings(url_escape="known")
    assert (render(escaped, known), render(parameter, known)) == ("a%20b/c", "a%20b%2Fc")
    assert (outcome(escaped), outcome(parameter)) == (WHOLE, WHOLE)


def test_the_zone_has_two_readings() -> None:
    """``now``, numbers and ``$D_`` dates are written in India's time, or in UTC; a text keeps its hour in both."""
    text = (
        "{{ 'now' | date: '%H:%M %Z' }}|{{ 0 | date: '%H' }}|{{ Profile.V }}|{{ '2026-01-01 00:00:00' | date: '%H' }}"
    )
    utc = Readings(liquid_zone="UTC")

    assert render(text, V="$D_1685375700") == "05:30 IST|05|2023-05-29 21:25:00|00"
    assert render(text, utc, V="$D_1685375700") == "00:00 UTC|00|2023-05-29 15:55:00|00"


def test_escaping_has_two_readings() -> None:
    """A quote in a value breaks the JSON, unless CleverTap escapes it: nothing documents either."""
    text, name = '{"text": "{{ Profile.V }}"}', 'Mc"Coy\n'

    assert render(text, V=name) == '{"text": "Mc"Coy\n"}'
    assert json.loads(render(text, Readings(escaping="JSON"), V=name)) == {"text": name}


def test_lists_dates_and_names_have_two_readings() -> None:
    """How a list is joined, a ``$D_`` date rendered and a name compared depends on the readings."""
    text = "{{ Profile.Tags }} {{ Profile.Joined }} {{ Profile.lineID }}"
    other = Readings(list_joining=", ", dates="raw", property_case="ignored")

    assert render(text, Profile=AIKO) == "abc 2023-05-29 21:25:00 "
    assert render(text, other, Profile=AIKO) == f"a, b, c $D_1685375700 {AIKO['LineID']}"


# The editor's tokens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ['"@Profile - LineID | default: " N.A" "', '"@Profile - LineID | default:"N.A""'])
def test_tokens_of_the_line_page(spelling: str) -> None:
    """The recipient as CleverTap's LINE page prints it, blanks included, becomes the id."""
    assert render(f'{{ "to": {spelling} }}', Profile=AIKO) == f'{{ "to": "{AIKO["LineID"]}" }}'


def test_a_token_falls_back_to_its_default() -> None:
    """A profile without the property gets the default: N.A is sent, as the page says."""
    assert render('"@Profile - LineID | default: "N.A""') == '"N.A"'


def test_tokens_of_an_event() -> None:
    """A token may name the event that triggered the campaign; another event's stays text."""
    text = 'Qty @Order Placed - Quantity | default:"3"'

    assert render(text, Event={"Quantity": 5}, event="Order Placed") == "Qty 5"
    assert render(text, event="Order Placed") == "Qty 3"
    assert render(text, event="Other") == text


def test_tokens_have_readings() -> None:
    """Pasted tokens may stay text, their padding may be kept, and their dates are written in words."""
    token, date = '"@Profile - Name | default: "x" "', '@Profile - Joined | default: ""'

    assert render(token, Readings(chips="text"), Profile=AIKO) == token
    assert render(token, Readings(chip_padding="kept"), Profile=AIKO) == '"Aiko "'
    assert render(date, Profile=AIKO) == "May 29, 2023"
    assert render(date, Readings(dates="raw"), Profile=AIKO) == "$D_1685375700"
