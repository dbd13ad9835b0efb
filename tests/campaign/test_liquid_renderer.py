"""CleverTap's documented part of Liquid, rendered by python-liquid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import Environment, Mode
from liquid.exceptions import LiquidTypeError

from linetap.campaign import liquid_renderer
from linetap.campaign.liquid_dialect import FILTERS, OLD_FILTERS, TAGS, Aborted
from linetap.campaign.profile_values import Person
from linetap.errors import BadCampaign


def rendered(text: str, **profile: Any) -> str:
    """The text for one profile."""
    return liquid_renderer.template(text).render(Person(profile))


def test_nothing_but_the_documented_is_registered() -> None:
    """A tag or filter that CleverTap does not list is unknown here, too."""
    env = liquid_renderer.environment()
    assert set(env.filters) == FILTERS | OLD_FILTERS
    assert set(env.tags) - {"content", "output", "illegal"} <= TAGS
    assert {"abort", "if", "unless", "case", "for", "assign", "tablerow", "comment"} <= set(env.tags)


@pytest.mark.parametrize(
    "text", ["{% foo %}", "{% include 'x' %}", "{{ 'x' | json }}", "{% if %}", "{{ x", "{% break %}"]
)
def test_what_cannot_be_rendered_says_so(text: str) -> None:
    """Unknown, unclosed or misplaced: a BadCampaign, whenever it is noticed."""
    with pytest.raises(BadCampaign, match="Liquid"):
        rendered(text)


def test_abort_ends_everything() -> None:
    """abort is no error and leaves no text, however deep it stands."""
    with pytest.raises(Aborted):
        rendered("a{% for i in (1..3) %}{% if i == 2 %}{% abort %}{% endif %}{% endfor %}b")


@pytest.mark.parametrize("value", [3, 1.5, True])
def test_numbers_contain_nothing(value: object) -> None:
    """`contains` on a number is an error to python-liquid and false to others: here it is false, the rest as ever."""
    text = (
        "{% if Profile.A contains 'U' %}y{% else %}n{% endif %} {{ Profile.A }} {% if Profile.A == blank %}b{% endif %}"
    )
    assert rendered(text, A=value) == f"n {str(value).lower()} "
    assert rendered("{% if Profile.A contains 'U' %}{% endif %}{% if Profile.A == true %}t{% endif %}", A=True) == "t"


@pytest.mark.parametrize(
    "text, shown",
    [
        ("{% assign x = Profile.A %}{{ x }}", "a b"),
        ("{% for word in Profile.L %}{{ word }},{% endfor %}", "x,y,"),
        ("{% for word in Profile.L limit: 1 offset: 1 %}{{ word }}{% endfor %}", "y"),
        ("{{ Profile.A | split: ' ' | first }}", "a"),
        ("{{ Profile['A'] | url_param_escape }}", "a%20b"),
        ("{{ 1 | plus: 2 }}", "3"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{% comment %}x{% endcomment %}", ""),
        ("{% case Profile.A %}{% when 'a b' %}1{% else %}2{% endcase %}", "1"),
        ("{{ Event.X }}{{ ExternalTrigger.Y }}{{ Other.Z }}", ""),
    ],
)
def test_what_is_documented_works(text: str, shown: str) -> None:
    """The tags and filters of CleverTap's pages."""
    assert rendered(text, A="a b", L=["x", "y"]) == shown


names = st.sampled_from(["A", "B", "size", "first", "last"])
texts = st.lists(
    st.one_of(
        st.builds("{{{{ Profile.{} }}}}".format, names),
        st.builds("{{{{ Profile['{}'] | default: 'd' }}}}".format, names),
        st.builds("{{% if Profile.{} %}}y{{% else %}}n{{% endif %}}".format, names),
        st.builds("{{% assign x = Profile.{} %}}{{{{ x }}}}{{{{ x.size }}}}".format, names),
        st.builds("{{% for A in Profile.{} %}}{{{{ A }}}}{{{{ A.first }}}}{{% endfor %}}".format, names),
    ),
    max_size=4,
).map("|".join)


@given(text=texts, profile=st.dictionaries(names, st.sampled_from(["x", "", 0, 7, True, ["a", "b"], []]), max_size=4))
def test_the_short_way_renders_as_python_liquid_does(text: str, profile: dict[str, Any]) -> None:
    """Looking `Profile.Name` up at once changes nothing of what python-liquid's own render gives."""
    bare = Environment(tolerance=Mode.STRICT, strict_filters=True)
    plain = {name: value for name, value in profile.items() if value != ""}
    values = {"Profile": plain, "Event": {}, "ExternalTrigger": {}}
    try:
        expected = bare.from_string(text).render(values)
    except LiquidTypeError:  # older versions walk no numbers
        with pytest.raises(BadCampaign):
            rendered(text, **plain)
        return
    assert rendered(text, **plain) == expected


def test_a_comparison_that_cannot_be_made_says_so() -> None:
    """A text compared with a number is told for that person, and no error of python-liquid's own."""
    with pytest.raises(BadCampaign, match="Liquid"):
        rendered("{% if Profile.A > 3 %}x{% endif %}", A="many")


@given(
    name=st.sampled_from(sorted(FILTERS | OLD_FILTERS)),
    value=st.sampled_from(["x", "", 0, 7, 1.5, True, ["a"], [], "2024-01-01", "%", "9" * 30, -1]),
    argument=st.sampled_from(
        ["", ": 0", ": 'x'", ": '%Q%'", ": Profile.A", ": nil", ": 1, 2", ": 99999999999999999999"]
    ),
)
def test_a_filter_never_fails_otherwise(name: str, value: Any, argument: str) -> None:
    """Whatever a filter is given, there is a text or a BadCampaign."""
    try:
        assert isinstance(rendered(f"{{{{ Profile.A | {name}{argument} }}}}", A=value), str)
    except BadCampaign:
        pass
