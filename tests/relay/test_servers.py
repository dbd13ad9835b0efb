"""The relay as a WSGI and as an ASGI application: odd requests, and real servers with requests that are cut off."""

from __future__ import annotations

import asyncio
import io
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from linetap.relay import Outbox, Relay
from tests.relay.test_recipes import needs, serving
from tests.relay.test_relay import SECRET, Store, body

GOOD = f"Bearer {SECRET}"


def wsgi(source: Any, **environ: Any) -> tuple[str, bytes, Store]:
    store = Store()
    head: dict[str, Any] = {"REQUEST_METHOD": "POST", "wsgi.input": source, "HTTP_AUTHORIZATION": GOOD, **environ}
    started: list[Any] = []
    parts = Relay(store, secret=SECRET).wsgi(head, lambda *given: started.extend(given))
    return started[0], b"".join(parts), store


class _Lost(io.BytesIO):
    """A body whose connection is lost after its first bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if found := super().read(10):
            return found
        raise ConnectionResetError("lost")


@pytest.mark.parametrize("head", [{"CONTENT_LENGTH": "5000"}, {"wsgi.input_terminated": True}])
def test_a_body_that_is_lost_is_not_stored(head: dict[str, Any]) -> None:
    """A connection that is lost in the middle of a body gets 400, with a length and chunked; nothing is stored."""
    status, _, store = wsgi(_Lost(body()[:30]), **head)
    assert (status, store.calls) == ("400 Bad Request", [])


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT", "OPTIONS"])
def test_other_methods_of_wsgi(method: str) -> None:
    """Other methods get 405 without reading; the response to HEAD has no content."""
    status, content, store = wsgi(None, REQUEST_METHOD=method)
    assert (status, bool(content), store.calls) == ("405 Method Not Allowed", method != "HEAD", [])


def test_without_a_length_and_without_an_end_nothing_is_read() -> None:
    """A WSGI server that gives no length and does not end the body would block: nothing is read, and it is 400."""
    status, _, store = wsgi(None)
    assert (status, store.calls) == ("400 Bad Request", [])


def asgi(scope: dict[str, Any], *messages: dict[str, Any]) -> tuple[list[Mapping[str, Any]], Store]:
    store, sent, waiting = Store(), list[Mapping[str, Any]](), list(messages)

    async def receive() -> Mapping[str, Any]:
        return waiting.pop(0)

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Relay(store, secret=SECRET).asgi(scope, receive, send))
    return sent, store


def http(*headers: tuple[bytes, bytes], method: str = "POST") -> dict[str, Any]:
    return {"type": "http", "method": method, "headers": headers}


def test_a_websocket_is_closed() -> None:
    """A websocket is closed before it is accepted, and a lifespan starts and stops."""
    assert asgi({"type": "websocket", "headers": []}, {"type": "websocket.connect"})[0][0]["type"] == "websocket.close"
    sent, _ = asgi({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_client_that_leaves_gets_nothing() -> None:
    """A disconnect in the middle of a body ends the request: no response, nothing stored."""
    part = {"type": "http.request", "body": body()[:20], "more_body": True}
    assert asgi(http((b"Authorization", GOOD.encode())), part, {"type": "http.disconnect"}) == ([], asgi_nothing())


def asgi_nothing() -> Any:
    class Nothing:
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Store) and not other.calls

    return Nothing()


def test_two_authorization_headers_of_asgi() -> None:
    """Two Authorization headers get 401, in either order; one in any case gets 200."""
    whole = {"type": "http.request", "body": body(), "more_body": False}
    pairs = [(b"authorization", GOOD.encode()), (b"Authorization", b"Bearer x")]
    for headers in (pairs, pairs[::-1]):
        sent, store = asgi(http(*headers), whole)
        assert (sent[0]["status"], store.calls) == (401, [])
    sent, store = asgi(http((b"AUTHORIZATION", GOOD.encode())), whole)
    assert (sent[0]["status"], len(store.calls)) == (200, 1)


def test_the_response_to_head_of_asgi_has_no_content() -> None:
    """HEAD gets 405 with the length of the content, and no content."""
    sent, _ = asgi(http(method="HEAD"))
    assert (sent[0]["status"], sent[1]["body"]) == (405, b"")


# Over real servers -----------------------------------------------------------------------------------------

PLAIN = """
import os
from linetap.relay import Outbox, Relay
{0} = Relay(Outbox("outbox.sqlite"), secret=os.environ["RELAY_SECRET"]).{0}
"""
APPS = {
    "gunicorn": (
        ["gunicorn", "--workers", "2", "--bind", "127.0.0.1:0", "plain:wsgi"],
        "wsgi",
    ),
    "uvicorn": (
        ["uvicorn", "--port", "0", "plain:asgi"],
        "asgi",
    ),
}
LENGTH = f"Content-Length: {len(body())}\r\n".encode()
AUTH = f"Authorization: {GOOD}\r\n".encode()
CHUNKS = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (20, body()[:20], len(body()) - 20, body()[20:])
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# name -> head, content, statuses that are right (0: no response), calls that are stored
REQUESTS: dict[str, tuple[bytes, bytes, tuple[int, ...], int]] = {
    "with a length": (AUTH + LENGTH, body(), (200,), 1),
    "chunked": (AUTH + CHUNKED, CHUNKS, (200,), 1),
    "chunked and cut off": (AUTH + CHUNKED, CHUNKS[:40], (0, 400), 0),
    "cut off": (AUTH + LENGTH, body()[:40], (0, 400), 0),
    "headers in lower case": ((AUTH + LENGTH).lower().replace(GOOD.lower().encode(), GOOD.encode()), body(), (200,), 1),
    "two secrets": (AUTH + b"Authorization: Bearer x\r\n" + LENGTH, body(), (400, 401), 0),
    "no secret": (LENGTH, body(), (401,), 0),
    "a length that is too large": (AUTH + b"Content-Length: 51000000\r\n", b"", (413,), 0),
    "a length that is no number": (AUTH + b"Content-Length: 1x\r\n", body(), (400,), 0),
    "a negative length": (AUTH + b"Content-Length: -5\r\n", body(), (400,), 0),
    "two lengths": (AUTH + b"Content-Length: 5\r\n" + LENGTH, body(), (400,), 0),
    "no length": (AUTH, b"", (400,), 0),
    "a chunk that is no number": (AUTH + CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n", (0, 400), 0),
}


def exchanged(address: str, head: bytes, content: bytes, method: bytes = b"POST", *, leaves: bool = False) -> bytes:
    """What the server sends until it closes; a client that leaves closes its side."""
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(method + b" / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + head + b"\r\n" + content)
        if leaves:
            connection.shutdown(socket.SHUT_WR)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionError:  # the server closed while bytes of ours were on the way
            pass
    return b"".join(parts)


def status_of(found: bytes) -> int:
    return int(found.split(b" ", 2)[1]) if found else 0


@pytest.mark.ci
@pytest.mark.skipif(os.name != "posix", reason="gunicorn is for POSIX")
@pytest.mark.parametrize("server", APPS)
def test_requests_over_real_servers(tmp_path: Path, server: str) -> None:
    """Behind gunicorn and uvicorn each odd request gets its status, and only whole calls with the secret are stored."""
    needs(server)
    command, kind = APPS[server]
    (tmp_path / "plain.py").write_text(PLAIN.format(kind))
    with serving(tmp_path, *command) as address, Outbox(tmp_path / "outbox.sqlite") as outbox:
        wrong, stored = dict[str, Any](), 0
        for name, (head, content, right, calls) in REQUESTS.items():
            sent = exchanged(address, head, content, leaves="cut off" in name)
            found, stored = status_of(sent), stored + calls
            if found not in right or outbox.status().calls != stored:
                wrong[name] = (found, outbox.status().calls - stored + calls)
                stored = outbox.status().calls
        assert wrong == {}
        head = exchanged(address, AUTH, b"", b"HEAD")
        assert (status_of(head), head.partition(b"\r\n\r\n")[2]) == (405, b"")
        assert status_of(exchanged(address, AUTH, b"", b"GET")) == 405
        assert status_of(exchanged(address, AUTH + LENGTH, body())) == 200
