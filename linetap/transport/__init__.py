"""The driver over requests, and bulk runs over threads; the only room that imports requests."""

from __future__ import annotations

from linetap.flows import Outcome, RetryPolicy, Timeout
from linetap.gate import Pace
from linetap.transport.driver import ClientOptions, Driver

__all__ = ["ClientOptions", "Driver", "Outcome", "Pace", "RetryPolicy", "Timeout"]
