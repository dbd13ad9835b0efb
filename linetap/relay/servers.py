"""A relay as a WSGI and as an ASGI application: a body that is too large is rejected before it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from linetap.relay.responses import CUT_OFF, NOT_A_POST, RelayResponse, too_large

_PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    405: "Method Not Allowed",
    413: "Content Too Large",
    503: "Service Unavailable",
}
_CHUNK = 1 << 16


class Handler(Protocol):
    """The methods of the relay that these functions use."""

    @property
    def max_body(self) -> int: ...

    def handle(self, body: bytes, headers: Mapping[str, str]) -> RelayResponse: ...

    def check_head(self, headers: Mapping[str, str]) -> RelayResponse | None: ...


def wsgi(relay: Handler, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """PEP 3333."""
    found = _wsgi_response(relay, environ)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(found.body)))]
    if found.status == 405:
        headers.append(("Allow", "POST"))
    start_response(f"{found.status} {_PHRASES[found.status]}", headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [found.body]


def _wsgi_response(relay: Handler, environ: Mapping[str, Any]) -> RelayResponse:
    if environ.get("REQUEST_METHOD") != "POST":
        return NOT_A_POST
    headers = _wsgi_headers(environ)
    if (early := relay.check_head(headers)) is not None:
        return early
    try:
        return _wsgi_body(relay, environ, headers)
    except OSError:  # the connection was lost in the middle of the body
        return CUT_OFF


def _wsgi_body(relay: Handler, environ: Mapping[str, Any], headers: Mapping[str, str]) -> RelayResponse:
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        body = _read(environ["wsgi.input"], int(length))
        return CUT_OFF if len(body) < int(length) else relay.handle(body, headers)
    if not environ.get("wsgi.input_terminated"):
        return relay.handle(b"", headers)
    # One byte more than allowed shows that the body is too large.
    body = _read(environ["wsgi.input"], relay.max_body + 1)
    return too_large(relay.max_body) if len(body) > relay.max_body else relay.handle(body, headers)


def _wsgi_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    found = {name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name[:5] == "HTTP_"}
    return {**found, "content-length": str(environ.get("CONTENT_LENGTH") or "")}


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by their names in lower case; several of one name are one with commas, as RFC 9110 has it.

    So a call with two Authorization headers has no credentials that are known.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found


def _read(source: Any, most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (part := source.read(min(_CHUNK, most))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


class AsgiApplication:
    """An object and not a method: uvicorn takes a method for an application of ASGI 2."""

    def __init__(self, relay: Handler) -> None:
        self._relay = relay

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        """One request, websocket or lifespan."""
        await asgi(self._relay, scope, receive, send)


async def asgi(
    relay: Handler,
    scope: Mapping[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """https://asgi.readthedocs.io/en/latest/specs/www.html"""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1003})  # before it was accepted: the server responds with 403
    elif scope["type"] == "http":
        found = await _asgi_response(relay, scope, receive)
        if found is not None:
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(found.body)).encode())]
            headers += [(b"allow", b"POST")] if found.status == 405 else []
            await send({"type": "http.response.start", "status": found.status, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else found.body})


async def _asgi_response(
    relay: Handler, scope: Mapping[str, Any], receive: Callable[[], Awaitable[Mapping[str, Any]]]
) -> RelayResponse | None:
    if scope["method"] != "POST":
        return NOT_A_POST
    headers = joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    if (early := relay.check_head(headers)) is not None:
        return early
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > relay.max_body:
            return too_large(relay.max_body)
        more = message.get("more_body", False)
    return await asyncio.to_thread(relay.handle, bytes(body), headers)


async def _lifespan(
    receive: Callable[[], Awaitable[Mapping[str, Any]]], send: Callable[[Mapping[str, Any]], Awaitable[None]]
) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
