"""Kinds of tools beside linetap, by the part of the stack that they replace. Each test does what such a tool does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
import requests.sessions
import wrapt

from linetap.errors import NoResponse
from linetap.http.policy import RetryPolicy
from linetap.http.sync import SyncTransport
from tests.http.sync.transports import SECRET, Static, new_transport, operation
from tests.loopback import Loopback, Seen, reply

ONCE = RetryPolicy(attempts=1)


def _single(url: str) -> None:
    transport = new_transport(url, retry=ONCE)
    transport.do(operation())
    transport.close()


def _bulk(url: str) -> None:
    transport = new_transport(url, retry=ONCE)
    outcomes = list(transport.run_bulk(lambda n: operation(), range(3), in_flight=2))
    transport.close()
    assert [outcome.error for outcome in outcomes] == [None] * 3


CALLS: dict[str, Callable[[str], None]] = {"single": _single, "bulk": _bulk}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Callable[[str], None]:
    return CALLS[request.param]


def _with_header(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
    args[0].headers["X-Trace"] = "1"
    return wrapped(*args, **kwargs)


def test_a_tracer_that_prepares_requests(call: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracer that wraps ``Session.request`` and ``prepare_request``, as AWS X-Ray does, sees each call once."""
    urls: list[str] = []

    def noted(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        urls.append(kwargs.get("url") or args[1])
        return wrapped(*args, **kwargs)

    for name, wrapper in (("request", noted), ("prepare_request", _with_header)):
        new = wrapt.FunctionWrapper(getattr(requests.Session, name), wrapper)
        monkeypatch.setattr(requests.Session, name, new)
    with Loopback() as server:
        call(server.url)

    assert urls == [f"{server.url}/push"] * len(server.seen)
    for seen in server.seen:
        assert (seen.headers["x-trace"], seen.headers["authorization"]) == ("1", f"Bearer {SECRET}")
        assert (seen.headers["content-length"], seen.body) == ("2", b"{}")


def _cookies(sock: Any, seen: Seen) -> None:
    sock.sendall(reply(set_cookie="a=b"))


def test_requests_itself_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that goes through requests, for a tracer's sake, has the same headers: no cookies, no defaults."""
    with Loopback(_cookies) as server:
        _single(server.url)
        wrapped = wrapt.FunctionWrapper(requests.Session.request, lambda w, i, a, k: w(*a, **k))
        monkeypatch.setattr(requests.Session, "request", wrapped)
        transport = new_transport(server.url)
        for _ in range(2):
            transport.do(operation())
        transport.close()

    first, second, third = (sorted(seen.headers.items()) for seen in server.seen)
    assert first == second == third


class _Cached(requests.sessions.Session):
    """A session class that a cache puts in the place of requests' own for the whole process."""

    def send(self, request: Any, **settings: Any) -> Any:
        response = requests.Response()
        response.status_code, response._content = 200, b'{"stale": true}'
        return response


def test_a_cache_for_the_whole_process_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that replaces the session class does not answer linetap's calls; a session that is passed in is used."""
    plain, cached = requests.Session(), _Cached()
    for module in (requests, requests.sessions):
        monkeypatch.setattr(module, "Session", _Cached)
    with Loopback(reply(body=b'{"fresh": true}')) as server:
        found = [new_transport(server, **options).do(operation()) for options in ({}, {"session": plain})]
        stale = new_transport(server, session=cached).do(operation())

    assert (found, stale) == ([{"fresh": True}] * 2, {"stale": True})


def test_a_socks_proxy_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without support for SOCKS the error says what to do; nothing is sent, and no token reaches the proxy."""
    pytest.importorskip("aiohttp", reason="the async client needs linetap[async]")
    from tests.http.aio.test_transport import new_transport as new_async_transport

    async def fail(url: str) -> NoResponse:
        transport = new_async_transport(url)
        with pytest.raises(NoResponse) as caught:
            await transport.do(operation())
        await transport.close()
        return caught.value

    monkeypatch.setitem(requests.adapters.__dict__, "SOCKSProxyManager", _no_socks)
    with Loopback() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        with pytest.raises(NoResponse) as caught:
            new_transport("http://api.test").do(operation())
        errors = [caught.value, asyncio.run(fail("http://api.test"))]

    assert proxy.connections == 0
    for error in errors:
        assert "SOCKS" in str(error)
        assert (error.attempts, error.may_have_arrived) == (1, False)


def _no_socks(*args: Any, **named: Any) -> Any:
    raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")


@pytest.mark.skipif(not hasattr(time, "clock_gettime"), reason="Windows has time.monotonic only")
def test_a_clock_that_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time limits do not use ``time.monotonic``, which tools stop in some threads and not in others."""
    monkeypatch.setattr(time, "monotonic", lambda: -1e9)
    with Loopback() as server:
        transport = SyncTransport({"api": server.url}, Static(), service="test", retry=ONCE)
        outcomes = list(transport.run_bulk(lambda n: operation(), range(2), in_flight=2))
        transport.close()

    assert [outcome.error for outcome in outcomes] == [None, None]
