"""Where a rendered body is not what was meant, and whose value made it so."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.campaign.faults import at_fault, deviations
from linetap.campaign.person import Person
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
    """Changed, added and missing: each place once, with what was meant and what helps."""
    found = list(deviations(MEANT, got))
    assert [problem.path for problem in found] == paths
    assert all(problem.suggestion for problem in found)


def test_who_is_at_fault() -> None:
    """The properties whose values JSON reads as its own; failing those, all that have a value."""
    used = (ProfileField("A"), ProfileField("B"), ProfileField("C"), EventField("E", "D"))
    assert at_fault(used, Person({"A": 'x"', "B": "y"}, {"D": "a\\b"})) == ("A", "D")
    assert at_fault(used, Person({"A": "x", "B": "y"})) == ("A", "B")
