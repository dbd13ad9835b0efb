"""The stock path: requests' session with an adapter that calls urllib3's connection pool.

Connections, framing and pooling are urllib3's, so tools that mock, record or trace requests, urllib3, http.client or
sockets see every single call. Added here: one TLS context for all connections, and a deadline for the whole response.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from functools import partial
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from linetap.http.environment import tls_context
from linetap.http.options import MAX_IN_FLIGHT
from linetap.http.sync.connection import NO_BODY_METHODS
from linetap.http.sync.patched import adapter_is_patched
from linetap.http.sync.request import Limits
from linetap.http.sync.response import DeadlineResponse

_CONNECTIONS = (HTTPConnection, HTTPSConnection)
_SOCKETS = (socket.socket, ssl.SSLSocket)


class Deadline(urllib3.Timeout):
    """urllib3's timeout with the deadline of an attempt."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(connect=limits.connect, read=limits.read)
        self.limits = limits

    def clone(self) -> Deadline:
        """A new timeout with the same limits; urllib3 starts it for each request."""
        return Deadline(self.limits)


def _response(sock: Any, *args: Any, limits: Limits, **named: Any) -> http.client.HTTPResponse:
    # A socket of another class belongs to a mock, which has its own way of reading.
    if type(sock) in _SOCKETS:
        return DeadlineResponse(sock, limits, *args, **named)
    return http.client.HTTPResponse(sock, *args, **named)


class _DeadlinePool:
    """A pool whose connections read responses under the deadline of the attempt."""

    def _make_request(self, conn: Any, *args: Any, **named: Any) -> Any:
        limits = getattr(named.get("timeout"), "limits", None)
        if limits is not None and type(conn) in _CONNECTIONS:
            conn.response_class = partial(_response, limits=limits)
        parent: Any = super()
        return parent._make_request(conn, *args, **named)


class _HTTPPool(_DeadlinePool, HTTPConnectionPool):
    pass


class _HTTPSPool(_DeadlinePool, HTTPSConnectionPool):
    pass


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class PreparedCall(requests.PreparedRequest):
    """A request that needs no preparation by requests."""

    def __init__(self, method: str, base: str, target: str, headers: dict[str, str], body: bytes | None) -> None:
        super().__init__()
        fields: Any = CaseInsensitiveDict(headers)
        if body is not None or method not in NO_BODY_METHODS:
            fields["Content-Length"] = str(len(body or b""))
        self.method, self.url, self.body, self.headers = method, base + target, body, fields
        self.base, self.target = base, path_of(base) + target

    @property
    def path_url(self) -> str:
        """The request target."""
        return self.target


def path_of(base: str) -> str:
    """The path of an address, empty or without a slash at its end."""
    slash = base.find("/", 8)
    return base[slash:] if slash > 0 else ""


class StockResponse(requests.Response):
    """A response whose parts that linetap does not use are not made."""

    def __init__(self, request: requests.PreparedRequest, received: Any) -> None:
        self.__dict__.update(_BLANK)
        self.request, self.url, self.headers = request, request.url or "", received.headers
        self.status_code, self.reason = received.status, received.reason
        self.received = received
        self.history: list[requests.Response] = []

    @property
    def content(self) -> bytes:
        """The body; read only if a tool asks for it."""
        known: Any = self.__dict__
        if known["_content"] is False:
            known["_content"] = self.received.read(decode_content=True)
        found: bytes = known["_content"]
        return found


# requests keeps cookies from ``raw``; linetap's own session has none.
_BLANK = {"_content": False, "_content_consumed": False, "_next": None, "encoding": None, "raw": None}


class StockAdapter(HTTPAdapter):
    """requests' adapter with one TLS context, and a direct call of urllib3 if requests' own method is not replaced."""

    def __init__(self) -> None:
        self._pools: dict[str, Any] = {}
        self._lock = threading.Lock()
        super().__init__(pool_connections=16, pool_maxsize=MAX_IN_FLIGHT)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        """urllib3's pool manager, with pools that know deadlines."""
        super().init_poolmanager(*args, **named)
        manager: Any = self.poolmanager
        manager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """urllib3's manager for a proxy, with the same pools and TLS context."""
        if proxy.startswith("https"):
            named.setdefault("proxy_ssl_context", tls_context())
        manager: Any = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """The shared TLS context in place of the settings from which urllib3 makes one for every connection."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": tls_context()} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the TLS context has all settings."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send over urllib3's pool; through requests' own method if that is replaced or a proxy is used."""
        if proxies or not isinstance(request, PreparedCall) or adapter_is_patched():
            return super().send(request, stream, timeout, verify, cert, proxies)
        received = self._pool(request).urlopen(
            request.method,
            request.target,
            body=request.body,
            headers=request.headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
        )
        return StockResponse(request, received)

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()
        super().close()

    def _pool(self, request: PreparedCall) -> Any:
        pool = self._pools.get(request.base)
        if pool is None:
            with self._lock:
                pool = self._pools[request.base] = self.get_connection_with_tls_context(request, True)
        return pool


class StockSession(requests.Session):
    """requests' session with that adapter; it never follows redirects."""

    def __init__(self) -> None:
        super().__init__()
        adapter = StockAdapter()
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: a redirect would send the credentials to another host."""
        return None
