"""What the transports over requests and over aiohttp have in common; no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from linetap.errors import invalid
from linetap.http.attempt_log import Attempt, is_logged
from linetap.http.call import CallLimits, CallSteps, Send, call_steps
from linetap.http.call_errors import AttemptResult, secrets_of
from linetap.http.headers import RequestHeaders
from linetap.http.options import require_type
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import EndpointLimiters, Pace
from linetap.http.secret import redact
from linetap.http.types import Operation, Response

if TYPE_CHECKING:
    from typing_extensions import Self

    from linetap.http.attempt_info import AttemptInfo

T = TypeVar("T")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class BaseTransport:
    """Time limits, addresses, rate limits and call steps of one service."""

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
        checked_timeout: Timeout = require_type("timeout", Timeout() if timeout is None else timeout, Timeout)
        checked_retry: RetryPolicy = require_type("retry", RetryPolicy() if retry is None else retry, RetryPolicy)
        self._limits = CallLimits(checked_timeout, checked_retry, clock, random)
        self._headers = RequestHeaders(hosts, app_info)
        self._limiters = EndpointLimiters(paces or {}, require_type("pace", pace, Pace, optional=True))
        self._observers: tuple[Callable[[Attempt], object], ...] = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.service}>"

    @property
    def retry(self) -> RetryPolicy:
        """How often and how long a call of this transport is retried."""
        return self._limits.retry

    def with_options(
        self,
        *,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        pace: Pace | None = None,
        headers: Mapping[str, str] | None = None,
        on_attempt: Callable[[AttemptInfo], object] | None = None,
    ) -> Self:
        """A transport with other options that shares connections, rate limits and credentials with this one."""
        limits = self._limits
        checked_timeout: Timeout = require_type("timeout", limits.timeout if timeout is None else timeout, Timeout)
        checked_retry: RetryPolicy = require_type("retry", limits.retry if retry is None else retry, RetryPolicy)
        other = self._copy()
        other._limits = attrs.evolve(limits, timeout=checked_timeout, retry=checked_retry)
        if pace is not None:
            other._limiters = self._limiters.with_pace(require_type("pace", pace, Pace))
        if headers is not None:
            other._headers = self._headers.with_headers(headers)
        if on_attempt is not None:
            if not callable(on_attempt):
                raise invalid("on_attempt", "must be a callable(attempt)", on_attempt)
            other._observers = (*self._observers, lambda attempt: on_attempt(attempt.info()))
        return other

    def observed(self, observer: Callable[[Attempt], object]) -> Self:
        """A transport that shares everything with this one, and calls ``observer`` after each attempt."""
        other = self._copy()
        other._observers = (*self._observers, observer)
        return other

    def _copy(self) -> Self:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def _steps(self, operation: Operation[T]) -> CallSteps[T]:
        return call_steps(operation, self._limiters.of(operation), self._limits)

    def _seconds(self, step: Send, now: float) -> tuple[float, float, float]:
        """Seconds to connect, to wait for the next bytes, and for all of an attempt that starts now."""
        timeout = self._limits.timeout
        connect, read, left = timeout.connect, timeout.read, step.deadline - now
        if left > connect and left > read:
            return connect, read, left
        left = max(0.001, left)
        return min(connect, left), min(read, left), left

    def _received(self, operation: Operation[Any], step: Send, result: AttemptResult, started: float) -> AttemptResult:
        """Log an attempt and return its result."""
        if isinstance(result, Response) and (request_id := result.request_id) and not _ID.fullmatch(request_id):
            # A gateway may send back what it received, credentials included.
            masked = redact(request_id, secrets_of(operation, step.token))
            result = attrs.evolve(result, headers={**result.headers, "x-line-request-id": masked})
        self._log(operation, step, result, started)
        return result

    def _log(self, operation: Operation[Any], step: Send, result: AttemptResult, started: float) -> None:
        if not self._observers:
            if is_logged(operation, result):
                Attempt(self.service, operation, step, result, self.clock() - started).log()
            return
        attempt = Attempt(self.service, operation, step, result, self.clock() - started)
        if is_logged(operation, result):
            attempt.log()
        for observer in self._observers:
            observer(attempt)
