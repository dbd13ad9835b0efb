"""The base class of the two LINE clients."""

from __future__ import annotations

from typing import Generic, NoReturn, TypeVar

from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.transport_base import BaseTransport
from linetap.line import lazy_types as types

TransportT = TypeVar("TransportT", bound=BaseTransport)


class LineClientBase(Generic[TransportT]):
    """A client's transport and address."""

    _transport: TransportT
    _address: str

    def with_options(self, *, timeout: Timeout | None = None, retry: RetryPolicy | None = None) -> types.Self:
        """A copy of this client with other limits; connections, rate limits and token are shared."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._transport = self._transport.with_options(timeout=timeout, retry=retry)
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._address})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} contains a secret and connections and cannot be pickled: "
            "make one in each process, with from_env()"
        )
