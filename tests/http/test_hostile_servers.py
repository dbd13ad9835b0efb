"""Servers that send what they should not, over the stock path, the short path and the async client: one result.

Each server is a function that writes bytes. The expected outcome is the same on all three paths: the value that was
read, or the class of the error and whether the request may have arrived.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from linetap.errors import LinetapError, NoResponse, ServerError, UnreadableResponse
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.types import Idempotency
from tests.http.sync.transports import new_transport, operation, short_transport
from tests.loopback import CUT, Loopback, Seen, reply

pytest.importorskip("aiohttp", reason="the async client needs linetap[async]")

from tests.http.aio.test_transport import new_transport as new_async_transport

OPTIONS = {"retry": RetryPolicy(attempts=1, total=20.0), "timeout": Timeout(connect=5.0, read=5.0)}
CALL: dict[str, Any] = {"repeat": Idempotency.IF_REJECTED}


def _stock(server: Loopback, **more: Any) -> Any:
    return new_transport(server, **OPTIONS).do(operation(**CALL, **more))


def _short(server: Loopback, **more: Any) -> Any:
    return short_transport(server, **OPTIONS).do(operation(**CALL, **more))


def _async(server: Loopback, **more: Any) -> Any:
    async def call() -> Any:
        transport = new_async_transport(server, **OPTIONS)
        try:
            return await transport.do(operation(**CALL, **more))
        finally:
            await transport.close()

    return asyncio.run(call())


PATHS: dict[str, Callable[..., Any]] = {"stock": _stock, "short": _short, "async": _async}


def _outcome(path: str, *responses: Any, **more: Any) -> Any:
    with Loopback(*responses) as server:
        try:
            return PATHS[path](server, **more)
        except LinetapError as error:
            return type(error), getattr(error, "may_have_arrived", None)


def _then_close(data: bytes) -> Callable[[Any, Seen], None]:
    def play(sock: Any, seen: Seen) -> None:
        sock.sendall(data)
        raise OSError("gone")

    return play


LOST = (NoResponse, True)
OK = b'{"a": 1}'
HEAD = b"HTTP/1.1 200 OK\r\n"
SERVERS: dict[str, tuple[Any, Any]] = {
    "fine": (reply(body=OK), {"a": 1}),
    "in chunks": (HEAD + b'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n', {"a": 1}),
    "chunks with extensions and trailers": (
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n8;x=y\r\n{"a": 1}\r\n0\r\nX-T: 1\r\n\r\n',
        {"a": 1},
    ),
    "until the connection ends": (_then_close(HEAD + b"\r\n" + OK), {"a": 1}),
    "103 first": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + reply(body=OK), {"a": 1}),
    "100 first": (b"HTTP/1.1 100 Continue\r\n\r\n" + reply(body=OK), {"a": 1}),
    "cut at once": (CUT, LOST),
    "cut in the head": (_then_close(HEAD + b"X-Half"), LOST),
    "cut in the body": (_then_close(HEAD + b"Content-Length: 100\r\n\r\n{}"), LOST),
    "cut in a chunk": (_then_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n{}"), LOST),
    "cut before the last chunk": (_then_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), LOST),
    "no HTTP": (_then_close(b"SSH-2.0-OpenSSH_9\r\n\r\n"), LOST),
    "a status that is no number": (_then_close(b"HTTP/1.1 abc OK\r\n\r\n"), LOST),
    "a chunk size that is no number": (_then_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"), LOST),
    "gzip": (reply(body=gzip.compress(OK), content_encoding="gzip"), {"a": 1}),
    "x-gzip": (reply(body=gzip.compress(OK), content_encoding="x-gzip"), {"a": 1}),
    "GZIP": (reply(body=gzip.compress(OK), content_encoding="GZIP"), {"a": 1}),
    "deflate": (reply(body=zlib.compress(OK), content_encoding="deflate"), {"a": 1}),
    "raw deflate": (reply(body=zlib.compress(OK)[2:-4], content_encoding="deflate"), {"a": 1}),
    "an empty coding": (reply(body=OK, content_encoding=""), {"a": 1}),
    "identity": (reply(body=OK, content_encoding="identity"), {"a": 1}),
    "compress": (reply(body=OK, content_encoding="compress"), LOST),
    "br": (reply(body=OK, content_encoding="br"), LOST),
    "broken gzip": (reply(body=b"\x1f\x8bjunk", content_encoding="gzip"), LOST),
    "gzip without its end": (reply(body=gzip.compress(OK)[:-3], content_encoding="gzip"), LOST),
    "two gzip members": (reply(body=gzip.compress(OK[:3]) + gzip.compress(OK[3:]), content_encoding="gzip"), {"a": 1}),
    "many empty gzip members": (
        reply(body=gzip.compress(b"") * 20_000, content_encoding="gzip"),
        (UnreadableResponse, True),
    ),
    "not JSON": (reply(body=b"<html>"), (UnreadableResponse, True)),
    "a redirect": (reply(302, b"", location="http://elsewhere.test/"), (UnreadableResponse, True)),
    "a redirect to nowhere": (reply(307, b"", location="http://[::1"), (UnreadableResponse, True)),
    "a broken 500": (reply(500, b"\xff\xfe"), (ServerError, True)),
    "a 407": (reply(407), (NoResponse, False)),
    "a huge length": (_then_close(HEAD + b"Content-Length: 999999999999\r\n\r\n{}"), LOST),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("server", SERVERS)
def test_one_server_is_one_result(server: str, path: str) -> None:
    """What a server sends has the same result, or the same error, on every path."""
    response, expected = SERVERS[server]

    outcome = _outcome(path, response)

    if expected == (UnreadableResponse, True) and isinstance(outcome, tuple):
        assert outcome[0] is UnreadableResponse
    else:
        assert outcome == expected


def _chunked(body: bytes, pieces: random.Random) -> bytes:
    parts = []
    while body:
        size = pieces.randint(1, max(1, len(body)))
        parts.append(b"%x\r\n" % size + body[:size] + b"\r\n")
        body = body[size:]
    return b"".join(parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("seed", range(12))
def test_generated_framing_has_one_result(seed: int) -> None:
    """Bodies in generated chunks, cut at generated places, end in the same result on every path."""
    choices = random.Random(seed)
    body = gzip.compress(OK, mtime=0) if choices.random() < 0.5 else OK
    coding = b"Content-Encoding: gzip\r\n" if body is not OK else b""
    whole = HEAD + coding + b"Transfer-Encoding: chunked\r\n\r\n" + _chunked(body, choices)
    cut = len(whole) if choices.random() < 0.4 else choices.randint(1, len(whole) - 6)
    expected: Any = {"a": 1} if cut == len(whole) else LOST

    assert [_outcome(path, _then_close(whole[:cut])) for path in PATHS] == [expected] * len(PATHS)
