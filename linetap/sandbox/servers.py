"""The sandbox as a server on 127.0.0.1 (extra ``sandbox``)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from linetap.http.types import Headers, Request, Response
from linetap.sandbox.core.service import Exchange, Service
from linetap.sandbox.in_process import LOOPBACK, Hosts

if TYPE_CHECKING:
    from aiohttp import web


_PAGE_HEADERS = {
    "Content-Security-Policy": "script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_TICK = 0.25
"""Seconds between two looks at what is due, where the sandbox listens."""


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
        return urlsplit(f"//{host}").hostname in LOOPBACK
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
