"""The transport with requests: users' sessions and TLS."""

from __future__ import annotations

import datetime
import ssl
from typing import Any

import pytest
import requests
import responses
import trustme
import urllib3
from requests.adapters import HTTPAdapter

from linetap.errors import NoResponse
from linetap.http.policy import RetryPolicy
from linetap.http.types import Idempotency
from tests.http.sync.transports import SECRET, Mounted, new_transport, operation
from tests.loopback import CUT, Loopback, Seen, reply

ONCE = RetryPolicy(attempts=1)


def test_a_mounted_adapter_responses() -> None:
    """A session with an adapter of the user's is sent through it, with our credentials, limits and no redirects."""
    adapter, session = Mounted(), requests.Session()
    session.mount("https://api.line.me", adapter)

    assert new_transport("https://api.line.me", session=session).do(operation()) == {"mounted": True}
    ((request, settings),) = adapter.sent
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert settings["timeout"] == (5.0, 30.0)


def test_a_users_session_keeps_its_settings() -> None:
    """Its headers, its cookies, its parameters and its hooks work; credentials are ours all the same."""
    called = []
    session = requests.Session()
    session.headers.update({"X-Theirs": "1", "Authorization": "theirs", "User-Agent": "shop/1"})
    session.params = {"theirs": "2"}
    session.hooks["response"].append(lambda respond, **_: called.append((respond.status_code, respond.text)))
    with Loopback(reply(set_cookie="c=1"), reply()) as server, session:
        one = new_transport(server, session=session)
        one.do(operation())
        one.do(operation())
        seen = server.seen

    assert called == [(200, "{}"), (200, "{}")]
    assert (seen[0].headers["x-theirs"], seen[0].target) == ("1", "/push?theirs=2")
    assert seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert seen[0].headers["user-agent"] == "shop/1"
    assert seen[1].headers["cookie"] == "c=1"


def test_a_session_without_a_name_carries_ours() -> None:
    """requests' own User-Agent gives way to ours."""
    with Loopback() as server, requests.Session() as session:
        new_transport(server, session=session).do(operation(retry_key="k"))

        assert server.seen[0].headers["user-agent"].startswith("linetap/")
        assert server.seen[0].headers["x-line-retry-key"] == "k"
        assert server.seen[0].headers["content-type"] == "application/json"


def test_a_netrc_does_not_replace_the_credentials(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .netrc does not replace the credentials through a session of the user either."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login eve password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Loopback() as server, requests.Session() as session:
        new_transport(server, session=session).do(operation())

        assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_users_session_follows_no_redirect() -> None:
    """Credentials are sent to no other host, whatever session sends them."""
    with Loopback() as other, Loopback(reply(302, location=other.url)) as server, requests.Session() as session:
        with pytest.raises(Exception, match="redirects are not followed"):
            new_transport(server, session=session).do(operation())

        assert other.seen == []


def test_a_users_session_is_not_closed() -> None:
    """Closing the transport does not close the user's connections."""
    with Loopback() as server, requests.Session() as session:
        one = new_transport(server, session=session)
        one.do(operation())
        one.close()
        session.get(server.url)

        assert server.connections == 1


@pytest.mark.parametrize("handed_in", [True, False])
def test_responses_mocks_work(handed_in: bool) -> None:
    """The mocks that people use with requests reach a driver's calls, with a session of theirs or without."""
    options = {"session": requests.Session()} if handed_in else {}
    with responses.RequestsMock() as mock:
        mock.post("https://api.line.me/push", json={"mocked": 1}, headers={"X-Line-Request-Id": "m"})
        got = new_transport("https://api.line.me", **options).do(operation(read=lambda r: (r.json(), r.request_id)))

        assert got == ({"mocked": 1}, "m")
        assert mock.calls[0].request.headers["Authorization"] == f"Bearer {SECRET}"


def test_a_mocked_failure_is_ours() -> None:
    """An exception that a mock raises becomes a LinetapError."""
    with responses.RequestsMock() as mock, pytest.raises(NoResponse):
        mock.post("https://api.line.me/push", body=requests.ConnectionError("gone"))
        new_transport("https://api.line.me", retry=ONCE).do(operation(repeat=Idempotency.IF_REJECTED))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of the tests' own."""
    return trustme.CA()


def _tls(authority: trustme.CA, *names: str, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **more).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names a bundle with that authority in it."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))


@pytest.mark.usefixtures("trusted")
def test_a_valid_certificate(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's CA bundle is used, and read once for all connections of a transport."""
    loads = []
    real = ssl.SSLContext.load_verify_locations

    def load(self: ssl.SSLContext, *where: Any, **named: Any) -> None:
        loads.append(where)
        real(self, *where, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)
    with Loopback(tls=_tls(authority, "localhost")) as server:
        one = new_transport(server)
        outcomes = list(one.run_bulk(lambda n: operation(f"/{n}"), range(12), in_flight=4))
        one.close()

        assert all(outcome.ok for outcome in outcomes)
    assert len(loads) == 1


EXPIRED = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "stranger, names, more",
    [
        (True, ["localhost"], {}),
        (False, ["elsewhere.test"], {}),
        (False, ["localhost"], {"not_before": EXPIRED, "not_after": EXPIRED + datetime.timedelta(1)}),
    ],
    ids=["of an unknown authority", "for another host", "expired"],
)
def test_an_invalid_certificate(authority: trustme.CA, stranger: bool, names: Any, more: Any) -> None:
    """A certificate of an unknown authority, for another host or expired ends the call: nothing sent, no second
    attempt.
    """
    issuer = trustme.CA() if stranger else authority
    with Loopback(tls=_tls(issuer, *names, **more)) as server:
        with pytest.raises(NoResponse, match=r"certificate verification failed.*nothing was sent") as caught:
            new_transport(server).do(operation())

        assert server.seen == []
    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, False)


