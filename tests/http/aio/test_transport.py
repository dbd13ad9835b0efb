"""The driver over aiohttp, on real sockets."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Mapping
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="the extra `async` is not installed")

from linetap.errors import BadArgument, LinetapError, NoResponse, ServerError, Unauthorized
from linetap.http.aio.transport import AsyncTransport
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.types import Idempotency, Operation
from tests.http.sync.transports import SECRET, Clock, Static, operation
from tests.loopback import CUT, Loopback, Seen, reply

pytestmark = pytest.mark.asyncio


def new_transport(server: Loopback | str, **options: Any) -> AsyncTransport:
    """An async driver of a service on loopback, on a clock of its own unless one is given."""
    clock = Clock()
    url = server if isinstance(server, str) else server.url
    options = {"clock": clock, "sleep": clock.sleep, "random": lambda: 1.0, "authority": Static(), **options}
    return AsyncTransport({"api": url, "api-data": f"{url}/data"}, options.pop("authority"), service="test", **options)


async def test_a_request_arrives_as_described() -> None:
    """Method, address, body, credentials, retry key and linetap's User-Agent arrive unchanged, in both transports."""
    with Loopback(reply(body=b'{"ok": 1}')) as server:
        one = new_transport(server, app_info="shop/2.1")
        call = operation("/v2/push%20it", content=b'{"a":1}', params=(("q", "a b"), ("c", "1/2")), retry_key="k-1")
        assert await one.do(call) == {"ok": 1}
        await one.do(operation("/x", method="GET", host="api-data"))
        await one.close()
        post, get = server.seen

    assert (post.method, post.target, post.body) == ("POST", "/v2/push%20it?q=a+b&c=1%2F2", b'{"a":1}')
    assert post.headers["authorization"] == f"Bearer {SECRET}"
    assert post.headers["x-line-retry-key"] == "k-1"
    assert post.headers["content-type"] == "application/json"
    assert post.headers["user-agent"].startswith("linetap/")
    assert post.headers["user-agent"].endswith(" shop/2.1")
    assert get.target == "/data/x"
    assert not {"content-type", "content-length", "cookie"} & get.headers.keys()
    assert post.connection == get.connection


