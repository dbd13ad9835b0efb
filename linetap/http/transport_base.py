"""What the transports over requests and over aiohttp have in common; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from linetap.http.attempt_log import Attempt, is_logged
from linetap.http.call import CallLimits, CallSteps, Send, call_steps
from linetap.http.call_errors import AttemptResult
from linetap.http.headers import RequestHeaders
from linetap.http.options import require_type
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import EndpointLimiters, Pace
from linetap.http.types import Operation

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")


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
        timeout = require_type("timeout", Timeout() if timeout is None else timeout, Timeout)
        retry = require_type("retry", RetryPolicy() if retry is None else retry, RetryPolicy)
        self._limits = CallLimits(timeout, retry, clock, random)
        self._headers = RequestHeaders(hosts, app_info)
        self._limiters = EndpointLimiters(paces or {}, require_type("pace", pace, Pace, optional=True))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.service}>"

    @property
    def retry(self) -> RetryPolicy:
        """How often and how long a call of this transport is retried."""
        return self._limits.retry

    def with_options(self, *, timeout: Timeout | None = None, retry: RetryPolicy | None = None) -> Self:
        """A transport with other time limits that shares connections, rate limits and credentials with this one."""
        limits = self._limits
        timeout = require_type("timeout", limits.timeout if timeout is None else timeout, Timeout)
        retry = require_type("retry", limits.retry if retry is None else retry, RetryPolicy)
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._limits = attrs.evolve(limits, timeout=timeout, retry=retry)
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

    def _log(self, operation: Operation[Any], step: Send, result: AttemptResult, started: float) -> None:
        if is_logged(operation, result):
            Attempt(self.service, operation, step, result, self.clock() - started).log()
