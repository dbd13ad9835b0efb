"""A loopback server that is never the bottleneck: it responds by path, after a given latency, in a separate process.

``GET /arrivals`` returns the times of the POSTs since the last such request, in seconds of one clock.
It understands just enough HTTP/1.1 for clients that send a Content-Length and keep connections open.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, cast

FOLLOWERS = 1000  # ids a page
_IDS = [f"U{number:032x}" for number in range(FOLLOWERS)]


@contextmanager
def serve(
    *,
    latency: float = 0.0,
    pages: int = 10,
    certificate: Path | None = None,
    unique: bool = False,
    upload_latency: float | None = None,
) -> Iterator[str]:
    """The server's address while the block lasts; ``certificate`` (PEM with its key) makes it https.

    ``unique`` gives each page followers of its own; uploads may take another time than the rest.
    """
    command = [sys.executable, "-m", "tests.benchmarks.server", str(latency), str(pages), str(certificate or "")]
    command += ["unique" if unique else "same", str(latency if upload_latency is None else upload_latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            yield f"https://localhost:{port}" if certificate else f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _ids(page: int, unique: bool) -> list[str]:
    return [f"U{page * FOLLOWERS + number:032x}" for number in range(FOLLOWERS)] if unique else _IDS


def _responses(pages: int, unique: bool) -> dict[bytes, bytes]:
    done = {"status": "success", "processed": 1000, "unprocessed": []}
    sent = {"sentMessages": [{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b"}]}
    bodies = {b"POST /v2/bot/message/push": sent, b"POST /1/upload": done, b"POST /v2/bot/message/validate/push": {}}
    bodies[b"GET /v2/bot/info"] = {"userId": "U" + "b" * 32, "basicId": "@bench", "displayName": "Bench"}
    bodies[b"GET /v2/bot/info"] |= {"chatMode": "bot", "markAsReadMode": "auto"}
    bodies |= {
        b"GET /v2/bot/followers/ids %d" % page: {"userIds": _ids(page, unique)}
        | ({"next": str(page + 1)} if page + 1 < pages else {})
        for page in range(pages)
    }
    return {key: _http(body) for key, body in bodies.items()}


def _http(body: object) -> bytes:
    content = json.dumps(body).encode()
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: benchmark\r\n"
        b"X-Line-Request-Id: 7a2b8f1e-0000-4000-8000-000000000000\r\nContent-Length: %d\r\n\r\n" % len(content)
    )
    return head + content


class _Connection(asyncio.Protocol):
    arrivals: ClassVar[deque[float]] = deque(maxlen=100_000)

    def __init__(self, responses: dict[bytes, bytes], latency: float, upload_latency: float) -> None:
        self.responses, self.buffer = responses, b""
        self.latency, self.upload_latency = latency, upload_latency

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            response = self._response(head.split(b" HTTP/1.1", 1)[0])
            latency = self.upload_latency if head.startswith(b"POST /1/upload") else self.latency
            if latency:
                asyncio.get_running_loop().call_later(latency, self._write, response)
            else:
                self._write(response)

    def _write(self, response: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(response)

    def _response(self, line: bytes) -> bytes:
        path, _, query = line.partition(b"?")
        if path == b"GET /arrivals":
            return _http([self.arrivals.pop() for _ in range(len(self.arrivals))][::-1])
        if path.startswith(b"POST "):
            self.arrivals.append(asyncio.get_running_loop().time())
        if path.endswith(b"/followers/ids"):
            start = next((part[6:] for part in query.split(b"&") if part.startswith(b"start=")), b"0")
            path += b" " + start
        return self.responses.get(path) or _http({})


async def _main(latency: float, pages: int, certificate: str, unique: bool, upload_latency: float) -> None:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    responses = _responses(pages, unique)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Connection(responses, latency, upload_latency), "127.0.0.1", 0, ssl=context, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    work = _main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "unique", float(sys.argv[5]))
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)
