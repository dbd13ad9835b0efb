"""Malformed framing over the stock path, the short path and the async client: one result (RFC 9112 sections 4 to 7)."""

from __future__ import annotations

import gzip
import random
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from linetap.errors import UnreadableResponse
from tests.http.test_hostile_servers import HEAD, LOST, OK, PATHS, _chunked, _outcome, _then_close
from tests.loopback import Seen, reply

READ: Any = {"a": 1}
UNREADABLE = (UnreadableResponse, True)
LENGTH = b"Content-Length: 8\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b'8\r\n{"a": 1}\r\n0\r\n\r\n'
GZIP = gzip.compress(OK, mtime=0)

HEADS: dict[str, tuple[bytes, Any]] = {
    "the same length twice": (HEAD + LENGTH + LENGTH, LOST),
    "two lengths": (HEAD + LENGTH + b"Content-Length: 3\r\n", LOST),
    "a list of lengths": (HEAD + b"Content-Length: 8, 8\r\n", LOST),
    "a negative length": (HEAD + b"Content-Length: -1\r\n", LOST),
    "a length with a sign": (HEAD + b"Content-Length: +8\r\n", LOST),
    "a length with an underscore": (HEAD + b"Content-Length: 0_8\r\n", LOST),
    "a length in hex": (HEAD + b"Content-Length: 0x8\r\n", LOST),
    "no length in the field": (HEAD + b"Content-Length: \r\n", LOST),
    "a length of 5,000 digits": (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n", LOST),
    "a folded length": (HEAD + b"Content-Length:\r\n 8\r\n", READ),
    "an unknown transfer coding": (HEAD + b"Transfer-Encoding: foo\r\n", LOST),
    "identity as transfer coding": (HEAD + b"Transfer-Encoding: identity\r\n" + LENGTH, LOST),
    "a folded field": (HEAD + b"X: a\r\n b\r\n" + LENGTH, READ),
    "a line without a colon": (HEAD + b"Xabc\r\n" + LENGTH, LOST),
    "a space before a colon": (HEAD + b"X : a\r\n" + LENGTH, LOST),
    "a field without a name": (HEAD + b": a\r\n" + LENGTH, LOST),
    "a name with a comma": (HEAD + b"X,y: a\r\n" + LENGTH, LOST),
    "a NUL in a field": (HEAD + b"X: a\0b\r\n" + LENGTH, LOST),
    "a CR in a field": (HEAD + b"X: a\rContent-Type: b\r\n" + LENGTH, LOST),
    "UTF-8 in a field": (HEAD + "X: あ\r\n".encode() + LENGTH, READ),
    "UTF-8 in a name": (HEAD + "あ: x\r\n".encode() + LENGTH, LOST),
    "90 fields": (HEAD + b"X: 1\r\n" * 90 + LENGTH, READ),
    "101 fields": (HEAD + b"X: 1\r\n" * 101 + LENGTH, LOST),
    "20,000 fields": (HEAD + b"X: 1\r\n" * 20_000 + LENGTH, LOST),
    "a field of 30 kB": (HEAD + b"X: " + b"1" * 30_000 + b"\r\n" + LENGTH, READ),
    "a field of 70 kB": (HEAD + b"X: " + b"1" * 70_000 + b"\r\n" + LENGTH, LOST),
    "a status line of 70 kB": (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n" + LENGTH, LOST),
    "an empty line first": (b"\r\n" + HEAD + LENGTH, READ),
    "a space first": (b" " + HEAD + LENGTH, LOST),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n" + LENGTH, READ),
    "HTTP/1.0 with keep-alive": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + LENGTH, READ),
    "HTTP/1.2": (b"HTTP/1.2 200 OK\r\n" + LENGTH, LOST),
    "HTTP/2.0": (b"HTTP/2.0 200 OK\r\n" + LENGTH, LOST),
    "no reason": (b"HTTP/1.1 200\r\n" + LENGTH, READ),
    "a status of two digits": (b"HTTP/1.1 20 OK\r\n" + LENGTH, LOST),
    "a status of four digits": (b"HTTP/1.1 2000 OK\r\n" + LENGTH, LOST),
    "a status below 100": (b"HTTP/1.1 099 OK\r\n" + LENGTH, LOST),
    "a 204 with a body": (b"HTTP/1.1 204 No\r\n" + LENGTH, LOST),
    "a 304 with a body": (b"HTTP/1.1 304 No\r\n" + LENGTH, LOST),
    "50 times 103": (b"HTTP/1.1 103 Early\r\n\r\n" * 50 + HEAD + LENGTH, READ),
    "5,000 times 100": (b"HTTP/1.1 100 Continue\r\n\r\n" * 5000 + HEAD + LENGTH, READ),
    "a 199 with a length": (b"HTTP/1.1 199 X\r\nContent-Length: 3\r\n\r\n" + HEAD + LENGTH, LOST),
    "a CR in a field after a 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"X: a\rY: b\r\n" + LENGTH, LOST),
    "a CR in a field after a 103": (b"HTTP/1.1 103 Early\r\n\r\n" + HEAD + b"X: a\rY: b\r\n" + LENGTH, LOST),
    "two codings of the content": (HEAD + b"Content-Encoding: gzip\r\nContent-Encoding: identity\r\n" + LENGTH, LOST),
}
CHUNK_BODIES: dict[str, tuple[bytes, Any]] = {
    "a length beside chunks": (HEAD + LENGTH + CHUNKED + b"\r\n" + CHUNKS, LOST),
    "chunked twice": (HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNKS, LOST),
    "gzip, chunked": (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS, LOST),
    "CHUNKED and a space": (HEAD + b"Transfer-Encoding: CHUNKED \r\n\r\n" + CHUNKS, READ),
    "a 204 in chunks": (b"HTTP/1.1 204 No\r\n" + CHUNKED + b"\r\n" + CHUNKS, LOST),
    "a size with a sign": (HEAD + CHUNKED + b"\r\n+" + CHUNKS, LOST),
    "a size with 0x": (HEAD + CHUNKED + b"\r\n0x" + CHUNKS, LOST),
    "a size with an underscore": (HEAD + CHUNKED + b"\r\n0_" + CHUNKS, LOST),
    "a size after a space": (HEAD + CHUNKED + b"\r\n " + CHUNKS, LOST),
    "a size with zeros": (HEAD + CHUNKED + b"\r\n0000" + CHUNKS, READ),
    "no size": (HEAD + CHUNKED + b"\r\n\r\n" + OK + b"\r\n0\r\n\r\n", LOST),
    "a size of 2^64": (HEAD + CHUNKED + b"\r\nFFFFFFFFFFFFFFFF\r\n" + OK, LOST),
    "an extension of 9 kB": (HEAD + CHUNKED + b"\r\n8;" + b"x" * 9000 + CHUNKS[1:], READ),
    "other bytes after a chunk": (HEAD + CHUNKED + b"\r\n8\r\n" + OK + b"XX0\r\n\r\n", LOST),
    "an end without its last line": (HEAD + CHUNKED + b"\r\n" + CHUNKS[:-2], LOST),
    "an end cut in a trailer": (HEAD + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X: 1\r\n", LOST),
    "20,000 trailers": (HEAD + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X: 1\r\n" * 20_000 + b"\r\n", LOST),
    "bytes after the end": (HEAD + CHUNKED + b"\r\n" + CHUNKS + b"GARBAGE", LOST),
    "bytes after the length": (reply(body=OK) + b"GARBAGE", LOST),
    "an empty line after the length": (reply(body=OK) + b"\r\n", READ),
    "a second response": (reply(body=OK) + reply(body=b"[]"), READ),
    "zstd": (reply(body=OK, content_encoding="zstd"), LOST),
    "gzip twice": (reply(body=gzip.compress(GZIP), content_encoding="gzip, gzip"), LOST),
    "bytes after gzip": (reply(body=GZIP + b"JUNK", content_encoding="gzip"), LOST),
    "JSON nested 100,000 deep": (reply(body=b"[" * 100_000), UNREADABLE),
    "HTTP/0.9": (OK, LOST),
}
SERVERS = {**{name: (head + b"\r\n" + OK, expected) for name, (head, expected) in HEADS.items()}, **CHUNK_BODIES}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("server", SERVERS)
def test_malformed_framing_is_one_result(server: str, path: str) -> None:
    """A response whose end or fields are uncertain is lost on every path; a valid one is read on every path."""
    data, expected = SERVERS[server]

    outcome = _outcome(path, _then_close(data))

    assert outcome == expected or (expected == UNREADABLE and outcome[0] is UnreadableResponse)


def _reset_after(data: bytes) -> Callable[[socket.socket, Seen], None]:
    def play(sock: socket.socket, seen: Seen) -> None:
        sock.sendall(data)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise OSError("reset")

    return play


@pytest.mark.parametrize("path", PATHS)
def test_a_reset_at_each_byte(path: str) -> None:
    """A connection that is reset before the last byte of a response is a lost response, wherever it is."""
    whole = reply(body=OK)
    cuts = range(0, len(whole), 3)

    assert {cut: _outcome(path, _reset_after(whole[:cut])) for cut in cuts} == dict.fromkeys(cuts, LOST)


@pytest.mark.parametrize("path", PATHS)
def test_the_response_to_head_has_no_body(path: str) -> None:
    """HEAD: a length or chunks are announced and do not follow; bytes that follow are an error."""
    call: Any = {"method": "HEAD", "content": None, "read": lambda response: response.status}
    heads = [HEAD + LENGTH + b"\r\n", HEAD + CHUNKED + b"\r\n", HEAD + b"\r\n", HEAD + LENGTH + b"\r\n" + OK]

    assert [_outcome(path, head, **call) for head in heads] == [200, 200, 200, LOST]


PIECES = [b"\r\n", b"\r", b" ", b":", b";", b"0", b"-", b"\0", b"\xff", LENGTH, CHUNKED, b"HTTP/1.1", b"chunked", b","]


def _mutated(seed: int) -> bytes:
    """A valid response in which something was inserted, replaced, removed or cut."""
    choices = random.Random(seed)
    body = choices.choice([OK, GZIP])
    head = HEAD + (b"Content-Encoding: gzip\r\n" if body is GZIP else b"") + b"Content-Type: application/json\r\n"
    whole = head + choices.choice(
        [b"Content-Length: %d\r\n\r\n" % len(body) + body, CHUNKED + b"\r\n" + _chunked(body, choices)]
    )
    at = choices.randrange(len(whole))
    piece, rest = choices.choice(PIECES), whole[at + choices.randint(0, 3) :]
    return whole[:at] + choices.choice([piece + whole[at:], piece + rest, rest, b""])


@pytest.mark.parametrize("seed", range(40))
def test_a_mutated_response_has_one_result(seed: int) -> None:
    """Whatever is changed in a response, every path reads the same of it, or ends with the same error."""
    data = _mutated(seed)

    first, *others = [repr(_outcome(path, _then_close(data))) for path in PATHS]

    assert others == [first, first]
