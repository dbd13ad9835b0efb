"""The tags of a text that may be any text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.campaign.liquid_tags import tags


def test_tags_are_found_in_order() -> None:
    """Outputs and tags are found in order, with their content, without white space control."""
    text = "a {{- Profile.Name | default: 'x | y' | upcase -}} b {%if x%}c{% endif %}"
    found = list(tags(text))
    assert [(tag.name, tag.inside) for tag in found] == [
        ("", "Profile.Name | default: 'x | y' | upcase"),
        ("if", "x"),
        ("endif", ""),
    ]
    assert text[found[1].start : found[1].end] == "{%if x%}"


@pytest.mark.parametrize("name", ["raw", "comment"])
def test_nothing_is_found_inside_raw_and_comment(name: str) -> None:
    """The content of raw and comment has no tags."""
    found = tags(f"{{% {name} %}}{{{{ x | json }}}}{{% foo %}}{{% end{name} %}}{{{{ y }}}}")
    assert [tag.name for tag in found] == [name, f"end{name}", ""]


@given(text=st.text(st.sampled_from("{}%'\"| abcraw-end"), max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    """For any text the search does not raise, and tags do not overlap."""
    found = list(tags(text))
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
