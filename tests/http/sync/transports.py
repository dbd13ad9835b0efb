"""Drivers for tests: a service on loopback, an authority that counts, a clock that only waiting moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import BaseAdapter

from linetap.http.sync import SyncTransport
from linetap.http.types import Idempotency, Operation, Request, Response
from tests.http.fake_transport import rejection
from tests.loopback import Loopback

SECRET = "canary-5b1f"


class Static:
    """Credentials that never change."""

    def __init__(self, token: str = SECRET) -> None:
        self.token = token

    def headers(self, now: float) -> Mapping[str, str] | None:
        return {"Authorization": f"Bearer {self.token}"}

    def issue(self) -> Operation[Any] | None:
        return None

    def issued(self, response: Any, now: float) -> None:
        raise AssertionError("nothing is issued")

    def rejected(self, headers: Mapping[str, str]) -> bool:
        return False


class Clock:
    """Seconds that pass only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def new_transport(server: Loopback | str, **options: Any) -> SyncTransport:
    """A driver of a service on loopback, on a clock of its own unless one is given."""
    clock = Clock()
    url = server if isinstance(server, str) else server.url
    options = {"clock": clock, "sleep": clock.sleep, "random": lambda: 1.0, "authority": Static(), **options}
    kind = options.pop("kind", SyncTransport)
    made: SyncTransport = kind(
        {"api": url, "api-data": f"{url}/data"}, options.pop("authority"), service="test", **options
    )
    return made


class _Short(SyncTransport):
    def do(self, operation: Operation[Any]) -> Any:
        return self._run(operation, short=True)


def short_transport(server: Loopback | str, **options: Any) -> SyncTransport:
    """A transport whose single calls take the short path of bulk runs, if no session is passed."""
    return new_transport(server, kind=_Short, **options)


def operation(
    path: str = "/push",
    *,
    method: str = "POST",
    content: bytes | None = b"{}",
    repeat: Idempotency = Idempotency.SAFE,
    read: Any = Response.json,
    host: str = "api",
    params: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Operation[Any]:
    """An operation of the service on loopback."""
    content = None if method == "GET" else content
    request = Request(method, path, params, content, headers or {}, host)
    return Operation("test.push", request, read, rejection, repeat, **more)


class Mounted(BaseAdapter):
    """An adapter of the user's own, which responds by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[requests.PreparedRequest, dict[str, Any]]] = []

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:  # type: ignore[override]
        self.sent.append((request, settings))
        response = requests.Response()
        response.status_code, response._content, response.url = 200, b'{"mounted": true}', request.url or ""
        return response

    def close(self) -> None:
        """Nothing to close."""
