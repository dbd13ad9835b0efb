"""HTTP calls: described as data, planned once, run by two transports. Knows neither LINE nor CleverTap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncClientOptions as AsyncClientOptions
    from linetap.http.attempt_info import AttemptInfo as AttemptInfo
    from linetap.http.policy import RetryPolicy as RetryPolicy
    from linetap.http.policy import Timeout as Timeout
    from linetap.http.rate_limit import Pace as Pace
    from linetap.http.raw import RawResponse as RawResponse
    from linetap.http.sync.transport import ClientOptions as ClientOptions
    from linetap.http.types import Response as Response

# Module -> its public names. The imports above say the same to type checkers; tests/test_layout.py compares them.
_MODULES = {
    "linetap.http.attempt_info": "AttemptInfo",
    "linetap.http.aio.transport": "AsyncClientOptions",
    "linetap.http.policy": "RetryPolicy Timeout",
    "linetap.http.rate_limit": "Pace",
    "linetap.http.raw": "RawResponse",
    "linetap.http.sync.transport": "ClientOptions",
    "linetap.http.types": "Response",
}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
