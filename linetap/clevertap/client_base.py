"""What the two CleverTap clients have in common: the account, its address, and what a client never does."""

from __future__ import annotations

from typing import Generic, NoReturn, TypeVar

from typing_extensions import Self

from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.transport_base import BaseTransport

D = TypeVar("D", bound=BaseTransport)


class CleverTapClientBase(Generic[D]):
    """A client's account, address and driver."""

    _driver: D
    _account_id: str
    _template_path: str | None
    _host: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of account {self._account_id} at {self._host}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} holds a passcode and connections and is not pickled: "
            "make one in each process, with from_env()"
        )

    @property
    def account_id(self) -> str:
        """The account that this client calls for."""
        return self._account_id

    def with_options(self, *, timeout: Timeout | None = None, retry: RetryPolicy | None = None) -> Self:
        """The same account with other limits, sharing connections and gates."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._driver = self._driver.with_options(timeout=timeout, retry=retry)
        return other
