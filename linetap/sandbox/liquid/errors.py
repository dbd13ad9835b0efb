"""What stops a rendering: for the whole template, or for one person."""

from __future__ import annotations


class LiquidError(ValueError):
    """The template cannot be read, or cannot be rendered with these values."""


class Unknown(LiquidError):
    """A tag, a filter or a number that reads well and that the engine does not have."""


class Unclosed(LiquidError):
    """A comment has no end, or none beyond those that were passed over."""


class Failed(LiquidError):
    """The engine fails with this value, as it does where Java raises an exception."""


class Aborted(Exception):
    """``{% abort %}`` was met: this person is sent nothing."""
