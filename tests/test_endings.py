"""How a call ends: facts on errors, and Retry-After."""

from __future__ import annotations

import pytest

from linetap.endings import Story, ended, retry_after
from linetap.errors import NoAnswer, NotFound
from linetap.wire import Headers, Refusal
from tests.plans import LOST, answer, operation


@pytest.mark.parametrize(
    "value, date, seconds",
    [
        ("0", None, 0.0),
        ("120", None, 120.0),
        (" 5 ", None, 5.0),
        ("Mon, 23 Nov 2026 10:01:00 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 10:01:00 GMT", None, None),
        ("1e400", None, None),
        ("٣", None, 3.0),
        ("tomorrow", "Mon, 23 Nov 2026 10:00:00 GMT", None),
        ("", None, None),
    ],
)
def test_retry_after_is_read(value: str, date: str | None, seconds: float | None) -> None:
    """Seconds, or a date measured against the answer's own Date; anything else counts as absent."""
    headers = {"Retry-After": value, **({"Date": date} if date else {})}

    assert retry_after(Headers(headers)) == seconds


def test_a_refusal_is_told_with_all_its_facts() -> None:
    """The service's words, code and waiting time stand on the error."""
    story = Story(operation())
    story.attempts = 1
    error = ended(story, answer(404, retry_after="9", x_line_request_id="r"), Refusal(NotFound, "no such", code=12))

    assert isinstance(error, NotFound)
    assert (error.message, error.code, error.retry_after, error.request_id) == ("no such", 12, 9.0, "r")


def test_an_error_shows_what_matters() -> None:
    """An error's text names the operation, what happened, and whether sending again could double."""
    story = Story(operation())
    story.attempts = 2
    story.arrived = True
    error = ended(story, LOST, None)

    assert isinstance(error, NoAnswer)
    assert str(error) == "test.push: the connection was lost; the request may have been taken [attempts 2]"
