"""What the environment says about proxies and certificates."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme

from linetap import AsyncLineClient, LineClient, NoResponse, RetryPolicy
from linetap.http.environment import ca_bundle, proxy_for, tls_context
from linetap.http.failures import MissingCABundle


@pytest.mark.parametrize(
    "variables, url, proxy",
    [
        ({}, "http://a.test", None),
        ({"http_proxy": "http://p:1"}, "http://a.test", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://a.test", None),
        ({"https_proxy": "p:1"}, "https://a.test", "http://p:1"),
        ({"all_proxy": "p:1"}, "http://a.test", "http://p:1"),
        ({"http_proxy": "http://p:1", "no_proxy": "10.0.0.0/8, 127.0.0.1/32"}, "http://127.0.0.1:8", None),
        ({"http_proxy": "http://p:1", "no_proxy": "10.0.0.0/8"}, "http://10.1.2.3", None),
        ({"http_proxy": "http://p:1", "no_proxy": "a.test"}, "http://b.a.test:8", None),
        ({"http_proxy": "http://p:1", "no_proxy": "*"}, "http://a.test", None),
    ],
)
def test_proxies(variables: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, addresses and CIDR blocks of no_proxy count, and a proxy without a scheme is an http:// one."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert proxy_for(url) == proxy


def test_the_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """REQUESTS_CA_BUNDLE, then CURL_CA_BUNDLE, then certifi's."""
    assert ca_bundle() == certifi.where()
    monkeypatch.setenv("CURL_CA_BUNDLE", "curl.pem")
    assert ca_bundle() == "curl.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "requests.pem")
    assert ca_bundle() == "requests.pem"


def test_the_context_checks_certificates_and_names(tmp_path: Path) -> None:
    """The context of a bundle verifies certificates and host names, and is one object until the bundle changes."""
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    context = tls_context(str(bundle))

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert tls_context(str(bundle)) is context
    assert tls_context(str(tmp_path)).check_hostname


def test_a_missing_bundle(tmp_path: Path) -> None:
    """A bundle that cannot be read is an error of its own."""
    with pytest.raises(MissingCABundle):
        tls_context(str(tmp_path / "missing.pem"))


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no connection to the proxy can be made, both clients say so, and name the variables: nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.delenv("no_proxy", raising=False)
    once: dict[str, Any] = {"base_url": "http://line.example", "retry": RetryPolicy(attempts=1)}

    async def awaited() -> None:
        async with AsyncLineClient("t", **once) as client:
            await client.bot_info()

    for call in (LineClient("t", **once).bot_info, lambda: asyncio.run(awaited())):
        with pytest.raises(NoResponse, match=r"to the proxy \(.*HTTPS_PROXY and NO_PROXY") as caught:
            call()
        assert not caught.value.may_have_arrived
