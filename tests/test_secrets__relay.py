"""Canary values in a stateless token, in a relay, and in the address of a Postgres outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from linetap import LineClient, LinetapError, RetryPolicy, StatelessToken
from linetap.relay import InboundCall, PostgresOutbox, Relay
from tests.leaks import leaks
from tests.loopback import CUT, Loopback, Seen, reply

TOKEN = "CANARY-token-0123456789abcdef"
SECRET = "CANARY-secret-0123456789abcdef"
ISSUED = "CANARY-issued-0123456789abcdef"
ONCE = RetryPolicy(attempts=1)
CANARIES = ("CANARY",)


def _echo(sock: Any, seen: Seen) -> None:
    """A 400 that contains the request: target, credentials and body."""
    sent = "|".join([seen.target, seen.headers.get("authorization", ""), seen.body.decode("utf-8", "replace")])
    body = b'{"message": "%s"}' % sent.encode().replace(b"\\", b"").replace(b'"', b"'")
    sock.sendall(reply(400, body.replace(b"\n", b" ")))


RESPONSES: dict[str, Any] = {
    "echo": _echo,
    "500": reply(500),
    "not JSON": reply(200, b"<html>"),
    "a token too short of fields": reply(200, b'{"access_token": "%s"}' % ISSUED.encode()),
    "cut": CUT,
}


def _assert_no_leak(call: Callable[[], object], name: str) -> None:
    with pytest.raises(LinetapError) as caught:
        call()
    assert not leaks(caught.value, CANARIES, __file__), name


def _assert_unlogged(caplog: pytest.LogCaptureFixture) -> None:
    logged = [(record.name, record.getMessage(), repr(vars(record))) for record in caplog.records]
    assert logged
    assert not [row for row in logged for secret in CANARIES if secret in repr(row)]


@pytest.mark.parametrize("response", RESPONSES)
def test_a_stateless_token_does_not_spill(response: str, caplog: pytest.LogCaptureFixture) -> None:
    """A token that cannot be issued shows neither the channel secret nor what LINE sent."""
    caplog.set_level(logging.DEBUG)
    with Loopback(RESPONSES[response]) as server:
        line = LineClient(StatelessToken("123", SECRET), base_url=server.url, retry=ONCE)
        _assert_no_leak(lambda: line.webhook_endpoint.get(), "webhook_endpoint.get")
    _assert_unlogged(caplog)


RELAYS: dict[str, Callable[[], object]] = {
    "a short secret": lambda: Relay(print, secret="CANARY"),
    "a secret with a blank": lambda: Relay(print, secret=[SECRET, SECRET + " x"]),
    "a secret as bytes": lambda: Relay(print, secret=SECRET.encode()),  # type: ignore[arg-type]
    "a secret in a mapping": lambda: Relay(print, secret={"a": SECRET}),  # type: ignore[arg-type]
    "a short password": lambda: Relay(print, secret=SECRET, basic=("user", "CANARY")),
    "a user with a colon": lambda: Relay(print, secret=SECRET, basic=("CANARY:user", SECRET)),
    "three parts": lambda: Relay(print, secret=SECRET, basic=("user", SECRET, SECRET)),  # type: ignore[arg-type]
    "a store that is none": lambda: Relay(object(), secret=SECRET),  # type: ignore[arg-type]
    "a size that is none": lambda: Relay(print, secret=SECRET, basic=("user", SECRET), max_body=0),
}


@pytest.mark.parametrize("made", RELAYS)
def test_a_wrong_relay_does_not_spill(made: str) -> None:
    """A wrong argument of a relay shows no secret in its error or in a frame."""
    with pytest.raises(LinetapError) as caught:
        RELAYS[made]()

    assert not leaks(caught.value, CANARIES, __file__)


@pytest.mark.parametrize("sent", ["Bearer CANARY-wrong-0123456789", f"Bearer {SECRET}", "Basic Q0FOQVJZOkNBTkFSWQ=="])
def test_a_relay_does_not_spill(sent: str, caplog: pytest.LogCaptureFixture) -> None:
    """A call shows its secret in no response and log, also where the store raises; nor does the relay's repr."""
    caplog.set_level(logging.DEBUG)

    def broken(call: InboundCall) -> None:
        raise OSError("the disk is full")

    relay = Relay(broken, secret=SECRET, basic=("user", SECRET))
    body = b'{"targetId": 1, "profiles": [{"identity": "a"}]}'
    response = relay.handle(body, {"Authorization": sent})

    assert response.status == (500 if sent.endswith(SECRET) else 401) or response.status == 503
    assert not [text for text in (repr(relay), repr(vars(relay)), repr(response), caplog.text) if "CANARY" in text]
    assert "Q0FOQVJZ" not in caplog.text + repr(response)


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/x?connect_timeout=1",
        f"host=127.0.0.1 port=1 user=u password={SECRET}",
        f"password={SECRET} {SECRET}",
        f"postgresql://user:{SECRET}@[bad/x",
    ],
)
def test_an_address_of_postgres_does_not_spill(driver: str, address: str) -> None:
    """A driver's error quotes the address or keeps it in a frame; the error of linetap does not show the password."""
    connect = pytest.importorskip(driver).connect

    with pytest.raises(LinetapError) as caught:
        PostgresOutbox(lambda: connect(address), schema="x").status()

    assert not leaks(caught.value, CANARIES, __file__)
