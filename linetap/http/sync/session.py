"""The requests side of the transport: sessions and TLS.

linetap's own session is requests with its per-call costs paid once: environment and pool are looked up once
for each host, and one SSLContext serves all connections (requests loads the CA bundle for every new one). A
session handed in by the user is prepared, merged and sent as requests itself would do it.
"""

from __future__ import annotations

import math
import os
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.ssl_ import create_urllib3_context

from linetap.http.call_errors import AttemptFailed
from linetap.http.failures import MAX_BODY, MissingCABundle, deadline_passed
from linetap.http.options import MAX_IN_FLIGHT, require_type
from linetap.http.sync.connection import ConnectionPool, Limits, RawResponse, TooLarge
from linetap.http.sync.errors import KNOWN, ResponseHookFailed, to_failure
from linetap.http.types import Headers, Response

_CHUNK = 65536
_STOCK_SEND = HTTPAdapter.send


class _Auth(AuthBase):
    """Puts the credentials on last: without an auth object requests lets a ``.netrc`` entry replace them."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


class _Adapter(HTTPAdapter):
    """requests' adapter with one SSLContext for all its connections, and a quicker way where nothing is special."""

    def __init__(self) -> None:
        self._contexts: dict[Any, ssl.SSLContext] = {}
        self._origins: dict[str, ConnectionPool] = {}
        self._lock = threading.Lock()
        super().__init__(pool_connections=16, pool_maxsize=MAX_IN_FLIGHT)  # a place for every worker's

    def context(self, verify: bool | str | None) -> ssl.SSLContext:
        """The one context for ``verify``: True, or the path of a CA bundle or directory."""
        with self._lock:
            if verify not in self._contexts:
                self._contexts[verify] = _context(verify)
            return self._contexts[verify]

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": self.context(verify)} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the context has it all. requests would name the CA bundle again for every connection."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Sends over kept connections of our own, or as requests does it."""
        if HTTPAdapter.send is not _STOCK_SEND or proxies or not isinstance(request, _Prepared):
            # A test that mocks requests (`responses`) replaces that method, and means this one too.
            return super().send(request, stream, timeout, verify, cert, proxies)
        origin = self._origins.get(request.base)
        if origin is None:
            made = ConnectionPool(urlsplit(request.base), lambda: self.context(verify))
            origin = self._origins.setdefault(request.base, made)
        headers: Any = request.headers
        came = origin.exchange(request.method or "", request.on_the_line, headers, request.ready, request.limits)
        return _Answer(request, came)

    def close(self) -> None:
        """Closes all connections."""
        for origin in list(self._origins.values()):
            origin.close()
        super().close()


class _Prepared(requests.PreparedRequest):
    """A request that is ready as it is."""

    def __init__(
        self, method: str, base: str, target: str, headers: dict[str, str], body: bytes | None, limits: Limits
    ) -> None:
        super().__init__()
        fields: Any = headers
        self.method, self.url, self.body, self.headers = method, base + target, body, fields
        self.ready, self.limits, self.base = body, limits, base
        self.on_the_line = base[base.find("/", 8) :] + target if base.find("/", 8) > 0 else target


class _Answer(requests.Response):
    """A response whose parts that linetap never asks for are not made."""

    def __init__(self, request: requests.PreparedRequest, came: RawResponse) -> None:
        self.__dict__.update(_BLANK)
        headers: Any = came.headers
        self.request, self.url, self.headers = request, request.url or "", headers
        self.status_code, self.reason = came.status, came.reason
        self._content = came.content
        self.history: list[requests.Response] = []

    @property
    def is_redirect(self) -> bool:
        """Never: redirects are not followed, so requests need not prepare the next request."""
        return False


_BLANK = {"_content_consumed": True, "_next": None, "encoding": None, "connection": None, "raw": None}


def _context(verify: bool | str | None) -> ssl.SSLContext:
    context = create_urllib3_context()
    bundle = verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
    try:
        context.load_verify_locations(**{"capath" if os.path.isdir(bundle) else "cafile": bundle})
    except OSError as error:
        raise MissingCABundle(*error.args) from None
    return context


class HttpSender:
    """Sends one request over requests, and answers with a ``Response`` or a ``Lost``. Thread-safe."""

    def __init__(self, session: requests.Session | None, clock: Callable[[], float]) -> None:
        self._theirs: requests.Session | None = require_type("session", session, requests.Session, optional=True)
        self._own: requests.Session | None = None
        self._settings: dict[str, dict[str, Any]] = {}
        self._clock = clock
        self._lock = threading.Lock()

    def send(
        self,
        method: str,
        base: str,
        target: str,
        headers: dict[str, str],
        token: Mapping[str, str],
        body: bytes | None,
        timeout: tuple[float, float],
        deadline: float,
    ) -> Response | AttemptFailed | None:
        """One attempt; None where the request cannot be put on the wire as it is.

        ``timeout`` is connect and read in seconds, ``deadline`` by the channel's clock.
        """
        try:
            if self._theirs is not None:
                answer = self._send_theirs(method, base + target, headers, token, body, timeout)
            else:
                limits = Limits(*timeout, deadline, self._clock)
                request = _Prepared(method, base, target, {**headers, **token}, body, limits)
                session, settings = self._own_session(base)
                answer = session.send(request, timeout=timeout, **settings)
                if type(answer) is _Answer:
                    return Response(answer.status_code, Headers(answer.headers), answer.content)
            return _read(answer, deadline, timeout[1], self._clock)
        except (*KNOWN, ValueError) as error:
            return to_failure(error)

    def close(self) -> None:
        """Closes the connections of linetap's own session; a session handed in is its owner's to close."""
        with self._lock:
            session, self._own = self._own, None
        if session is not None:
            session.close()

    def after_fork(self) -> None:
        """In a forked child: connections belong to the parent, so the child makes its own."""
        self._lock = threading.Lock()
        self._own = None
        if self._theirs is not None:
            self._theirs.close()  # closes the child's copies; the session then makes new ones

    def _own_session(self, base: str) -> tuple[requests.Session, dict[str, Any]]:
        session = self._own
        if session is not None and base in self._settings:
            return session, self._settings[base]
        with self._lock:
            if self._own is None:
                self._own, self._settings = _new_session(), {}
            merged = self._own.merge_environment_settings(base, {}, True, None, None)
            self._settings[base] = {**merged, "proxies": _proxies_for(base, merged), "allow_redirects": False}
            return self._own, self._settings[base]

    def _send_theirs(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        token: Mapping[str, str],
        body: bytes | None,
        timeout: tuple[float, float],
    ) -> requests.Response:
        session = self._theirs
        assert session is not None
        headers = {name: value for name, value in headers.items() if name not in _theirs_to_say(session)}
        request = session.prepare_request(requests.Request(method, url, headers=headers, data=body, auth=_Auth(token)))
        settings = session.merge_environment_settings(request.url, {}, True, None, None)
        came: list[requests.Response] = []
        request.hooks["response"].insert(0, lambda answer, **_: came.append(answer))
        try:
            return session.send(request, timeout=timeout, allow_redirects=False, **settings)
        except ValueError as error:
            if not came:
                raise
            came[0].close()
            raise ResponseHookFailed from error


def _new_session() -> requests.Session:
    session = requests.Session()
    adapter = _Adapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _theirs_to_say(session: requests.Session) -> set[str]:
    """Headers in which a session handed in has its own word: what it accepts, and its own User-Agent."""
    own_name = session.headers.get("User-Agent") not in (None, requests.utils.default_user_agent())
    return {"Accept", "Accept-Encoding", *(["User-Agent"] if own_name else [])}


def _proxies_for(url: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """The environment's proxies, if one of them is for ``url``."""
    proxies: dict[str, str] = dict(settings["proxies"])
    return proxies if requests.utils.select_proxy(url, proxies) else {}


def _read(
    answer: requests.Response, deadline: float, read_timeout: float, clock: Callable[[], float]
) -> Response | AttemptFailed:
    """The body, in the pieces in which it comes: the deadline holds against one that only trickles."""
    pieces: list[bytes] = []
    room = MAX_BODY if answer.headers.get("Content-Encoding") else math.inf
    for piece in _pieces(answer):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            answer.close()
            raise TooLarge
        left = deadline - clock()
        if left <= 0:
            answer.close()
            return deadline_passed()
        if left < read_timeout:
            _hurry(answer.raw, left)
    return Response(answer.status_code, Headers(answer.headers), b"".join(pieces))


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    raw = answer.raw
    if getattr(answer, "_content_consumed", False) or not hasattr(raw, "read1"):
        yield answer.content  # a hook or a mounted adapter has read it already
        return
    while piece := raw.read1(_CHUNK, decode_content=True):
        yield piece


def _hurry(raw: Any, seconds: float) -> None:
    sock = getattr(getattr(raw, "connection", None), "sock", None)
    if sock is not None:
        sock.settimeout(seconds)
