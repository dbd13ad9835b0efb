"""The aiohttp side: sessions, loops, TLS, proxies, and what every exception means."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import ssl
from typing import Any

import pytest
import trustme

aiohttp = pytest.importorskip("aiohttp", reason="the extra `async` is not installed")

from linetap.errors import NoResponse, TooManyRequests  # noqa: E402
from linetap.http import decoding, failures  # noqa: E402
from linetap.http.aio import session as aio_session  # noqa: E402
from linetap.http.aio.session import to_failure  # noqa: E402
from linetap.http.policy import RetryPolicy  # noqa: E402
from linetap.http.types import Idempotency  # noqa: E402
from tests import loops  # noqa: E402
from tests.http.aio.test_transport import new_transport  # noqa: E402
from tests.http.sync.transports import SECRET, operation  # noqa: E402
from tests.loopback import Loopback, reply  # noqa: E402

ONCE = RetryPolicy(attempts=1)


def test_a_driver_outlives_its_loop() -> None:
    """One driver may be used by one event loop after another, each with connections of its own."""
    with Loopback() as server:
        one = new_transport(server)

        async def twice() -> None:
            await asyncio.gather(one.do(operation()), one.do(operation()))
            await one.close()

        loops.run(twice())
        loops.run(twice())

        assert len(server.seen) == 4


def test_it_runs_on_uvloop() -> None:
    """The same calls on the faster loop."""
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    with Loopback() as server:
        one = new_transport(server)

        async def call() -> Any:
            outcomes = [o.ok async for o in one.run_bulk(lambda n: operation(f"/{n}"), range(9), in_flight=3)]
            await one.close()
            return outcomes

        loop = uvloop.new_event_loop()
        try:
            assert loop.run_until_complete(call()) == [True] * 9
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()


@pytest.mark.asyncio
async def test_a_users_session_keeps_its_settings() -> None:
    """Its headers and cookies are sent, and it stays open."""
    with Loopback(reply(set_cookie="c=1"), reply()) as server:
        async with aiohttp.ClientSession(headers={"X-Theirs": "1"}) as session:
            one = new_transport(server, session=session)
            await one.do(operation())
            await one.do(operation())
            await one.close()
            assert not session.closed
        first, second = server.seen

    assert (first.headers["x-theirs"], first.headers["authorization"]) == ("1", f"Bearer {SECRET}")
    assert second.headers["cookie"] == "c=1"


@pytest.mark.asyncio
async def test_a_session_that_raises_and_does_not_unpack_changes_no_response() -> None:
    """The meaning of a status and the coding of a body do not depend on the settings of the user's session."""
    packed = reply(body=gzip.compress(b'{"n": 1}'), content_encoding="gzip")
    with Loopback(reply(429), packed) as server:
        async with aiohttp.ClientSession(raise_for_status=True, auto_decompress=False) as session:
            one = new_transport(server, session=session, retry=ONCE)
            with pytest.raises(TooManyRequests):
                await one.do(operation(repeat=Idempotency.IF_REJECTED))
            assert await new_transport(server, session=session).do(operation()) == {"n": 1}


@pytest.mark.asyncio
async def test_a_large_content_is_sent_whole_and_without_a_warning() -> None:
    """Megabytes arrive with their length, and aiohttp has nothing to say about them (warnings are errors here)."""
    content = b"1" * 3_000_000
    with Loopback() as server:
        one = new_transport(server)
        await one.do(operation(content=content))
        await one.close()
        (seen,) = server.seen

    assert (seen.body == content, seen.headers["content-length"]) == (True, "3000000")
    assert seen.headers["content-type"] == "application/json"
    assert "transfer-encoding" not in seen.headers


