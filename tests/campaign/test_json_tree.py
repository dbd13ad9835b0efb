"""A tree of plain JSON with marks: strings, fields, branches."""

from __future__ import annotations

from linetap.campaign import json_tree
from linetap.campaign.conditions import when
from linetap.fields import LiteralText, ProfileField, RawLiquid

A, B = ProfileField("A"), ProfileField("B", default="b")
JA = ProfileField("Language").equals("ja")
CHOICE = when(JA, f"x{A}", otherwise=f"{B}")


def test_every_string_has_its_path() -> None:
    """Every string is found, including member names; only the text of textV2 has LINE's braces."""
    found = list(json_tree.leaves({"a": ["x", {"b": "y"}], "m": {"type": "textV2", "text": "z"}}))
    assert [(leaf.path, leaf.text) for leaf in found if not leaf.is_key] == [
        ("a[0]", "x"),
        ("a[1].b", "y"),
        ("m.type", "textV2"),
        ("m.text", "z"),
    ]
    assert [leaf.path for leaf in found if leaf.braces] == ["m.text"]


def test_pieces_compare_however_literal_text_is_written() -> None:
    """LiteralText and plain text are one piece; a conditional text that only replaces a missing value is a default."""
    assert list(json_tree.pieces(f"a{LiteralText('b')}c{A}")) == ["abc", A]
    instead = when(A.is_set(), f"{ProfileField('A', default='')}", otherwise="b{")
    assert list(json_tree.pieces(f"{instead}")) == [ProfileField("A", default="b{")]
    assert list(json_tree.pieces(f"{LiteralText('{')}", braces=True)) == ["{{"]


def test_fields_are_found_inside_choices() -> None:
    """The fields of conditions and of both branches are fields of the tree; literal text is not."""
    found = list(json_tree.fields_in({"text": f"{CHOICE}{LiteralText('x')}{RawLiquid('{{ y }}')}"}))
    assert found == [ProfileField("Language"), A, B, RawLiquid("{{ y }}")]
    assert json_tree.properties_in([f"{A}{A}", f"{B}"]) == (A, B)


def test_variants_take_every_choice_one_way_and_the_other() -> None:
    """A tree without conditional texts has one branch, a tree with them two."""
    assert json_tree.branches({"a": f"{A}"}) == ({"a": f"{A}"},)
    nested = when(A.is_set(), f"1{CHOICE}", otherwise="2")
    assert json_tree.branches([f"{nested}", 3]) == ([f"1x{A}", 3], ["2", 3])


def test_a_text_is_reported_as_people_read_it() -> None:
    """readable_text shows fields by name, with defaults and conditions."""
    assert json_tree.readable_text(f"Hi {A}, {B}") == "Hi <A>, <B, or 'b'>"
    assert json_tree.readable_text(f"{CHOICE}") == "<Language == 'ja': 'x<A>', else \"<B, or 'b'>\">"
