"""The base class of the two CleverTap clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NoReturn, TypeVar

from typing_extensions import Self

from linetap.http.attempt_info import AttemptInfo
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.transport_base import BaseTransport

TransportT = TypeVar("TransportT", bound=BaseTransport)


class CleverTapClientBase(Generic[TransportT]):
    """A client's account, address and transport."""

    _transport: TransportT
    _account_id: str = ""
    _template_path: str | None
    _host: str = ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of account {self._account_id} at {self._host}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} contains a passcode and connections and cannot be pickled: "
            "make one in each process, with from_env()"
        )

    @property
    def account_id(self) -> str:
        """The account of this client."""
        return self._account_id

    def with_options(
        self,
        *,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        pace: Pace | None = None,
        headers: Mapping[str, str] | None = None,
        on_attempt: Callable[[AttemptInfo], object] | None = None,
    ) -> Self:
        """A copy of this client with other options, for one call or more; connections and rate limits are shared.

        Args:
            timeout, retry: instead of those of this client.
            pace: a further rate limit for the calls of the copy.
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
