"""The aiohttp side of the async transport: the session of a loop, and what an exception of aiohttp means."""

from __future__ import annotations

import asyncio
import contextlib
import io
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

import aiohttp
from yarl import URL

from linetap.http import failures
from linetap.http.aio.timeouts import Connector, RequestTimer, TimerWheel
from linetap.http.call_errors import AttemptFailed, AttemptResult
from linetap.http.causes import with_cause
from linetap.http.decoding import BadCoding, BodyTooLarge, decode
from linetap.http.environment import proxy_for, tls_context
from linetap.http.failures import MAX_BODY, MissingCABundle
from linetap.http.framing import MAX_HEADERS, MAX_LINE, BadFraming, read_fields
from linetap.http.options import MAX_IN_FLIGHT, require_type
from linetap.http.secret import Secret, revealed
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
        self.is_owned = passed is None
        """Whether the session is the transport's own."""
        self._wheel = TimerWheel(loop)

    def timeouts(self, seconds: Seconds, size: int) -> tuple[aiohttp.ClientTimeout, RequestTimer]:
        """The time limits that aiohttp keeps for a request, and the timer that keeps the others.

        aiohttp keeps all of them where the timer cannot: for a session passed as an argument, whose connections are
        not ours to close; if so little time is left that connecting counts; and for a large request body, because
        aiohttp's read timeout starts when the body has been sent.
        """
        connect, read, left = seconds
        spare = int(left - read)
        if self.is_owned and spare >= connect and size <= _LARGE:
            return _connect_timeout(connect, spare), RequestTimer(self._wheel, read, left)
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=connect, sock_read=read)
        return timeout, RequestTimer(self._wheel, math.inf, left)

    def owned_session(self) -> aiohttp.ClientSession | None:
        """The session that the transport must close, if any."""
        return self.session if self.is_owned else None

    def release(self) -> None:
        """Cancel the timer, unless a request is in flight, which keeps its own timer until it finishes."""
        if not self._wheel.timers:
            self._wheel.close()


class LoopSessions:
    """The session of the running event loop and the proxies of a transport."""

    def __init__(self, session: aiohttp.ClientSession | None) -> None:
        self._passed: aiohttp.ClientSession | None = require_type(
            "session", session, aiohttp.ClientSession, optional=True
        )
        self._current: LoopSession | None = None
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
            connector = Connector(limit=MAX_IN_FLIGHT, ssl=tls_context())
            current.session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=MAX_LINE,
                max_field_size=MAX_LINE,
            )
        return current.session

    def proxy(self, base: str) -> str | None:
        """The environment's proxy for an address, looked up once; None for a session passed as an argument."""
        if self._passed is not None:
            return None
        if base not in self._proxies:
            self._proxies[base] = proxy_for(base)
        return self._proxies[base]

    async def close(self) -> None:
        """Close what the transport owns."""
        current, self._current = self._current, None
        if current is not None:
            current.release()
            if (session := current.owned_session()) is not None:
                await session.close()


@lru_cache(maxsize=512)
def _url(whole: str) -> URL:
    return URL(whole, encoded=True)


async def send(
    sessions: LoopSessions, host: str, request: Request, headers: Mapping[str, str], seconds: Seconds
) -> AttemptResult:
    """One attempt. The request must be valid HTTP."""
    content, proxy = request.content, sessions.proxy(host)
    if proxy is not None and proxy.lower().startswith("socks"):  # aiohttp would send the request to it as HTTP
        return failures.no_socks("the async clients use HTTP proxies only; pass a session= with aiohttp-socks")
    current = sessions.current()
    timeout, timer = current.timeouts(seconds, 0 if content is None else len(content))
    timer.enter()
    try:
        session = current.session or sessions.opened(current)
        response = await session.request(
            request.method,
            _url(host + request.target),
            data=None if content is None else _payload(content),
            headers=revealed(headers),
            # aiohttp adds a Content-Type to a POST without content.
            skip_auto_headers=("Content-Type",) if content is None else None,
            allow_redirects=False,
            # The caller's session may have other settings. linetap decides what a status or a coding means.
            raise_for_status=False,
            # The caller's hooks read a decoded body.
            auto_decompress=not current.is_owned,
            proxy=proxy,
            timeout=timeout,
        )
        return await _read(response, timer, decoded=not current.is_owned)
    except Exception as error:  # noqa: BLE001 - code of the caller, or of a tool, may raise anything
        if timer.late:
            return with_cause(failures.read_timeout(), error, _secrets(headers))
        return with_cause(_special(error, current.session) or to_failure(error), error, _secrets(headers))
    except BaseException as error:  # noqa: BLE001 - raised again
        # aiohttp's frames contain the headers, secrets included.
        raise error.with_traceback(None)  # noqa: B904
    finally:
        timer.leave()


