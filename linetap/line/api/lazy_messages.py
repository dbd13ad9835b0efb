"""The type of ``messages`` arguments, imported on first use: see :mod:`linetap.line.lazy_types`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.line.messages.kinds import Messages as Messages

_MODULES = {"linetap.line.messages.kinds": "Messages"}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
