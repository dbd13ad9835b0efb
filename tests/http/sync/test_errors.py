"""What every exception of requests and urllib3 means."""

from __future__ import annotations

import http.client
import inspect
import ssl
from typing import Any

import pytest
import requests
from requests import exceptions as theirs
from urllib3 import exceptions as deeper

from linetap.errors import LinetapError
from linetap.http.call_errors import AttemptFailed
from linetap.http.policy import RetryPolicy
from linetap.http.sync.errors import to_failure
from tests.http.sync.transports import Mounted, new_transport, operation

ONCE = RetryPolicy(attempts=1)


def _made(kind: type[BaseException]) -> BaseException:
    """An exception of any class of theirs, however its constructor looks."""
    error = kind.__new__(kind)
    error.args = ("canary",)
    return error


def _kinds(module: Any) -> list[type[BaseException]]:
    found = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)]
    return [kind for kind in found if not issubclass(kind, Warning)]


@pytest.mark.parametrize("kind", [*_kinds(theirs), *_kinds(deeper), ssl.SSLError, ConnectionResetError, TimeoutError])
def test_every_exception_has_a_meaning(kind: type[BaseException]) -> None:
    """Every exception of requests and urllib3 is a lost response or a request that cannot be sent, in our words."""
    meaning = to_failure(_made(kind))

    assert meaning is None or ("canary" not in meaning.reason and meaning.reason)


@pytest.mark.parametrize("kind", [*_kinds(theirs), *_kinds(deeper)])
def test_every_exception_becomes_a_linetap_error(kind: type[BaseException]) -> None:
    """Raised by a session, every exception of requests and urllib3 becomes a LinetapError."""

    class Failing(Mounted):
        def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:  # type: ignore[override]
            raise _made(kind)

    session = requests.Session()
    session.mount("https://", Failing())
    with pytest.raises(LinetapError) as caught:
        new_transport("https://api.line.me", session=session, retry=ONCE).do(operation())
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "error, arrived",
    [
        (theirs.ConnectTimeout(), False),
        (theirs.ConnectionError(deeper.MaxRetryError(None, "/", deeper.NewConnectionError(None, "x"))), False),  # type: ignore[arg-type]
        (theirs.ProxyError(deeper.ProxyError("x", OSError("Tunnel connection failed: 407 Who are you"))), False),
        (theirs.ProxyError(deeper.ProxyError("x", deeper.NewConnectionError(None, "rejected"))), False),  # type: ignore[arg-type]
        (theirs.ProxyError(deeper.ProxyError("x", http.client.RemoteDisconnected("no response"))), True),
        (theirs.ConnectionError(deeper.ProtocolError("aborted", ConnectionResetError(104, "reset"))), True),
        (theirs.ReadTimeout(), True),
        (theirs.ChunkedEncodingError(), True),
        (theirs.SSLError("eof in the middle"), True),
        (BrokenPipeError(32, "pipe"), True),
    ],
)
def test_what_may_have_arrived(error: BaseException, arrived: bool) -> None:
    """Only where no connection came about is it certain that nothing arrived."""
    assert to_failure(error).may_have_arrived is arrived


def test_certificates_are_found_deep_down() -> None:
    """A certificate error is known for what it is under all that wraps it."""
    bad = ssl.SSLCertVerificationError(1, "x")
    bad.verify_message = "self-signed"
    wrapped = theirs.SSLError(deeper.MaxRetryError(None, "/", deeper.SSLError(bad)))  # type: ignore[arg-type]

    assert to_failure(wrapped) == AttemptFailed(
        "TLS certificate verification failed: self-signed", may_have_arrived=False, retryable=False
    )
