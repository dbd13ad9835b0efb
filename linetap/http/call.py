"""Retry logic of one API call, as a generator: it yields actions (send, sleep, get token) and receives their results.

The generator decides when to send, whether to retry and which error to raise; a transport carries the actions out.
Nothing here does I/O, reads a clock or makes a random number by itself. So retries are tested without waiting, and the
transports over requests and over aiohttp cannot decide differently.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import attrs

from linetap.errors import LinetapError, TooManyRequests
from linetap.http.call_errors import (
    AttemptResult,
    CallState,
    Verdict,
    final_error,
    no_credentials,
    paused,
    read_result,
    retry_after,
)
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import EndpointLimiter
from linetap.http.types import Operation, Response

T = TypeVar("T")
Item = TypeVar("Item")
Clock = Callable[[], float]
Random = Callable[[], float]


class GetToken(NamedTuple):
    """Action: get the headers that authenticate the call. Result: the headers, or None if there are none."""

    rejected: Mapping[str, str] | None = None
    """The headers for which a 401 came back, if any."""


_GET_TOKEN = GetToken()


class Sleep(NamedTuple):
    """Action: wait. Result: True if the run is being stopped and nothing more must be sent."""

    seconds: float


class Send(NamedTuple):
    """Action: send the request. Result: a ``Response``, or ``AttemptFailed`` if no complete response arrived."""

    token: Mapping[str, str]
    attempt: int
    deadline: float
    """By the transport's clock."""
    waited: float
    """Seconds waited before this attempt, for the log."""


@attrs.frozen
class Outcome(Generic[Item, T]):
    """The result or the error of one item of a bulk run."""

    item: Item
    result: T | None = None
    error: LinetapError | None = None

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.error is None


MAX_PAUSE = 900.0
"""Seconds: however long a service asks to wait, its endpoint is asked again after this time."""

CallSteps: TypeAlias = Generator["GetToken | Sleep | Send", Any, T]


@attrs.frozen
class CallLimits:
    """The limits of a call, and its sources of time and chance."""

    timeout: Timeout
    retry: RetryPolicy
    clock: Clock
    random: Random


def call_steps(operation: Operation[T], limiter: EndpointLimiter, limits: CallLimits) -> CallSteps[T]:
    """The steps of one call: returns what the operation reads, or raises a ``LinetapError``."""
    retry, clock = limits.retry, limits.clock
    end = clock() + retry.total
    state = CallState(operation)
    token = yield from _credentials(state)
    renewed = False
    while True:
        waited = yield from _wait_for_slot(limiter, clock, end, state)
        result = yield _next_send(state, token, limits, end, waited)
        verdict, error_info = state.classified(result)
        if verdict is Verdict.SUCCESS:
            limiter.succeeded()
            value: T = read_result(state, result)
            return value
        if verdict is Verdict.RENEW_TOKEN and not renewed:
            renewed, fresh = True, (yield GetToken(rejected=token))
            if fresh is not None:
                token = fresh
                state.tokens.append(token)
                continue
        state.waited = 0.0
        attempts = state.attempts - renewed
        wait = _backoff(retry, attempts, result, limits.random)
        if verdict is Verdict.RATE_LIMITED:
            # Before the endpoint's rate allows one more request, another 429 is certain.
            wait = max(wait, limiter.refill)
            limiter.rate_limited(clock(), min(wait, MAX_PAUSE))
        exhausted = attempts >= retry.attempts or clock() + wait >= end
        if verdict in (Verdict.FAIL, Verdict.RENEW_TOKEN) or exhausted:
            error = final_error(state, result, error_info)
            if verdict is Verdict.RATE_LIMITED and isinstance(error, TooManyRequests):
                error.retry_after = error.retry_after or wait
            raise error
        # After a 429 the limiter's pause delays this call and all others of the endpoint.
        if verdict is Verdict.RETRY:
            state.waited = wait
            if (yield Sleep(wait)):
                raise final_error(state, result, error_info)


def _credentials(state: CallState) -> CallSteps[Mapping[str, str]]:
    token: Mapping[str, str] | None = (yield _GET_TOKEN) if state.operation.authorized else {}
    if token is None:
        raise no_credentials(state)
    state.tokens.append(token)
    return token


def _next_send(state: CallState, token: Mapping[str, str], limits: CallLimits, end: float, waited: float) -> Send:
    state.attempts += 1
    total = limits.timeout.total
    deadline = end if total is None else min(end, limits.clock() + total)
    return Send(token, state.attempts, deadline, state.waited + waited)


def _backoff(retry: RetryPolicy, attempt: int, result: AttemptResult, random: Random) -> float:
    requested = retry_after(result.headers) if isinstance(result, Response) else None
    return max(requested or 0.0, retry.wait(attempt, random))


def _wait_for_slot(limiter: EndpointLimiter, clock: Clock, end: float, state: CallState) -> CallSteps[float]:
    """Wait for the endpoint's pace and pause, then for the client's pace; returns the seconds waited."""
    waited = 0.0
    while True:
        # Checked before the pace: a call that fails here does not use up a rate-limit slot.
        if limiter.paused_until >= end and limiter.is_paused(clock):
            raise paused(state, limiter.paused_until - clock())
        for reserve in limiter.waits:
            now = clock()
            at = reserve(now)
            if at > now:
                if at >= end:
                    raise final_error(state, state.last, state.error_info)
                waited += at - now
                if (yield Sleep(at - now)):
                    raise final_error(state, state.last, state.error_info)
        if not limiter.is_paused(clock):
            return waited
