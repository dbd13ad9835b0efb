"""What the driver over requests and the one over aiohttp have in common; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from linetap.errors import invalid
from linetap.http.call import AttemptResult, CallSteps, Lost, Send, call_steps
from linetap.http.headers import Attempt, EndpointLimiters, Envelope, listening
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.types import Operation

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

# The most calls that a bulk run may have in flight, and the most connections that a driver keeps.
WIDEST = 512
# Ten times a full page of CleverTap's profiles (5,000 of 5 KB): what unpacks to more is no answer but a bomb.
UNPACKED_MOST = 256 * 2**20


class BadBundle(OSError):
    """The CA bundle that the environment names cannot be read."""


# What can be lost is said in one way, whichever library lost it.


def no_bundle() -> Lost:
    """The environment's CA bundle cannot be read."""
    return Lost("REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no CA bundle", arrived=False, again=False)


def bad_certificate(why: str) -> Lost:
    """The service is not who it should be."""
    return Lost(f"the certificate does not hold: {why}", arrived=False, again=False)


def never_made(cause: str) -> Lost:
    """Nothing was sent, for there was no connection."""
    return Lost(f"no connection could be made ({cause})", arrived=False)


def late() -> Lost:
    """The service was silent for too long."""
    return Lost("no answer came in time")


def broken_off(cause: str) -> Lost:
    """The connection ended before the answer did."""
    return Lost(f"the connection was lost before the whole answer came ({cause})")


def bomb() -> Lost:
    """What came unpacks to too much."""
    return Lost(f"an answer came that unpacks to more than {UNPACKED_MOST // 2**20} MiB")


def require_type(name: str, value: Any, kind: type, optional: bool = False) -> Any:
    """``value`` if it is of that kind (or None where that is allowed)."""
    if isinstance(value, kind) or (optional and value is None):
        return value
    rule, whose = f"is {_with_article(kind)}", map(_with_article, type(value).__mro__)
    raise invalid(name, rule, value, next((_TAKERS[one] for one in whose if one in _TAKERS), ""))


_TAKERS = {
    "a requests.Session": "LineClient and CleverTapClient take a requests.Session",
    "an aiohttp.ClientSession": "AsyncLineClient and AsyncCleverTapClient take an aiohttp.ClientSession",
}


def _with_article(kind: type) -> str:
    whose = kind.__module__.partition(".")[0]
    return f"a{'n' if whose[0] in 'aeiou' else ''} {whose}.{kind.__name__}"


def check_options(client: object, options: Mapping[str, object], known: Any) -> None:
    """A ``TypeError`` that names the client, where ``known``, a TypedDict, has no such option."""
    for name in sorted(options.keys() - known.__optional_keys__):
        every = f"the options of every client are {', '.join(sorted(known.__optional_keys__))}"
        raise TypeError(f"{type(client).__name__}() got an unexpected keyword argument {name!r}: {every}")


class BaseTransport:
    """Limits, addresses, gates and plans of one service."""

    def __init__(
        self,
        hosts: Mapping[str, str],
        *,
        service: str,
        paces: Mapping[str, Pace] | None,
        timeout: Timeout | None,
        retry: RetryPolicy | None,
        pace: Pace | None,
        app_info: str | None,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self.service = service
        self.clock = clock
        self._random = random
        self._timeout: Timeout = require_type("timeout", Timeout() if timeout is None else timeout, Timeout)
        self._retry: RetryPolicy = require_type("retry", RetryPolicy() if retry is None else retry, RetryPolicy)
        self._envelope = Envelope(hosts, app_info)
        self._gates = EndpointLimiters(paces or {}, require_type("pace", pace, Pace, optional=True))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.service}>"

    def with_options(self, *, timeout: Timeout | None = None, retry: RetryPolicy | None = None) -> Self:
        """A driver with other limits, which shares this one's connections, gates and credentials."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._timeout = require_type("timeout", self._timeout if timeout is None else timeout, Timeout)
        other._retry = require_type("retry", self._retry if retry is None else retry, RetryPolicy)
        return other

    def _plan(self, operation: Operation[T]) -> CallSteps[T]:
        return call_steps(
            operation,
            self._gates.of(operation),
            timeout=self._timeout,
            retry=self._retry,
            clock=self.clock,
            random=self._random,
        )

    def _limits(self, step: Send, now: float) -> tuple[float, float, float]:
        """Seconds for connecting, for the next bytes, and for all of an attempt that begins now."""
        connect, read, left = self._timeout.connect, self._timeout.read, step.deadline - now
        if left > connect and left > read:
            return connect, read, left
        left = max(0.001, left)
        return min(connect, left), min(read, left), left

    def _log(self, operation: Operation[Any], step: Send, answer: AttemptResult, begun: float) -> None:
        if listening(operation, answer):
            Attempt(self.service, operation, step, answer, self.clock() - begun).log()
