"""Sends one attempt: over the caller's session, over the stock path, or over the short path of bulk runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import requests

from linetap.http.call_errors import AttemptFailed, AttemptResult
from linetap.http.causes import with_cause
from linetap.http.environment import proxy_for, tls_context
from linetap.http.failures import caller_failed, not_connected, proxy_rejected
from linetap.http.options import require_type
from linetap.http.sync.adapter import Auth, StockSession, path_of
from linetap.http.sync.connection import ConnectionPool
from linetap.http.sync.errors import cause_of, to_failure
from linetap.http.sync.patched import REQUESTS_SESSION, is_patched
from linetap.http.sync.reading import read_response
from linetap.http.sync.request import HttpRequest
from linetap.http.types import Response

# What requests raises while it prepares a request that is not valid HTTP.
_NOT_HTTP = (requests.exceptions.RequestException, UnicodeError, ValueError)
# What it raises while it reads a response.
_NETWORK = (requests.exceptions.ConnectionError, requests.exceptions.Timeout, requests.exceptions.ChunkedEncodingError)


class HttpSender:
    """Sends attempts and returns a ``Response`` or an ``AttemptFailed``. Thread-safe."""

    def __init__(self, session: requests.Session | None, clock: Callable[[], float], stock_only: bool = False) -> None:
        self._passed: requests.Session | None = require_type("session", session, REQUESTS_SESSION, optional=True)
        self._own: StockSession | None = None
        self._stock_only = stock_only
        self._proxies: dict[str, str | None] = {}
        self._short: dict[str, ConnectionPool] = {}
        self._clock = clock
        self._lock = threading.Lock()

    def may_be_short(self) -> bool:
        """Whether a bulk run that starts now may take the short path."""
        return self._passed is None and not self._stock_only and not is_patched()

    def send(self, request: HttpRequest, short: bool = False) -> AttemptResult | None:
        """One attempt; None if requests rejects the request before anything is sent."""
        try:
            if self._passed is not None:
                return self._over(self._passed, request)
            proxy = self._proxy(request.base)
            if short and proxy is None:
                return self._over_short_path(request)
            return self._over_stock_path(request, proxy)
        except _NotHttp:
            return None
        except Exception as error:  # noqa: BLE001 - code of the caller, or of a tool, may raise anything
            return with_cause(_failure(error, request.progress.may_have_arrived), error, request.token.values())
        except BaseException as error:  # noqa: BLE001 - raised again
            # The frames of http.client contain the request as bytes, secrets included.
            raise error.with_traceback(None)  # noqa: B904

    def close(self) -> None:
        """Close the connections of linetap's own session; the caller closes the session that it passed."""
        with self._lock:
            session, self._own = self._own, None
            pools, self._short = self._short, {}
        if session is not None:
            session.close()
        for pool in pools.values():
            pool.close()

    def after_fork(self) -> None:
        """In a forked child: connections belong to the parent, so the child makes its own."""
        self._lock = threading.Lock()
        self._own, self._short = None, {}
        if self._passed is not None:
            self._passed.close()  # closes the child's copies; the session then makes new ones

    def _proxy(self, base: str) -> str | None:
        if base not in self._proxies:
            self._proxies[base] = proxy_for(base)
        return self._proxies[base]

    def _over_short_path(self, request: HttpRequest) -> AttemptResult:
        pool = self._short.get(request.base)
        if pool is None:
            pool = self._short.setdefault(request.base, ConnectionPool(urlsplit(request.base), tls_context))
        line = f"{request.method} {path_of(request.base)}{request.target}"
        received = pool.exchange(line, request)
        if received.status == 407:
            return proxy_rejected(407)
        return Response(received.status, received.headers, received.content)

    def _over_stock_path(self, request: HttpRequest, proxy: str | None) -> AttemptResult:
        session = self._own
        if session is None:
            with self._lock:
                session = self._own = self._own or StockSession()
        return read_response(session.exchange(request, proxy), request.limits)

    def _over(self, session: requests.Session, request: HttpRequest) -> AttemptResult:
        """Over the caller's session, with its headers, cookies, hooks, adapters, proxies and certificates."""
        own = _set_by(session) | set(request.token)
        headers = {name: value for name, value in request.headers.items() if name not in own}
        limits = request.limits
        prepared = _prepared(session, request, headers)
        if isinstance(prepared, AttemptFailed):
            return prepared
        settings = session.merge_environment_settings(prepared.url, {}, True, None, None)
        arrived: list[requests.Response] = []
        prepared.hooks["response"].insert(0, lambda response, **_: arrived.append(response))
        try:
            response = session.send(prepared, timeout=(limits.connect, limits.read), allow_redirects=False, **settings)
        except _NOT_HTTP as error:
            if not arrived or isinstance(error, _NETWORK):
                raise
            arrived[0].close()
            return with_cause(caller_failed(error), error, request.token.values())
        return read_response(response, limits)


def _failure(error: Exception, may_have_arrived: bool) -> AttemptFailed:
    failure = to_failure(error) or caller_failed(error, sent=may_have_arrived)
    # No byte of the request was sent: connecting failed, by a timeout or in the TLS handshake.
    return failure if may_have_arrived or not failure.may_have_arrived else not_connected(cause_of(error))


class _NotHttp(Exception):
    """requests could not prepare the request; nothing was sent."""


def _prepared(
    session: requests.Session, request: HttpRequest, headers: dict[str, str]
) -> requests.PreparedRequest | AttemptFailed:
    url = request.base + request.target
    asked = requests.Request(request.method, url, headers=headers, data=request.body, auth=Auth(request.token))
    try:
        return session.prepare_request(asked)
    except _NOT_HTTP:
        raise _NotHttp from None
    except Exception as error:  # noqa: BLE001 - the caller's own session may raise anything
        return with_cause(caller_failed(error, sent=False), error, request.token.values())


def _set_by(session: requests.Session) -> set[str]:
    """Headers that the caller's session sets itself: what it accepts, and its own User-Agent."""
    own_name = session.headers.get("User-Agent") not in (None, requests.utils.default_user_agent())
    return {"Accept", "Accept-Encoding", *(["User-Agent"] if own_name else [])}
