"""What both services share: routes, faults, the request log, requests in flight."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from linetap.http.types import Headers, Request, Response
from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.core.clock import Clock, Ids
from linetap.sandbox.core.faults import Cut, Fault, Faults

_SECRET = {"authorization", "x-clevertap-passcode", "x-clevertap-token", "proxy-authorization", "cookie"}


@dataclass(frozen=True)
class Entry:
    """One request in the log, without secrets."""

    at: float
    operation: str
    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    content: bytes | None = field(repr=False)
    status: int | None
    """None if the connection was cut before the request was processed."""
    request_id: str | None

    def json(self) -> Any:
        """The request's content read as JSON."""
        return json.loads(self.content or b"null")


class Journal(deque[Entry]):
    """The newest requests, oldest first."""

    def of(self, operation: str) -> list[Entry]:
        """The requests of one operation, such as ``line.push``."""
        return [entry for entry in list(self) if operation in (entry.operation, entry.operation.partition(".")[2])]


@dataclass(frozen=True)
class SharedState:
    """What the two services of one sandbox share."""

    clock: Clock
    ids: Ids
    faults: Faults
    journal: Journal
    readings: Readings


@dataclass(frozen=True)
class Call:
    """One request while a service processes it."""

    request: Request
    headers: Headers
    found: Mapping[str, str]
    """The path parameters, decoded."""
    request_id: str

    @property
    def params(self) -> dict[str, str]:
        return dict(self.request.params)

    @property
    def content(self) -> bytes:
        return self.request.content or b""


Handler = Callable[[Any, Call], Response]


class Rejected(Exception):
    """A request that is not processed; the response to return."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Route:
    """One endpoint: its name, method, path template (``/v2/bot/profile/{userId}``) and handler."""

    def __init__(self, name: str, method: str, path: str, handler: Handler, *, host: str = "api", **marks: Any) -> None:
        self.name, self.method, self.path, self.handler, self.host, self.marks = (
            name,
            method,
            path,
            handler,
            host,
            marks,
        )
        self.pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
        self.plain = "{" not in path


def json_response(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response; no body for None."""
    text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    content = text.encode("utf-8", "replace")  # half of a surrogate pair has no UTF-8: it becomes "?", as in Java
    return Response(status, Headers({"Content-Type": "application/json", **(headers or {})}), content)


class Exchange:
    """One request and its response; in flight until the context ends."""

    def __init__(self, response: Response | None, fault: Fault | None, clock: Clock, operation: str) -> None:
        self.response, self.fault, self.operation = response, fault, operation
        self._clock = clock

    def in_process(self) -> Response:
        """The response without a socket: delays advance the sandbox's clock, a cut connection is raised."""
        if (fault := self.fault) is not None:
            if fault.wait is not None:
                fault.wait()
            self._clock.advance(
                seconds=fault.delay + fault.trickle * len(self.response.content if self.response else b"")
            )
            if fault.cut:
                raise Cut(fault.cut, self.response)
        assert self.response is not None
        return self.response


