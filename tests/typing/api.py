"""What a user's editor and type checker see: the public contract, read by mypy and pyright, never executed."""

from __future__ import annotations

from typing_extensions import assert_type

from linetap import BadArgument, LinetapError, NoAnswer, Problem, ProfileField


def errors(error: LinetapError, bad: BadArgument, no_answer: NoAnswer) -> None:
    """Errors say what a caller needs to decide what to do."""
    assert_type(error.status, int | None)
    assert_type(error.request_id, str | None)
    assert_type(error.attempts, int)
    assert_type(bad.problems, tuple[Problem, ...])
    assert_type(no_answer.retry_key, str | None)
    assert_type(no_answer.may_have_arrived, bool)


def fields() -> None:
    """A field in an f-string gives a plain str."""
    name = ProfileField("Name", default="friend")
    assert_type(f"Hello {name}", str)
    assert_type(name.default, str | None)
