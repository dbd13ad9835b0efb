"""A small HTTP server for tests: real sockets on 127.0.0.1, and responses as broken as a test needs."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias


class Seen(NamedTuple):
    """A request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


CUT = "cut"
"""Instead of a response: the connection is closed."""
Play = Callable[[socket.socket, Seen], Any]
Response: TypeAlias = "bytes | str | Play"


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """The bytes of a response; ``content_type="text/html"`` becomes ``Content-Type``."""
    lines = [f"HTTP/1.1 {status} Any"]
    named = {"content-length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines += [f"{name}: {value}" for name, value in named.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Loopback:
    """Serves the given responses in turn, one for each request; repeats the last one."""

    def __init__(self, *responses: Response, tls: ssl.SSLContext | None = None) -> None:
        self.responses = list(responses) or [reply()]
        self.seen: list[Seen] = []
        self.connections = 0
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    def __enter__(self) -> Loopback:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        # shutdown wakes the accepting thread; close alone leaves it waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for sock in left:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._start(self._serve, sock, self.connections)

    def _serve(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            sock = self._tls.wrap_socket(sock, server_side=True) if self._tls else sock
            with self._lock:
                self._open.add(sock)
            with sock.makefile("rb") as lines, sock:
                while (seen := _read(lines, number)) is not None and self._response(sock, seen):
                    pass
        with self._lock:
            self._open.discard(sock)
        sock.close()

    def _response(self, sock: socket.socket, seen: Seen) -> bool:
        with self._lock:
            self.seen.append(seen)
            response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if callable(response):
            response(sock, seen)
            return True
        if isinstance(response, str):
            return False
        sock.sendall(response)
        return True


def _read(lines: object, number: int) -> Seen | None:
    readline, read = lines.readline, lines.read  # type: ignore[attr-defined]
    first = readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while line := readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Seen(first[0], first[1], headers, read(int(headers.get("content-length", 0))), number)