class Service:
    """One service of the sandbox. ``handle`` takes a request and returns its response."""

    name = ""
    routes: tuple[Route, ...] = ()

    def __init__(self, world: SharedState) -> None:
        self.world = world
        self.clock, self.ids, self.readings = world.clock, world.ids, world.readings
        self.lock = threading.RLock()
        self.in_flight: Counter[str] = Counter()
        self.most_in_flight: Counter[str] = Counter()
        """The most requests of each operation that were in flight at once."""
        self._plain = {(r.method, r.path): r for r in self.routes if r.plain}
        # ``user/all/richmenu/{richMenuId}`` before ``user/{userId}/richmenu/{richMenuId}``
        self._templated = sorted((r for r in self.routes if not r.plain), key=lambda route: route.path.count("{"))

    @classmethod
    def operations(cls) -> Iterable[str]:
        """The names that faults and the request log use."""
        return [f"{cls.name}.{route.name}" for route in cls.routes]

    def route_of(self, method: str, path: str) -> Route | None:
        """The route of a method and path; None where the service has none."""
        return self._find(Request(method, path))[0]

    def calls_out(self, request: Request) -> bool:
        """Whether the handler makes HTTP calls: a server must not do that on its event loop."""
        route, _ = self._find(request)
        return bool(route and route.marks.get("calls_out"))

    def handle(self, request: Request) -> Response:
        """Processes one request; raises :class:`Cut` if a fault cuts the connection."""
        with self.exchange(request) as exchange:
            return exchange.in_process()

    @contextmanager
    def exchange(self, request: Request) -> Iterator[Exchange]:
        """Processes the request; it counts as in flight until the context ends."""
        if "?" in request.path:
            path, _, query = request.path.partition("?")
            request = replace(request, path, query)
        route, found = self._find(request)
        operation = f"{self.name}.{route.name}" if route else f"{self.name}.unknown"
        with self.lock:
            self.in_flight[operation] += 1
            self.most_in_flight[operation] = max(self.most_in_flight[operation], self.in_flight[operation])
        try:
            yield self._carry_out(Call(request, _headers(request), found, self.new_request_id()), route, operation)
        finally:
            with self.lock:
                self.in_flight[operation] -= 1

    def _carry_out(self, call: Call, route: Route | None, operation: str) -> Exchange:
        fault = self.world.faults.take(operation)
        # A route that calls other services (publish) must not block this one.
        with nullcontext() if route and route.marks.get("calls_out") else self.lock:
            response = None if fault and fault.cut == "before" else self._response(call, route, operation, fault)
            self._write(call, operation, response)
        return Exchange(response, fault, self.clock, operation)

    def _response(self, call: Call, route: Route | None, operation: str, fault: Fault | None) -> Response:
        response = json_response(200)
        if fault is None or not fault.instead:
            response = self._own_response(call, route, operation)
        if fault is not None and (fault.status is not None or fault.body is not None):
            status = fault.status or response.status
            content = self.fault_body(status) if fault.body is None else fault.body
            response = Response(status, Headers({"Content-Type": "application/json", **fault.headers}), content)
        return self.signed(response, call)

    def _own_response(self, call: Call, route: Route | None, operation: str) -> Response:
        try:
            if (rejected := self.rejected(call, route, operation)) is not None:
                return rejected
            return route.handler(self, call) if route else self.unknown(call)
        except Rejected as rejected:
            return rejected.response
        except Exception as wrong:  # noqa: BLE001 - no input may end a caller's program; the fuzz tests find the cause
            return self.failed(f"the sandbox failed: {type(wrong).__name__}")

    def _find(self, request: Request) -> tuple[Route | None, dict[str, str]]:
        if route := self._plain.get((request.method, request.path)):
            return route, {}
        for route in self._templated:
            if route.method == request.method and (match := route.pattern.fullmatch(request.path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None, {}

    def _write(self, call: Call, operation: str, response: Response | None) -> None:
        request = call.request
        shown = {name: "(secret)" if name in _SECRET else value for name, value in call.headers.items()}
        status, request_id = (response.status, response.request_id) if response else (None, None)
        self.world.journal.append(
            Entry(
                self.clock.now(),
                operation,
                request.method,
                request.path,
                request.params,
                shown,
                request.content,
                status,
                request_id,
            )
        )

    # Overridden by each service --------------------------------------------------------------------------

    def new_request_id(self) -> str:
        """An id for this request, if the service has them."""
        return ""

    def rejected(self, call: Call, route: Route | None, operation: str) -> Response | None:
        """The rejection before routing (credentials, size, concurrency), or None."""
        raise AssertionError("each service overrides this")

    def unknown(self, call: Call) -> Response:
        """The response to an unknown path."""
        raise AssertionError("each service overrides this")

    def fault_body(self, status: int) -> bytes:
        """The body that the service sends with this status."""
        raise AssertionError("each service overrides this")

    def failed(self, sentence: str) -> Response:
        """The response with status 500 in the form of the service."""
        raise AssertionError("each service overrides this")

    def signed(self, response: Response, call: Call) -> Response:
        """The response with the headers that the service always sends."""
        return response


def replace(request: Request, path: str, query: str) -> Request:
    """The request with the query of its path as parameters."""
    params = (*parse_qsl(query, keep_blank_values=True), *request.params)
    return Request(request.method, path, params, request.content, request.headers, request.host)


def _headers(request: Request) -> Headers:
    return request.headers if isinstance(request.headers, Headers) else Headers(request.headers)
