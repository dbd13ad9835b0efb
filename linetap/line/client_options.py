"""The addresses, limits and options that the two LINE clients share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.http.rate_limit import EVERY_OTHER, Pace
from linetap.line import lazy_types as types
from linetap.line.api.rates import OTHERS, RATES
from linetap.line.tokens import StaticToken, TokenProvider

IN_FLIGHT = 32

HOSTS = {"api": "https://api.line.me", "api-data": "https://api-data.line.me"}


def _pace(requests: int, seconds: int) -> Pace:
    # The size of LINE's bucket is not published: a period's requests may be sent at once, and a 429 says otherwise.
    return Pace(requests / seconds, burst=None if seconds == 1 else requests)


PACES = {**{endpoint: _pace(*rate) for endpoint, rate in RATES.items()}, EVERY_OTHER: _pace(*OTHERS)}


def token_provider(channel_access_token: str | TokenProvider) -> TokenProvider:
    """The ``channel_access_token`` argument as a ``TokenProvider``."""
    if isinstance(channel_access_token, TokenProvider):
        return channel_access_token
    return StaticToken(channel_access_token)


def hosts(base_url: str | None) -> Mapping[str, str]:
    """LINE's two hosts, or one address in place of both (a sandbox, a gateway)."""
    return HOSTS if base_url is None else dict.fromkeys(HOSTS, base_url)


def bulk_options(deliveries: object, *, allow_async: bool = False, **options: Any) -> types.BulkOptions:
    """The checked options of a bulk send; its modules are imported with the first one.

    ``allow_async``: the client can read an async iterable.
    """
    from linetap.line.bulk.options import BulkOptions

    return BulkOptions(**options).checked(deliveries, allow_async)