def test_without_a_bundle_only_public_authorities_are_trusted(authority: trustme.CA) -> None:
    """The default is the public bundle, which does not contain the tests' authority."""
    with Loopback(tls=_tls(authority, "localhost")) as server, pytest.raises(NoResponse, match="certificate"):
        new_transport(server).do(operation())


def test_a_bundle_that_is_not_there(monkeypatch: pytest.MonkeyPatch, authority: trustme.CA) -> None:
    """A bundle that cannot be read is named as the cause, and nothing is sent without it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with Loopback(tls=_tls(authority, "localhost")) as server, pytest.raises(NoResponse, match="REQUESTS_CA_BUNDLE"):
        new_transport(server).do(operation())


def test_a_session_that_trusts_another_bundle(authority: trustme.CA, tmp_path: Any) -> None:
    """A session's own verify setting is honoured."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with Loopback(tls=_tls(authority, "localhost")) as server, requests.Session() as session:
        session.verify = str(bundle)

        assert new_transport(server, session=session).do(operation()) == {}


@pytest.mark.parametrize("own", [True, False])
def test_a_response_lost_behind_a_proxy_may_have_arrived(monkeypatch: pytest.MonkeyPatch, own: bool) -> None:
    """A proxy received the request and closed the connection: an operation that is not safe to repeat is not sent
    again.
    """
    with Loopback(CUT) as proxy, requests.Session() as session:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(NoResponse) as caught:
            one = new_transport("http://line.invalid", session=None if own else session)
            one.do(operation(repeat=Idempotency.IF_REJECTED))

        assert (len(proxy.seen), caught.value.may_have_arrived) == (1, True)


@pytest.mark.parametrize("trouble", ["a hook", "an address"])
def test_an_error_of_the_session_while_reading_is_no_lost_request(trouble: str) -> None:
    """A session's hook or requests itself raises for a response: the request was sent, and is not reported as not
    sent.
    """
    with Loopback(reply(307, location="http://[::1") if trouble == "an address" else reply()) as server:
        with requests.Session() as session, pytest.raises(NoResponse) as caught:
            if trouble == "a hook":
                session.hooks["response"].append(lambda respond, **_: int("x"))
            new_transport(server, session=session).do(operation())

        assert (len(server.seen), caught.value.may_have_arrived) == (1, True)


def test_a_slow_body_through_a_users_session() -> None:
    """The total also limits a body that arrives slowly through a user's session."""

    class Ticking:
        now = 0.0

        def __call__(self) -> float:
            self.now += 5.0
            return self.now

    def trickle(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        for _ in range(1000000):
            sock.sendall(b" ")

    with Loopback(trickle) as server, requests.Session() as session, pytest.raises(NoResponse, match="whole response"):
        policy = RetryPolicy(attempts=1, total=60)
        new_transport(server, session=session, clock=Ticking(), retry=policy).do(operation())


def test_the_pool_keeps_all_connections() -> None:
    """linetap's own adapter keeps as many connections as a run may have workers."""
    from linetap.http.options import MAX_IN_FLIGHT
    from linetap.http.sync.adapter import StockSession

    session = StockSession()
    adapter = session.get_adapter("https://api.line.me")
    assert isinstance(adapter, HTTPAdapter)
    pool = adapter.poolmanager.connection_from_url("https://api.line.me")
    assert isinstance(pool, urllib3.HTTPConnectionPool)

    assert pool.pool is not None
    assert pool.pool.maxsize == MAX_IN_FLIGHT == 512
