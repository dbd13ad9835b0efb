"""The sandbox without a server: mounted on a requests session; and the webhooks that it sends."""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from linetap.http.types import Headers, Request, Response
from linetap.sandbox.clevertap.service import HOSTS
from linetap.sandbox.core.faults import Cut, Fault
from linetap.sandbox.core.service import Exchange, Service

if TYPE_CHECKING:
    from linetap.sandbox.clevertap.service import CleverTap
    from linetap.sandbox.line.service import Line

_LINE_HOSTS = {"api.line.me": "api", "api-data.line.me": "api-data", "manager.line.biz": "manager"}
_CLEVERTAP_HOSTS = {*HOSTS.values(), "eu1.api.clevertap.com"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Hosts:
    """Host name -> service."""

    clevertap: CleverTap

    def __init__(self, line: Line) -> None:
        self.line = line

    def find(self, host: str) -> tuple[Service, str] | None:
        """The service, and which of its hosts this is."""
        if host in _LINE_HOSTS:
            return self.line, _LINE_HOSTS[host]
        return (self.clevertap, "api") if host in _CLEVERTAP_HOSTS else None

    @property
    def names(self) -> Iterable[str]:
        return [*_LINE_HOSTS, *_CLEVERTAP_HOSTS]


def _timed_out(fault: Fault | None, seconds: float | None, advance: Callable[[float], None]) -> bool:
    """Whether a delayed response exceeds the caller's timeout; the sandbox's clock advances by the timeout."""
    if fault is None or not fault.delay or seconds is None or fault.delay <= seconds:
        return False
    advance(seconds)
    return True


# Mounted on a session ------------------------------------------------------------------------------------


class _Mounted(HTTPAdapter):
    """Passes the requests of a session to the services, without a socket."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__()
        self._hosts = hosts

    def send(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, **_: Any
    ) -> requests.Response:
        parts = urlsplit(str(request.url))
        found = self._hosts.find(parts.hostname or "")
        if found is None:
            raise requests.ConnectionError("this session can call the sandbox only", request=request)
        service, host = found
        service.clock.run_due()
        headers = Headers({"Host": parts.hostname or "", **request.headers})
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        asked = Request(str(request.method), parts.path, query, _content(request.body), headers, host)
        with service.exchange(asked) as exchange:
            return self._response(request, exchange, service, _read_timeout(timeout))

    def _response(
        self, request: requests.PreparedRequest, exchange: Exchange, service: Service, seconds: float | None
    ) -> requests.Response:
        if _timed_out(exchange.fault, seconds, lambda s: service.clock.advance(seconds=s)):
            if exchange.fault and exchange.fault.wait:
                exchange.fault.wait()
            raise requests.ReadTimeout("no response within the timeout", request=request)
        try:
            return self._built(request, exchange.in_process(), cut=False)
        except Cut as cut:
            if cut.at == "half" and cut.response is not None:
                return self._built(request, cut.response, cut=True)
            raise requests.ConnectionError(str(cut), request=request) from cut

    def _built(self, request: requests.PreparedRequest, response: Response, cut: bool) -> requests.Response:
        headers = {**response.headers, "content-length": str(len(response.content))}
        body = response.content[: len(response.content) // 2] if cut else response.content
        raw = HTTPResponse(
            io.BytesIO(body), headers, response.status, preload_content=False, request_method=request.method
        )
        return self.build_response(request, raw)


class _UnknownHost(BaseAdapter):
    """Every other address."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError("this session can call the sandbox only", request=request)

    def close(self) -> None:
        """Nothing to close."""


def sandbox_session(hosts: Hosts) -> requests.Session:
    """A session: calls to LINE and CleverTap reach the sandbox, all others fail."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _UnknownHost())
    adapter = _Mounted(hosts)
    for name in hosts.names:
        session.mount(f"https://{name}", adapter)
    return session


def _content(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return _content(body.read())
    return b"".join(body)


def _read_timeout(timeout: Any) -> float | None:
    """Requests takes a number, a pair of (connect, read), or urllib3's own."""
    found = timeout[1] if isinstance(timeout, tuple) else getattr(timeout, "read_timeout", timeout)
    return float(found) if isinstance(found, (int, float)) else None


# Outbound calls ------------------------------------------------------------------------------------------


class OutboundHttp:
    """Sends webhooks: LINE's and CleverTap's hosts are the sandbox itself, 127.0.0.1 is called over a socket."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._idle: dict[str, list[http.client.HTTPConnection]] = {}

    def close(self) -> None:
        """Closes idle connections."""
        for kept in self._idle.values():
            while kept:
                kept.pop().close()

    def __call__(self, url: str, request: Request, timeout: float) -> Response:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if (found := self._hosts.find(host)) is not None:
            service, name = found
            return self._inside(
                service,
                Request(request.method, request.path, request.params, request.content, request.headers, name),
                timeout,
            )
        if host not in LOOPBACK:
            raise ConnectionError(f"the sandbox calls LINE's and CleverTap's hosts and this machine only, not {host}")
        return self._outside(parts.netloc, request, timeout)

    def _inside(self, service: Service, request: Request, timeout: float) -> Response:
        with service.exchange(request) as exchange:
            if _timed_out(exchange.fault, timeout, lambda s: service.clock.advance(seconds=s)):
                raise TimeoutError(f"no response within {timeout} s")
            return exchange.in_process()

    def _outside(self, netloc: str, request: Request, timeout: float) -> Response:
        kept = self._idle.setdefault(netloc, [])
        connection = None
        try:
            connection = self._connection(netloc, kept, timeout)
            connection.request(request.method, request.target, request.content, dict(request.headers))
            raw = connection.getresponse()
            response = Response(raw.status, Headers(dict(raw.getheaders())), raw.read())
        except (http.client.HTTPException, OSError, ValueError, OverflowError) as failure:
            if connection is not None:
                connection.close()
            if isinstance(failure, TimeoutError):
                raise
            raise ConnectionError(f"{type(failure).__name__}: {failure}") from failure
        if not raw.will_close:
            kept.append(connection)
        return response

    def _connection(
        self, netloc: str, kept: list[http.client.HTTPConnection], timeout: float
    ) -> http.client.HTTPConnection:
        try:
            connection = kept.pop()
        except IndexError:
            return http.client.HTTPConnection(netloc, timeout=timeout)
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        return connection


# The socket ----------------------------------------------------------------------------------------------
