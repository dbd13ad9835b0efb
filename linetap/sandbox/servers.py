"""How requests reach the sandbox (a requests session, or a socket on 127.0.0.1), and how it sends webhooks."""

from __future__ import annotations

import asyncio
import http.client
import io
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
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
    from aiohttp import web

    from linetap.sandbox.clevertap.service import CleverTap
    from linetap.sandbox.line.service import Line

_LINE_HOSTS = {"api.line.me": "api", "api-data.line.me": "api-data", "manager.line.biz": "manager"}
_CLEVERTAP_HOSTS = {*HOSTS.values(), "eu1.api.clevertap.com"}
_PAGE_HEADERS = {
    "Content-Security-Policy": "script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_TICK = 0.25
"""Seconds between two looks at what is due, where the sandbox listens."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


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
        if host not in _LOOPBACK:
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


class Server:
    """Both services on 127.0.0.1, each on its own port, served by aiohttp in a thread."""

    line_port = 0
    clevertap_port = 0

    def __init__(self, hosts: Hosts, page: Callable[[], str], latency: float | Mapping[str, float]) -> None:
        try:
            import_module("aiohttp.web")
        except ModuleNotFoundError as error:
            raise ImportError("a sandbox that listens needs aiohttp: pip install 'linetap[sandbox]'") from error
        self._hosts, self._page, self._latency = hosts, page, latency
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="linetap-sandbox", daemon=True)

    def start(self, port: int) -> None:
        """Listens at ``port`` and the next one, or at two free ones for 0."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Closes every connection and ends the thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, port: int) -> None:
        from aiohttp import web

        self._runners: list[web.ServerRunner] = []
        ports = []
        for number, service in enumerate((self._hosts.line, self._hosts.clevertap)):
            server = web.Server(self._handler(service), access_log=None, handler_cancellation=True)
            runner = web.ServerRunner(server, shutdown_timeout=0.1)
            await runner.setup()
            self._runners.append(runner)
            await web.TCPSite(runner, "127.0.0.1", port and port + number).start()
            ports.append(int(runner.addresses[0][1]))
        self.line_port, self.clevertap_port = ports
        self._ticking = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        """Runs campaigns of a clock that moves by itself; not on this loop, because they make HTTP calls."""
        clock = self._hosts.line.clock
        while True:
            await asyncio.sleep(_TICK)
            if clock.has_due:
                await self._loop.run_in_executor(None, clock.run_due)

    async def _close(self) -> None:
        if (ticking := getattr(self, "_ticking", None)) is not None:
            ticking.cancel()
        for runner in getattr(self, "_runners", ()):
            await runner.cleanup()
        await self._loop.shutdown_default_executor()

    def _page_response(self, request: web.BaseRequest) -> web.Response:
        from aiohttp import web

        if not _own_name(request.headers.get("Host", "")):
            return web.Response(text="This page is shown at 127.0.0.1 and localhost only.", status=403)
        return web.Response(
            body=self._page().encode("utf-8", "replace"),  # half of a surrogate pair has no UTF-8
            content_type="text/html",
            charset="utf-8",
            headers=_PAGE_HEADERS,
        )

    def _handler(self, service: Service) -> Any:

        latency = self._latency if isinstance(self._latency, (int, float)) else self._latency.get(service.name, 0.0)

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            path = request.rel_url.raw_path
            if path == "/" and request.method == "GET":
                return self._page_response(request)
            content = await request.content.read() if request.can_read_body else None
            query = tuple(request.rel_url.query.items())
            asked = Request(request.method, path, query, content, Headers(request.headers), "any")
            context = service.exchange(asked)
            if service.calls_out(asked):
                exchange = await self._loop.run_in_executor(None, context.__enter__)
            else:
                exchange = context.__enter__()
            try:
                if latency:
                    await asyncio.sleep(latency)
                return await _to_aiohttp(request, exchange)
            finally:
                context.__exit__(None, None, None)

        return handle


def _own_name(host: str) -> bool:
    """Whether a ``Host`` header names this machine; another name leads here only by DNS rebinding."""
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


async def _to_aiohttp(request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
    from aiohttp import web

    fault, response = exchange.fault, exchange.response
    if fault is not None:
        if fault.wait is not None:
            await asyncio.get_running_loop().run_in_executor(None, fault.wait)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.cut:
            return _cut_off(request, response if fault.cut == "half" else None)
    assert response is not None
    if fault is not None and fault.trickle:
        return await _trickled(request, response, fault.trickle)
    return web.Response(body=response.content, status=response.status, headers=dict(response.headers))


def _cut_off(request: web.BaseRequest, response: Response | None) -> web.StreamResponse:
    """Closes the connection, after half of the body where there is one."""
    from aiohttp import web

    transport = request.transport
    if transport is not None:
        if response is not None:
            lines = [
                f"HTTP/1.1 {response.status} OK",
                *(f"{name}: {value}" for name, value in response.headers.items()),
            ]
            lines.append(f"Content-Length: {len(response.content)}\r\n\r\n")
            transport.write("\r\n".join(lines).encode() + response.content[: len(response.content) // 2])
        transport.close()
    return web.Response()


async def _trickled(request: web.BaseRequest, response: Response, pause: float) -> web.StreamResponse:
    from aiohttp import web

    stream = web.StreamResponse(status=response.status, headers=dict(response.headers))
    stream.content_length = len(response.content)
    await stream.prepare(request)
    for index in range(len(response.content)):
        await stream.write(response.content[index : index + 1])
        await asyncio.sleep(pause)
    return stream
