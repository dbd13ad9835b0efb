"""What is sent and what comes back, as values. Nothing here does I/O.

An endpoint is an :class:`Operation`: a request, how to read the answer, how safe repeating is. Testing
an endpoint is calling the function that makes it and comparing the value.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

import attrs

from linetap.errors import Rejected

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Headers(Mapping[str, str]):
    """Header fields; names are compared without regard to case (both vendors' casing has changed)."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._fields = {name.lower(): value for name, value in (fields or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        # Values can be secrets (Authorization, X-CleverTap-Passcode), so only the names are shown.
        return f"Headers({', '.join(self._fields)})"


def named_as_ours(fields: Mapping[str, str] | None) -> dict[str, str]:
    """A caller's header fields under the names linetap itself writes: ``content-type`` replaces its Content-Type."""
    return {name.title(): value for name, value in (fields or {}).items()}


def camel(name: str) -> str:
    """The wire's name of an attribute: ``original_content_url`` is ``originalContentUrl``."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def _as_headers(fields: Mapping[str, str]) -> Headers:
    return fields if isinstance(fields, Headers) else Headers(fields)


@attrs.frozen
class Request:
    """One HTTP request without its secrets: the driver adds host and credentials."""

    method: str
    path: str
    """Beginning with ``/``, percent-encoded."""
    params: tuple[tuple[str, str], ...] = ()
    """The query, unencoded, in order."""
    content: bytes | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """Headers of this request alone; ``Content-Type`` defaults to JSON where there is content."""
    host: str = "api"
    """Which of the service's hosts: ``api`` or, for LINE's content, ``api-data``."""

    @property
    def target(self) -> str:
        """Path and query as they stand on the request line."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path

    def json(self) -> Any:
        """The content read as JSON."""
        return json.loads(self.content or b"null")


@attrs.frozen
class Response:
    """One HTTP answer, read to its end."""

    status: int
    headers: Headers = attrs.field(factory=Headers, converter=_as_headers)
    content: bytes = attrs.field(default=b"", repr=False)
    attempts: int = 1
    """How many requests the call took, this one included; filled in by the plan."""

    def json(self) -> Any:
        """The content read as JSON; ``ValueError`` where it is not, or nests too deep to be read."""
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("JSON that nests too deep to be read") from None

    @property
    def request_id(self) -> str | None:
        """LINE's ``X-Line-Request-Id``; CleverTap sends none."""
        return self.headers.get("x-line-request-id")


class Idempotency(enum.Enum):
    """How safe it is to send the same request again."""

    HARMLESS = "harmless"
    """Reads, pushes with a retry key, profile upserts: again after a lost answer or a 5xx."""
    IF_REFUSED = "if refused"
    """Events, campaigns, triggers: again only after a 429, where nothing was done."""


@attrs.frozen
class ErrorInfo:
    """What a service's "no" means, read from one answer."""

    error: type[Rejected]
    message: str
    details: tuple[Any, ...] = ()
    """``errors.Problem`` values."""
    code: int | str | None = None
    again: bool = False
    """True for a 429 that asks for patience; False for one that patience does not mend (a used-up quota)."""


@attrs.frozen
class Operation(Generic[T]):
    """One call of one endpoint: what is sent, how the answer is read, how safe repeating is."""

    name: str
    """Such as ``line.push``: in errors and log records."""
    request: Request
    read: Callable[[Response], T] = attrs.field(repr=False)
    """Reads an answer that is no refusal; raises ``UnreadableResponse`` where it is not as documented."""
    refusal: Callable[[Response], ErrorInfo | None] = attrs.field(repr=False)
    """The service's own reading of an answer: None where it said yes. Called for every answer below 500."""
    repeat: Idempotency = Idempotency.IF_REFUSED
    retry_key: str | None = None
    """Sent as ``X-Line-Retry-Key`` by every attempt."""
    then: Callable[[T], Operation[T] | None] | None = attrs.field(default=None, repr=False)
    """The next page's operation, from this page."""
    endpoint: str = ""
    """What shares one rate limit: method and path template. Defaults to the request's own."""
    authorized: bool = True
    """False for the endpoints that issue tokens."""

    @property
    def gate_key(self) -> str:
        """The endpoint whose gate this operation passes."""
        return self.endpoint or f"{self.request.method} {self.request.path}"


class Credentials(Protocol):
    """Who may call: the headers that prove it, and how to get new ones. Holds secrets; its repr shows none.

    Drivers call these under a lock of their own, one at a time. ``now`` is in seconds, from the driver's clock.
    """

    def headers(self, now: float) -> Mapping[str, str] | None:
        """The headers to send, or None where they must be issued first."""

    def issue(self) -> Operation[Any] | None:
        """The operation that issues new ones; None where that cannot be done (a static token)."""

    def issued(self, answer: Any, now: float) -> None:
        """Takes what that operation's ``read`` gave."""

    def refused(self, headers: Mapping[str, str]) -> bool:
        """A 401 came back for these headers: forget them if they are still the current ones.

        True where a new attempt makes sense (new headers can be had, or have come meanwhile).
        """
        ...
