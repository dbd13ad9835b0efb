"""The block structure of a text with Liquid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.campaign.liquid_blocks import Block, nodes_of
from linetap.campaign.liquid_tags import Tag

ASSIGN = "{% assign linetap_v = Profile.A | default: '' | strip %}"


@pytest.mark.parametrize(
    "text, shape",
    [
        ("a{{ x }}b", ["a", "tag ", "b"]),
        ("{% if a %}b{% else %}c{% endif %}", ["", "if simple", ""]),
        ("{% if a %}b{% elsif c %}d{% endif %}", ["", "if", ""]),
        ("{% case a %}{% when 'x' %}b{% endcase %}", ["", "case", ""]),
        ("{% for i in a %}{% if b %}c{% endif %}{% endfor %}", ["", "for", ""]),
        (f"{ASSIGN}{{% if linetap_v != '' %}}b{{% endif %}}", ["", "if simple assign", ""]),
        (f"{ASSIGN} {{% if linetap_v != '' %}}b{{% endif %}}", ["", "tag assign", " ", "if simple", ""]),
        ("{% if a %}b", ["", "tag if", "b"]),
        ("{% if a %}b{% endfor %}{% endif %}", ["", "tag if", "b", "tag endfor", "", "tag endif", ""]),
    ],
)
def test_the_structure(text: str, shape: list[str]) -> None:
    """Texts, tags and well-formed blocks are found; tags that do not fit together stay single."""
    assert [_shape(node) for node in nodes_of(text)] == shape


def _shape(node: str | Tag | Block) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, Tag):
        return f"tag {node.name}"
    kinds = [node.tag.name] + ["simple"] * (node.simple and node.tag.name == "if") + ["assign"] * bool(node.assign)
    return " ".join(kinds)


parts = st.sampled_from(
    ["{% if a %}", "{% else %}", "{% endif %}", "{% for i in a %}", "{% endfor %}", ASSIGN, "{{ x }}", "y", "{%", "}}"]
)


@given(st.lists(parts, max_size=12).map("".join))
def test_nothing_is_lost(text: str) -> None:
    """For any text the nodes cover all of it, in order."""
    at = 0
    for node in nodes_of(text):
        start, end = (at, at + len(node)) if isinstance(node, str) else (node.start, node.end)
        assert start == at
        at = end
    assert at == len(text)
