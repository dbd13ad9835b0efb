"""A transport without a network: runs call steps against a list of responses; only waiting moves its clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import BY_STATUS, BadRequest, QuotaExceeded
from linetap.http.call import CallLimits, GetToken, Send, Sleep, call_steps
from linetap.http.call_errors import AttemptFailed
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import EndpointLimiter
from linetap.http.types import ErrorInfo, Headers, Idempotency, Operation, Request, Response

LOST = AttemptFailed("the connection was lost")
NOT_CONNECTED = AttemptFailed("no connection", may_have_arrived=False)


def reply(status: int, content: bytes = b"{}", **headers: str) -> Response:
    """A response; ``retry_after="3"`` becomes ``Retry-After: 3``."""
    return Response(status, Headers({name.replace("_", "-"): value for name, value in headers.items()}), content)


def rejection(response: Response) -> ErrorInfo | None:
    """A service's reading: 2xx is a yes, 429 with ``monthly`` in it is a quota, any other 429 asks for patience."""
    if response.status < 300:
        return None
    if response.status == 429 and b"monthly" in response.content:
        return ErrorInfo(QuotaExceeded, "monthly limit")
    return ErrorInfo(BY_STATUS.get(response.status, BadRequest), "no", retryable=response.status == 429, code=7)


def operation(
    repeat: Idempotency = Idempotency.SAFE, method: str = "POST", path: str = "/push", read: Any = None, **more: Any
) -> Operation[Any]:
    """An operation that reads its response as JSON."""
    request = Request(method, path, content=b"{}" if method == "POST" else None)
    return Operation("test.push", request, read or Response.json, rejection, repeat, **more)


class FakeTransport:
    """Carries out each step of a call and records it."""

    def __init__(
        self,
        responses: Iterable[Any],
        tokens: Iterable[Mapping[str, str] | None] = (),
        *,
        retry: RetryPolicy | None = None,
        timeout: Timeout | None = None,
        gate: EndpointLimiter | None = None,
        takes: float = 0.0,
        random: float = 1.0,
        stop_at: float = float("inf"),
    ) -> None:
        self.now = 100.0
        self.sends: list[Send] = []
        self.sleeps: list[float] = []
        self.asked: list[Mapping[str, str] | None] = []
        self.gate = gate or EndpointLimiter()
        self._responses, self._tokens = iter(responses), iter([*tokens, *[{"Authorization": "t"}] * 9])
        self._retry, self._timeout = retry or RetryPolicy(), timeout or Timeout()
        self._takes, self._random, self._stop_at = takes, random, stop_at

    def run(self, op: Operation[Any]) -> Any:
        """The call's result; what it raises is raised."""
        limits = CallLimits(self._timeout, self._retry, lambda: self.now, lambda: self._random)
        steps = call_steps(op, self.gate, limits)
        try:
            step = next(steps)
            while True:
                step = steps.send(self._act(step))
        except StopIteration as done:
            return done.value

    def _act(self, step: GetToken | Sleep | Send) -> Any:
        if isinstance(step, Send):
            self.sends.append(step)
            self.now += self._takes
            return next(self._responses)
        if isinstance(step, Sleep):
            self.sleeps.append(step.seconds)
            self.now += step.seconds
            return self.now >= self._stop_at
        self.asked.append(step.rejected)
        return next(self._tokens)
