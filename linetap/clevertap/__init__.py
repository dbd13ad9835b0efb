"""CleverTap: what is uploaded, and the operators that change a property in place. Names load when touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linetap.clevertap.records import (
        Add as Add,
    )
    from linetap.clevertap.records import (
        Decrement as Decrement,
    )
    from linetap.clevertap.records import (
        Delete as Delete,
    )
    from linetap.clevertap.records import (
        Increment as Increment,
    )
    from linetap.clevertap.records import (
        Remove as Remove,
    )

_HOME = dict.fromkeys(("Add", "Decrement", "Delete", "Increment", "Remove"), "linetap.clevertap.records")

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'linetap.clevertap' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
