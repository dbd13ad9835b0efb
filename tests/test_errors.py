"""Every way a call can fail: the tree, what errors carry, and how they are printed."""

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
)

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, LinetapError)]
PROBLEM = Problem("to", "must be a LINE id", "'N.A'", "https://developers.line.biz/", "use a user id")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_errors_can_be_pickled(kind: type[LinetapError], again: Any) -> None:
    """An error that is pickled or copied has the same class, text and attributes."""
    error = kind("why", operation="line.push", status=429, request_id="r", attempts=3, report={"sent": 1})
    twin = again(error)

    assert type(twin) is kind
    assert (str(twin), twin.args, twin.__dict__) == (str(error), error.args, error.__dict__)


def test_the_text_of_an_error() -> None:
    """The text of an error names the operation, what happened, and the facts that support asks for."""
    error = TooManyRequests("slower", operation="line.push", status=429, request_id="r-1", attempts=5)

    assert str(error) == "line.push: slower [status 429, request id r-1, attempts 5]"
    assert str(LinetapError("bare")) == "bare"


def test_the_tree() -> None:
    """Errors with the same remedy have a common base class."""
    assert issubclass(BadArgument, ValueError)
    assert issubclass(QuotaExceeded, TooManyRequests)
    assert all(issubclass(kind, Rejected) for kind in BY_STATUS.values())
    assert not issubclass(NoResponse, Rejected)


def test_all_problems_are_printed() -> None:
    """A BadArgument with several problems counts and lists them; with one it prints that one."""
    one = BadArgument(problems=[PROBLEM])
    two = BadArgument(problems=[PROBLEM, Problem("messages", "must have 1 to 5 entries", "6")])

    assert str(one) == str(PROBLEM)
    assert str(two).splitlines() == [
        "2 problems:",
        "- to must be a LINE id (got 'N.A').",
        "  Use a user id.",
        "  https://developers.line.biz/",
        "- messages must have 1 to 5 entries (got 6).",
    ]
    assert two.problems[1].severity == "error"


def test_problems_are_capped() -> None:
    """Of 100,000 problems an error keeps and prints 100, with the count of all, also after a pickle."""
    error = BadArgument(problems=(Problem(f"messages[{n}]", "must be an object", "5") for n in range(100_000)))

    assert (len(error.problems), error.problem_count) == (100, 100_000)
    assert str(error).splitlines()[0] == "100,000 problems, the first 100:"
    assert len(str(error)) < 10_000
    assert pickle.loads(pickle.dumps(error)).problem_count == 100_000


def test_the_first_details_of_a_service_are_in_the_text() -> None:
    """The text of a rejection has the service's first details, shortened, each on one line."""
    details = [Problem(f"template/actions/{n}/uri", "size must be between 0 and 1000", "", "page") for n in range(5)]
    error = Rejected("A message is invalid", operation="line.push", status=400, details=details)

    assert str(error).splitlines() == [
        "line.push: A message is invalid [status 400]",
        "  template/actions/0/uri: size must be between 0 and 1000.",
        "  template/actions/1/uri: size must be between 0 and 1000.",
        "  template/actions/2/uri: size must be between 0 and 1000.",
        "  and 2 more in details",
    ]
    long = Rejected("no", details=[Problem("to", f"is {'wrong ' * 1000}\nreally", "")])
    assert len(str(long)) < 400
    assert len(str(long).splitlines()) == 2
