"""A problem: a requirement that is not met, with its text. And the printed form of values in it."""

from __future__ import annotations

from typing import Literal

import attrs

Severity = Literal["error", "uncertain", "advice"]

_LONGEST_PATH = 300  # characters: a key of a message may be of any length


@attrs.frozen
class Problem:
    """One thing that is wrong, uncertain or could be better.

    ``str(problem)`` is one to three lines: the path, the requirement and what was found; the remedy; the page.
    ``error``: the service would reject it; nothing is sent. ``uncertain``: it depends on a profile's value, or the
    vendor does not document it. ``advice``: a remark. Only ``error`` stops a send.
    """

    path: str
    """The position, such as ``messages[1].template.columns[3].actions[0].label``."""
    rule: str
    """The requirement that was not met, as read after the path: ``must be a string``."""
    found: str
    """What was found instead, shortened; never a secret. Empty where there is nothing to show."""
    page: str = ""
    """The vendor's page that states the requirement."""
    suggestion: str = ""
    """The remedy: how to correct it."""
    severity: Severity = "error"

    def __str__(self) -> str:
        return "\n".join(filter(None, [self.summary, _sentence(self.suggestion), self.page]))

    @property
    def summary(self) -> str:
        """The first line: path, requirement and what was found, without the remedy and the page."""
        joint = " " if self.rule.startswith(_REQUIREMENTS) else ": "
        text = f"{short(self.path, _LONGEST_PATH)}{joint}{self.rule}" if self.path else self.rule
        return f"{text} (got {self.found})." if self.found else _ended(text)


# A service's own words ("May not be empty") are separated from the path by a colon.
_REQUIREMENTS = ("must ", "may ", "should ", "can ", "cannot ")


def _sentence(text: str) -> str:
    """A remedy as a line of its own: a capital letter, unless it starts with code, and a full stop."""
    first = text.split(" ", 1)[0].rstrip(",:;")
    return _ended(text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text)


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".?!" else f"{text}."


def short_repr(value: object, limit: int = 80) -> str:
    """The repr of ``value``, or the text of a :func:`literal_text`, cut to ``limit`` characters."""
    return short(value if isinstance(value, _LiteralText) else _repr(value), limit)


def short(text: str, limit: int) -> str:
    """``text`` cut to ``limit`` characters, with its full length where it was cut."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def _repr(value: object) -> str:
    try:
        return str.__str__(repr(value))
    except Exception:  # noqa: BLE001 - an int of 5,000 digits, a list that contains itself, a class of the caller's
        return f"a value of type {type(value).__name__}, which has no printable form"


class _LiteralText(str):
    """Text that :func:`short_repr` shows without quotes."""


def literal_text(text: str) -> str:
    """Mark text that describes what was found, so that :func:`short_repr` shows it without quotes."""
    return _LiteralText(text)
