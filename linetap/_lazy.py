"""Names of a package that are imported on first use (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, modules: Mapping[str, str], subpackages: tuple[str, ...] = ()
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """``__all__``, ``__getattr__`` and ``__dir__`` of ``package``.

    Args:
        modules: module -> the names that it gives, separated by blanks.
        subpackages: imported as attributes; their public names are found, but not listed.
    """
    home = {name: module for module, names in modules.items() for name in names.split()}
    listed = sorted(home)

    def get(name: str) -> Any:
        if name in subpackages:
            return import_module(f"{package}.{name}")
        module = home.get(name) or _found_below(package, name, subpackages)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(module), name)
        setattr(sys.modules[package], name, value)  # the next look-up does not call this function
        return value

    return listed, get, lambda: listed


def _found_below(package: str, name: str, subpackages: tuple[str, ...]) -> str | None:
    if name.startswith("_"):
        return None
    for subpackage in subpackages:
        module = f"{package}.{subpackage}"
        if name in import_module(module).__all__:
            return module
    return None
