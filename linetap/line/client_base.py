"""What the two LINE clients have in common: addresses, paces, tokens, and what a client never does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar

from linetap.errors import BadArgument, Problem
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.transport_base import BaseTransport
from linetap.line.api.rates import PER_SECOND
from linetap.line.tokens import StatelessToken, StaticToken, TokenProvider

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

    from linetap.line.bulk.options import Wanted
    from linetap.line.bulk.report import DeliveryOutcome

D = TypeVar("D", bound=BaseTransport)
JournalPath: TypeAlias = "str | Path"
OnOutcome: TypeAlias = "Callable[[DeliveryOutcome], object]"
IN_FLIGHT = 32

HOSTS = {"api": "https://api.line.me", "api-data": "https://api-data.line.me"}
PACES = {endpoint: Pace(rate, burst=60 if rate < 1 else None) for endpoint, rate in PER_SECOND.items()}


def authority(channel_access_token: str | TokenProvider) -> TokenProvider:
    """What was given as a token, as a value that proves who calls."""
    if isinstance(channel_access_token, TokenProvider):
        return channel_access_token
    return StaticToken(channel_access_token)


def hosts(base_url: str | None) -> Mapping[str, str]:
    """LINE's two hosts, or one address that stands for both (a sandbox, a gateway)."""
    return HOSTS if base_url is None else dict.fromkeys(HOSTS, base_url)


def from_environment(prefix: str, environ: Mapping[str, str]) -> tuple[TokenProvider, str | None]:
    """The token and the base URL that the environment names."""
    names = [f"{prefix}LINE_{name}" for name in ("CHANNEL_ACCESS_TOKEN", "CHANNEL_ID", "CHANNEL_SECRET", "BASE_URL")]
    token, channel_id, secret, base_url = (environ.get(name, "").strip() for name in names)
    if token:
        return StaticToken(token), base_url or None
    if channel_id and secret:
        return StatelessToken(channel_id, secret), base_url or None
    rule = f"{names[0]} is set, or {names[1]} and {names[2]}"
    found = f"{names[1]} alone" if channel_id else f"{names[2]} alone" if secret else "none of them"
    remedy = "set them in the environment of this process, or make the client with a channel_access_token"
    raise BadArgument(problems=[Problem("environment", rule, found, suggestion=remedy)])


def wanted(deliveries: object, *, awaits: bool = False, **asked: Any) -> Wanted:
    """How a bulk send was asked for, checked; its machinery is loaded with the first one.

    ``awaits``: the client can draw from an async iterable.
    """
    from linetap.line.bulk.options import Wanted

    return Wanted(**asked).checked(deliveries, awaits)


class LineClientBase(Generic[D]):
    """A client's driver and address."""

    _driver: D
    _address: str

    def with_options(self, *, timeout: Timeout | None = None, retry: RetryPolicy | None = None) -> Self:
        """This client with other limits for a call or more; connections, paces and token are shared."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._driver = self._driver.with_options(timeout=timeout, retry=retry)
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._address})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} holds a secret and connections and is not pickled: "
            "make one in each process, with from_env()"
        )
