"""Rendering a custom body as CleverTap does: Liquid as LiqP 0.7.9 reads it, ``abort``, and the editor's tokens.

Written for the sandbox alone, by CleverTap's pages and by what LiqP renders.
https://docs.clevertap.com/docs/liquid-tags https://docs.clevertap.com/docs/personalize-message-all
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.errors import LiquidError
from linetap.sandbox.liquid.lexer import tokens_of
from linetap.sandbox.liquid.printing import whole_characters
from linetap.sandbox.liquid.scope import Run, Scope
from linetap.sandbox.liquid.tags import compiled

__all__ = ["Template"]


class Template:
    """One custom body, read once and rendered for each person.

    Raises :class:`LiquidError` for a text that the engine cannot read: it fails whole, for every person.
    """

    def __init__(self, text: str, readings: Readings) -> None:
        self.readings = readings
        try:
            self._node = compiled(tokens_of(text), readings)
        except RecursionError:
            raise LiquidError("the tags are nested too deep") from None

    def render(self, objects: Mapping[str, Any], *, event: str | None = None, now: float = 0.0) -> str:
        """The body for one person; ``objects`` are Profile, Event, ExternalTrigger, Campaign; ``event``: its name.

        ``now`` is one moment for the whole text, in seconds since 1970.
        Raises :class:`Aborted` at ``{% abort %}`` and :class:`LiquidError` where these values cannot be rendered.
        """
        scope = Scope(Run(self.readings, now, event), objects)
        try:
            return whole_characters(self._node(scope))
        except RecursionError:
            raise LiquidError("the values or tags are nested too deep") from None
