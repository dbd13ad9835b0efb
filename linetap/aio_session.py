"""The aiohttp side of the async driver: the session of a loop, and what a failure of aiohttp means."""

from __future__ import annotations

import asyncio
import contextlib
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

from linetap.aio_watch import Connector, Wait, Watch
from linetap.driving import WIDEST, kind_of
from linetap.flows import Answer, Lost
from linetap.wire import Headers, Request, Response

Limits: TypeAlias = "tuple[float, float, float]"
"""Seconds for connecting, for the next bytes, and for all of it."""
_LARGE = 65536


@lru_cache(maxsize=64)
def _connecting(connect: float, seconds: int) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(connect=seconds, sock_connect=connect)


class Home:
    """The session, proxies and lock that belong to the running event loop."""

    def __init__(self, session: aiohttp.ClientSession | None) -> None:
        self._theirs: aiohttp.ClientSession | None = kind_of("session", session, aiohttp.ClientSession, optional=True)
        self._own: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: Watch | None = None
        self._lock: asyncio.Lock | None = None
        self._context: ssl.SSLContext | None = None
        self._proxies: dict[str, str | None] = {}

    def session(self) -> aiohttp.ClientSession:
        """The session handed in, or one of this loop's own."""
        if self._theirs is not None:
            return self._theirs
        self._settle_in()
        if self._own is None:
            connector = Connector(limit=WIDEST, ssl=self.context())
            self._own = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._own

    def patience(self, limits: Limits, size: int) -> tuple[aiohttp.ClientTimeout, Wait]:
        """What aiohttp is told of an exchange's times, and what keeps the others.

        aiohttp's own timers keep them all where the watch cannot: in a session handed in, whose connections are not
        ours to cut; where so little time is left that connecting counts; and for large contents, since theirs begin
        when the content is out.
        """
        self._settle_in()
        if self._watch is None:
            self._watch = Watch(asyncio.get_running_loop())
        connect, read, left = limits
        if self._theirs is None and left >= connect + read and size <= _LARGE:
            return _connecting(connect, int(left - read)), Wait(self._watch, read, left)
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=connect, sock_read=read)
        return timeout, Wait(self._watch, math.inf, left)

    def lock(self) -> asyncio.Lock:
        """The lock under which this loop has credentials issued."""
        self._settle_in()
        if self._lock is None:
            self._lock = asyncio.Lock()
        return self._lock

    def context(self) -> ssl.SSLContext:
        """One context for all connections, with the bundle that requests would use."""
        if self._context is None:
            bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()
            kind = "capath" if os.path.isdir(bundle) else "cafile"
            try:
                self._context = ssl.create_default_context(**{kind: bundle})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            except OSError as error:
                raise BadBundle(*error.args) from None
        return self._context

    def proxy(self, base: str) -> str | None:
        """The environment's proxy for a service's address, looked up once; a session handed in has its own word."""
        if self._theirs is not None:
            return None
        if base not in self._proxies:
            url = URL(base)
            found = getproxies()
            bypassed = proxy_bypass(url.host or "")
            self._proxies[base] = None if bypassed else found.get(url.scheme) or found.get("all")
        return self._proxies[base]

    async def close(self) -> None:
        """Closes what is our own."""
        session, watch, self._own, self._watch = self._own, self._watch, None, None
        if watch is not None:
            watch.close()
        if session is not None:
            await session.close()

    def _settle_in(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        stale, self._own, self._lock, self._watch, self._loop = self._own, None, None, None, loop
        if stale is not None:
            # That session's loop has ended: nobody can await its closing any more.
            with contextlib.suppress(RuntimeError):
                stale.detach()


class BadBundle(OSError):
    """The CA bundle that the environment names cannot be read."""


@lru_cache(maxsize=512)
def _url(whole: str) -> URL:
    return URL(whole, encoded=True)


async def send(home: Home, host: str, request: Request, headers: Mapping[str, str], limits: Limits) -> Answer | None:
    """One attempt; None where the request cannot be put on the wire as it is."""
    content = request.content
    timeout, wait = home.patience(limits, 0 if content is None else len(content))
    try:
        with wait:
            answer = await home.session().request(
                request.method,
                _url(host + request.target),
                data=None if content is None else aiohttp.BytesPayload(content),
                headers=headers,
                # aiohttp names a type for a POST without content.
                skip_auto_headers=("Content-Type",) if content is None else None,
                allow_redirects=False,
                proxy=home.proxy(host),
                timeout=timeout,
            )
            # Read to its end, an answer gives its connection back.
            body = await (answer.read() if answer.content.is_eof() else _rest(answer, wait))
            return Response(answer.status, Headers(answer.headers), body)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, TypeError) as error:
        if wait.late:
            return Lost(_LATE)
        if type(error) is ValueError and home.session().trust_env:
            # aiohttp reads .netrc for such a session, and refuses to send both its entry and our credentials.
            return Lost("the session has trust_env, and .netrc has an entry for this host", arrived=False, again=False)
        return told(error)


async def _rest(answer: aiohttp.ClientResponse, wait: Wait) -> bytes:
    """A body that had not come with its head."""
    pieces = []
    try:
        async for piece in answer.content.iter_any():
            wait.heard()
            pieces.append(piece)
    except BaseException:
        answer.close()
        raise
    return b"".join(pieces)


_LATE = "no answer came in time"
_NEVER_MADE = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
)
_UNSENDABLE = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)


def told(error: BaseException) -> Lost | None:
    """What an exception of aiohttp or the socket means. Their words are left out: they can hold secrets."""
    cause = getattr(error, "strerror", None) or type(error).__name__
    if isinstance(error, BadBundle):
        return Lost("REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no CA bundle", arrived=False, again=False)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "of another host")
        return Lost(f"the certificate does not hold: {why}", arrived=False, again=False)
    if isinstance(error, _NEVER_MADE):
        return Lost(f"no connection could be made ({cause})", arrived=False)
    if isinstance(error, _UNSENDABLE):
        return None
    if isinstance(error, asyncio.TimeoutError):
        return Lost(_LATE)
    if isinstance(error, (aiohttp.ClientError, OSError)):
        return Lost(f"the connection was lost before the whole answer came ({cause})")
    return None
