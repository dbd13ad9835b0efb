"""What the environment says about proxies and CA certificates, read in one way for requests and for aiohttp.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (names, addresses and CIDR blocks), and
``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE``, as requests reads them.
https://requests.readthedocs.io/en/latest/user/advanced/#proxies
"""

from __future__ import annotations

import os
import ssl
import threading
from functools import lru_cache

import certifi
from requests.utils import get_environ_proxies, select_proxy

from linetap.http.failures import MissingCABundle


def proxy_for(url: str) -> str | None:
    """The URL of the proxy for requests to ``url``, or None. A proxy without a scheme is an http:// one."""
    found: str | None = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    return f"http://{found}" if found and "://" not in found else found


def ca_bundle() -> str:
    """The file or directory with the certificates of the authorities that are trusted."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()


def tls_context(bundle: str | None = None) -> ssl.SSLContext:
    """The TLS context for a bundle. It checks certificates and host names (RFC 9110 section 4.3.4).

    One context serves all connections of the process: loading a bundle costs 20 to 30 ms. Raises ``MissingCABundle``.
    """
    path = bundle or ca_bundle()
    try:
        changed = os.stat(path).st_mtime_ns
        with _LOADING[0]:
            return _context(path, changed)
    except OSError as error:
        raise MissingCABundle(*error.args) from None


# Many threads connect at once at the start of a bulk run: one loads the bundle, the others wait for it. In a forked
# child the lock is new, because the thread that had it may not exist there.
_LOADING = [threading.Lock()]
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=lambda: _LOADING.__setitem__(0, threading.Lock()))


@lru_cache(maxsize=8)
def _context(path: str, changed: int) -> ssl.SSLContext:
    if os.path.isdir(path):
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)
