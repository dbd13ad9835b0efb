"""One person's values, put where the fields stand: what a correct rendering gives, written in Python.

``fill`` and ``deliveries`` send it; a preview compares every leaf of CleverTap's rendering with it. A tree of
plain JSON with marks is read once and filled many times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import partial, singledispatch
from typing import Any

import attrs

from linetap import fields
from linetap.campaign import spelling
from linetap.errors import bad, bare
from linetap.fields import Choice, Condition, EventField, Field, LiteralText, ProfileField, RawLiquid, TriggerField

Values = Mapping[str, Any]
_PLAIN = (str, int, bool)
_DATE = "%Y-%m-%d %H:%M:%S"  # as CleverTap's Liquid shows one: https://docs.clevertap.com/docs/personalize-message-all


@attrs.define
class Person:
    """The values one person brings, missing ones left out, and what became of them."""

    profile: Values
    event: Values = attrs.field(factory=dict)
    trigger: Values = attrs.field(factory=dict)
    missing: list[Field | Condition] = attrs.field(factory=list, init=False)
    """Required fields without a value, and conditions that skip this person: nothing is sent."""
    defaulted: list[Field] = attrs.field(factory=list, init=False)


Fill = Callable[[Person], str]
Fills = Callable[[Person], Any]


def plain_values(mapping: object, names: Iterable[str] | None = None) -> dict[str, Any]:
    """A row, mapping or profile as plain values without the missing ones; ``names`` limits it to those used."""
    row = _mapping(mapping)
    wanted = row.keys() if names is None else [name for name in names if name in row]
    found = {name: _plain(row[name], name) for name in wanted}
    return {str(name): value for name, value in found.items() if value is not None}


def _mapping(given: object) -> Mapping[Any, Any]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    properties = getattr(given, "properties", None)  # a CleverTapProfile
    if isinstance(properties, Mapping):
        return properties
    if hasattr(given, "keys") and hasattr(given, "__getitem__"):  # a row of a frame
        return dict(given)
    raise bad("profile", "is a mapping of properties, or a CleverTapProfile", type(given).__name__)


def _plain(value: Any, name: str) -> Any:
    """A value as CleverTap would hold it; None where it is missing (None, NaN, NaT, pandas.NA, '')."""
    if type(value) in _PLAIN:
        return None if value == "" else value
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, float):
        return None if value != value else float(value)
    if isinstance(value, datetime):
        return value.strftime(_DATE)
    if isinstance(value, date):
        return value.isoformat()
    return _uncommon(value, name)


def _uncommon(value: Any, name: str) -> Any:
    if isinstance(value, (list, tuple, set, frozenset)):
        entries = (_plain(entry, name) for entry in value)
        return [text(entry) for entry in entries if entry is not None]
    if hasattr(value, "tolist"):  # a number, text or array of numpy, without importing it
        return _plain(value.tolist(), name)
    if isinstance(value, (str, int)):  # an enum or another subclass
        return _plain(str(value) if isinstance(value, str) else int(value), name)
    if isinstance(value, Mapping):
        raise bad(f"profile[{name!r}]", "is text, a number, a bool, a date or a list of such", bare("a mapping"))
    return str(value)


def text(value: Any) -> str:
    """A value as Liquid shows it: ``true``, numbers as they are, lists without separator."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "".join(value) if isinstance(value, list) else str(value)


def is_blank(value: Any) -> bool:
    """What ``X and X != blank`` turns away: missing, false, empty, only blanks. Not 0."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value is False or value == []


def _is_empty(value: Any) -> bool:
    """What the filter ``default`` replaces; unlike the condition, it lets a text of blanks stand."""
    return value is None or value is False or value in ("", [])


def _source(field: Field) -> Callable[[Person], Values]:
    sources: dict[type[Field], Callable[[Person], Values]] = {
        ProfileField: lambda person: person.profile,
        EventField: lambda person: person.event,
        TriggerField: lambda person: person.trigger,
    }
    return sources[type(field)]


def condition(asked: Condition) -> Callable[[Person], bool]:
    """The condition over a person's values, as Liquid answers it."""
    source, name, value = _source(asked.field), asked.field.name, asked.value
    answers: dict[str, Callable[[Any], bool]] = {
        "==": lambda found: _equal(found, value),
        "!=": lambda found: not _equal(found, value),
        "contains": lambda found: isinstance(found, (str, list)) and value in found,
        "is set": lambda found: not is_blank(found),
    }
    answer = answers[asked.operator]
    return lambda person: answer(source(person).get(name))


def _equal(found: Any, value: str | int | bool) -> bool:
    return isinstance(found, bool) == isinstance(value, bool) and bool(found == value)


@singledispatch
def _field(field: Any, braces: bool) -> Fill:
    """A profile, event or trigger field: its value, its default, or a note that it is missing."""
    source, name, default = _source(field), field.name, field.default
    missing = _is_empty if default is not None and spelling.fits_in_a_filter(default) else is_blank
    instead = spelling.doubled(default or "", braces)

    def fill(person: Person) -> str:
        value = source(person).get(name)
        if not missing(value):
            return spelling.doubled(text(value), True) if braces else text(value)
        (person.missing if default is None else person.defaulted).append(field)
        return instead

    return fill


@_field.register
def _(field: LiteralText, braces: bool) -> Fill:
    shown = spelling.doubled(field.text, braces)
    return lambda person: shown


@_field.register
def _(field: RawLiquid, braces: bool) -> Fill:
    return partial(_raw, field)


@_field.register
def _(field: Choice, braces: bool) -> Fill:
    test, then, otherwise = condition(field.condition), _string(field.then, braces), _string(field.otherwise, braces)
    return lambda person: (then if test(person) else otherwise)(person)


def _raw(field: RawLiquid, person: Person) -> str:
    from linetap.campaign import engine

    try:
        return engine.template(field.text).render(person)
    except engine.Aborted:
        person.missing.append(field)
        return ""


def _string(value: str, braces: bool = False) -> Fill:
    parts = [piece if isinstance(piece, str) else _field(piece, braces) for piece in fields.split(value)]
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    return lambda person: "".join([part if isinstance(part, str) else part(person) for part in parts])


def tree(value: Any, braces: bool = False) -> Fills | None:
    """What fills a tree of plain JSON; None where no field stands in it, so that it is shared, not copied."""
    if isinstance(value, str):
        return _string(value, braces) if fields.has_mark(value) else None
    if isinstance(value, Mapping):
        return _members(dict(value), {k: tree(v, spelling.in_text_v2(value, k)) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        inner = [tree(entry) for entry in value]
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
    """The recipient: a value that holds a ``U``, as the body's own guard asks, or the default, or missing."""
    source, name, default = _source(field), field.name, field.default

    def fill(person: Person) -> str:
        value = source(person).get(name)
        if isinstance(value, (str, list)) and "U" in value:
            return text(value)
        (person.missing if default is None else person.defaulted).append(field)
        return default or ""

    return fill
