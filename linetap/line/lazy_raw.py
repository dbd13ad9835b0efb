"""The types of ``with_raw_response``, imported on first use: see :mod:`linetap.line.lazy_types`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.line.raw_async_client import AsyncRawLineClient as AsyncRawLineClient
    from linetap.line.raw_client import RawLineClient as RawLineClient

_MODULES = {"linetap.line.raw_async_client": "AsyncRawLineClient", "linetap.line.raw_client": "RawLineClient"}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
