"""What CleverTap documents of Liquid, and a look at the tags of a text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.campaign.liquid_dialect import problems, tags


def test_tags_are_found_in_order() -> None:
    """Values, tags, whitespace control and filters are told apart; blanks do not matter."""
    text = "a {{- Profile.Name | default: 'x | y' | upcase -}} b {%if x%}c{% endif %}"
    found = list(tags(text))
    assert [(tag.name, tag.inside) for tag in found] == [
        ("", "Profile.Name | default: 'x | y' | upcase"),
        ("if", "x"),
        ("endif", ""),
    ]
    assert found[0].filters == ("default", "upcase")
    assert text[found[1].start : found[1].end] == "{%if x%}"


@pytest.mark.parametrize("name", ["raw", "comment"])
def test_nothing_is_found_inside_raw_and_comment(name: str) -> None:
    """What stands in raw is text, and in a comment nothing."""
    found = tags(f"{{% {name} %}}{{{{ x | json }}}}{{% foo %}}{{% end{name} %}}{{{{ y }}}}")
    assert [tag.name for tag in found] == [name, f"end{name}", ""]


@pytest.mark.parametrize(
    "text, severities",
    [
        ("{{ Profile.Name | default: 'x' }}", []),
        ("{% if x %}{% elsif y %}{% else %}{% abort %}{% endif %}", []),
        ("{{ 'now' | date: '%Y' | plus: 1 | split: ' ' }}", []),
        ("{{ x | upcase }}", ["uncertain"]),
        ("{{ x | json }}{{ x | escape }}", ["error", "error"]),
        ("{% include 'x' %}", ["error"]),
        ("{% capture x %}{% endcapture %}", ["error", "error"]),
        ("plain | json text", []),
    ],
)
def test_what_is_not_documented_is_pointed_out(text: str, severities: list[str]) -> None:
    """Listed is fine, an old page's filters are uncertain, everything else is an error with what is listed."""
    found = problems(text)
    assert [problem.severity for problem in found] == severities
    assert all(problem.page.startswith("https://docs.clevertap.com/") and problem.suggestion for problem in found)


@given(text=st.text(st.sampled_from("{}%'\"| abcraw-end"), max_size=80))
def test_any_text_can_be_looked_at(text: str) -> None:
    """Half a tag, nested braces, unclosed quotes: a look never fails, and tags do not overlap."""
    found = list(tags(text))
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
