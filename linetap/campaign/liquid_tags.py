"""Finds the tags of a text that may be any text: valid Liquid or not, with JSON around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

_TAG = re.compile(r"\{\{-?(?P<shown>.*?)-?\}\}|\{%-?\s*(?P<name>\w*)(?P<rest>.*?)-?%\}", re.DOTALL)
_OPENING = re.compile(r"\{[{%]")


@attrs.frozen
class Tag:
    """One ``{{ ... }}`` or ``{% ... %}`` of a text."""

    start: int
    end: int
    name: str
    """The tag's name; empty for ``{{ ... }}``."""
    inside: str
    """The content after the name, trimmed."""


def tags(text: str) -> Iterator[Tag]:
    """The tags of a text, in order; inside ``raw`` and ``comment`` there are none."""
    at = 0
    # An opening without a closing is not searched for again from every opening: that would take quadratic time.
    last = {"{{": text.rfind("}}"), "{%": text.rfind("%}")}
    while opening := _OPENING.search(text, at):
        if (start := opening.start()) + 2 > last[opening[0]] or not (found := _TAG.match(text, start)):
            at = start + 1
            continue
        name = found["name"] or ""
        yield Tag(found.start(), found.end(), name, (found["rest"] if name else found["shown"] or "").strip())
        at = found.end()
        if name in ("raw", "comment"):
            closing = re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}").search(text, at)
            at = closing.start() if closing else len(text)
