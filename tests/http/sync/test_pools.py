"""urllib3's pools with a deadline, which send the head and the body of a request together."""

from __future__ import annotations

import http.client
from typing import Any
from unittest import mock

import pytest

from linetap.http.sync.pools import Deadline
from linetap.http.sync.request import Limits
from tests.http.sync.transports import new_transport, operation
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
    """A body that is large, or that cannot be told from a head, is sent as urllib3 does: the head, then the body."""
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
    deadline = Deadline(LIMITS)
    assert deadline.clone() is deadline

    deadline.start_connect()
    again = deadline.clone()
    again.start_connect()

    assert again is not deadline
    assert again.limits is LIMITS
