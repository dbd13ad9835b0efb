"""The driver over requests, on real sockets."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from linetap.errors import BadArgument, LinetapError, NoResponse, ServerError, TooManyRequests, Unauthorized
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.sync import SyncTransport
from linetap.http.types import Idempotency, Operation, Request, Response
from tests.http.sync.transports import SECRET, Clock, Static, new_transport, operation
from tests.loopback import CUT, Loopback, Seen, reply


def test_a_request_arrives_as_described() -> None:
    """Method, address, body, credentials, retry key and linetap's User-Agent arrive unchanged, in both transports."""
    with Loopback(reply(body=b'{"ok": 1}')) as server:
        call = operation("/v2/push%20it", content=b'{"a":1}', params=(("q", "a b"),), retry_key="k-1")
        assert new_transport(server, app_info="shop/2.1").do(call) == {"ok": 1}
        (seen,) = server.seen

    assert (seen.method, seen.target, seen.body) == ("POST", "/v2/push%20it?q=a+b", b'{"a":1}')
    assert seen.headers["authorization"] == f"Bearer {SECRET}"
    assert seen.headers["x-line-retry-key"] == "k-1"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["content-length"] == "7"
    name, python, app = seen.headers["user-agent"].split()
    assert (name[:8], python[:9], app) == ("linetap/", "Python/3.", "shop/2.1")


def test_a_read_has_no_body() -> None:
    """A GET carries neither a content type nor a length."""
    with Loopback() as server:
        new_transport(server).do(operation(method="GET"))
        (seen,) = server.seen

    assert not {"content-type", "content-length", "cookie"} & seen.headers.keys()


def test_a_requests_own_headers_take_precedence() -> None:
    """The content headers of an operation are not replaced."""
    with Loopback() as server:
        new_transport(server).do(operation(headers={"Content-Type": "text/csv"}))

        assert server.seen[0].headers["content-type"] == "text/csv"


def test_hosts_with_a_path() -> None:
    """A base address may have a path, and a request may be for the service's other host."""
    with Loopback() as server:
        new_transport(server).do(operation("/content", method="GET", host="api-data"))

        assert server.seen[0].target == "/data/content"


def test_connections_are_kept() -> None:
    """Calls one after another share a connection."""
    with Loopback() as server:
        one = new_transport(server)
        for _ in range(3):
            one.do(operation())
        one.close()

        assert server.connections == 1


def test_a_closed_driver_may_be_used_again() -> None:
    """Closing drops the connections; a later call makes a new one."""
    with Loopback() as server:
        one = new_transport(server)
        one.do(operation())
        one.close()
        one.do(operation())
        one.close()

        assert server.connections == 2


def test_a_cut_connection_is_a_lost_response() -> None:
    """A connection cut instead of a response is tried again where that is harmless."""
    with Loopback(CUT, reply()) as server:
        assert new_transport(server).do(operation()) == {}
        assert len(server.seen) == 2


def test_a_cut_connection_may_have_arrived() -> None:
    """After a connection is cut behind a complete request, the error says that it may have been accepted."""
    with Loopback(CUT) as server:
        with pytest.raises(NoResponse) as caught:
            new_transport(server).do(operation(repeat=Idempotency.IF_REJECTED))
        assert len(server.seen) == 1

    assert caught.value.may_have_arrived


def test_half_a_response_is_none() -> None:
    """A body that ends before its length is a lost response, never a result."""
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"

    def send_half(sock: Any, seen: Seen) -> None:
        sock.sendall(half)
        raise OSError("gone")

    with Loopback(send_half) as server, pytest.raises(NoResponse) as caught:
        new_transport(server).do(operation(repeat=Idempotency.IF_REJECTED))

    assert caught.value.may_have_arrived


