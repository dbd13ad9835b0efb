"""What the filters share: how arguments are counted and bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linetap.liquid.errors import CannotPredict, RenderFailed

Arguments = list[Any]
FilterFunction = Callable[[Any, Arguments], Any]

MAX_TEXT = 1_000_000
"""Characters of one text while a template is rendered; linetap's own limit."""


def argument(arguments: Arguments, index: int) -> Any:
    """The argument at ``index``; without it the engine fails."""
    if index >= len(arguments):
        raise RenderFailed(f"the filter must have {index + 1} argument{'s' if index else ''}")
    return arguments[index]


def exactly(arguments: Arguments, least: int, most: int) -> None:
    """Some filters fail for too many arguments as well."""
    if not least <= len(arguments) <= most:
        count = str(least) if least == most else f"{least} or {most}"
        raise RenderFailed(f"the filter must have {count} argument{'s' if most > 1 else ''} (got {len(arguments)})")


def bounded(length: int) -> None:
    """Call before a text or list of ``length`` is made."""
    if length > MAX_TEXT:
        raise CannotPredict(f"a text must not grow over {MAX_TEXT:,} characters while it is rendered (linetap's limit)")
