"""The public face: statuses, positions, references, limits, time."""

from __future__ import annotations

import datetime as dt
import pickle
import zoneinfo

import pytest

from linetap.liquid import LiquidSyntaxError, LiquidTemplate, Rendered, has_value, parse
from linetap.liquid.dialect import CONTESTED_FILTERS
from linetap.liquid.syntax import Output, walk

NOON = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.timezone.utc)
TOKYO = dt.timezone(dt.timedelta(hours=9))


@pytest.mark.parametrize(
    "source, values, status, text",
    [
        ("Hi {{ Profile.Name | default: 'friend' }}", {"Profile": {"Name": "Aiko"}}, "rendered", "Hi Aiko"),
        ("Hi {{ Profile.Name | default: 'friend' }}", {}, "rendered", "Hi friend"),
        ("a{% abort %}b", {}, "aborted", ""),
        ("{{ Profile.N | plus: 'x' }}", {"Profile": {"N": 1}}, "failed", ""),
        ("{{ Profile.L[3] }}", {"Profile": {"L": [1]}}, "failed", ""),
        ("{{ empty }}", {}, "uncertain", ""),
        ("{% include 'x' %}", {}, "uncertain", ""),
        ("{{ 'a b' | url_escape }}", {}, "uncertain", "a%20b"),
        ("{{ Profile.T | date: '%H' }}", {"Profile": {"T": 0}}, "uncertain", "05"),
    ],
)
def test_statuses(source: str, values: dict[str, object], status: str, text: str) -> None:
    """Each outcome has its own status; what is not rendered says why, except for an abort."""
    rendered = parse(source).render(values)

    assert (rendered.status, rendered.text) == (status, text)
    assert bool(rendered.reasons) == (status in ("failed", "uncertain"))


def test_an_error_says_where_and_how_to_correct_it() -> None:
    """A syntax error has line, column, what must be, and a remedy; it is a ValueError and pickles."""
    with pytest.raises(ValueError, match="line 2, column 9") as caught:
        parse("ok\n{% if a = 1 %}x{% endif %}")
    error = caught.value

    assert isinstance(error, LiquidSyntaxError)
    assert (error.line, error.column, error.offset) == (2, 9, 11)
    assert "must" in error.reason
    assert "==" in error.remedy
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_templates_pickle() -> None:
    """A template survives pickling, with its tree."""
    template = parse("{% if Profile.A %}{{ Profile.B }}{% endif %}")
    copy = pickle.loads(pickle.dumps(template))

    assert isinstance(copy, LiquidTemplate)
    assert copy.nodes == template.nodes


def test_references_name_what_is_read() -> None:
    """Each lookup has its root, its path, its use and whether a default follows it."""
    source = (
        "{{ Profile.Name | default: Event['Full Name'] }}{% if Linked.x[0].y %}{{ v }}{% endif %}"
        "{% assign v = Profile.L %}{% for t in v %}{{ t }}{% endfor %}"
    )
    found = [(each.root, each.path, each.use, each.has_default, each.local) for each in parse(source).references]

    assert found == [
        ("Profile", ("Name",), "output", True, False),
        ("Event", ("Full Name",), "argument", False, False),
        ("Linked", ("x", 0, "y"), "condition", False, False),
        ("v", (), "output", False, True),
        ("Profile", ("L",), "assign", False, False),
        ("v", (), "loop", False, True),
        ("t", (), "output", False, True),
    ]
    assert [source[each.start : each.end] for each in parse(source).references][2] == "Linked.x[0].y"


def test_the_tree_keeps_blocks_whole() -> None:
    """Every node has its place in the source, a block from its first tag to its last."""
    source = "a{% if x %}b{{ y }}{% else %}c{% endif %}d"
    template = parse(source)
    outputs = [(node, parents) for node, parents in walk(template.nodes) if isinstance(node, Output)]

    assert [source[node.start : node.end] for node in template.nodes] == [
        "a",
        "{% if x %}b{{ y }}{% else %}c{% endif %}",
        "d",
    ]
    assert [source[node.start : node.end] for node, _ in outputs] == ["{{ y }}"]
    assert outputs[0][1] == (template.nodes[1],)
    assert template.position(source.index("{{")) == (1, 13)


def test_comparisons_with_blank_are_named() -> None:
    """Comparing with blank never matches, so callers can warn about it."""
    template = parse("{% if Profile.V == blank or Profile.W == '' %}{% abort %}{% endif %}")

    assert [found.operator for found in template.blank_comparisons] == ["=="]
    assert template.render({"Profile": {"V": None}}) == Rendered("rendered", "")


