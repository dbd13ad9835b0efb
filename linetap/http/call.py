"""One call as a plan: a generator that yields what it wants done and is handed what came of it.

The plan decides (when to leave, whether to try again, which error), a driver acts. Nothing here does I/O,
reads a clock or draws a random number by itself, so retrying is tested in no time, and the driver over
requests and the one over aiohttp cannot differ in what they decide.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Mapping
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import attrs

from linetap.errors import LinetapError
from linetap.http.call_errors import CallState, final_error, held_back, no_credentials, read_answer, retry_after
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import EndpointLimiter
from linetap.http.types import ErrorInfo, Idempotency, Operation, Response

T = TypeVar("T")
Item = TypeVar("Item")
Clock = Callable[[], float]
Random = Callable[[], float]


class Token(NamedTuple):
    """Wants the headers that prove who calls; the answer is None where they cannot be had."""

    stale: Mapping[str, str] | None = None
    """The headers that were refused with 401, where there are any."""


_TOKEN = Token()


class Sleep(NamedTuple):
    """Wants to wait; the answer is True where the run is being stopped and nothing more is to be sent."""

    seconds: float


class Send(NamedTuple):
    """Wants the request sent; the answer is a ``Response`` or a ``Lost``."""

    token: Mapping[str, str]
    attempt: int
    deadline: float
    """By the driver's clock."""
    waited: float
    """Seconds waited before this attempt, for the log."""


@attrs.frozen
class Lost:
    """No answer came."""

    reason: str
    """In words, without a secret."""
    arrived: bool = True
    """False only where no connection was made, so that nothing can have arrived."""
    again: bool = True
    """False where trying again cannot help: a certificate that does not hold."""


AttemptResult: TypeAlias = "Response | Lost"


@attrs.frozen
class Outcome(Generic[Item, T]):
    """What came of one item of a bulk run: ``result`` or ``error``."""

    item: Item
    result: T | None = None
    error: LinetapError | None = None

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.error is None


class Verdict(enum.Enum):
    """What one answer means for the call."""

    DONE = "the service said yes"
    RENEW = "the credentials were not accepted"
    SLOWER = "too much at once; nothing was done"
    AGAIN = "nothing came of it, and repeating is safe"
    FAIL = "nothing more can be tried"


# 501 and 505 speak of the request itself: the same request gets the same answer.
_FOR_GOOD = frozenset({501, 505})


def judge(operation: Operation[Any], answer: AttemptResult) -> tuple[Verdict, ErrorInfo | None]:
    """What an answer means: a table over what came and how safe repeating is."""
    harmless = operation.repeat is Idempotency.HARMLESS
    if isinstance(answer, Lost):
        return Verdict.AGAIN if answer.again and (harmless or not answer.arrived) else Verdict.FAIL, None
    if answer.status >= 500:
        return Verdict.AGAIN if harmless and answer.status not in _FOR_GOOD else Verdict.FAIL, None
    if answer.status < 200 or 300 <= answer.status < 400:
        return Verdict.FAIL, None  # a redirect is never followed: it would carry the credentials elsewhere
    refusal = operation.refusal(answer)
    if refusal is None:
        return Verdict.DONE, None
    if answer.status == 401 and operation.authorized:
        return Verdict.RENEW, refusal
    return Verdict.SLOWER if refusal.again else Verdict.FAIL, refusal


CallSteps: TypeAlias = Generator["Token | Sleep | Send", Any, T]


def call_steps(
    operation: Operation[T],
    gate: EndpointLimiter,
    *,
    timeout: Timeout,
    retry: RetryPolicy,
    clock: Clock,
    random: Random,
) -> CallSteps[T]:
    """The plan of one call: returns what the operation reads, or raises a ``LinetapError``."""
    end = clock() + retry.total
    story = CallState(operation)
    given: Mapping[str, str] | None = (yield _TOKEN) if operation.authorized else {}
    if given is None:
        raise no_credentials(story)
    token: Mapping[str, str] = given
    story.tokens.append(token)
    renewed = False
    while True:
        waited = yield from _depart(gate, clock, end, story)
        story.attempts += 1
        now = clock()
        limit = end if timeout.total is None else min(end, now + timeout.total)
        answer = yield Send(token, story.attempts, limit, story.waited + waited)
        verdict, refusal = story.judged(judge, answer)
        if verdict is Verdict.DONE:
            gate.accepted()
            result: T = read_answer(story, answer)
            return result
        if verdict is Verdict.RENEW and not renewed:
            renewed, fresh = True, (yield Token(stale=token))
            if fresh is not None:
                token = fresh
                story.tokens.append(token)
                continue
        story.waited = 0.0
        wait = _wait(retry, story.attempts - renewed, answer, random)
        if verdict is Verdict.SLOWER:
            gate.refused(clock(), wait)
        spent = story.attempts - renewed >= retry.attempts or clock() + wait >= end
        if verdict in (Verdict.FAIL, Verdict.RENEW) or spent:
            raise final_error(story, answer, refusal)
        # After a 429 the gate's brake holds this call as it holds all others.
        if verdict is Verdict.AGAIN:
            story.waited = wait
            if (yield Sleep(wait)):
                raise final_error(story, answer, refusal)


def _wait(retry: RetryPolicy, attempt: int, answer: AttemptResult, random: Random) -> float:
    asked = retry_after(answer.headers) if isinstance(answer, Response) else None
    return max(asked or 0.0, retry.wait(attempt, random))


def _depart(gate: EndpointLimiter, clock: Clock, end: float, story: CallState) -> CallSteps[float]:
    """Waits for the endpoint's pace and brake, then for the client's pace; gives the seconds waited."""
    waited = 0.0
    while True:
        # Asked before the pace: a call that fails here takes nobody's turn.
        if gate.brake >= end and gate.held(clock):
            raise held_back(story, gate.brake - clock())
        for reserve in gate.turns:
            now = clock()
            at = reserve(now)
            if at > now:
                if at >= end:
                    raise final_error(story, story.last, story.refusal)
                waited += at - now
                if (yield Sleep(at - now)):
                    raise final_error(story, story.last, story.refusal)
        if not gate.held(clock):
            return waited
