"""Differences between a rendered body and the intended one, and the properties that cause them."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.campaign.preview_diff import deviations, responsible_properties
from linetap.campaign.profile_values import Person
from linetap.errors import Problem
from linetap.fields import EventField, ProfileField

MEANT: dict[str, Any] = {"to": "U1", "messages": [{"type": "text", "text": "Hi"}, {"n": 1}]}


@pytest.mark.parametrize(
    "got, paths",
    [
        (MEANT, []),
        ({**MEANT, "to": "U2"}, ["to"]),
        ({**MEANT, "x": 1}, ["x"]),
        ({"to": "U1"}, ["messages"]),
        ({**MEANT, "messages": MEANT["messages"][:1]}, ["messages"]),
        ({**MEANT, "messages": [*MEANT["messages"], {"type": "text"}]}, ["messages"]),
        ({**MEANT, "messages": [{"type": "text", "text": "Ho"}, {"n": 1}]}, ["messages[0].text"]),
        ({**MEANT, "messages": [{"type": "text", "text": "Hi"}, {"n": True}]}, ["messages[1].n"]),
        ({**MEANT, "messages": [{"type": "text", "text": "Hi", "y": "z"}, {}]}, ["messages[0].y", "messages[1].n"]),
        ({**MEANT, "messages": "x"}, ["messages"]),
        ([], ["body"]),
        (None, ["body"]),
    ],
)
def test_every_place_is_named(got: Any, paths: list[str]) -> None:
    """Changed, added and missing values are reported once each, with the intended value and a remedy."""
    found = list(deviations(MEANT, got))
    assert [problem.path for problem in found] == paths
    assert all(problem.suggestion for problem in found)


A, B, D = ProfileField("A"), ProfileField("B"), EventField("E", "D")
PLACES = (("to", A), ("messages[0].text", B), ("messages[0].text", D), ("messages[1].text", ProfileField("C")))


@pytest.mark.parametrize(
    "path, values, names",
    [
        ("body", {"A": "x", "B": 'y"'}, ("B",)),
        ("messages", {"A": "x", "B": "y\\"}, ("B",)),
        ("messages[0].text", {"A": 'x"', "B": "y", "C": "z"}, ("B", "D")),
        ("messages[0]", {"B": "{x}"}, ("B",)),
        ("to", {"A": "U123", "B": 'y"'}, ("A",)),
        ("messages[10].text", {"A": "x", "B": "y"}, ()),
    ],
)
def test_who_is_at_fault(path: str, values: dict[str, str], names: tuple[str, ...]) -> None:
    """Responsible are the properties at the errors with characters that JSON interprets; without such, all there."""
    problems = [Problem(path, "is wrong", ""), Problem("to", "could be better", "", severity="advice")]
    assert responsible_properties(PLACES, Person(values, {"D": "d"}), problems) == names


def test_an_added_message_is_reported_without_what_it_moved() -> None:
    """After an added message the later ones are not reported as changed."""
    three = [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    got = [{"text": "a"}, {"text": "x"}, {"text": "y"}, {"text": "c"}]
    found = list(deviations({"messages": three}, {"messages": got}))
    assert [problem.path for problem in found] == ["messages", "messages[1].text"]
