"""The aiohttp side of the async transport: the session of a loop, and what an exception of aiohttp means."""

from __future__ import annotations

import asyncio
import contextlib
import io
import math
import os
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias
from urllib.request import getproxies, proxy_bypass

import aiohttp
import certifi
from yarl import URL

from linetap.http.aio.timeouts import Connector, RequestTimer, TimerWheel
from linetap.http.call_errors import AttemptResult
from linetap.http.failures import (
    MAX_BODY,
    MissingCABundle,
    bad_certificate,
    connection_lost,
    missing_ca_bundle,
    netrc_conflict,
    not_connected,
    read_timeout,
    session_closed,
    too_large_decompressed,
)
from linetap.http.options import MAX_IN_FLIGHT, require_type
from linetap.http.types import Headers, Request, Response

Seconds: TypeAlias = "tuple[float, float, float]"
"""Seconds to connect, to wait for the next bytes, and for all of it."""
_LARGE = 65536
"""Bytes: sending a larger request body takes time."""


@lru_cache(maxsize=64)
def _connect_timeout(connect: float, seconds: int) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(connect=seconds, sock_connect=connect)


class LoopSession:
    """The session, the token lock and the timers of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, passed: aiohttp.ClientSession | None) -> None:
        self.loop = loop
        self.session = passed
        """The session passed as an argument, or this loop's own session once it is open."""
        self.lock = asyncio.Lock()
        """Held while credentials are issued in this loop."""
        self._owned = passed is None
        self._wheel = TimerWheel(loop)

    def timeouts(self, seconds: Seconds, size: int) -> tuple[aiohttp.ClientTimeout, RequestTimer]:
        """The time limits that aiohttp keeps for a request, and the timer that keeps the others.

        aiohttp keeps all of them where the timer cannot: for a session passed as an argument, whose connections are
        not ours to close; if so little time is left that connecting counts; and for a large request body, because
        aiohttp's read timeout starts when the body has been sent.
        """
        connect, read, left = seconds
        spare = int(left - read)
        if self._owned and spare >= connect and size <= _LARGE:
            return _connect_timeout(connect, spare), RequestTimer(self._wheel, read, left)
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=connect, sock_read=read)
        return timeout, RequestTimer(self._wheel, math.inf, left)

    def owned_session(self) -> aiohttp.ClientSession | None:
        """The session that the transport must close, if any."""
        return self.session if self._owned else None

    def release(self) -> None:
        """Cancel the timer, unless a request is in flight, which keeps its own timer until it finishes."""
        if not self._wheel.timers:
            self._wheel.close()


class LoopSessions:
    """The session of the running event loop, the proxies and the TLS context of a transport."""

    def __init__(self, session: aiohttp.ClientSession | None) -> None:
        self._passed: aiohttp.ClientSession | None = require_type(
            "session", session, aiohttp.ClientSession, optional=True
        )
        self._current: LoopSession | None = None
        self._context: ssl.SSLContext | None = None
        self._proxies: dict[str, str | None] = {}

    def current(self) -> LoopSession:
        """What belongs to the running loop; made anew in a new loop."""
        loop, current = asyncio.get_running_loop(), self._current
        if current is not None and current.loop is loop:
            return current
        if current is not None and (stale := current.owned_session()) is not None:
            # The loop of that session has ended, so closing it cannot be awaited. If it is still running in another
            # thread (which is not allowed), its timers stay, so that no task there waits for ever.
            with contextlib.suppress(RuntimeError):
                stale.detach()
        self._current = LoopSession(loop, self._passed)
        return self._current

    def opened(self, current: LoopSession) -> aiohttp.ClientSession:
        """The session of a loop, opened on first use."""
        if current.session is None:
            connector = Connector(limit=MAX_IN_FLIGHT, ssl=self.context())
            current.session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return current.session

    def context(self) -> ssl.SSLContext:
        """One TLS context for all connections, with the CA bundle that requests would use."""
        if self._context is None:
            bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()
            kind = "capath" if os.path.isdir(bundle) else "cafile"
            try:
                self._context = ssl.create_default_context(**{kind: bundle})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            except OSError as error:
                raise MissingCABundle(*error.args) from None
        return self._context

    def proxy(self, base: str) -> str | None:
        """The environment's proxy for an address, looked up once; None for a session passed as an argument."""
        if self._passed is not None:
            return None
        if base not in self._proxies:
            url = URL(base)
            found = getproxies()
            bypassed = proxy_bypass(url.host or "")
            self._proxies[base] = None if bypassed else found.get(url.scheme) or found.get("all")
        return self._proxies[base]

    async def close(self) -> None:
        """Close what the transport owns."""
        current, self._current = self._current, None
        if current is not None:
            current.release()
            if (session := current.owned_session()) is not None:
                await session.close()


