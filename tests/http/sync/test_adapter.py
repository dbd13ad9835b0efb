"""The stock path of single calls."""

from __future__ import annotations

from unittest import mock

import pytest
import requests
import responses

from linetap.errors import NoResponse, UnreadableResponse
from linetap.http.policy import RetryPolicy
from linetap.http.sync.adapter import path_of
from tests.http.sync.transports import SECRET, new_transport, operation
from tests.loopback import Loopback, reply

ONCE = RetryPolicy(attempts=1)


def test_urllib3_sees_every_single_call() -> None:
    """A tool that replaces urllib3's urlopen sees a call of a transport without a session, and can fail it."""
    target = "urllib3.connectionpool.HTTPConnectionPool.urlopen"
    with mock.patch(target, side_effect=OSError("caught")) as seen, pytest.raises(NoResponse) as caught:
        new_transport("http://127.0.0.1:9", retry=ONCE).do(operation())

    assert seen.called
    assert isinstance(caught.value.__cause__, OSError)


def test_a_body_behind_a_proxy_has_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy a body has a Content-Length, as without one: some gateways reject chunked bodies."""
    with Loopback() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        new_transport("http://api.test").do(operation(content=b"{}"))

        assert proxy.seen[0].headers["content-length"] == "2"
        assert "transfer-encoding" not in proxy.seen[0].headers
        assert proxy.seen[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_redirect_behind_a_proxy_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A portal's redirect behind a proxy is not followed, and is the same error as without a proxy."""
    with Loopback(reply(302, location="http://portal.test/")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(UnreadableResponse, match="redirects are not followed"):
            new_transport("http://api.test", retry=ONCE).do(operation())


def test_a_mocked_redirect_is_an_error_of_ours() -> None:
    """So is one that a mock of requests gives."""
    with responses.RequestsMock() as mocks, pytest.raises(UnreadableResponse):
        mocks.post("https://api.line.me/push", status=302, headers={"Location": "http://[::1"})
        new_transport("https://api.line.me", retry=ONCE).do(operation())


@pytest.mark.parametrize("tunnel", [True, False])
def test_a_407_is_named(tunnel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that asks for credentials is named; the service received nothing, and the call is not repeated."""
    with Loopback(reply(407)) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(NoResponse, match="proxy asks for credentials") as caught:
            new_transport(f"http{'s' if tunnel else ''}://api.test").do(operation())

    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, False)


def test_a_missing_bundle_is_not_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a readable CA bundle nothing is sent, once, with a session passed as an argument and without."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "missing.pem")
    for options in ({}, {"session": requests.Session()}):
        with pytest.raises(NoResponse, match="CA_BUNDLE") as caught:
            new_transport("https://127.0.0.1:9", **options).do(operation())

        assert (caught.value.attempts, caught.value.may_have_arrived) == (1, False)


def test_paths_of_addresses() -> None:
    """The path of base_url comes before a request's own path."""
    assert [path_of(url) for url in ("http://a", "https://a.b:1/c/d", "http://a/b")] == ["", "/c/d", "/b"]
