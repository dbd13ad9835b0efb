"""The base class of the two LINE clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NoReturn, TypeVar

from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.transport_base import BaseTransport
from linetap.line import lazy_types as types
from linetap.line.staging import OnlyTo

TransportT = TypeVar("TransportT", bound=BaseTransport)


class LineClientBase(Generic[TransportT]):
    """A client's transport and address."""

    _transport: TransportT
    _address: str = ""
    _only_to: OnlyTo | None = None

    def with_options(
        self,
        *,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        pace: Pace | None = None,
        headers: Mapping[str, str] | None = None,
        on_attempt: Callable[[types.AttemptInfo], object] | None = None,
    ) -> types.Self:
        """A copy of this client with other options; connections, rate limits and token are shared.

        Args:
            timeout, retry: instead of those of this client.
            pace: a further rate limit for the calls of the copy; the endpoints' own limits stay in force.
            headers: sent with every request of the copy; the service's own headers cannot be set.
            on_attempt: called with an ``AttemptInfo`` after each attempt (a plain function); in bulk calls of the
                sync client, from several threads.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._transport = self._transport.with_options(
            timeout=timeout, retry=retry, pace=pace, headers=headers, on_attempt=on_attempt
        )
        return other

    def __repr__(self) -> str:
        staging = "" if self._only_to is None else f", only to {len(self._only_to)} recipients"
        return f"{type(self).__name__}({self._address}{staging})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} contains a secret and connections and cannot be pickled: "
            "make one in each process, with from_env()"
        )
