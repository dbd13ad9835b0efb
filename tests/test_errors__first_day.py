"""Mistakes of a first day: the text of the error names the cause and the correction."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from linetap import (
    Campaign,
    CleverTapClient,
    KnownFollowers,
    LineClient,
    LinetapError,
    ProfileField,
    RawLiquid,
    StatelessToken,
    WebhookTemplate,
)
from linetap.campaign import json_safe_text
from linetap.clevertap import Add
from linetap.sandbox import Sandbox

USER = "U" + "0123456789abcdef" * 2
HELLO = Campaign("Hello", messages=[f"Hello {ProfileField('Name')}"])
Call = Callable[[Sandbox, LineClient, CleverTapClient], object]


def wrong_token(box: Sandbox) -> LineClient:
    """A client with the channel secret in the place of the token."""
    return LineClient(box.channel_secret, session=box.session())


MISTAKES: list[tuple[str, Call]] = [
    ("not its channel secret", lambda box, line, clevertap: wrong_token(box).bot_info()),
    ("is of this channel's provider", lambda box, line, clevertap: line.push(USER, "Hello")),
    ("or write [user_id]", lambda box, line, clevertap: line.multicast(USER, "Hello")),
    ("Use multicast", lambda box, line, clevertap: line.push([USER, USER], "Hello")),  # type: ignore[arg-type]
    ("Write Timeout(read=5)", lambda box, line, clevertap: LineClient("t", timeout=5)),  # type: ignore[arg-type]
    ("Write Pace(500)", lambda box, line, clevertap: line.with_options(pace=500)),  # type: ignore[arg-type]
    ("Write RetryPolicy(attempts=3)", lambda box, line, clevertap: LineClient("t", retry=3)),  # type: ignore[arg-type]
    ("are not swapped", lambda box, line, clevertap: StatelessToken("0123456789abcdef" * 2, "1234567890")),
    ("Write it in quotes", lambda box, line, clevertap: StatelessToken(1234567890, "secret")),  # type: ignore[arg-type]
    ("make a ProfileRecord of each", lambda box, line, clevertap: clevertap.upload_profiles({})),
    ("must be an EventRecord", lambda box, line, clevertap: clevertap.upload_events([USER])),  # type: ignore[list-item]
    ("got dict with int", lambda box, line, clevertap: WebhookTemplate("t", "https://a.example", headers={"A": 5})),  # type: ignore[dict-item]
    ("Add[0] must be a string", lambda box, line, clevertap: Add(5)),  # type: ignore[arg-type]
    ("text must be a string", lambda box, line, clevertap: json_safe_text(None)),  # type: ignore[arg-type]
    ("identity_by_line_id['U", lambda box, line, clevertap: KnownFollowers({USER: 5})),  # type: ignore[dict-item]
    ("use .is_set()", lambda box, line, clevertap: ProfileField("Plan").equals(None)),  # type: ignore[arg-type]
    ("Write 'lineID': the profile has", lambda box, line, clevertap: HELLO.fill({"lineID": USER, "Name": "Aiko"})),
    ("Write 'name': the profile has", lambda box, line, clevertap: HELLO.fill({"LineID": USER, "name": "Aiko"})),
    ("Write upcase", lambda box, line, clevertap: HELLO.with_text(RawLiquid("{{ 'a' | upcse }}")).body()),
    ("must be JSON: Expecting value", lambda box, line, clevertap: Campaign.from_json("nope")),
]


@pytest.mark.parametrize(("hint", "call"), MISTAKES, ids=[hint for hint, _ in MISTAKES])
def test_the_text_of_an_error_leads_to_the_correct_call(hint: str, call: Call) -> None:
    """The error of a frequent mistake names its cause or shows the correct call."""
    with Sandbox() as box, pytest.raises(LinetapError) as caught:
        call(box, box.line_client(), box.clevertap_client())
    assert hint.lower() in str(caught.value).lower()


def test_a_preview_names_another_spelling_of_a_missing_property() -> None:
    """A profile that is skipped for `LineID` and has `lineID` gets the correct spelling as the problem's suggestion."""
    preview = HELLO.preview({"lineID": USER, "Name": "Aiko"})
    assert (preview.status, preview.problems[0].suggestion) == (
        "aborted",
        "write 'lineID': the profile has this property",
    )


def test_liquid_problems_show_what_was_found_once() -> None:
    """The problem of a filter that does not exist has one `(got ...)`."""
    problem = HELLO.with_text(RawLiquid("{{ 'a' | shout }}")).problems[0]
    assert str(problem).count("(got") == 1
    assert "not shout" in problem.rule
