"""Tokens in the query of a call are in no log, and in no problem that a gateway sends back."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from linetap import LineClient, LinetapError, RetryPolicy, TextMessage
from linetap.http.sync.log_filter import mask_query
from tests.loopback import Loopback, Seen, reply

TOKEN = "CANARY-token-0123456789abcdef"
QUERIES = [
    ("/oauth2/v2.1/verify?access_token=abc", "/oauth2/v2.1/verify?access_token=***"),
    ("/x?a=1&client_assertion=a.b.c&b=2", "/x?a=1&client_assertion=***&b=2"),
    ("/v2/bot/followers/ids?limit=3&start=abc", "/v2/bot/followers/ids?limit=3&start=abc"),
    ("/x?not_access_token=abc", "/x?not_access_token=abc"),
]


@pytest.mark.parametrize(("text", "expected"), QUERIES)
def test_only_secret_parameters_are_masked(text: str, expected: str) -> None:
    """The values of secret parameters are masked, and nothing else."""
    assert mask_query(text) == expected


@pytest.mark.parametrize("response", [reply(500), reply(400, b"{}")])
def test_no_log_has_a_token_of_the_query(response: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """urllib3's own log of a call with a token in its query does not show the token."""
    caplog.set_level(logging.DEBUG)
    with Loopback(response) as server:
        line = LineClient("another-token", base_url=server.url, retry=RetryPolicy(attempts=1))
        with pytest.raises(LinetapError):
            line.request("GET", "/oauth2/v2.1/verify", params={"access_token": TOKEN})
    assert any(record.name == "urllib3.connectionpool" and "***" in record.getMessage() for record in caplog.records)
    assert "CANARY" not in caplog.text


def _echo(sock: Any, seen: Seen) -> None:
    """A 400 that contains the credentials of the request, as a gateway may send it."""
    sock.sendall(reply(400, b'{"message": "%s"}' % seen.headers["authorization"].encode()))


def test_no_problem_has_the_token() -> None:
    """The problems that a validation returns contain no credentials, also where the response does."""
    with Loopback(_echo) as server:
        line = LineClient(TOKEN, base_url=server.url, retry=RetryPolicy(attempts=1))
        problems = line.validate_push(TextMessage("Hello"))
    assert problems
    assert "CANARY" not in str(problems)