@pytest.mark.asyncio
@pytest.mark.parametrize("trust_env", [None, False, True])
async def test_a_netrc_does_not_replace_the_credentials(
    trust_env: bool | None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our credentials arrive, or, through a session set to read .netrc, nothing does: never those of .netrc."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login eve password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Loopback() as server:
        session = None if trust_env is None else aiohttp.ClientSession(trust_env=trust_env)
        one = new_transport(server, session=session)
        if trust_env:
            with pytest.raises(NoResponse, match=r"netrc.*nothing was sent"):
                await one.do(operation())
        else:
            await one.do(operation())
        await one.close()
        if session is not None:
            await session.close()

        assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {SECRET}"] * (not trust_env)


@pytest.mark.asyncio
async def test_a_closed_session_of_the_user_is_an_error() -> None:
    """Nothing is sent by a session that the user has closed, and the error is a LinetapError."""
    session = aiohttp.ClientSession()
    await session.close()
    with Loopback() as server:
        one = new_transport(server, session=session)
        with pytest.raises(NoResponse, match=r"session passed as an argument is closed.*nothing was sent"):
            await one.do(operation())

        assert server.seen == []


@pytest.mark.asyncio
async def test_our_own_session_keeps_no_cookies() -> None:
    """Cookies are not sent with later calls."""
    with Loopback(reply(set_cookie="c=1"), reply()) as server:
        one = new_transport(server)
        await one.do(operation())
        await one.do(operation())
        await one.close()

        assert "cookie" not in server.seen[1].headers


@pytest.mark.asyncio
@pytest.mark.parametrize("theirs", [False, True], ids=["ours", "passed in"])
async def test_a_bomb_is_no_response(theirs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A response may unpack to so much and no more, and what is over may not be called unsent."""
    for module in (failures, decoding, aio_session):
        monkeypatch.setattr(module, "MAX_BODY", 2**20)
    fits, over = (reply(body=gzip.compress(b"0" * size), content_encoding="gzip") for size in (2**20, 2**20 + 1))
    session = aiohttp.ClientSession() if theirs else None
    with Loopback(fits, over) as server:
        one = new_transport(server, session=session, retry=ONCE)
        assert len(await one.do(operation(read=lambda response: response.content))) == 2**20
        with pytest.raises(NoResponse, match="larger than 1 MiB") as caught:
            await one.do(operation())
        await one.close()
    if session is not None:
        await session.close()

    assert caught.value.may_have_arrived


@pytest.mark.asyncio
async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY and NO_PROXY are honoured."""
    with Loopback() as proxy, Loopback() as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "localhost")
        for one in (new_transport("http://api.example.test"), new_transport(server)):
            await one.do(operation("/x"))
            await one.close()

        assert [seen.target for seen in proxy.seen] == ["http://api.example.test/x"]
        assert [seen.target for seen in server.seen] == ["/x"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of the tests' own."""
    return trustme.CA()


def _tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.mark.asyncio
async def test_certificates(authority: trustme.CA, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate must be of a known authority and for the host; the environment's bundle is the one that counts."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with Loopback(tls=_tls(authority, "localhost")) as right, Loopback(tls=_tls(authority, "other.test")) as wrong:
        unknown = new_transport(right)
        with pytest.raises(NoResponse, match=r"certificate verification failed.*nothing was sent") as caught:
            await unknown.do(operation())
        await unknown.close()
        assert (caught.value.attempts, right.seen) == (1, [])

        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        known, elsewhere = new_transport(right), new_transport(wrong)
        assert await known.do(operation()) == {}
        with pytest.raises(NoResponse, match="certificate"):
            await elsewhere.do(operation())
        await known.close()
        await elsewhere.close()
        assert wrong.seen == []


@pytest.mark.asyncio
async def test_a_bundle_that_is_not_there(monkeypatch: pytest.MonkeyPatch, authority: trustme.CA) -> None:
    """A bundle that cannot be read is named as the cause, and nothing is sent without it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with Loopback(tls=_tls(authority, "localhost")) as server:
        one = new_transport(server)
        with pytest.raises(NoResponse, match="REQUESTS_CA_BUNDLE"):
            await one.do(operation())
        await one.close()


def _made(kind: type[BaseException]) -> BaseException:
    error = kind.__new__(kind)
    error.args = ("canary",)
    if isinstance(error, aiohttp.ClientConnectorError):
        error._os_error = OSError(1, "x")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error._certificate_error = ssl.SSLCertVerificationError(1, "x")
    return error


KINDS = [
    kind
    for _, kind in inspect.getmembers(aiohttp.client_exceptions, inspect.isclass)
    if issubclass(kind, aiohttp.ClientError)
]


@pytest.mark.parametrize("kind", [*KINDS, TimeoutError, ConnectionResetError])
def test_every_exception_has_a_meaning(kind: type[BaseException]) -> None:
    """Every exception of aiohttp is a lost response or a request that cannot be sent, in our words."""
    meaning = to_failure(_made(kind))

    assert meaning is None or "canary" not in meaning.reason


@pytest.mark.parametrize(
    "kind, arrived",
    [
        (aiohttp.ClientConnectorError, False),
        (aiohttp.ClientConnectorDNSError, False),
        (aiohttp.ClientProxyConnectionError, False),
        (aiohttp.ConnectionTimeoutError, False),
        (aiohttp.ClientConnectorCertificateError, False),
        (aiohttp.ServerDisconnectedError, True),
        (aiohttp.SocketTimeoutError, True),
        (aiohttp.ClientPayloadError, True),
        (aiohttp.ClientOSError, True),
        (asyncio.TimeoutError, True),
    ],
)
def test_what_may_have_arrived(kind: type[BaseException], arrived: bool) -> None:
    """Only where no connection came about is it certain that nothing arrived."""
    meaning = to_failure(_made(kind))

    assert meaning is not None
    assert meaning.may_have_arrived is arrived
