"""Replaces fields by the values of one profile: the intended messages, made in Python.

``fill`` and ``deliveries`` send them; a preview compares every string of the rendered body with them. A tree of plain
JSON with marks is analysed once and filled many times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, singledispatch
from importlib import import_module
from types import ModuleType
from typing import Any

from linetap import fields
from linetap.campaign import liquid_writer
from linetap.campaign.liquid_dialect import Aborted
from linetap.campaign.profile_values import Person, Values, is_blank, is_empty, text
from linetap.fields import (
    Condition,
    ConditionalText,
    EventField,
    Field,
    LiteralText,
    ProfileField,
    RawLiquid,
    TriggerField,
)

Fill = Callable[[Person], str]
Fills = Callable[[Person], Any]


def _source(field: Field) -> Callable[[Person], Values]:
    sources: dict[type[Field], Callable[[Person], Values]] = {
        ProfileField: lambda person: person.profile,
        EventField: lambda person: person.event,
        TriggerField: lambda person: person.trigger,
    }
    return sources[type(field)]


def value_of(field: Field, person: Person) -> Any:
    """The value of a profile, event or trigger field; None if it is missing."""
    return _source(field)(person).get(getattr(field, "name", ""))


def condition(asked: Condition) -> Callable[[Person], bool]:
    """The condition as a function of a profile's values, with the result that Liquid gives."""
    source, name, value = _source(asked.field), asked.field.name, asked.value
    part = str(value)
    tests: dict[str, Callable[[Any], bool]] = {
        "==": lambda found: _equal(found, value),
        "!=": lambda found: not _equal(found, value),
        "contains": lambda found: isinstance(found, (str, list)) and part in found,
        "is set": lambda found: not is_blank(found),
    }
    test = tests[asked.operator]
    return lambda person: test(source(person).get(name))


def _equal(found: Any, value: str | int | bool) -> bool:
    return isinstance(found, bool) == isinstance(value, bool) and bool(found == value)


@singledispatch
def _field(field: Any, braces: bool) -> Fill:
    """A profile, event or trigger field: its value or its default; a missing value is recorded."""
    source, name, default = _source(field), field.name, field.default
    missing = is_empty if default is not None and liquid_writer.fits_in_a_filter(default) else is_blank
    instead = liquid_writer.double_braces(default or "", braces)

    def fill(person: Person) -> str:
        value = source(person).get(name)
        if not missing(value):
            return liquid_writer.double_braces(text(value), True) if braces else text(value)
        (person.missing if default is None else person.defaulted).append(field)
        return instead

    return fill


@_field.register
def _(field: LiteralText, braces: bool) -> Fill:
    shown = liquid_writer.double_braces(field.text, braces)
    return lambda person: shown


@_field.register
def _(field: RawLiquid, braces: bool) -> Fill:
    return partial(_raw, field)


@_field.register
def _(field: ConditionalText, braces: bool) -> Fill:
    test, then, otherwise = condition(field.condition), _string(field.then, braces), _string(field.otherwise, braces)
    return lambda person: (then if test(person) else otherwise)(person)


def liquid_engine() -> ModuleType:
    """The Liquid renderer, imported on first use because it is an extra."""
    try:
        return import_module("linetap.campaign.liquid_renderer")
    except ImportError as error:
        raise ImportError("rendering Liquid needs python-liquid: pip install 'linetap[preview]'") from error


def _raw(field: RawLiquid, person: Person) -> str:
    try:
        return str(liquid_engine().template(field.text).render(person))
    except Aborted:
        person.missing.append(field)
        return ""


def _string(value: str, braces: bool = False) -> Fill:
    parts = [piece if isinstance(piece, str) else _field(piece, braces) for piece in fields.split(value)]
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    return lambda person: "".join([part if isinstance(part, str) else part(person) for part in parts])


def filler(value: Any, braces: bool = False) -> Fills | None:
    """A function that fills a tree of plain JSON; None if it has no field, so that the tree is shared, not copied."""
    if isinstance(value, str):
        return _string(value, braces) if fields.has_mark(value) else None
    if isinstance(value, Mapping):
        return _members(dict(value), {k: filler(v, liquid_writer.in_text_v2(value, k)) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        inner = [filler(entry) for entry in value]
        if any(inner):
            pairs = list(zip(value, inner, strict=True))
            return lambda person: [entry if fill is None else fill(person) for entry, fill in pairs]
    return None


def _members(static: dict[str, Any], inner: Mapping[str, Fills | None]) -> Fills | None:
    changing = [(key, fill) for key, fill in inner.items() if fill is not None]
    if not changing:
        return None

    def fill(person: Person) -> dict[str, Any]:
        filled = static.copy()
        for key, part in changing:
            filled[key] = part(person)
        return filled

    return fill


def recipient(field: Any) -> Fill:
    """The recipient: a value that contains ``U``, as the guard of the body requires, or the default, or missing."""
    source, name, default = _source(field), field.name, field.default

    def fill(person: Person) -> str:
        value = source(person).get(name)
        if isinstance(value, (str, list)) and "U" in value:
            return text(value)
        (person.missing if default is None else person.defaulted).append(field)
        return default or ""

    return fill
