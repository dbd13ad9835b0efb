"""A tree of plain JSON with marks, filled with the values of a profile."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.campaign import substitution
from linetap.campaign.profile_values import Person
from linetap.campaign.substitution import Substitution, joined
from linetap.fields import EventField, LiteralText, ProfileField, TriggerField
from linetap.models.dumps import compact

A, B = ProfileField("A"), ProfileField("B", default="b")


def filled(tree: Any, **profile: Any) -> tuple[Any, Person]:
    """The tree for one profile, and what became of the person."""
    person, fill = Person(profile), Substitution().tree(tree)
    return fill(person) if fill else tree, person


def test_static_parts_are_shared_and_changing_ones_are_new() -> None:
    """Parts without fields are shared between profiles; parts with fields are not."""
    tree = {"static": {"deep": [1]}, "list": [f"x{A}", {"y": 1}], "text": f"{A}"}
    (one, _), (two, _) = filled(tree, A="1"), filled(tree, A="2")
    assert (one["list"][0], two["list"][0], one["text"]) == ("x1", "x2", "1")
    assert one["static"] is two["static"] is tree["static"]
    assert one["list"] is not two["list"]
    assert Substitution().tree({"a": [1, "x"]}) is None


def test_missing_and_defaulted_are_noted() -> None:
    """Every required field without a value, and every default that is used, is recorded."""
    _, person = filled([f"{A}{B}", f"{ProfileField('C')}"])
    assert (person.missing, person.defaulted) == ([A, ProfileField("C")], [B])


@pytest.mark.parametrize("default, shown", [("b", " "), ("b'", "b'")])
def test_blanks_are_a_value_to_the_filter_alone(default: str, shown: str) -> None:
    """The filter default keeps a text of blanks; a default outside the tags replaces it."""
    assert filled(f"{ProfileField('A', default=default)}", A=" ")[0] == shown


def test_text_v2_values_are_doubled() -> None:
    """In textV2 the braces of values and of literal text are doubled, because LINE interprets them."""
    message = {"type": "textV2", "text": f"{{who}} {A} {LiteralText('{')}", "other": f"{A}"}
    assert filled(message, A="{x}")[0] == {"type": "textV2", "text": "{who} {{x}} {{", "other": "{x}"}


def test_every_source_is_read() -> None:
    """Profile, event and trigger fields read their own values."""
    person = Person({"x": "p"}, {"x": "e"}, {"x": "t"})
    fill = Substitution().tree(f"{ProfileField('x')}{EventField('E', 'x')}{TriggerField('x')}")
    assert fill is not None
    assert fill(person) == "pet"


@pytest.mark.parametrize("value, reaches", [("U1", "U1"), ("xU", "xU"), (["U"], "U"), ("N.A", ""), (7, ""), (True, "")])
def test_a_recipient_contains_a_u(value: Any, reaches: str) -> None:
    """A recipient without U, such as a number or a bool, counts as missing."""
    person = Person({"LineID": value})
    assert substitution.recipient(ProfileField("LineID"))(person) == reaches
    assert bool(person.missing) is not bool(reaches)


@pytest.mark.parametrize("value", ["x", 'a "b"', "C:\\new", "two\nlines", 12345678.9, True, ["a", 1], "花子"])
def test_json_parts_are_the_json_of_the_filled_tree(value: Any) -> None:
    """The JSON text made of parts equals the compact JSON of the filled tree."""
    tree = {"messages": [{"type": "textV2", "text": f"{{who}} {A}", "n": [1, None, {}]}, f"{A}{LiteralText('x')}", []]}
    parts = joined(Substitution().json_parts(tree))
    text = "".join(part if isinstance(part, str) else part(Person({"A": value})) for part in parts)
    assert text == compact(filled(tree, A=value)[0])
