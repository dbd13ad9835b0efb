"""The aiohttp side of the async driver: the session of a loop, and what a failure of aiohttp means."""

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

from linetap.http.aio.timeouts import Connector, Wait, Watch
from linetap.http.call import AttemptResult, Lost
from linetap.http.transport_base import (
    UNPACKED_MOST,
    WIDEST,
    BadBundle,
    bad_certificate,
    bomb,
    broken_off,
    late,
    never_made,
    no_bundle,
    require_type,
)
from linetap.http.types import Headers, Request, Response

Limits: TypeAlias = "tuple[float, float, float]"
"""Seconds for connecting, for the next bytes, and for all of it."""
_LARGE = 65536
"""Bytes of a request: what is larger may take its time to be sent."""


@lru_cache(maxsize=64)
def _connecting(connect: float, seconds: int) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(connect=seconds, sock_connect=connect)


class Place:
    """What belongs to one event loop: the session, the lock and the watch."""

    def __init__(self, loop: asyncio.AbstractEventLoop, theirs: aiohttp.ClientSession | None) -> None:
        self.loop = loop
        self.session = theirs
        """The session handed in, or one of this loop's own once it is opened."""
        self.lock = asyncio.Lock()
        """Under it this loop has credentials issued."""
        self._ours = theirs is None
        self._watch = Watch(loop)

    def patience(self, limits: Limits, size: int) -> tuple[aiohttp.ClientTimeout, Wait]:
        """What aiohttp is told of an exchange's times, and what keeps the others.

        aiohttp's own timers keep them all where the watch cannot: in a session handed in, whose connections are not
        ours to cut; where so little time is left that connecting counts; and for large contents, since theirs begin
        when the content is out.
        """
        connect, read, left = limits
        seconds = int(left - read)
        if self._ours and seconds >= connect and size <= _LARGE:
            return _connecting(connect, seconds), Wait(self._watch, read, left)
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=connect, sock_read=read)
        return timeout, Wait(self._watch, math.inf, left)

    def own(self) -> aiohttp.ClientSession | None:
        """The session that is to be closed, where there is one."""
        return self.session if self._ours else None

    def leave(self) -> None:
        """Leaves no timer behind, unless an exchange is still on its way: that is watched to its end."""
        if not self._watch.waits:
            self._watch.close()


class Home:
    """The place in the running event loop, the proxies and the TLS context of a driver."""

    def __init__(self, session: aiohttp.ClientSession | None) -> None:
        self._theirs: aiohttp.ClientSession | None = require_type(
            "session", session, aiohttp.ClientSession, optional=True
        )
        self._place: Place | None = None
        self._context: ssl.SSLContext | None = None
        self._proxies: dict[str, str | None] = {}

    def here(self) -> Place:
        """The place in the running loop, a new one in a new loop."""
        loop, place = asyncio.get_running_loop(), self._place
        if place is not None and place.loop is loop:
            return place
        if place is not None and (stale := place.own()) is not None:
            # That session's loop has ended: nobody can await its closing any more. Should it run in another thread
            # after all, which it must not, its watch is left alone, so that nobody there waits for ever.
            with contextlib.suppress(RuntimeError):
                stale.detach()
        self._place = Place(loop, self._theirs)
        return self._place

    def opened(self, place: Place) -> aiohttp.ClientSession:
        """The session of a place."""
        if place.session is None:
            connector = Connector(limit=WIDEST, ssl=self.context())
            place.session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return place.session

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
        place, self._place = self._place, None
        if place is not None:
            place.leave()
            if (session := place.own()) is not None:
                await session.close()


class _TooMuch(ValueError):
    """A packed answer that is too large when unpacked."""


@lru_cache(maxsize=512)
def _url(whole: str) -> URL:
    return URL(whole, encoded=True)


async def send(
    home: Home, host: str, request: Request, headers: Mapping[str, str], limits: Limits
) -> AttemptResult | None:
    """One attempt; None where the request cannot be put on the wire as it is."""
    content = request.content
    place = home.here()
    timeout, wait = place.patience(limits, 0 if content is None else len(content))
    wait.enter()
    try:
        answer = await (place.session or home.opened(place)).request(
            request.method,
            _url(host + request.target),
            data=None if content is None else _payload(content),
            headers=headers,
            # aiohttp names a type for a POST without content.
            skip_auto_headers=("Content-Type",) if content is None else None,
            allow_redirects=False,
            # Theirs may be told otherwise, and what a status or a coding means is ours to say.
            raise_for_status=False,
            auto_decompress=True,
            proxy=home.proxy(host),
            timeout=timeout,
        )
        # At its end, an answer has given its connection back. Most come whole with their head.
        come = answer.content.is_eof()
        body = answer.content.read_nowait() if come else await _rest(answer, wait)
        return Response(answer.status, Headers(answer.headers), body)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, TypeError, RuntimeError) as error:
        if wait.late:
            return late()
        if isinstance(error, _TooMuch):
            return bomb()
        if isinstance(error, RuntimeError):
            if not home.opened(place).closed:
                raise
            return Lost("the session handed in is closed", arrived=False, again=False)
        if type(error) is ValueError and home.opened(place).trust_env:
            # aiohttp reads .netrc for such a session, and refuses to send both its entry and our credentials.
            return Lost("the session has trust_env, and .netrc has an entry for this host", arrived=False, again=False)
        return told(error)
    finally:
        wait.leave()


def _payload(content: bytes) -> aiohttp.Payload:
    """Large contents piece by piece: aiohttp warns of bytes that would hold up the loop."""
    return aiohttp.BytesPayload(content) if len(content) <= _LARGE else aiohttp.BytesIOPayload(io.BytesIO(content))


async def _rest(answer: aiohttp.ClientResponse, wait: Wait) -> bytes:
    """A body that had not come with its head."""
    pieces = []
    room = UNPACKED_MOST if answer.headers.get("Content-Encoding") else math.inf
    try:
        async for piece in answer.content.iter_any():
            wait.heard()
            pieces.append(piece)
            room -= len(piece)
            if room < 0:
                raise _TooMuch
        if wait.late:  # a body that ends where its connection does, which was cut
            raise asyncio.TimeoutError
    except BaseException:
        answer.close()
        raise
    return b"".join(pieces)


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
        return no_bundle()
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "of another host")
        return bad_certificate(why)
    if isinstance(error, _NEVER_MADE):
        return never_made(cause)
    if isinstance(error, _UNSENDABLE):
        return None
    if isinstance(error, asyncio.TimeoutError):
        return late()
    if isinstance(error, (aiohttp.ClientError, OSError)):
        return broken_off(cause)
    return None
