"""Rendering one template in a test: the text, or what became of the person."""

from __future__ import annotations

from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid import Aborted, LiquidError, Template

NOW = 1767225600.0
"""1 January 2026, midnight in UTC, half past five in the morning in India."""
WHOLE, PERSON, ABORTED = "the template fails", "the person fails", "aborted"


def render(text: str, readings: Readings | None = None, event: str | None = None, **objects: Any) -> str:
    """The text for one person; ``V`` is short for ``Profile={"V": ...}``."""
    if "V" in objects:
        objects = {**objects, "Profile": {"V": objects.pop("V")}}
    known: dict[str, Any] = {"Profile": {}, "Event": {}, "ExternalTrigger": {}, "Campaign": {"campaignId": "101"}}
    return Template(text, readings or Readings()).render({**known, **objects}, event=event, now=NOW)


def outcome(text: str, readings: Readings | None = None, **objects: Any) -> str:
    """The text, or one of the three words for what happened instead."""
    try:
        Template(text, readings or Readings())
    except LiquidError:
        return WHOLE
    try:
        return render(text, readings, **objects)
    except LiquidError:
        return PERSON
    except Aborted:
        return ABORTED
