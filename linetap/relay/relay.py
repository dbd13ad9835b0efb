"""``Relay``: receives CleverTap's webhook calls in web workers, and stores each as it came.

It has no LINE token and no campaign, and makes no network call: what it responds does not depend on LINE.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from linetap.errors import BadArgument, invalid, literal_text
from linetap.http.secret import as_secret
from linetap.relay import servers
from linetap.relay.calls import InboundCall
from linetap.relay.credentials import Unauthenticated, WebhookCredentials
from linetap.relay.payloads import read_call, route_of
from linetap.relay.responses import UNAUTHORIZED, RelayResponse, response, too_large

if TYPE_CHECKING:
    from linetap.relay.base_outbox import BaseOutbox

_LOG = logging.getLogger("linetap.relay")


class Relay:
    """Receives webhook calls: checks the secret, the size and the shape, and stores each call as one row.

    Thread-safe. Use :meth:`handle` in a view of any framework, or ``relay.wsgi`` and ``relay.asgi`` as applications.

    Args:
        store: an outbox, or a callable that takes an ``InboundCall`` (to put it into a queue). When it returns,
            the call must be stored: the response to CleverTap is 200.
        secret: the secret of the webhook, or several while one is replaced: at least 16 ASCII characters, sent by
            CleverTap as ``Authorization: Bearer SECRET`` (``WebhookTemplate.relay`` makes such a template).
            ``UNAUTHENTICATED`` where something in front of the relay checks the calls.
        basic: (user, password), for templates with Basic authentication; a call with either is stored.
        max_body: the largest body in bytes; larger ones are rejected before they are read.

    https://docs.clevertap.com/docs/setup-webhooks
    """

    def __init__(
        self,
        store: BaseOutbox | Callable[[InboundCall], object],
        *,
        secret: str | Sequence[str] | Unauthenticated,
        basic: tuple[str, str] | None = None,
        max_body: int = 5_000_000,
    ) -> None:
        secret, basic = (
            as_secret(secret),
            as_secret(basic),
        )  # an error tracker reads the arguments of functions that raise
        receive: Any = getattr(store, "receive", store)
        if not callable(receive):
            raise invalid("store", "must be an Outbox, or a callable that takes an InboundCall", store)
        size: Any = max_body
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise invalid("max_body", "must be a number of bytes, at least 1", max_body)
        self._receive: Callable[[InboundCall], object] = receive
        self._credentials = WebhookCredentials(secret, basic)
        self.max_body = max_body
        """The largest body in bytes."""

    def __repr__(self) -> str:
        return f"Relay(max_body={getattr(self, 'max_body', None)})"  # also while it is made

    def handle(self, body: bytes, headers: Mapping[str, str]) -> RelayResponse:
        """Checks and stores one call.

        Args:
            body: the raw bytes of the request's body, before any parsing.
            headers: the request's headers; the case of their names does not matter.
        """
        given: object = body
        if not isinstance(given, (bytes, bytearray, memoryview)):
            fix = "pass the raw body of the request, before any parsing"
            raise invalid("body", "must be bytes", literal_text(type(given).__name__), fix)
        if (early := self.check_head(headers)) is not None:
            return early
        if len(body) > self.max_body:
            return too_large(self.max_body)
        try:
            call = read_call(body, self.max_body)
        except BadArgument as error:
            return response(400, str(error))
        if call.is_test:
            return response(200, "test call: nothing was stored")
        return self._store(body, call.kind, route_of(call))

    def check_head(self, headers: Mapping[str, str]) -> RelayResponse | None:
        """The response to a call that must not be read at all, by its headers; None where it may be read."""
        if not hasattr(headers, "items"):  # the headers of Flask are not a Mapping
            raise invalid("headers", "must be a mapping of names and values", literal_text(type(headers).__name__))
        lower = servers.joined((str(name), str(value)) for name, value in headers.items())
        if not self._credentials.accept(lower):
            return UNAUTHORIZED
        length = lower.get("content-length", "")
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > self.max_body):
            return too_large(self.max_body)
        return None

    def wsgi(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The relay as a WSGI application, at whatever path it is mounted."""
        return servers.wsgi(self, environ, start_response)

    @property
    def asgi(self) -> servers.AsgiApplication:
        """The relay as an ASGI application; checks and the write to the disk run in a thread."""
        return servers.AsgiApplication(self)

    def _store(self, body: bytes, kind: str, route: str) -> RelayResponse:
        call = InboundCall(uuid4().hex, kind, datetime.now(timezone.utc), bytes(body).decode(), route)
        try:
            self._receive(call)
        except Exception as error:  # noqa: BLE001 - whatever fails, CleverTap must repeat the call
            # Only the kind: the text of an error of the user's queue may contain a password.
            _LOG.error(
                "a webhook call could not be stored (%s): the response is 503, so that CleverTap repeats it",
                type(error).__name__,
            )
            return response(503, "the call could not be stored: repeat it")
        return response(200, "stored")
