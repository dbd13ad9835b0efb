"""Requests, responses and operations as values. Nothing here does I/O.

An endpoint is an :class:`Operation`: the request, the function that reads the response, and whether the request may
be sent again. To test an endpoint, call the function that makes its operation and compare the value.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

import attrs

from linetap.errors import Rejected
from linetap.http.secret import Secret

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Headers(Mapping[str, str]):
    """Header fields. Names are case-insensitive (RFC 9110 section 5.1)."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._fields = {name.lower(): value for name, value in (fields or {}).items()}

    @classmethod
    def of(cls, fields: dict[str, str]) -> Headers:
        """Fields whose names are in lower case already; ``fields`` is not copied."""
        self = object.__new__(cls)
        self._fields = fields
        return self

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        # Only the names: values can be secrets (Authorization, X-CleverTap-Passcode).
        return f"Headers({', '.join(self._fields)})"


def normalized_headers(fields: Mapping[str, str] | None) -> dict[str, str]:
    """Header fields with the capitalisation that linetap uses, so that ``content-type`` replaces its Content-Type."""
    return {name.title(): value for name, value in (fields or {}).items()}


def camel(name: str) -> str:
    """The JSON name of an attribute: ``original_content_url`` becomes ``originalContentUrl``."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def _as_headers(fields: Mapping[str, str]) -> Headers:
    return fields if isinstance(fields, Headers) else Headers(fields)


@attrs.frozen
class Request:
    """One HTTP request without its secrets: the transport adds the host and the credentials."""

    method: str
    path: str
    """Starts with ``/``; percent-encoded."""
    params: tuple[tuple[str, str], ...] = ()
    """The query parameters in order, not encoded."""
    content: bytes | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """Headers of this request; ``Content-Type`` is JSON by default if there is content."""
    host: str = "api"
    """The host's name in the transport: ``api`` or ``api-data`` (LINE's host for content)."""

    @property
    def target(self) -> str:
        """The request target: path and encoded query (RFC 9112 section 3.2)."""
        if not self.params:
            return self.path
        # urlencode calls str(), which shows a mask for a Secret.
        pairs = [(name, value.reveal() if isinstance(value, Secret) else value) for name, value in self.params]
        return f"{self.path}?{urlencode(pairs)}"

    def json(self) -> Any:
        """The content parsed as JSON."""
        return json.loads(self.content or b"null")


@attrs.frozen
class Response:
    """One complete HTTP response."""

    status: int
    headers: Headers = attrs.field(factory=Headers, converter=_as_headers)
    content: bytes = attrs.field(default=b"", repr=False)
    attempts: int = 1
    """The number of requests that the call needed, including this one."""

    def json(self) -> Any:
        """The content parsed as JSON; ``ValueError`` if it is not JSON or is nested too deeply."""
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None

    @property
    def request_id(self) -> str | None:
        """LINE's ``X-Line-Request-Id``; None for CleverTap, which has none."""
        return self.headers.get("x-line-request-id")


class Idempotency(enum.Enum):
    """Whether the same request may be sent again."""

    SAFE = "safe"
    """Reads, pushes with a retry key, profile upserts: sent again after no response, a 5xx or a 429."""
    IF_REJECTED = "if rejected"
    """Events, campaigns, triggers: sent again only after a 429, where the service did nothing."""


@attrs.frozen
class ErrorInfo:
    """What a rejection by a service means, read from one response."""

    error: type[Rejected]
    message: str = attrs.field(repr=False)
    """The service's own text, which may quote what it received; so it is not in the repr."""
    details: tuple[Any, ...] = attrs.field(default=(), repr=False)
    """``errors.Problem`` values."""
    code: int | str | None = attrs.field(default=None, repr=False)
    retryable: bool = False
    """True for a 429 of a rate limit; False for one that waiting does not change (a used-up quota)."""


@attrs.frozen
class Operation(Generic[T]):
    """One call of one endpoint: the request, how to read the response, whether it may be sent again."""

    name: str
    """For example ``line.push``; shown in errors and log records."""
    request: Request
    read: Callable[[Response], T] = attrs.field(repr=False)
    """Reads a successful response; raises ``UnreadableResponse`` if it is not as documented."""
    error_info: Callable[[Response], ErrorInfo | None] = attrs.field(repr=False)
    """Reads a rejection; None for success. Called for every response with a status below 500."""
    repeat: Idempotency = Idempotency.IF_REJECTED
    retry_key: str | None = None
    """Sent as ``X-Line-Retry-Key`` with every attempt."""
    next_page: Callable[[T], Operation[T] | None] | None = attrs.field(default=None, repr=False)
    """Makes the operation for the next page from this page; None after the last one."""
    endpoint: str = ""
    """Method and path template. Calls with the same endpoint share one rate limit. Default: those of the request."""
    authorized: bool = True
    """False for endpoints that issue tokens: no credentials are sent."""
    reads_server_errors: bool = False
    """True where ``error_info`` also reads responses with a status of 500 and above."""

    @property
    def rate_limit_key(self) -> str:
        """The key of the rate limit that applies to this operation."""
        return self.endpoint or f"{self.request.method} {self.request.path}"


class Credentials(Protocol):
    """The headers that authenticate a call, and how to get new ones. The repr must show no secret.

    A transport calls these methods under its own lock, one at a time. ``now`` is in seconds, by the transport's clock.
    """

    def headers(self, now: float) -> Mapping[str, str] | None:
        """The headers to send, or None if they must be issued first."""

    def issue(self) -> Operation[Any] | None:
        """The operation that issues new credentials; None if that is not possible (a static token)."""

    def issued(self, result: Any, now: float) -> None:
        """Stores the result of that operation."""

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Called after a 401 for these headers: forget them if they are still the current ones.

        True if a new attempt makes sense: new headers can be issued, or another thread has got new ones.
        """
        ...
