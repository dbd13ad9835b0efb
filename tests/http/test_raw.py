"""Options for one call, and the responses beside the value: the same on all clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from linetap import CleverTapClient, LineClient, Pace, RetryPolicy
from linetap.errors import BadArgument, Rejected
from linetap.http.attempt_info import AttemptInfo
from linetap.sandbox import Sandbox
from tests.clevertap.service import client as clevertap_client
from tests.clevertap.service import taken


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def line(box: Sandbox) -> LineClient:
    return LineClient(box.channel_access_token, session=box.session(), sleep=lambda seconds: None)


def test_a_raw_response_has_the_value_too(box: Sandbox, line: LineClient) -> None:
    """with_raw_response gives the method's value with status, headers and request id of its response."""
    [user] = box.line.add_followers(1)

    raw = line.with_raw_response(line.push, user, "Hello", notification_disabled=True)

    assert raw.value.request_id == raw.request_id == raw.headers["x-line-request-id"]
    assert (raw.status, len(raw.responses)) == (200, 1)
    assert box.journal.of("push")[0].json()["notificationDisabled"] is True


def test_every_response_of_a_call_is_there(box: Sandbox, line: LineClient) -> None:
    """A retried call has the response of each attempt; a call of two requests has both."""
    [user] = box.line.add_followers(1)
    box.faults.add("line.push", status=500)

    assert [response.status for response in line.with_raw_response(line.push, user, "x").responses] == [500, 200]
    assert len(line.with_raw_response(line.quota).responses) == 2
    assert line.with_raw_response(line.tokens.issue_link_token, user).status == 200


def test_the_client_itself_records_nothing(box: Sandbox, line: LineClient) -> None:
    """A call on the client after with_raw_response adds nothing to the earlier responses."""
    raw = line.with_raw_response(line.bot_info)
    line.bot_info()

    assert len(raw.responses) == 1


def test_an_error_is_raised_as_without_it(line: LineClient) -> None:
    """An error of the method is raised; wrong arguments send nothing."""
    with pytest.raises(Rejected):
        line.with_raw_response(line.request, "POST", "/v2/bot/message/push", json={})
    with pytest.raises(BadArgument, match="to"):
        line.with_raw_response(line.push, "N.A", "x")


@pytest.mark.parametrize("wrong", [len, print, "push", LineClient.push])
def test_only_methods_of_a_client_are_accepted(line: LineClient, wrong: Any) -> None:
    """A function that is not a bound method of a client raises, with an example."""
    with pytest.raises(BadArgument, match="method of a client"):
        line.with_raw_response(wrong)


def test_headers_of_a_copy_are_sent(box: Sandbox, line: LineClient) -> None:
    """with_options(headers=) adds headers to every request of the copy, and to none of the client's own."""
    line.with_options(headers={"x-shop": "a", "user-agent": "mine/1"}).bot_info()
    line.bot_info()

    first, second = box.journal.of("bot_info")
    assert (first.headers["x-shop"], first.headers["user-agent"]) == ("a", "mine/1")
    assert "x-shop" not in second.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer CANARY"},
        {"x-line-retry-key": "CANARY"},
        {"X-CleverTap-Passcode": "CANARY"},
        {"Host": "CANARY"},
        {"a b": "CANARY"},
        {"X": "CANARY\r\nY: z"},
        {"X": "CANARY値"},
        {"X": 5},
        "CANARY",
    ],
)
def test_headers_of_the_services_own_are_rejected(line: LineClient, headers: Any) -> None:
    """Credentials, framing and what HTTP cannot carry raise at the call, without the value."""
    with pytest.raises(BadArgument, match="headers") as caught:
        line.with_options(headers=headers)
    assert "CANARY" not in str(caught.value)


def test_each_attempt_is_reported(box: Sandbox, line: LineClient) -> None:
    """on_attempt gets an AttemptInfo after each attempt, with endpoint, status and number, and no user id."""
    [user] = box.line.add_followers(1)
    box.faults.add("line.profile", status=500)
    seen: list[AttemptInfo] = []

    line.with_options(on_attempt=seen.append).profile(user)
    line.profile(user)

    assert [(each.operation, each.endpoint, each.status, each.attempt) for each in seen] == [
        ("line.profile", "/v2/bot/profile/{userId}", 500, 1),
        ("line.profile", "/v2/bot/profile/{userId}", 200, 2),
    ]
    assert user not in repr(seen)
    assert all(each.request_id for each in seen)


def test_a_further_pace_limits_the_copy_alone(box: Sandbox) -> None:
    """with_options(pace=) makes each call of the copy wait for that pace; the client's own calls do not."""
    now, waits = [0.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    line = LineClient(box.channel_access_token, session=box.session(), sleep=sleep, clock=lambda: now[0])
    slow = line.with_options(pace=Pace(0.5))
    for _ in range(3):
        slow.bot_info()
    assert waits == [2.0, 2.0]
    line.bot_info()
    assert waits == [2.0, 2.0]


def test_options_add_up(box: Sandbox, line: LineClient) -> None:
    """A copy of a copy has the options of both."""
    seen: list[AttemptInfo] = []
    both = line.with_options(headers={"x-a": "1"}).with_options(headers={"x-b": "2"}, on_attempt=seen.append)
    both.with_options(retry=RetryPolicy(attempts=1)).bot_info()

    headers = box.journal.of("bot_info")[0].headers
    assert (headers["x-a"], headers["x-b"], len(seen)) == ("1", "2", 1)


def test_wrong_options_raise(line: LineClient) -> None:
    """A pace that is a number, or a hook that cannot be called, raises at the call."""
    for options in ({"pace": 5}, {"on_attempt": "print"}):
        with pytest.raises(BadArgument, match=next(iter(options))):
            line.with_options(**options)  # type: ignore[arg-type]


def test_clevertap_has_the_same(box: Sandbox) -> None:
    """with_raw_response, headers and on_attempt work on the other service's client, also after a wait for a slot."""
    seen: list[AttemptInfo] = []
    clevertap: CleverTapClient = clevertap_client(taken)[0].with_options(on_attempt=seen.append, headers={"x-a": "1"})

    raw = clevertap.with_raw_response(clevertap.request, "POST", "/1/upload", json={"d": []})

    assert (raw.status, raw.request_id, raw.value.status) == (200, None, 200)
    assert [each.service for each in seen] == ["clevertap"]


@pytest.mark.parametrize("by_name", [True, False])
def test_no_frame_of_the_call_shows_an_argument(line: LineClient, by_name: bool) -> None:
    """The frames between the caller and the method have no argument, which may be a secret, in a variable."""
    secret, raw = "s3cr3t-of-the-channel", line.with_raw_response
    with pytest.raises(BadArgument) as caught:
        if by_name:
            raw.tokens.revoke("no digits", channel_secret=secret, access_token="token")
        else:
            raw(line.tokens.revoke, "no digits", secret, "token")

    entries = [entry for entry in caught.traceback if "linetap" in str(entry.path) and "tests" not in str(entry.path)]
    assert len(entries) > 2
    assert not [entry for entry in entries if secret in repr(entry.frame.f_locals)]