@pytest.mark.parametrize(
    "value, there",
    [
        (None, False),
        ("", False),
        ("  ", False),
        ([], False),
        ({}, False),
        (False, False),
        (0, True),
        ("a", True),
        (["a"], True),
        (True, True),
    ],
)
def test_has_value(value: object, there: bool) -> None:
    """The condition for "has a value" is false for missing, null, blank and empty values, and true for 0."""
    before, condition = has_value("Profile.V")
    source = f"{before}{{% if {condition} %}}yes{{% endif %}}"

    assert parse(source).render({"Profile": {"V": value}}).text == ("yes" if there else "")
    assert parse(source).render({"Profile": {}}).text == ""


def test_now_and_zone() -> None:
    """The same moment prints to one text whatever the machine's zone; a zone that is passed makes it certain."""
    template = parse("{{ 'now' | date: '%Y-%m-%d %H:%M' }}")

    assert template.render({}, now=NOON) == Rendered(
        "uncertain", "2026-05-01 17:30", template.render({}, now=NOON).reasons
    )
    assert template.render({}, now=NOON, zone=TOKYO) == Rendered("rendered", "2026-05-01 21:00")
    assert parse("{{ 'now' | date: '%Y' }}").render({}, now=NOON).status == "rendered"


def test_a_zone_with_summer_time() -> None:
    """A zone's summer time counts; a time of day that a clock skips moves on by an hour."""
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    values = {"Profile": {"T": int(NOON.timestamp()), "W": "2026-03-29 02:30:00"}}

    assert parse("{{ Profile.T | date: '%H' }}").render(values, zone=berlin).text == "14"
    assert parse("{{ Profile.W | date: '%H:%M' }}").render(values, zone=berlin).text == "03:30"


def test_date_tz() -> None:
    """date_tz prints a moment in the named zone, and stays uncertain because LiqP has no such filter."""
    template = parse("{{ 'now' | date_tz: '%H:%M', 'Asia/Tokyo' }}")

    rendered = template.render({}, now=NOON)
    assert (rendered.status, rendered.text) == ("uncertain", "21:00")
    assert parse("{{ 'now' | date_tz: '%H', 'Mars/Base' }}").render({}, now=NOON).status == "uncertain"


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..2000000000) %}x{% endfor %}",
        "{% for i in (1..50000) %}{% for j in (1..50000) %}x{% endfor %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40,
        "{% assign x = 'aaaaaaaaaa' | split: '' %}" + "{% assign x = x | concat: x %}" * 40,
        "{{ Profile.V }}{{ Profile.V }}",
    ],
)
def test_limits_end_in_uncertain(source: str) -> None:
    """Loops, growing texts and long output stop at linetap's limits and are uncertain, never rendered."""
    assert parse(source).render({"Profile": {"V": "x" * 600_000}}).status == "uncertain"


def test_an_unknown_filter_is_named_before_a_later_error() -> None:
    """The first mistake of a template is the one that is reported."""
    with pytest.raises(LiquidSyntaxError, match="got upcse"):
        parse("{{ Profile.A | upcse }}{% if %}")


def test_long_templates_are_rejected() -> None:
    """A template over linetap's limit is an error; many comments before an error end in that error."""
    with pytest.raises(LiquidSyntaxError, match="200,000"):
        parse("x" * 200_001)
    with pytest.raises(LiquidSyntaxError, match="must stand here"):
        parse("{% comment %}{% endcomment %}" * 2_000 + "{% if")


def test_deep_templates_are_rejected() -> None:
    """Templates that nest too deeply are errors, not crashes."""
    for source in (
        "{% if x %}" * 200 + "{% endif %}" * 200,
        "{{ " + "(" * 5000 + "x" + ")" * 5000 + " }}",
        "{% if " + "a and " * 5000 + "a %}{% endif %}",
        "{{ " + "a[" * 5000 + "]" * 5000 + " }}",
    ):
        with pytest.raises(LiquidSyntaxError, match="limit"):
            parse(source)


@pytest.mark.parametrize("name", sorted(CONTESTED_FILTERS))
@pytest.mark.parametrize(
    "source",
    [
        "{{% if Profile.VIP %}}{{{{ 'x' | {} }}}}{{% endif %}}Hello",
        "{{% for t in Profile.None %}}{{% assign v = t | {} %}}{{% endfor %}}Hello",
        "{{% unless true %}}{{% capture v %}}{{{{ 'x' | upcase | {} }}}}{{% endcapture %}}{{% endunless %}}Hello",
    ],
)
def test_a_contested_filter_that_is_not_reached(name: str, source: str) -> None:
    """It makes every text uncertain: an engine that does not have the filter cannot read the template at all."""
    template = parse(source.format(name))

    rendered = template.render({"Profile": {}})
    assert (rendered.status, rendered.text) == ("uncertain", "Hello")
    assert name in rendered.reasons[-1]
    assert parse("{% abort %}" + template.source).render({}).status == "aborted"