async def test_lost_responses() -> None:
    """A cut connection, half a body and an endless wait are lost responses: repeated only where that is harmless."""

    def half(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
        raise OSError("gone")

    def never(sock: Any, seen: Seen) -> None:
        sock.recv(1)

    for fault in (CUT, half, never):
        with Loopback(fault) as server:
            one = new_transport(server, timeout=Timeout(read=0.05))
            with pytest.raises(NoResponse) as caught:
                await one.do(operation(repeat=Idempotency.IF_REJECTED))
            await one.close()
            assert (caught.value.may_have_arrived, len(server.seen)) == (True, 1)
    with Loopback(CUT, reply()) as server:
        one = new_transport(server)
        assert await one.do(operation()) == {}
        await one.close()


async def test_a_refused_connection_sent_nothing() -> None:
    """Where no server listens, nothing was sent, and every operation is tried again."""
    with Loopback() as server:
        url = server.url
    one = new_transport(url)
    with pytest.raises(NoResponse, match="nothing was sent") as caught:
        await one.do(operation(repeat=Idempotency.IF_REJECTED))
    await one.close()

    assert (caught.value.may_have_arrived, caught.value.attempts) == (False, 5)


async def test_a_slow_body_does_not_exceed_the_total() -> None:
    """A body that arrives byte by byte is cut off when the attempt's time is up, though each byte was in time."""

    def trickle(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while True:
            sock.sendall(b" ")

    with Loopback(trickle) as server:
        one = new_transport(server, timeout=Timeout(total=0.1), retry=RetryPolicy(attempts=1))
        with pytest.raises(NoResponse, match="in time"):
            await one.do(operation())
        await one.close()


async def test_responses_in_chunks_and_compressed() -> None:
    """Chunked and compressed bodies are read to what they mean, on one connection."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    packed = gzip.compress(b'{"n": 3}')
    with Loopback(chunked, reply(body=packed, content_encoding="gzip"), reply(204, b"")) as server:
        one = new_transport(server)
        assert await one.do(operation()) == {}
        assert await one.do(operation()) == {"n": 3}
        assert await one.do(operation(read=lambda response: response.content)) == b""
        await one.close()

        assert server.connections == 1


async def test_redirects_are_not_followed() -> None:
    """A redirect would send the credentials to another host: it is an error, and no other host is called."""
    with Loopback() as other, Loopback(reply(307, location=other.url)) as server:
        one = new_transport(server)
        with pytest.raises(LinetapError, match="redirects are not followed"):
            await one.do(operation())
        await one.close()

        assert (len(server.seen), len(other.seen)) == (1, 0)


async def test_waits_paces_and_options() -> None:
    """Refusals, paces and limits for one call work as with the other new_transport, by the same clock."""
    clock = Clock()
    with Loopback(reply(429), reply(), reply(), reply(500), reply()) as server:
        one = new_transport(server, clock=clock, sleep=clock.sleep, paces={"POST /slow": Pace(1, burst=1)})
        await one.do(operation())
        await one.do(operation("/slow"))
        with pytest.raises(ServerError):
            await one.with_options(retry=RetryPolicy(attempts=1)).do(operation("/slow"))
        await one.wait(3.0)
        await one.close()

    assert clock.slept == [0.5, 1.0, 3.0]


async def test_a_sleep_may_be_awaited() -> None:
    """The sleep passed in may be a coroutine function."""
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with Loopback(CUT, reply()) as server:
        one = new_transport(server, sleep=sleep)
        await one.do(operation())
        await one.close()

    assert slept == [0.5]


async def test_pages_are_fetched_as_they_are_asked_for() -> None:
    """Following pages is lazy."""

    def page(number: int) -> Operation[Any]:
        return operation(f"/{number}", method="GET", next_page=lambda _: page(number + 1) if number < 3 else None)

    with Loopback() as server:
        one = new_transport(server)
        counts = [len(server.seen) async for _ in one.pages(page(1))]
        await one.close()

    assert counts == [1, 2, 3]


class Issuing(Static):
    """Credentials issued by the service, one after another."""

    def __init__(self, token: str | None = None) -> None:
        self.current, self.issues = token, 0

    def headers(self, now: float) -> Mapping[str, str] | None:
        return None if self.current is None else {"Authorization": self.current}

    def issue(self) -> Operation[Any] | None:
        self.issues += 1
        return operation("/token", authorized=False, read=lambda response: f"t{self.issues}")

    def issued(self, respond: Any, now: float) -> None:
        self.current = respond

    def rejected(self, headers: Mapping[str, str]) -> bool:
        if headers.get("Authorization") == self.current:
            self.current = None
        return True


async def test_credentials_are_issued_once_for_all_tasks() -> None:
    """Many tasks without credentials have them issued by one request."""
    with Loopback() as server:
        one = new_transport(server, authority=Issuing())
        await asyncio.gather(*[one.do(operation(f"/{n}")) for n in range(12)])
        await one.close()

        assert [seen.target for seen in server.seen].count("/token") == 1


async def test_rejected_credentials_are_renewed_once() -> None:
    """A 401 has new credentials issued by one request for all tasks; a second one is final."""
    with Loopback(reply(401), reply(), reply()) as server:
        one = new_transport(server, authority=Issuing("old"))
        await one.do(operation(repeat=Idempotency.IF_REJECTED))
        await one.close()
        assert [seen.headers.get("authorization") for seen in server.seen] == ["old", None, "t1"]
    with Loopback(reply(401)) as server:
        one = new_transport(server)
        with pytest.raises(Unauthorized):
            await one.do(operation())
        await one.close()


async def test_credentials_that_http_cannot_carry() -> None:
    """A token with a line break is rejected before anything is sent, and not shown."""
    with Loopback() as server:
        one = new_transport(server, authority=Static("canary\r\nX-Evil: 1"))
        with pytest.raises(BadArgument) as caught:
            await one.do(operation())
        await one.close()
        assert server.seen == []

    assert "canary" not in repr(caught.value) + str(caught.value) + repr(one)


async def test_one_record_for_every_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """Each attempt writes one log record with LINE's recommended fields and no secret, in both transports."""
    caplog.set_level(logging.INFO, "linetap")
    with Loopback(CUT, reply(x_line_request_id="r-7")) as server:
        one = new_transport(server)
        await one.do(operation())
        await one.close()

    facts = [(r.status, r.request_id, r.attempt, r.waited) for r in caplog.records]  # type: ignore[attr-defined]
    assert facts == [(None, None, 1, 0.0), (200, "r-7", 2, 0.5)]
    assert SECRET not in caplog.text


@pytest.mark.parametrize("options", [{"timeout": 5}, {"retry": 1}, {"pace": 3}, {"session": "s"}, {"app_info": ""}])
async def test_wrong_options_are_rejected(options: Any) -> None:
    """An option of the wrong kind is rejected by its name."""
    with pytest.raises(BadArgument, match=next(iter(options))):
        new_transport("http://localhost", **options)
