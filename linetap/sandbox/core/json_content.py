"""JSON that anyone may send: read without surprises."""

from __future__ import annotations

import json
import math
from typing import Any

_MOST_LEVELS = 100
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


class NotJson(ValueError):
    """Content that is not JSON; ``place`` is the line and the column, if known."""

    def __init__(self, place: tuple[int, int] | None = None) -> None:
        super().__init__("not JSON")
        self.place = place


def read_json(content: bytes) -> Any:
    """The content as JSON: UTF-8, without NaN and Infinity, nested at most 100 levels deep."""
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as wrong:
        raise NotJson((wrong.lineno, wrong.colno)) from None
    except (ValueError, RecursionError):
        raise NotJson from None
    if _maybe_deep(content) and _too_deep(value):
        raise NotJson
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number out of range")
    return number


def _maybe_deep(content: bytes) -> bool:
    """Whether pairs of brackets are nested deeper than the limit; brackets in texts count too, so it can be wrong."""
    brackets = content.translate(None, _NO_BRACKETS)
    for _ in range(_MOST_LEVELS):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MOST_LEVELS + 1):
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)
