"""Requests and responses over kept connections: what is reused, what is rejected, how bodies end."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import zlib
from typing import Any

import pytest
import requests

from linetap.errors import BadArgument, NoResponse
from linetap.http import decoding, failures
from linetap.http.policy import RetryPolicy
from linetap.http.sync import reading, response
from linetap.http.types import Idempotency
from tests.http.sync.transports import operation, short_transport
from tests.loopback import Loopback, Seen, reply

ONCE = {"repeat": Idempotency.IF_REJECTED}


def raw(response: Any) -> bytes:
    """A response's content as it was read."""
    content: bytes = response.content
    return content


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    """A service that closes an idle connection costs no attempt: it is noticed before sending."""

    hung_up = threading.Semaphore(0)

    def answer_and_hang_up(sock: socket.socket, seen: Seen) -> None:
        sock.sendall(reply())
        sock.shutdown(socket.SHUT_RDWR)
        hung_up.release()

    with Loopback(answer_and_hang_up) as server:
        one = short_transport(server)
        for _ in range(3):
            assert one.do(operation(**ONCE)) == {}
            hung_up.acquire(timeout=10)
        one.close()

        assert (server.connections, len(server.seen)) == (3, 3)


def test_a_connection_that_the_service_wants_closed_is_not_kept() -> None:
    """``Connection: close`` is honoured."""
    with Loopback(reply(connection="close")) as server:
        one = short_transport(server)
        one.do(operation(**ONCE))
        one.do(operation(**ONCE))
        one.close()

        assert server.connections == 2


