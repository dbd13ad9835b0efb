"""Filters for lists, and how lists and maps print."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.liquid.rendering import PERSON, outcome, render

ITEMS = [{"name": "Tea", "price": 420, "tags": ["hot", None]}, {"name": "Mug", "price": 120, "tags": []}]


@pytest.mark.parametrize(
    "expression, value, expected",
    [
        ("Profile.V", ["a", "", 2.5, True], "a2.5true"),
        ("Profile.V", ["a", None], "anull"),
        ("Profile.V", [[1, None], "x"], "[1, null]x"),
        ("Profile.V", {"a": {"b": [1, "x"]}, "c": None}, "{a={b=[1, x]}, c=null}"),
        ("Profile.V | upcase", [[1, None], "x"], "1X"),
        ("Profile.V | first", {"k": "v"}, "kv"),
        ("Profile.V | first", 5, "5"),
        ("Profile.V | last", [], ""),
        ("Profile.V | first", "ab", "ab"),
        ("Profile.V | join", ["a", None, 1], "a  1"),
        ("Profile.V | join: ', '", "text", "text"),
        ("Profile.V | join: nil", ["a", "b"], "ab"),
        ("Profile.V | join: ', '", None, ""),
        ("Profile.V | size", ["a", "b"], "2"),
        ("Profile.V | reverse", ["a", "b"], "ba"),
        ("Profile.V | reverse", "ab", "ab"),
        ("Profile.V | uniq", ["a", "b", "a"], "ab"),
        ("Profile.V | uniq", [1, 1.0, 1], "11.0"),
        ("Profile.V | uniq | size", [[1], [1]], "1"),
        ("Profile.V | compact | size", ["a", None, ""], "2"),
        ("Profile.V | compact", "x", "x"),
        ("Profile.V | concat: Profile.V", ["a"], "aa"),
        ("nil | concat: Profile.V", ["a"], "a"),
        ("Profile.V | slice: 1, 5", ["a", "b", "c"], "bc"),
        ("Profile.V | sort", ["b", "C", "a"], "Cab"),
        ("Profile.V | sort", [3, 1, 2], "123"),
        ("Profile.V | sort", ["🎉", "\uff5e"], "🎉\uff5e"),
        ("Profile.V | sort", None, ""),
        ("Profile.V | sort_natural", ["b", "C", "a", None], "abCnull"),
        ("Profile.V | sort_natural", "x", "x"),
        ("Profile.V | map: 'name' | join: ','", ITEMS, "Tea,Mug"),
        ("Profile.V | map: 'no' | size", ITEMS, "0"),
        ("Profile.V | map: 'a'", None, ""),
        ("Profile.V | sort: 'price' | map: 'name'", ITEMS, "MugTea"),
        ("Profile.V | sort: 'price' | first", [{"a": 2, "price": 1}], "a2price1"),
    ],
)
def test_lists(expression: str, value: Any, expected: str) -> None:
    """A list's elements are written one by one, nested values as Java writes them."""
    assert render("{{ " + expression + " }}", V=value) == expected


@pytest.mark.parametrize(
    "expression, value",
    [
        ("sort", "text"),
        ("sort", [1, "a"]),
        ("sort", [1, 2.0]),
        ("sort", ["a", None]),
        ("sort", ITEMS),
        ("sort: 'no'", ITEMS),
        ("concat: 'x'", ["a"]),
        ("concat", ["a"]),
        ("map: 'a'", ["x"]),
        ("map", ITEMS),
        ("map: 'a'", "x"),
    ],
)
def test_lists_that_fail(expression: str, value: Any) -> None:
    """Values that cannot be compared and elements without properties fail for that person."""
    assert outcome("{{ Profile.V | " + expression + " }}", V=value) == PERSON


def test_what_a_filter_makes_is_another_list() -> None:
    """An array equals itself alone, unlike a list of the profile; ``split`` makes arrays."""
    split = "{% assign a = 'x' | split: ',' %}{% assign b = 'x' | split: ',' %}"
    test = "{% if a == b %}1{% endif %}{% if a == a %}2{% endif %}{% if a == Profile.V %}3{% endif %}"
    test += "{% if a contains 'x' %}4{% endif %}"

    assert render(split + test, V=["x"]) == "24"


@pytest.mark.parametrize("text", ["{{ blank }}", "{{ empty }}", "{{ Profile.V | append: empty }}"])
def test_an_unpredictable_text_is_not_guessed(text: str) -> None:
    """The engine writes a memory address for some values: that fails instead."""
    assert outcome(text, V="x") == PERSON