class _TooLarge(ValueError):
    """The decompressed body is larger than the limit."""


@lru_cache(maxsize=512)
def _url(whole: str) -> URL:
    return URL(whole, encoded=True)


async def send(
    sessions: LoopSessions, host: str, request: Request, headers: Mapping[str, str], seconds: Seconds
) -> AttemptResult | None:
    """One attempt; None if the request cannot be sent as HTTP."""
    content = request.content
    current = sessions.current()
    timeout, timer = current.timeouts(seconds, 0 if content is None else len(content))
    timer.enter()
    try:
        response = await (current.session or sessions.opened(current)).request(
            request.method,
            _url(host + request.target),
            data=None if content is None else _payload(content),
            headers=headers,
            # aiohttp adds a Content-Type to a POST without content.
            skip_auto_headers=("Content-Type",) if content is None else None,
            allow_redirects=False,
            # The caller's session may have other settings. linetap decides what a status or a coding means.
            raise_for_status=False,
            auto_decompress=True,
            proxy=sessions.proxy(host),
            timeout=timeout,
        )
        # A complete response has given its connection back. Most responses arrive whole.
        complete = response.content.is_eof()
        body = response.content.read_nowait() if complete else await _rest(response, timer)
        return Response(response.status, Headers(response.headers), body)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, TypeError, RuntimeError) as error:
        if timer.late:
            return read_timeout()
        if isinstance(error, _TooLarge):
            return too_large_decompressed()
        if isinstance(error, RuntimeError):
            if not sessions.opened(current).closed:
                raise
            return session_closed()
        if type(error) is ValueError and sessions.opened(current).trust_env:
            # aiohttp reads .netrc for such a session, and rejects both its entry and our credentials together.
            return netrc_conflict()
        return to_failure(error)
    finally:
        timer.leave()


def _payload(content: bytes) -> aiohttp.Payload:
    """A large body in pieces: aiohttp warns of bytes that would block the loop."""
    return aiohttp.BytesPayload(content) if len(content) <= _LARGE else aiohttp.BytesIOPayload(io.BytesIO(content))


async def _rest(response: aiohttp.ClientResponse, timer: RequestTimer) -> bytes:
    """A body that did not arrive together with the head."""
    pieces = []
    left = MAX_BODY if response.headers.get("Content-Encoding") else math.inf
    try:
        async for piece in response.content.iter_any():
            timer.touch()
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise _TooLarge
        if timer.late:  # a body that ends with its connection, which the timer closed
            raise asyncio.TimeoutError
    except BaseException:
        response.close()
        raise
    return b"".join(pieces)


_NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
)
_CANNOT_BE_SENT = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)


def to_failure(error: BaseException) -> AttemptResult | None:
    """What an exception of aiohttp or a socket means. Its text is not used: it can contain secrets."""
    cause = getattr(error, "strerror", None) or type(error).__name__
    if isinstance(error, MissingCABundle):
        return missing_ca_bundle()
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "of another host")
        return bad_certificate(why)
    if isinstance(error, _NOT_CONNECTED):
        return not_connected(cause)
    if isinstance(error, _CANNOT_BE_SENT):
        return None
    if isinstance(error, asyncio.TimeoutError):
        return read_timeout()
    if isinstance(error, (aiohttp.ClientError, OSError)):
        return connection_lost(cause)
    return None
