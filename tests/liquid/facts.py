"""The 1,394 facts of LiqP 0.7.9, and how one result agrees with one fact."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import attrs

_FILE = Path(__file__).parent / "data" / "liqp_facts.jsonl"


@attrs.frozen
class Fact:
    """What the engine makes of one template with one set of values."""

    about: str
    source: str
    values: dict[str, Any]
    text: str = ""
    ends: str = "rendered"
    """``rendered``, ``aborted``, ``failed`` (these values) or ``unreadable`` (every profile)."""
    on_pages: bool = False
    """The construct is on CleverTap's pages."""
    contested: bool = False
    """CleverTap's pages name it, LiqP has no such thing."""

    def agrees(self, status: str, text: str) -> bool:
        return status == self.ends and text == self.text


@cache
def facts() -> tuple[Fact, ...]:
    """All facts. Lines end with ``\\n`` alone: some texts have other line separators."""
    lines = _FILE.read_text(encoding="utf-8").split("\n")
    return tuple(Fact(**json.loads(line)) for line in lines if line)
