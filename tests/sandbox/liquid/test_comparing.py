"""Conditions and lookups: equality, truth, order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.liquid.rendering import PERSON, outcome, render


def holds(condition: str, **objects: Any) -> bool:
    return render("{% if " + condition + " %}y{% endif %}", **objects) == "y"


@pytest.mark.parametrize("value", ["x", "", " ", 0, 0.0, [], {}, True])
def test_only_nil_and_false_are_false(value: Any) -> None:
    """Empty texts, nought and empty lists are true; a missing property, null and false are not."""
    assert holds("Profile.V", V=value)
    assert not any((holds("Profile.V", V=None), holds("Profile.V", V=False), holds("Profile.X", V=value)))


@pytest.mark.parametrize(
    "value, equals",
    [("", True), ([], True), ({}, True), (None, False), (" ", False), (0, False), (False, False), ([""], False)],
)
def test_empty(value: Any, equals: bool) -> None:
    """``empty`` equals what has no length."""
    assert (holds("Profile.V == empty", V=value), holds("Profile.V != empty", V=value)) == (equals, not equals)


@pytest.mark.parametrize(
    "left, right, equals",
    [
        (5, "5", True),
        (5, "5.0", True),
        (5, "'5'", False),
        ("5", "5", False),
        (5.000000000001, "5", True),
        (5.0001, "5", False),
        (True, "true", True),
        (1, "true", False),
        (None, "nil", True),
        (None, "null", True),
        ("", "nil", False),
        (False, "nil", False),
        ("gold", "'Gold'", False),
        (["a"], "Profile.V", True),
        ({"a": [1]}, "Profile.V", True),
        ([1, 2], "Profile.W", False),
        (2**53 + 1, "9007199254740992", True),
    ],
)
def test_equality(left: Any, right: str, equals: bool) -> None:
    """Numbers are equal by their size within a hundred-billionth; no text is turned into a number."""
    condition = f"Profile.V == {right}"

    assert holds(condition, Profile={"V": left, "W": [1.0, 2.0]}) is equals
    assert holds(condition.replace("==", "!="), Profile={"V": left, "W": [1.0, 2.0]}) is not equals


@pytest.mark.parametrize(
    "condition, expected",
    [
        ("19 > 18", True),
        ("18 >= 18.0", True),
        ("17.9 < 18", True),
        ("Profile.V > 18", False),
        ("'b' > 'a'", False),
        ("nil < 5", False),
        ("'19' >= '18'", False),
        ("true >= false", False),
    ],
)
def test_only_numbers_are_ordered(condition: str, expected: bool) -> None:
    """``<`` and its like are false for texts, truth values and nil."""
    assert holds(condition, V="19") is expected


@pytest.mark.parametrize(
    "value, needle, expected",
    [
        ("gold", "'old'", True),
        (["gold"], "'gold'", True),
        (["golden"], "'gold'", False),
        ("a5", "5", True),
        (5, "5", False),
        ([5], "5", False),
        ([5_000_000_000], "5000000000", True),
        ([5.0], "5.0", True),
        ({"gold": 1}, "'gold'", False),
        (None, "''", False),
        ("x", "nil", True),
        ([None], "nil", True),
    ],
)
def test_contains(value: Any, needle: str, expected: bool) -> None:
    """A part of a text or an element of a list; a number of the template is a Long, one of the profile an Integer."""
    assert holds(f"Profile.V contains {needle}", V=value) is expected


@pytest.mark.parametrize(
    "condition, expected",
    [
        ("true or false and false", True),
        ("false and false or true", False),
        ("(false and false) or true", True),
        ("true and true and false", False),
        ("1 == 2 > 1", False),
        ("1 < 2 == true", True),
        ("'true' contains 1 == 1", True),
        ("blank == blank", True),
        ("nil == nil and 1", True),
    ],
)
def test_operators_group_from_the_right(condition: str, expected: bool) -> None:
    """``and`` and ``or`` have one rank; order, equality, ``contains`` and logic bind in this sequence."""
    assert holds(condition) is expected


PROFILE: dict[str, Any] = {
    "Name": "愛子🎉",
    "Tags": ["a", "b"],
    "Home": {"city": "Osaka", "size": "big"},
    "Empty": {},
    "null": "n",
    "Which": "Name",
}


@pytest.mark.parametrize(
    "path, expected",
    [
        ("Profile.Name.size", "4"),
        ("Profile.Tags.size", "2"),
        ("Profile.Home.size", "big"),
        ("Profile.Empty.size", "0"),
        ("Profile.Which.length", ""),
        ("Profile.Tags.first", "a"),
        ("Profile.Tags.last", "b"),
        ("Profile.Name.first", ""),
        ("Profile.Tags['first']", ""),
        ("Profile.Tags['0']", ""),
        ("Profile.Tags[1.9]", "b"),
        ("Profile.Name[0]", ""),
        ("Profile.Home['city']", "Osaka"),
        ("Profile[Profile.Which]", "愛子🎉"),
        ("Profile[Nothing]", "n"),
        ("Profile.Home.city.ward", ""),
        ("profile.Name", ""),
        ("Profile.NAME", ""),
        ("Nothing.at[5].all", ""),
        ("[Nothing]", ""),
    ],
)
def test_paths(path: str, expected: str) -> None:
    """Members of maps, ``size`` of what has one, ``first`` and ``last`` of lists; names are exact."""
    assert render("{{ " + path + " }}", Profile=PROFILE) == expected


@pytest.mark.parametrize("index", ["2", "-1", "99999999999"])
def test_an_index_outside_of_a_list_fails(index: str) -> None:
    """An index past the end, or negative, fails for that person; of a missing list it renders nothing."""
    assert outcome("{{ Profile.V[" + index + "] }}", V=["a", "b"]) == PERSON
    assert outcome("[{{ Profile.V[" + index + "] }}]") == "[]"


@pytest.mark.parametrize(
    "value, expected",
    [
        ("b", "2"),
        (["b"], "else"),
        (None, "else"),
        (1.0, "one"),
        ("1", "else"),
        ("", "empty"),
        ([], "empty"),
        (True, "yes"),
    ],
)
def test_case(value: Any, expected: str) -> None:
    """The first ``when`` with an equal value is rendered, by the rules of ``==``."""
    text = (
        "{% case Profile.V %} {% when 'a', 'b' or 'c' %}2{% when 1 %}one{% when blank %}blank{% when empty %}empty"
        "{% when true %}yes{% else %}else{% endcase %}"
    )

    assert render(text, V=value) == expected