def test_an_incomplete_chunked_response_is_no_response() -> None:
    """The same applies to a body in chunks whose last one never arrives."""

    def send_half(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        raise OSError("gone")

    with Loopback(send_half) as server, pytest.raises(NoResponse):
        new_transport(server).do(operation(repeat=Idempotency.IF_REJECTED))


def test_responses_in_chunks_and_compressed() -> None:
    """Chunked and compressed bodies are read to what they mean, and the connection is used again."""
    import gzip

    packed = gzip.compress(b'{"n": 3}')
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"%x\r\n{}   \r\n1\r\n \r\n0\r\n\r\n" % 5
    with Loopback(chunked, reply(body=packed, content_encoding="gzip"), reply(204, b"")) as server:
        one = new_transport(server)
        assert one.do(operation()) == {}
        assert one.do(operation()) == {"n": 3}
        assert one.do(operation(read=lambda response: response.content)) == b""
        one.close()

        assert server.connections == 1


def test_a_refused_connection_sent_nothing() -> None:
    """Where no server listens, nothing was sent, and every operation is tried again."""
    with Loopback() as server:
        url = server.url
    with pytest.raises(NoResponse, match="nothing was sent") as caught:
        new_transport(url).do(operation(repeat=Idempotency.IF_REJECTED))

    assert (caught.value.may_have_arrived, caught.value.attempts) == (False, 5)


def test_a_response_that_never_arrives() -> None:
    """The read timeout ends the wait for a response."""
    with Loopback(lambda sock, seen: sock.recv(1)) as server, pytest.raises(NoResponse, match="in time"):
        new_transport(server, timeout=Timeout(read=0.05), retry=RetryPolicy(attempts=1)).do(operation())


class Ticking(Clock):
    """Five seconds pass with every look at it."""

    def __call__(self) -> float:
        self.now += 5.0
        return self.now


@pytest.mark.parametrize(
    "begin, drop",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    ],
    ids=["body", "chunks", "head"],
)
def test_a_slow_response_does_not_exceed_the_total(begin: bytes, drop: bytes) -> None:
    """A response that arrives byte by byte is cut off when the call's time is up, though each byte was in time."""

    def trickle(sock: Any, seen: Seen) -> None:
        sock.sendall(begin)
        for _ in range(1_000_000):
            sock.sendall(drop)  # until the client hangs up

    with Loopback(trickle) as server, pytest.raises(NoResponse, match="whole response"):
        new_transport(server, clock=Ticking(), retry=RetryPolicy(attempts=1, total=60)).do(operation())


def test_redirects_are_not_followed() -> None:
    """A redirect would send the credentials to another host: it is an error, and no other host is called."""
    with Loopback() as other, Loopback(reply(307, location=other.url)) as server:
        with pytest.raises(LinetapError, match="redirects are not followed"):
            new_transport(server).do(operation())

        assert (len(server.seen), len(other.seen)) == (1, 0)


