"""The transport over requests, and bulk runs over threads; the only package that imports requests."""

from __future__ import annotations

from linetap.http.call import Outcome
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.sync.transport import ClientOptions, SyncTransport

__all__ = ["ClientOptions", "SyncTransport", "Outcome", "Pace", "RetryPolicy", "Timeout"]