def test_unexpected_bytes_end_a_connection() -> None:
    """Bytes after a response are not read as the response to the next request."""
    with Loopback(reply() + b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"evil"', reply(body=b'"good"')) as server:
        one = short_transport(server)
        one.do(operation(**ONCE))
        assert one.do(operation(**ONCE)) == "good"
        one.close()


def test_a_request_is_sent_in_one_piece() -> None:
    """Head and body are sent together."""
    pieces: list[int] = []

    class Counting(socket.socket):
        def sendall(self, data: Any, *flags: int) -> None:
            pieces.append(len(data))
            super().sendall(data, *flags)

    with Loopback() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", Counting)
        short_transport(server).do(operation())

    assert len([length for length in pieces if length > 100]) == 1


@pytest.mark.parametrize(
    "body, coding",
    [
        (gzip.compress(b'{"a": 1}', mtime=0), "gzip"),
        (gzip.compress(b'{"a": 1}', mtime=0), "X-GZip"),
        (gzip.compress(b'{"a"', mtime=0) + gzip.compress(b": 1}", mtime=0) + b"\0\0", "gzip"),
        (zlib.compress(b'{"a": 1}'), "deflate"),
        (b'{"a": 1}', "identity"),
    ],
)
def test_bodies_are_unpacked(body: bytes, coding: str) -> None:
    """The codings that we say we take are unpacked."""
    with Loopback(reply(body=body, content_encoding=coding)) as server:
        assert short_transport(server).do(operation()) == {"a": 1}


@pytest.mark.parametrize(
    "body, coding",
    [
        (b"\x1f\x8bgarbage", "gzip"),
        (gzip.compress(b'{"a": 1}', mtime=0)[:-1], "gzip"),
        (b"x", "deflate"),
        (b"{}", "br"),
    ],
)
def test_bodies_that_cannot_be_unpacked(body: bytes, coding: str) -> None:
    """A broken packing, or one that was not asked for, is no response."""
    with Loopback(reply(body=body, content_encoding=coding)) as server, pytest.raises(NoResponse) as caught:
        short_transport(server).do(operation(**ONCE))

    assert caught.value.may_have_arrived


@pytest.mark.parametrize("session", [None, requests.Session()], ids=["ours", "passed in"])
@pytest.mark.parametrize("pack, coding", [(gzip.compress, "gzip"), (zlib.compress, "deflate")])
def test_a_decompression_bomb_is_no_response(
    session: Any, pack: Any, coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response body larger than the limit is not decompressed, and its request is not reported as not sent."""
    for module in (failures, decoding, response, reading):
        monkeypatch.setattr(module, "MAX_BODY", 2**20)
    fits, bomb = (reply(body=pack(b"0" * size), content_encoding=coding) for size in (2**20, 2**20 + 1))
    with Loopback(fits, bomb) as server:
        one = short_transport(server, session=session)
        assert len(one.do(operation(read=raw))) == 2**20
        with pytest.raises(NoResponse, match="larger than 1 MiB") as caught:
            one.do(operation(**ONCE))

    assert caught.value.may_have_arrived


def test_an_empty_packed_body() -> None:
    """A response without a body has nothing to unpack, whatever its headers say."""
    with Loopback(reply(204, b"", content_encoding="gzip")) as server:
        assert short_transport(server).do(operation(read=raw)) == b""


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    """A body of unknown length ends when the service closes the connection."""

    def until_the_end(sock: socket.socket, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"[1, 2]")
        sock.shutdown(socket.SHUT_RDWR)

    with Loopback(until_the_end) as server:
        assert short_transport(server).do(operation()) == [1, 2]


def test_a_body_in_many_pieces() -> None:
    """A long body that arrives in pieces is put together."""
    body = b"[" + b"1," * 200_000 + b"1]"

    def piecemeal(sock: socket.socket, seen: Seen) -> None:
        whole = reply(body=body)
        for at in range(0, len(whole), 50_000):
            sock.sendall(whole[at : at + 50_000])

    with Loopback(piecemeal) as server:
        assert short_transport(server).do(operation(read=raw)) == body


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "/a b"},
        {"path": "/a\r\nX-Evil: 1"},
        {"path": "/ไทย"},
        {"params": (("identity", "\ud800"),)},
        {"path": "no-slash"},
        {"method": "GET\r\n"},
        {"method": ""},
        {"headers": {"X-A": "b\r\nX-Evil: 1"}},
        {"headers": {"X-A": "b\nX-Evil: 1"}},
        {"headers": {"X-A\r\nX-Evil": "1"}},
        {"headers": {"X A": "1"}},
        {"headers": {"": "1"}},
        {"headers": {"X-A": "ไทย"}},
    ],
)
def test_a_line_break_in_a_request_is_rejected(wrong: Any) -> None:
    """A request with a line break in its head is rejected, and nothing is sent."""
    with Loopback() as server:
        with pytest.raises(BadArgument):
            short_transport(server).do(operation(**{"path": "/x", **wrong}))

        assert server.seen == []


@pytest.mark.parametrize("method, length", [("POST", "0"), ("PUT", "0"), ("DELETE", None), ("GET", None)])
def test_an_empty_body_has_a_length_where_one_is_expected(method: str, length: str | None) -> None:
    """A POST without content says so, a GET says nothing."""
    with Loopback() as server:
        short_transport(server).do(operation(method=method, content=None))

        assert server.seen[0].headers.get("content-length") == length


def test_interim_responses_are_passed_over() -> None:
    """``100 Continue`` is not the response."""
    with Loopback(b"HTTP/1.1 100 Continue\r\n\r\n" + reply(body=b"7")) as server:
        assert short_transport(server).do(operation()) == 7


def test_a_response_behind_an_early_hint_is_not_the_next_calls() -> None:
    """``103 Early Hints`` is passed over: what follows it is the response to this request, not the one after it."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    with Loopback(hint + reply(body=b"1"), hint + hint + reply(body=b"2"), reply(body=b"3")) as server:
        one = short_transport(server)
        assert [one.do(operation(**ONCE)) for _ in range(3)] == [1, 2, 3]
        one.close()

        assert (server.connections, len(server.seen)) == (1, 3)


def test_a_head_that_is_cut_is_no_response() -> None:
    """A connection cut among the headers is a lost response, which is asked again, and no response without a body."""

    def cut(sock: socket.socket, seen: Seen) -> None:
        sock.sendall(reply()[:25])
        sock.shutdown(socket.SHUT_RDWR)

    with Loopback(cut, reply(body=b"7")) as server:
        assert short_transport(server, sleep=lambda seconds: None).do(operation()) == 7


@pytest.mark.parametrize(
    "piece",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 20,
    ],
)
def test_the_deadline_applies_to_heads_too(piece: bytes) -> None:
    """The deadline ends interim responses without end and headers and chunk sizes that arrive slowly."""
    now = [0.0]
    enough = threading.Event()

    def clock() -> float:
        now[0] += 1.0
        if now[0] > 60:
            enough.set()
        return now[0]

    def trickle(sock: socket.socket, seen: Seen) -> None:
        with contextlib.suppress(OSError):
            sock.sendall(piece)
            while piece[9:12] == b"100" and not enough.wait(0.001):
                sock.sendall(piece)
            for _ in range(1000):
                if enough.wait(0.001):
                    break
                sock.sendall(b"a")

    with Loopback(trickle) as server, pytest.raises(NoResponse):
        short_transport(server, retry=RetryPolicy(attempts=1, total=50), clock=clock).do(operation())
    assert now[0] < 70


@pytest.mark.parametrize(
    "nonsense",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"],
)
def test_who_does_not_speak_http(nonsense: bytes) -> None:
    """What is no HTTP is a lost response, not a stray exception."""
    with Loopback(nonsense) as server, pytest.raises(NoResponse):
        short_transport(server, retry=RetryPolicy(attempts=1)).do(operation())


def test_closing_during_a_call() -> None:
    """A connection that is returned after the transport was closed is closed, too."""
    holder: dict[str, Any] = {}

    def close_meanwhile(sock: socket.socket, seen: Seen) -> None:
        holder["driver"].close()
        sock.sendall(reply())

    with Loopback(close_meanwhile) as server:
        holder["driver"] = one = short_transport(server)
        one.do(operation())
        one.do(operation())

        assert server.connections == 2
