"""The responses of one call beside its value, for ``client.with_raw_response``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, ParamSpec, TypeVar

import attrs

from linetap.errors import invalid
from linetap.http.attempt_log import Attempt
from linetap.http.types import Headers, Response

P = ParamSpec("P")
T = TypeVar("T")


@attrs.frozen
class RawResponse(Generic[T]):
    """The value of a call, and the HTTP responses that it came from."""

    value: T
    responses: tuple[Response, ...]
    """The response of every attempt, in their order; a lost response is not among them."""

    @property
    def status(self) -> int | None:
        """The HTTP status of the last response; None where nothing was sent."""
        return self.responses[-1].status if self.responses else None

    @property
    def headers(self) -> Headers:
        """The headers of the last response; their repr shows names only."""
        return self.responses[-1].headers if self.responses else Headers()

    @property
    def request_id(self) -> str | None:
        """LINE's ``X-Line-Request-Id`` of the last response; None for CleverTap, which has none."""
        return self.responses[-1].request_id if self.responses else None


def recorded(method: Callable[P, T]) -> tuple[Callable[P, T], list[Response]]:
    """The method on a copy of its client that records responses, and the list that they are added to."""
    owner: Any = getattr(method, "__self__", None)
    transport = getattr(owner, "_transport", None)
    if transport is None:
        rule = "must be a method of a client or of one of its groups"
        raise invalid("method", rule, method, "pass it without calling it: with_raw_response(line.push, user_id, text)")
    responses: list[Response] = []

    def observe(attempt: Attempt) -> None:
        if isinstance(attempt.result, Response):
            responses.append(attempt.result)

    other: Any = object.__new__(type(owner))  # not copy.copy: clients cannot be pickled or copied
    other.__dict__.update(owner.__dict__)
    other._transport = transport.observed(observe)
    call: Callable[P, T] = getattr(other, getattr(method, "__name__", ""))
    return call, responses


class _Call:
    """A method with its arguments, which may be secrets: its repr and the frame of its call do not show them."""

    __slots__ = ("_args", "_kwargs", "_method")

    def __init__(self, method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._method, self._args, self._kwargs = method, args, kwargs

    def __call__(self) -> Any:
        return self._method(*self._args, **self._kwargs)


class AsyncRawCalls:
    """Calls methods whose responses are wanted beside their value."""

    async def __call__(self, method: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        """Calls a method of the client or of its groups: ``await line.with_raw_response(line.push, user_id, "Hi")``."""
        started = _Call(self._raw(method), args, kwargs)
        del args, kwargs
        result: RawResponse[T] = await started()
        return result

    def _raw(self, method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
        async def call(*args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
            other, responses = recorded(method)
            started = _Call(other, args, kwargs)
            del args, kwargs
            return RawResponse(await started(), tuple(responses))

        call.__doc__ = method.__doc__
        return call


class RawCalls:
    """The same for the sync clients."""

    def __call__(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        """Calls a method of the client or of its groups: ``line.with_raw_response(line.push, user_id, "Hi")``."""
        started = _Call(self._raw(method), args, kwargs)
        del args, kwargs
        result: RawResponse[T] = started()
        return result

    def _raw(self, method: Callable[P, T]) -> Callable[P, RawResponse[T]]:
        def call(*args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
            other, responses = recorded(method)
            started = _Call(other, args, kwargs)
            del args, kwargs
            return RawResponse(started(), tuple(responses))

        call.__doc__ = method.__doc__
        return call
