"""Every way a call can fail: the tree, what errors carry, and how they are told."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

from linetap import errors
from linetap.errors import (
    BY_STATUS,
    BadArgument,
    LinetapError,
    NoResponse,
    Problem,
    QuotaExceeded,
    Rejected,
    TooManyRequests,
    invalid,
    literal_text,
    short_repr,
)

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, LinetapError)]
PROBLEM = Problem("to", "is a LINE id", "'N.A'", "https://developers.line.biz/", "use a user id")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_errors_survive_a_pickle(kind: type[LinetapError], again: Any) -> None:
    """An error that crosses processes keeps its kind, its words and all its facts."""
    error = kind("why", operation="line.push", status=429, request_id="r", attempts=3, report={"sent": 1})
    twin = again(error)

    assert type(twin) is kind
    assert (str(twin), twin.args, twin.__dict__) == (str(error), error.args, error.__dict__)


def test_a_word_to_the_reader() -> None:
    """The text of an error names the operation, then what happened, then the facts that support asks for."""
    error = TooManyRequests("slower", operation="line.push", status=429, request_id="r-1", attempts=5)

    assert str(error) == "line.push: slower [status 429, request id r-1, attempts 5]"
    assert str(LinetapError("bare")) == "bare"


def test_the_tree() -> None:
    """Errors are caught by what the caller will do about them."""
    assert issubclass(BadArgument, ValueError)
    assert issubclass(QuotaExceeded, TooManyRequests)
    assert all(issubclass(kind, Rejected) for kind in BY_STATUS.values())
    assert not issubclass(NoResponse, Rejected)


def test_all_problems_are_told() -> None:
    """A BadArgument with several problems counts and lists them; with one it is that one."""
    one = BadArgument(problems=[PROBLEM])
    two = BadArgument(problems=[PROBLEM, Problem("messages", "has 1 to 5", "6")])

    assert str(one) == "to: is a LINE id; found 'N.A'; use a user id (https://developers.line.biz/)"
    assert str(two).splitlines()[0] == "2 problems"
    assert len(str(two).splitlines()) == 3
    assert two.problems[1].severity == "error"


def test_what_was_found_is_shortened() -> None:
    """Long values are cut, and say how long they were; described ones stand without quotes."""
    assert short_repr("a" * 100) == "'" + "a" * 79 + "... (102 characters)"
    assert invalid("x", "rule", literal_text("a field")).problems[0].found == "a field"
