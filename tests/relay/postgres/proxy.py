"""A TCP proxy of the test that stops forwarding: a socket whose other end says nothing any more."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Forwards connections to a port of this machine, until ``silent`` is set."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self.forwards = threading.Event()
        """Not set: nothing is forwarded, not even the end of a connection; new connections get no response."""
        self.forwards.set()
        self._over = False
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        self._do(self._accept)

    def stop(self) -> None:
        self._over = True
        self.forwards.set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in list(self._threads):
            thread.join()

    def _do(self, act: object, *arguments: object) -> None:
        thread = threading.Thread(target=act, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._over:
                inner, _ = self._listener.accept()
                outer = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [inner, outer]
                self._do(self._forward, inner, outer)
                self._do(self._forward, outer, inner)

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while True:
                part = source.recv(65536)
                self.forwards.wait()
                if not part or self._over:
                    break
                target.sendall(part)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def forwarding(target: int) -> Iterator[Proxy]:
    """A proxy before a port of this machine."""
    proxy = Proxy(target)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
