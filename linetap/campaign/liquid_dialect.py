"""What CleverTap documents of Liquid, as tables, and a look at the tags of a text. No rendering.

CleverTap: only the terms it lists are supported. It publishes no complete list of filters.
https://docs.clevertap.com/docs/liquid-tags https://docs.clevertap.com/docs/liquid-tags-use-cases
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from linetap.errors import Problem

PAGE = "https://docs.clevertap.com/docs/liquid-tags-use-cases"

_TAGS = """
    if elsif else endif unless endunless case when endcase for endfor break continue tablerow endtablerow
    abort assign raw endraw comment endcomment
"""
_OLD_FILTERS = """
    minus times divided_by round modulo at_least at_most first last strip lstrip rstrip strip_html strip_newlines
    upcase downcase capitalize url_encode url_escape url_param_escape
"""
TAGS = frozenset(_TAGS.split())
FILTERS = frozenset({"default", "date", "plus", "split"})
"""Filters on CleverTap's current pages."""
OLD_FILTERS = frozenset(_OLD_FILTERS.split())
"""Filters that only an old, unlisted page of CleverTap's names."""

_TAG = re.compile(r"\{\{-?(?P<shown>.*?)-?\}\}|\{%-?\s*(?P<name>\w*)(?P<rest>.*?)-?%\}", re.DOTALL)
_OPENING = re.compile(r"\{[{%]")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FILTER = re.compile(r"\|\s*(\w+)")


class Aborted(Exception):
    """``{% abort %}`` was reached: CleverTap sends nothing to this person."""


@attrs.frozen
class Tag:
    """One ``{{ ... }}`` or ``{% ... %}`` as it stands in a text."""

    start: int
    end: int
    name: str
    """The tag's name; empty for ``{{ ... }}``."""
    inside: str
    """What stands inside, without the name, trimmed."""

    @property
    def filters(self) -> tuple[str, ...]:
        """The names of the filters used in it."""
        return tuple(_FILTER.findall(_QUOTED.sub("", self.inside)))


def tags(text: str) -> Iterator[Tag]:
    """The tags of a text, in order; inside ``raw`` and ``comment`` there are none."""
    at = 0
    # What is never closed is not looked for from every opening anew: that would take a long text's length squared.
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


def problems(text: str, path: str = "body") -> tuple[Problem, ...]:
    """What of a Liquid text CleverTap does not document. Nothing is rendered."""
    found = [problem for tag in tags(text) for problem in _of_tag(tag, path)]
    return tuple(dict.fromkeys(found))


def _of_tag(tag: Tag, path: str) -> Iterator[Problem]:
    if tag.name and tag.name not in TAGS:
        yield Problem(path, "uses tags that CleverTap documents", f"{{% {tag.name} %}}", PAGE, _known(TAGS))
    for name in tag.filters:
        if name in OLD_FILTERS:
            rule = "uses filters that CleverTap's current pages list"
            yield Problem(path, rule, f"| {name}", PAGE, "an old page names it: try it in a test campaign", "uncertain")
        elif name not in FILTERS:
            yield Problem(path, "uses filters that CleverTap documents", f"| {name}", PAGE, _known(FILTERS))


def _known(names: frozenset[str]) -> str:
    return f"documented are {', '.join(sorted(name for name in names if not name.startswith('end')))}"