def _secrets(headers: Mapping[str, str]) -> list[str]:
    return [value for value in headers.values() if isinstance(value, Secret)]


async def _read(response: aiohttp.ClientResponse, timer: RequestTimer, decoded: bool) -> AttemptResult:
    headers = Headers(response.headers) if decoded else _fields(response)
    length = response.content_length
    if length is not None and length > MAX_BODY:
        response.close()
        raise BodyTooLarge
    # A complete response has given its connection back. Most responses arrive whole.
    complete = response.content.is_eof()
    body = response.content.read_nowait() if complete else await _rest(response, timer)
    if response.status == 407:
        return failures.proxy_rejected(407)
    coding = headers.get("Content-Encoding")
    if not (decoded and (coding or "").strip().lower() in _DECODED_BY_AIOHTTP):
        body = decode(body, coding)
    return Response(response.status, headers, body)


def _fields(response: aiohttp.ClientResponse) -> Headers:
    try:
        version, fields = response.version, response.headers
        if version not in _VERSIONS or response.status < 100 or len(fields) > MAX_HEADERS:
            raise BadFraming("another version, status or number of header fields")
        return read_fields(response.status, fields.items())
    except BadFraming:
        response.close()
        raise


_VERSIONS = (aiohttp.HttpVersion10, aiohttp.HttpVersion11)
_DECODED_BY_AIOHTTP = frozenset({"gzip", "deflate", "br", "zstd"})


def _payload(content: bytes) -> aiohttp.Payload:
    """A large body in pieces: aiohttp warns of bytes that would block the loop."""
    return aiohttp.BytesPayload(content) if len(content) <= _LARGE else aiohttp.BytesIOPayload(io.BytesIO(content))


async def _rest(response: aiohttp.ClientResponse, timer: RequestTimer) -> bytes:
    """A body that did not arrive together with the head."""
    pieces = []
    left = MAX_BODY
    try:
        async for piece in response.content.iter_any():
            timer.touch()
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise BodyTooLarge
        if timer.late:  # a body that ends with its connection, which the timer closed
            raise asyncio.TimeoutError
    except BaseException:
        response.close()
        raise
    return b"".join(pieces)


_NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ServerFingerprintMismatch)


def _special(error: Exception, session: aiohttp.ClientSession | None) -> AttemptFailed | None:
    """What aiohttp reports by exceptions that are not its own, before it sends anything."""
    if session is not None and isinstance(error, RuntimeError) and session.closed:
        return failures.session_closed()
    if session is not None and type(error) is ValueError and session.trust_env and "AUTHORIZATION" in str(error):
        # aiohttp reads .netrc for such a session, and rejects both its entry and our credentials together.
        return failures.netrc_conflict()
    return None


def to_failure(error: BaseException) -> AttemptFailed:
    """What an exception of aiohttp, a socket or other code means. Its text is not used: it can contain secrets."""
    cause = getattr(error, "strerror", None) or type(error).__name__
    if (found := _by_kind(error)) is not None:
        return found
    if isinstance(error, _NOT_CONNECTED):
        return failures.not_connected(cause, to_proxy=isinstance(error, aiohttp.ClientProxyConnectionError))
    if isinstance(error, asyncio.TimeoutError):
        return failures.read_timeout()
    if isinstance(error, (aiohttp.ClientError, OSError)):
        return failures.connection_lost(cause)
    return failures.caller_failed(error)


def _by_kind(error: BaseException) -> AttemptFailed | None:
    if isinstance(error, BodyTooLarge):
        return failures.too_large()
    if isinstance(error, BadCoding):
        return failures.bad_coding(str(error))
    if isinstance(error, BadFraming):
        return failures.bad_framing(str(error))
    if isinstance(error, MissingCABundle):
        return failures.missing_ca_bundle()
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "of another host")
        return failures.bad_certificate(why)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return failures.proxy_rejected(getattr(error, "status", None))
    return None
