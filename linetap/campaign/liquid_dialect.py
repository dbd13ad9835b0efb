"""What CleverTap documents of Liquid, as tables, and the tags of a text. Nothing is rendered.

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
"""Filters that only an old page of CleverTap's, which its site no longer links, documents."""

_TAG = re.compile(r"\{\{-?(?P<shown>.*?)-?\}\}|\{%-?\s*(?P<name>\w*)(?P<rest>.*?)-?%\}", re.DOTALL)
_OPENING = re.compile(r"\{[{%]")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FILTER = re.compile(r"\|\s*(\w+)")


class Aborted(Exception):
    """``{% abort %}`` was reached: CleverTap sends nothing to this user."""


@attrs.frozen
class Tag:
    """One ``{{ ... }}`` or ``{% ... %}`` of a text."""

    start: int
    end: int
    name: str
    """The tag's name; empty for ``{{ ... }}``."""
    inside: str
    """The content after the name, trimmed."""

    @property
    def filters(self) -> tuple[str, ...]:
        """The names of the filters used in it."""
        return tuple(_FILTER.findall(_QUOTED.sub("", self.inside)))


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


def problems(text: str, path: str = "body") -> tuple[Problem, ...]:
    """Tags and filters that CleverTap does not document. Nothing is rendered."""
    found = [problem for tag in tags(text) for problem in _of_tag(tag, path)]
    return tuple(dict.fromkeys(found))


def _of_tag(tag: Tag, path: str) -> Iterator[Problem]:
    if tag.name and tag.name not in TAGS:
        yield Problem(path, "must use tags that CleverTap documents", f"{{% {tag.name} %}}", PAGE, _known(TAGS))
    for name in tag.filters:
        if name in OLD_FILTERS:
            rule = "should use filters that CleverTap's current pages list"
            yield Problem(
                path, rule, f"| {name}", PAGE, "an old page documents it: try it in a test campaign", "uncertain"
            )
        elif name not in FILTERS:
            yield Problem(path, "must use filters that CleverTap documents", f"| {name}", PAGE, _known(FILTERS))


def _known(names: frozenset[str]) -> str:
    return f"documented are {', '.join(sorted(name for name in names if not name.startswith('end')))}"
