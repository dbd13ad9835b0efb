"""What reading and rendering can end with.

:class:`LiquidSyntaxError` is public. The other three end one rendering; ``LiquidTemplate.render`` turns them into a
:class:`~linetap.liquid.template.Rendered`.
"""

from __future__ import annotations


class LiquidSyntaxError(ValueError):
    """The template cannot be read: CleverTap's engine would fail for every profile.

    ``reason`` says what must be, ``remedy`` how to correct it. ``offset`` counts characters from 0;
    ``line`` and ``column`` count from 1.
    """

    def __init__(self, reason: str, *, offset: int = 0, line: int = 1, column: int = 1, remedy: str = "") -> None:
        super().__init__(reason, offset, line, column, remedy)
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.reason, self.offset, self.line, self.column, self.remedy)

    def __str__(self) -> str:
        text = f"line {self.line}, column {self.column}: {self.reason}."
        return f"{text} {self.remedy}." if self.remedy else text


def _rebuild(reason: str, offset: int, line: int, column: int, remedy: str) -> LiquidSyntaxError:
    return LiquidSyntaxError(reason, offset=offset, line=line, column=column, remedy=remedy)


class RenderFailed(Exception):
    """CleverTap's engine fails with these values: this profile receives nothing."""


class CannotPredict(Exception):
    """The text depends on something that linetap does not know, or is over linetap's limits."""


class Aborted(Exception):
    """The template reached ``{% abort %}``: this profile receives nothing."""
