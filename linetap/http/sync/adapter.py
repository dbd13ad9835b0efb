"""The stock path: urllib3's connection pool, through requests' session if a tool has replaced a part of requests.

Connections, framing and pooling are urllib3's, so tools that mock, record or trace requests, urllib3, http.client or
sockets see every single call. Added here: one TLS context for all connections, and a deadline for the whole response.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3 import Retry

from linetap.http.environment import ca_bundle, tls_context
from linetap.http.options import MAX_IN_FLIGHT
from linetap.http.secret import revealed
from linetap.http.sync import log_filter
from linetap.http.sync.connection import NO_BODY_METHODS
from linetap.http.sync.patched import REQUESTS_SESSION, preparation_is_patched, requests_is_patched
from linetap.http.sync.pools import Deadline, watched
from linetap.http.sync.request import HttpRequest


class Auth(AuthBase):
    """Adds header fields last: without an auth object, requests replaces credentials by an entry of ``.netrc``."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(revealed(self._headers))
        return request


class PreparedCall(requests.PreparedRequest):
    """A request that needs no preparation by requests."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__()
        fields: Any = CaseInsensitiveDict(_fields(request))
        self.method, self.body, self.headers = request.method, request.body, fields
        self.url, self.target = request.base + request.target, path_of(request.base) + request.target

    @property
    def path_url(self) -> str:
        """The request target."""
        return self.target


def _fields(request: HttpRequest) -> dict[str, str]:
    """The header fields as text, secrets included: keep them in no variable."""
    fields = revealed(request.headers)
    if request.body is not None or request.method not in NO_BODY_METHODS:
        fields["Content-Length"] = str(len(request.body or b""))
    return fields


def path_of(base: str) -> str:
    """The path of an address, empty or without a slash at its end."""
    slash = base.find("/", 8)
    return base[slash:] if slash > 0 else ""


_NO_RETRIES = Retry(False, redirect=False)


class StockAdapter(HTTPAdapter):
    """requests' adapter with one TLS context and with pools that know deadlines."""

    def __init__(self) -> None:
        self._pools: dict[str, Any] = {}
        self._lock = threading.Lock()
        log_filter.install()
        super().__init__(pool_connections=16, pool_maxsize=MAX_IN_FLIGHT)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        """urllib3's pool manager, with pools that know deadlines."""
        super().init_poolmanager(*args, **named)
        watched(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """urllib3's manager for a proxy, with the same pools and TLS context."""
        if proxy.startswith("https"):
            named.setdefault("proxy_ssl_context", tls_context())
        return watched(super().proxy_manager_for(proxy, **named))

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """The shared TLS context in place of the settings from which urllib3 makes one for every connection."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": tls_context()} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the TLS context has all settings."""

    def urlopen(self, request: HttpRequest) -> Any:
        """urllib3's response to a request, whose body is not read yet; without requests between."""
        return self._pool(request).urlopen(
            request.method,
            path_of(request.base) + request.target,
            body=request.body,
            headers=_fields(request),
            retries=_NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=Deadline(request.limits, request.progress),
            preload_content=False,
            decode_content=False,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()
        super().close()

    def _pool(self, request: HttpRequest) -> Any:
        pool = self._pools.get(request.base)
        if pool is None:
            with self._lock:
                pool = self._pools[request.base] = self.get_connection_with_tls_context(PreparedCall(request), True)
        return pool


class StockSession(REQUESTS_SESSION):  # type: ignore[misc,valid-type]
    """requests' session with that adapter; it follows no redirects, keeps no cookies and reads no environment."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.stock = StockAdapter()
        self.mount("https://", self.stock)
        self.mount("http://", self.stock)

    def exchange(self, request: HttpRequest, proxy: str | None) -> Any:
        """The response of requests or, while no tool has replaced a part of it and no proxy is used, of urllib3.

        Its body is not read yet. What requests adds (cookies, hooks, redirects, authentication) is not used here, and
        costs a tenth of the CPU of a call.
        """
        if proxy is None and not requests_is_patched():
            return self.stock.urlopen(request)
        settings: dict[str, Any] = {
            "timeout": Deadline(request.limits, request.progress),
            "allow_redirects": False,
            "stream": True,
            "verify": ca_bundle() if proxy else True,
            "cert": None,
            "proxies": {urlsplit(request.base).scheme: proxy} if proxy else {},
        }
        if not preparation_is_patched():
            return self.send(PreparedCall(request), **settings)
        url, auth = request.base + request.target, Auth(request.headers)
        return self.request(request.method, url, data=request.body, auth=auth, **settings)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: a redirect would send the credentials to another host."""
        return None
