"""How a call ends: facts on errors, and Retry-After."""

from __future__ import annotations

from urllib.parse import quote_plus, urlencode

import attrs
import pytest

from linetap.errors import BadRequest, NoResponse, NotFound, Problem
from linetap.http.call_errors import CallState, final_error, retry_after
from linetap.http.types import ErrorInfo, Headers, Request
from tests.http.fake_transport import LOST, FakeTransport, operation, reply


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
    """Seconds, or a date measured against the response's own Date; anything else counts as absent."""
    headers = {"Retry-After": value, **({"Date": date} if date else {})}

    assert retry_after(Headers(headers)) == seconds


def test_a_rejection_is_reported_with_all_its_facts() -> None:
    """The error has the service's text, code and waiting time."""
    state = CallState(operation())
    state.attempts = 1
    error = final_error(
        state, reply(404, retry_after="9", x_line_request_id="r"), ErrorInfo(NotFound, "no such", code=12)
    )

    assert isinstance(error, NotFound)
    assert (error.message, error.code, error.retry_after, error.request_id) == ("no such", 12, 9.0, "r")


def test_an_error_shows_what_matters() -> None:
    """An error's text names the operation, what happened, and whether sending again could double."""
    state = CallState(operation())
    state.attempts = 2
    state.may_have_arrived = True
    error = final_error(state, LOST, None)

    assert isinstance(error, NoResponse)
    assert str(error) == "test.push: the connection was lost; the request may have been accepted [attempts 2]"


def test_an_echo_of_the_credentials_is_not_quoted() -> None:
    """A gateway that sends back what it got brings no token into the error, nor into its details."""
    secret = "canary-token-0123456789"
    echo = ErrorInfo(
        BadRequest, f"no: Bearer {secret}", details=(Problem(f"headers.{secret}", secret, f"'Bearer {secret}'"),)
    )
    op = attrs.evolve(operation(), error_info=lambda response: echo)

    with pytest.raises(BadRequest) as caught:
        FakeTransport([reply(400)], [{"Authorization": f"Bearer {secret}"}]).run(op)

    assert secret not in str(caught.value) + repr(caught.value.details) + repr(vars(caught.value))
    assert "no: Bearer ***" in str(caught.value)


def test_an_echo_of_a_form_is_not_quoted() -> None:
    """An echo of a token request does not show the channel secret, encoded or decoded."""
    secret = "canary+secret/0123456789"
    form = urlencode({"grant_type": "client_credentials", "client_secret": secret}).encode()
    request = Request("POST", "/oauth2/v3/token", content=form)
    echo = ErrorInfo(BadRequest, f"bad form: {form.decode()} ({secret})")
    op = attrs.evolve(operation(), error_info=lambda response: echo, authorized=False, request=request)

    with pytest.raises(BadRequest) as caught:
        FakeTransport([reply(400)]).run(op)

    assert secret not in str(caught.value)
    assert quote_plus(secret) not in str(caught.value)
    assert "client_credentials" in str(caught.value)
