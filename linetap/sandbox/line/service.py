"""LINE's Messaging API: the checks of every request. The routes are declared by the modules of the endpoints.

Written from LINE's pages, independent of the clients, in plain dicts:
https://developers.line.biz/en/reference/messaging-api/
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from linetap.http.types import Headers, Response
from linetap.sandbox.core.service import Call, Route, Service, SharedState
from linetap.sandbox.line import unimplemented
from linetap.sandbox.line.sending import error, retry_key_rejection
from linetap.sandbox.line.state import LineState
from linetap.sandbox.line.webhooks import Webhooks

_MOST_BYTES = 2 * 1024 * 1024
_OTHERS = 2000.0
"""Requests a second of an endpoint without a ``rate`` of its own (#rate-limits)."""

_TEXTS = {
    400: "The request body has 1 error(s)",
    401: "Authentication failed due to the following reason: invalid token",
    403: "Access to this API is not available for your account",
    404: "Not found",
    409: "The retry key is already accepted",
    413: "Request entity too large",
    429: "The API rate limit has been exceeded. Try again later.",
    500: "Internal server error",
}


def _routes() -> Iterator[Route]:
    """The ``ROUTES`` of every module of this folder, then the operations that none of them has."""
    found = [each for name in _modules() for each in getattr(import_module(name), "ROUTES", ())]
    yield from found
    yield from unimplemented.routes({(each.method, each.path) for each in found})


def _modules() -> list[str]:
    package = __name__.rpartition(".")[0]
    names = [module.name for module in iter_modules(import_module(package).__path__, f"{package}.")]
    return [name for name in names if name != __name__]


class Line(LineState, Service):
    """LINE in process. ``handle`` processes a request; the other methods set up and show its state."""

    name = "line"
    routes = tuple(_routes())

    def __init__(self, world: SharedState) -> None:
        Service.__init__(self, world)
        LineState.__init__(self, world)
        self.webhooks = Webhooks(self)
        self._buckets: dict[str, tuple[float, float]] = {}

    def limit_rates(self) -> None:
        """Applies the published rate limits from now on, by the sandbox's clock."""
        self.rates.update({route.name: route.marks.get("rate", _OTHERS) for route in self.routes})

    # Checks of every request -----------------------------------------------------------------------------

    def new_request_id(self) -> str:
        return self.ids.uuid("line request")

    def rejected(self, call: Call, route: Route | None, operation: str) -> Response | None:
        if route is None or call.request.host not in (route.host, "any"):
            return error(404, "Not found")
        if len(call.content) > _MOST_BYTES:
            return error(413, _TEXTS[413])
        if not route.marks.get("open") and (missing := self._unauthorized(call)) is not None:
            return missing
        if not self._in_time(route.name):
            return error(429, _TEXTS[429])
        return retry_key_rejection(self, call, bool(route.marks.get("key")))

    def unknown(self, call: Call) -> Response:
        return error(404, "Not found")

    def failed(self, sentence: str) -> Response:
        return error(500, sentence)

    def fault_body(self, status: int) -> bytes:
        return error(status, _TEXTS.get(status, "The sandbox was asked to fail here")).content

    def signed(self, response: Response, call: Call) -> Response:
        headers = {**response.headers, "x-line-request-id": call.request_id}
        return Response(response.status, Headers(headers), response.content)

    def _unauthorized(self, call: Call) -> Response | None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_valid(token.strip()):
            return None
        reason = "invalid token" if token else "missing token"
        return error(401, f"Authentication failed due to the following reason: {reason}")

    def _in_time(self, name: str) -> bool:
        """A token bucket (#rate-limits); its size is not published (``readings.rate_limit_bucket``)."""
        if (rate := self.rates.get(name)) is None:
            return True
        now, room = self.clock.now(), max(rate, 1.0)
        if self.readings.rate_limit_bucket == "one request":
            room = 1.0
        elif self.readings.rate_limit_bucket == "one period" and rate < 1:
            room = rate * 3600
        left, at = self._buckets.get(name, (room, now))
        left = min(room, left + (now - at) * rate)
        self._buckets[name] = (left - 1 if left >= 1 else left, now)
        return left >= 1
