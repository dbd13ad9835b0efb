"""The text of a problem, and the printed form of values."""

from __future__ import annotations

import pytest

from linetap.errors import invalid
from linetap.problems import Problem, literal_text, short_repr

PROBLEM = Problem("to", "must be a LINE id", "'N.A'", "https://developers.line.biz/", "use a user id")


def test_the_text_of_a_problem() -> None:
    """A problem prints its path, requirement and value, then the remedy, then the page, each on its own line."""
    assert str(PROBLEM).splitlines() == [
        "to must be a LINE id (got 'N.A').",
        "Use a user id.",
        "https://developers.line.biz/",
    ]
    assert str(Problem("to", "must be given", "")) == "to must be given."
    assert str(Problem("messages[0].text", "May not be empty", "")) == "messages[0].text: May not be empty."
    assert str(Problem("", "must be JSON", "5")) == "must be JSON (got 5)."


@pytest.mark.parametrize(
    ("suggestion", "line"),
    [
        ("write str(...) around it", "Write str(...) around it."),
        ("did you mean 'text'?", "Did you mean 'text'?"),
        ("campaign.fill(profile) fills it", "campaign.fill(profile) fills it."),
        ("https:// is missing", "https:// is missing."),
        ("LINE has no such menu.", "LINE has no such menu."),
    ],
)
def test_a_remedy_is_a_sentence(suggestion: str, line: str) -> None:
    """A remedy starts with a capital letter, unless it starts with code, and ends with a full stop."""
    assert str(Problem("x", "must be y", "z", suggestion=suggestion)).splitlines()[1] == line


def test_what_was_found_is_shortened() -> None:
    """Long values are cut, and say how long they were; described ones have no quotes."""
    assert short_repr("a" * 100) == "'" + "a" * 79 + "... (102 characters)"
    assert invalid("x", "rule", literal_text("a field")).problems[0].found == "a field"
    assert len(str(Problem("k" * 100_000, "must be a property", ""))) < 400


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("value", [Unprintable(), 10**5000, [Unprintable()]], ids=["object", "int", "list"])
def test_what_has_no_printable_form(value: object) -> None:
    """A value whose repr fails is shown by the name of its type."""
    assert short_repr(value) == f"a value of type {type(value).__name__}, which has no printable form"