def test_a_netrc_does_not_replace_the_credentials(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry for the host in .netrc changes nothing."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login eve password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Loopback() as server:
        new_transport(server).do(operation())

        assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY and NO_PROXY are honoured, as requests honours them."""
    with Loopback() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        new_transport("http://api.example.test").do(operation("/x"))
        assert proxy.seen[0].target == "http://api.example.test/x"

        monkeypatch.setenv("NO_PROXY", "localhost")
        with Loopback() as server:
            new_transport(server).do(operation())
            assert (len(server.seen), len(proxy.seen)) == (1, 1)


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the proxy cannot be reached nothing was sent, and its password is in no error."""
    with Loopback() as proxy:
        port = proxy.port
    monkeypatch.setenv("HTTP_PROXY", f"http://eve:{SECRET}@127.0.0.1:{port}")
    with pytest.raises(NoResponse, match="nothing was sent") as caught:
        new_transport("http://api.example.test", retry=RetryPolicy(attempts=1)).do(operation("/x"))

    assert SECRET not in str(caught.value)


def test_waits_are_waited() -> None:
    """A 429 has the driver wait by its clock, and try again."""
    clock = Clock()
    with Loopback(reply(429), reply()) as server:
        new_transport(server, clock=clock, sleep=clock.sleep).do(operation())

    assert clock.slept == [0.5]


def test_pages_are_fetched_as_they_are_asked_for() -> None:
    """Following pages is lazy: no page is fetched before the one before it was used."""

    def page(number: int) -> Operation[Any]:
        def then(_: Any) -> Operation[Any] | None:
            return page(number + 1) if number < 3 else None

        return operation(f"/ids/{number}", method="GET", next_page=then)

    with Loopback() as server:
        pages = new_transport(server).pages(page(1))
        assert len(server.seen) == 0
        next(pages)
        assert len(server.seen) == 1
        assert len(list(pages)) == 2
        assert [seen.target for seen in server.seen] == ["/ids/1", "/ids/2", "/ids/3"]


def test_endpoints_have_paces_of_their_own() -> None:
    """An endpoint's pace delays its own calls, and no other endpoint's."""
    clock = Clock()
    paces = {"POST /push": Pace(1, burst=1)}
    with Loopback() as server:
        one = new_transport(server, clock=clock, sleep=clock.sleep, paces=paces)
        one.do(operation())
        one.do(operation("/other"))
        assert clock.slept == []
        one.do(operation())

    assert clock.slept == [1.0]
    assert paces["POST /push"].reserve(0.0) == 0.0, "the table of limits is not used up by a client"


def test_a_pace_may_be_shared_by_clients() -> None:
    """A pace passed to several clients applies to all their endpoints together."""
    clock, pace = Clock(), Pace(1, burst=1)
    with Loopback() as server:
        for path in ("/a", "/b"):
            new_transport(server, clock=clock, sleep=clock.sleep, pace=pace).do(operation(path))

    assert clock.slept == [1.0]


def test_options_for_one_call() -> None:
    """A driver with other limits shares connections and gates, and the first one keeps its own."""
    with Loopback(reply(500), reply(500), reply()) as server:
        one = new_transport(server)
        with pytest.raises(ServerError) as caught:
            one.with_options(retry=RetryPolicy(attempts=1)).do(operation())
        one.do(operation())
        one.close()

        assert (caught.value.attempts, server.connections) == (1, 1)


@pytest.mark.parametrize(
    "options, named",
    [
        ({"timeout": 5}, "timeout"),
        ({"retry": 3}, "retry"),
        ({"pace": 100}, "pace"),
        ({"session": "s"}, "session"),
        ({"app_info": "a\nb"}, "app_info"),
        ({"app_info": 3}, "app_info"),
    ],
)
def test_wrong_options_are_rejected(options: Any, named: str) -> None:
    """An option of the wrong kind is rejected by its name when the client is made."""
    with pytest.raises(BadArgument, match=named):
        new_transport("http://localhost", **options)


@pytest.mark.parametrize(
    "url",
    [
        "api.line.me",
        "ftp://x",
        "https://",
        "https://u:canary@x",
        "https://x?q=1",
        "https://x y",
        "https://x:99999",
        "https://例え.test",
        7,
    ],
)
def test_wrong_addresses_are_rejected(url: Any) -> None:
    """A base address without scheme or host, or with a password or query in it, is rejected, and not shown."""
    with pytest.raises(BadArgument, match="base_url") as caught:
        SyncTransport({"api": url}, Static(), service="test")

    assert "canary" not in str(caught.value)


def test_credentials_that_http_cannot_carry() -> None:
    """A token with a line break is rejected before anything is sent, and not shown."""
    with Loopback() as server:
        with pytest.raises(BadArgument) as caught:
            new_transport(server, authority=Static("canary\r\nX-Evil: 1")).do(operation())
        assert server.seen == []

    assert "canary" not in repr(caught.value) + str(caught.value)


class Issuing(Static):
    """Credentials issued by the service, one after another."""

    def __init__(self, token: str | None = None) -> None:
        self.current = token
        self.issues = 0

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


def test_credentials_are_issued_once_for_all_threads() -> None:
    """Many threads without credentials have them issued by one request."""
    authority = Issuing()
    with Loopback() as server:
        one = new_transport(server, authority=authority)
        outcomes = list(one.run_bulk(lambda n: operation(f"/{n}"), range(16), in_flight=8))
        one.close()

        assert all(outcome.ok for outcome in outcomes)
        assert [seen.target for seen in server.seen].count("/token") == 1
    assert authority.issues == 1


def test_rejected_credentials_are_renewed() -> None:
    """After a 401 new credentials are issued, and the call is sent again with them."""
    with Loopback(reply(401), reply(), reply()) as server:
        new_transport(server, authority=Issuing("old")).do(operation(repeat=Idempotency.IF_REJECTED))

        assert [seen.target for seen in server.seen] == ["/push", "/token", "/push"]
        assert [seen.headers.get("authorization") for seen in server.seen] == ["old", None, "t1"]


def test_rejected_static_credentials_are_an_error() -> None:
    """Where no others can be had, a 401 is Unauthorized."""
    with Loopback(reply(401)) as server, pytest.raises(Unauthorized):
        new_transport(server).do(operation())


def test_a_failing_issue_is_the_calls_error() -> None:
    """When credentials cannot be issued, the error names the operation that issues them."""
    with Loopback(reply(400)) as server, pytest.raises(LinetapError) as caught:
        new_transport(server, authority=Issuing()).do(operation())

    assert caught.value.status == 400


def test_one_record_for_every_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """Each attempt writes one log record with LINE's recommended fields and no secret, in both transports."""
    caplog.set_level(logging.INFO, "linetap")
    with Loopback(reply(429), CUT, reply(x_line_request_id="r-7")) as server:
        new_transport(server).do(operation("/v2/bot/profile/U1", endpoint="POST /v2/bot/profile/{userId}"))
    facts = [
        (r.method, r.endpoint, r.status, r.request_id, r.attempt, r.waited, r.service, r.operation, r.levelname)  # type: ignore[attr-defined]
        for r in caplog.records
    ]

    path = "/v2/bot/profile/{userId}"
    assert facts == [
        ("POST", path, 429, None, 1, 0.0, "test", "test.push", "WARNING"),
        ("POST", path, None, None, 2, 0.5, "test", "test.push", "WARNING"),
        ("POST", path, 200, "r-7", 3, 1.0, "test", "test.push", "INFO"),
    ]
    assert caplog.messages[2].startswith(f"POST {path} 200 request_id=r-7 attempt=3 waited=1.000s")
    assert SECRET not in caplog.text + repr([record.__dict__ for record in caplog.records])


def test_no_secret_in_reprs_and_errors() -> None:
    """Neither a driver nor what it raises shows the credentials."""
    with Loopback(reply(429)) as server:
        one = new_transport(server)
        with pytest.raises(TooManyRequests) as caught:
            one.do(operation())

    assert SECRET not in repr(one) + repr(caught.value) + repr(caught.value.__dict__)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_makes_its_own_connection() -> None:
    """A child does not write into its parent's connection, whatever the parent was doing when it forked."""
    with Loopback() as server:
        one = new_transport(server)
        one.do(operation())
        one._token_lock.lock.acquire()  # as if another thread was having credentials issued
        child = os.fork()
        if child == 0:
            try:
                one.do(operation("/child"))
            finally:
                os._exit(0)
        one._token_lock.lock.release()
        os.waitpid(child, 0)
        one.do(operation("/parent"))
        one.close()

        assert [(seen.target, seen.connection) for seen in server.seen] == [("/push", 1), ("/child", 2), ("/parent", 1)]


def test_threads_share_a_driver() -> None:
    """Many threads may call one driver at once, each on a connection of its own."""
    meet = threading.Barrier(4, timeout=10)

    def together(sock: Any, seen: Seen) -> None:
        meet.wait()
        sock.sendall(reply(body=seen.target.encode()))

    with Loopback(together) as server:
        one = new_transport(server)
        found: list[Any] = []
        threads = [
            threading.Thread(target=lambda n=n: found.append(one.do(operation(f"/{n}", read=lambda r: r.content))))
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        one.close()

        assert sorted(found) == [b"/0", b"/1", b"/2", b"/3"]
        assert server.connections == 4


def test_the_constructor_does_no_io(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a driver opens nothing, reads no bundle and asks no authority."""

    class Untouchable:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    def boom(*_: Any, **__: Any) -> Any:
        raise AssertionError("no I/O here")

    monkeypatch.setattr("ssl.SSLContext.load_verify_locations", boom)
    monkeypatch.setattr("socket.socket.connect", boom)
    SyncTransport({"api": "https://api.line.me"}, Untouchable(), service="test")


def test_a_users_own_operation_can_be_run() -> None:
    """Any Operation can be run, and its reader gets the whole response."""
    with Loopback(reply(body=b"abc", x_line_request_id="r")) as server:
        got = new_transport(server).do(Operation("x", Request("GET", "/y"), lambda r: r, lambda r: None))

    assert isinstance(got, Response)
    assert (got.status, got.content, got.request_id) == (200, b"abc", "r")
