"""Checks Liquid against CleverTap's dialect (:mod:`linetap.liquid`). Nothing is rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

from linetap.errors import Problem, literal_text, short_repr
from linetap.liquid import LiquidSyntaxError, LiquidTemplate, dialect, parse, syntax
from linetap.liquid.references import Reference

PAGE = "https://docs.clevertap.com/docs/liquid-tags"
GIVEN = ("Profile", "Event", "ExternalTrigger")
"""The objects that a preview fills from its arguments; the others are passed as ``objects``."""


@lru_cache(maxsize=256)
def parsed(text: str) -> LiquidTemplate | LiquidSyntaxError:
    """The template, or the error for which CleverTap's engine would send nothing to any profile."""
    try:
        return parse(text)
    except LiquidSyntaxError as error:
        return error


def problems(text: str, path: str = "body") -> tuple[Problem, ...]:
    """Syntax errors, unknown objects, and constructs that CleverTap's current pages do not list."""
    template = parsed(text)
    if isinstance(template, LiquidSyntaxError):
        return (syntax_problem(text, template, path),)
    found = [*_objects(template, path), *_filters(template, path), *_tags(template, path), *_blanks(template, path)]
    return tuple(dict.fromkeys(found))


def syntax_problem(text: str, error: LiquidSyntaxError, path: str) -> Problem:
    """The problem of Liquid that CleverTap's engine cannot parse."""
    around = literal_text(short_repr(text[max(0, error.offset - 20) : error.offset + 30]))
    reason = re.sub(
        r" \(got (.*)\)$", r", not \1", error.reason
    )  # the problem has a place of its own for what was found
    return Problem(path, f"must be valid Liquid: {reason}", around, PAGE, error.remedy)


def properties_read(text: str) -> dict[str, frozenset[str] | None]:
    """Object -> the properties that Liquid reads of it; None where it may read any."""
    template = parsed(text)
    if isinstance(template, LiquidSyntaxError):
        return dict.fromkeys(GIVEN)
    found: dict[str, frozenset[str] | None] = {}
    for reference in template.references:
        if reference.local and reference.root in GIVEN:  # a variable of the same name: which is read is not known here
            found[reference.root] = None
        elif not reference.local:
            names = found.get(reference.root, frozenset())
            first = reference.path[0] if reference.path else None
            found[reference.root] = names | {first} if names is not None and isinstance(first, str) else None
    return found


def objects_read(text: str) -> frozenset[str]:
    """The documented objects that Liquid reads, other than those that a preview fills itself."""
    return frozenset(root for root in properties_read(text) if root in dialect.OBJECTS and root not in GIVEN)


def _objects(template: LiquidTemplate, path: str) -> Iterator[Problem]:
    for reference in template.references:
        if not reference.local and reference.root not in dialect.OBJECTS:
            rule = "must use an object that CleverTap documents"
            yield Problem(path, rule, literal_text(_shown(reference)), PAGE, _remedy(reference.root))


def _shown(reference: Reference) -> str:
    return ".".join([reference.root, *(str(step) for step in reference.path if step is not None)])


def _remedy(root: str) -> str:
    for name in dialect.OBJECTS:
        if root.lower() == name.lower():
            return f"write {name}: names are case-sensitive"
    close = get_close_matches(root, dialect.OBJECTS, 1)
    return f"write {close[0]}" if close else f"documented are {', '.join(dialect.OBJECTS)}"


def _filters(template: LiquidTemplate, path: str) -> Iterator[Problem]:
    for node, _ in syntax.walk(template.nodes):
        for used in node.filters if isinstance(node, (syntax.Output, syntax.Assign)) else ():
            construct = dialect.FILTERS[used.name]
            if construct.source != dialect.TAGS_PAGE or construct.flag != "confirmed":
                yield _not_listed(path, f"| {used.name}", "filters", construct)


def _tags(template: LiquidTemplate, path: str) -> Iterator[Problem]:
    for node, _ in syntax.walk(template.nodes):
        kind = getattr(node, "name", "") if not isinstance(node, syntax.Assign) else "assign"
        name = {syntax.Capture: "capture", syntax.Cycle: "cycle"}.get(type(node), kind)
        construct = dialect.TAGS.get(name)
        if construct is not None and construct.flag != "confirmed":
            yield _not_listed(path, f"{{% {name} %}}", "tags", construct)


def _not_listed(path: str, shown: str, kind: str, construct: dialect.Construct) -> Problem:
    rule = f"should use {kind} that CleverTap's current pages list"
    source = "CleverTap's pages name it, and LiqP 0.7.9 does not have it" if construct.flag == "contested" else ""
    remedy = f"{source or f'known from {construct.source}'}: try it in a test campaign"
    return Problem(path, rule, literal_text(shown), PAGE, remedy, "uncertain")


def _blanks(template: LiquidTemplate, path: str) -> Iterator[Problem]:
    for comparison in template.blank_comparisons:
        always = "always true" if comparison.operator == "!=" else "never true"
        rule = f"should not compare with blank: in CleverTap's engine this is {always}"
        shown = literal_text(short_repr(template.source[comparison.start : comparison.end]))
        remedy = "write {% assign v = Profile.Name | default: '' | strip %}{% if v != '' %}"
        yield Problem(path, rule, shown, dialect.USE_CASES_PAGE, remedy, "uncertain")
