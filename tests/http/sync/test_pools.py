"""urllib3's pools with a deadline, which send the head and the body of a request together."""

from __future__ import annotations

import http.client
import socket
from typing import Any
from unittest import mock

import pytest
import urllib3

from linetap.errors import NoResponse
from linetap.http.policy import RetryPolicy
from linetap.http.sync.pools import Deadline, _response, watched
from linetap.http.sync.request import Limits, Progress
from linetap.http.sync.response import DeadlineResponse
from linetap.http.types import Idempotency
from tests.http.sync.transports import new_transport, operation, short_transport
from tests.loopback import CUT, Loopback, reply

LIMITS = Limits(5.0, 5.0, 100.0, lambda: 0.0)


def _sent(content: bytes | None, method: str = "POST") -> list[bytes]:
    """What a tool that replaces ``http.client``'s send sees of a call."""
    seen: list[bytes] = []
    real = http.client.HTTPConnection.send

    def send(self: Any, data: Any) -> None:
        seen.append(data)
        real(self, data)

    with Loopback() as server, mock.patch.object(http.client.HTTPConnection, "send", send):
        transport = new_transport(server)
        transport.do(operation(method=method, content=content))
        transport.close()
    return seen


def test_head_and_body_are_sent_together() -> None:
    """A small request is one write: one system call, one packet."""
    [whole] = _sent(b'{"a": 1}')

    assert whole.startswith(b"POST /push HTTP/1.1\r\n")
    assert whole.endswith(b'\r\n\r\n{"a": 1}')


@pytest.mark.parametrize("content", [b"x" * 70_000, b"\r\n\r\n"], ids=["a large body", "a body that looks like a head"])
def test_other_bodies_are_sent_by_themselves(content: bytes) -> None:
    """A body that is large, or that is not known from the head, is sent as urllib3 does: the head, then the body."""
    head, body = _sent(content)

    assert (head[-4:], body) == (b"\r\n\r\n", content)


def test_a_request_without_a_body_is_one_write() -> None:
    """A request without a body is sent at once, also after one with a body."""
    assert len(_sent(None, "GET")) == 1
    assert len(_sent(b"")) == 1


def test_a_failed_call_keeps_nothing() -> None:
    """A connection that failed, and the next call over a new one, send whole requests."""
    with Loopback(CUT, reply(), CUT, reply()) as server:
        transport = new_transport(server)
        for content in (b"{}", b"[]"):
            transport.do(operation(content=content))
        transport.close()

        assert [seen.body for seen in server.seen] == [b"{}", b"{}", b"[]", b"[]"]


def test_a_deadline_is_cloned_once_it_was_started() -> None:
    """urllib3 starts a timeout once for each request; a tool that sends a request again gets a new one."""
    deadline = Deadline(LIMITS, Progress())
    assert deadline.clone() is deadline

    deadline.start_connect()
    again = deadline.clone()
    again.start_connect()

    assert again is not deadline
    assert again.limits is LIMITS


def test_the_pools_of_a_socks_proxy_are_kept() -> None:
    """urllib3's manager for SOCKS has pools of its own, whose connections take arguments that others do not."""
    socks = {"http": object, "https": object}
    manager, plain = mock.Mock(pool_classes_by_scheme=dict(socks)), urllib3.PoolManager()

    assert watched(manager).pool_classes_by_scheme == socks
    assert watched(plain).pool_classes_by_scheme["http"] is not urllib3.HTTPConnectionPool


def _refusing(*args: Any, **named: Any) -> Any:
    raise RuntimeError("no network in tests")


@pytest.mark.parametrize("part", ["socket", "getaddrinfo"])
@pytest.mark.parametrize("make", [new_transport, short_transport], ids=["stock path", "short path"])
def test_a_blocked_socket_is_not_sent(make: Any, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that forbids sockets in tests raises before anything is sent, and the error says so."""
    monkeypatch.setattr(socket, part, _refusing)
    with pytest.raises(NoResponse, match="RuntimeError before the request was sent") as caught:
        make("http://127.0.0.1:9").do(operation())

    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, False)


def test_an_exception_while_sending_may_have_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of a tool that is raised while bytes are written may come after the service has them."""

    def send(self: Any, data: Any) -> None:
        real(self, data)
        raise RuntimeError("a tool's own")

    real = http.client.HTTPConnection.send
    with Loopback() as server, monkeypatch.context() as patches:
        patches.setattr(http.client.HTTPConnection, "send", send)
        with pytest.raises(NoResponse, match="RuntimeError after the request was sent") as caught:
            new_transport(server).do(operation())

    assert caught.value.may_have_arrived


def test_a_handshake_that_fails_is_not_sent() -> None:
    """A server that speaks no TLS receives no request: the call may be repeated, and the error says so."""

    def plain(sock: Any, seen: Any) -> None:
        raise OSError

    with Loopback(plain) as server, pytest.raises(NoResponse, match="no connection could be made") as caught:
        url = server.url.replace("http://", "https://")
        new_transport(url, retry=RetryPolicy(attempts=1)).do(operation(repeat=Idempotency.IF_REJECTED))

    assert not caught.value.may_have_arrived


def test_green_sockets_are_read_under_the_deadline() -> None:
    """The sockets of gevent and eventlet are read as Python's own are; those of a mock are left to the mock."""
    green = type("socket", (socket.socket,), {"__module__": "gevent._socket3"})
    other = type("socket", (socket.socket,), {"__module__": "a_mock"})
    with green() as one, other() as two:
        found = [type(_response(sock, limits=LIMITS)) for sock in (one, two)]

    assert found == [DeadlineResponse, http.client.HTTPResponse]
