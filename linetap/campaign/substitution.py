"""Replaces fields by the values of one profile: the intended messages, made in Python.

``fill`` and ``deliveries`` send them; a preview compares every string of the rendered body with them. A tree of plain
JSON with marks is analysed once and filled many times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from json.encoder import encode_basestring
from typing import Any

from linetap import fields
from linetap.campaign import liquid_writer
from linetap.campaign.json_tree import normalized
from linetap.campaign.profile_values import Person, Values, is_blank, is_empty, note_readings, text
from linetap.campaign.raw_liquid import RawStrings, has_raw
from linetap.fields import (
    Condition,
    ConditionalText,
    EventField,
    Field,
    LiteralText,
    ProfileField,
    Property,
    TriggerField,
)
from linetap.liquid.values import equal
from linetap.models.dumps import compact

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
    """The condition as a function of a profile's values, with the result that CleverTap's Liquid gives."""
    source, name, value = _source(asked.field), asked.field.name, asked.value
    part = str(value)
    tests: dict[str, Callable[[Any], bool]] = {
        "==": lambda found: equal(found, value),
        "!=": lambda found: not equal(found, value),
        "contains": lambda found: isinstance(found, (str, list)) and part in found,
        "is set": lambda found: not is_blank(found),
    }
    test = tests[asked.operator]
    return lambda person: test(source(person).get(name))


class Substitution:
    """The functions that fill one body; they share the Liquid of the user's own, which is rendered once."""

    def __init__(self, plain: frozenset[Property] = frozenset()) -> None:
        self._plain = plain
        self.raw = RawStrings(self.field)

    def field(self, field: Any, braces: bool) -> Fill:
        """The text of a field for one profile."""
        field = normalized(field, braces)  # a ConditionalText that only replaces a missing value is a default
        if isinstance(field, LiteralText):
            shown = liquid_writer.double_braces(field.text, braces)
            return lambda person: shown
        if isinstance(field, ConditionalText):
            test, then = condition(field.condition), self.string(field.then, braces)
            otherwise = self.string(field.otherwise, braces)
            return lambda person: (then if test(person) else otherwise)(person)
        return self._property(field, braces)

    def _property(self, field: Any, braces: bool) -> Fill:
        """A profile, event or trigger field: its value or its default; a missing value is recorded."""
        source, name, default = _source(field), field.name, field.default
        missing = is_empty if default is not None and liquid_writer.fits_in_a_filter(default) else is_blank
        if field in self._plain:
            missing = _is_none
        instead = liquid_writer.double_braces(default or "", braces)

        def fill(person: Person) -> str:
            value = source(person).get(name)
            if type(value) is str and value and value[0] > " " and not braces and not person.dates:
                return value
            if missing(value):
                (person.missing if default is None else person.defaulted).append(field)
                return instead
            shown = value if type(value) is str else text(value)
            if person.dates or shown is not value:
                note_readings(person, name, value)
            return liquid_writer.double_braces(shown, True) if braces else shown

        return fill

    def string(self, value: str, braces: bool = False) -> Fill:
        """The text of a string with marks for one profile."""
        if has_raw(value):
            return partial(_rendered, self.raw.add(value, braces))
        parts = [piece if isinstance(piece, str) else self.field(piece, braces) for piece in fields.split(value)]
        fills = [part for part in parts if not isinstance(part, str)]
        if len(fills) == 1:  # the usual case takes a shorter way
            return _surrounded(parts, fills[0])
        return lambda person: "".join([part if isinstance(part, str) else part(person) for part in parts])

    def tree(self, value: Any, braces: bool = False) -> Fills | None:
        """A function that fills a tree of plain JSON; None if it has no field, so that the tree is shared."""
        if isinstance(value, str):
            return self.string(value, braces) if fields.has_mark(value) else None
        if isinstance(value, Mapping):
            inner = {key: self.tree(item, liquid_writer.in_text_v2(value, key)) for key, item in value.items()}
            return _members(dict(value), inner)
        if isinstance(value, (list, tuple)):
            filled = [self.tree(entry) for entry in value]
            if any(filled):
                pairs = list(zip(value, filled, strict=True))
                return lambda person: [entry if fill is None else fill(person) for entry, fill in pairs]
        return None

    def json_parts(self, value: Any, braces: bool = False) -> Iterator[str | Fill]:
        """A tree as compact JSON text: literal parts, and functions for the strings between quotes."""
        if isinstance(value, str) and fields.has_mark(value):
            yield '"'
            yield from self._string_parts(value, braces)
            yield '"'
        elif isinstance(value, Mapping):
            for i, (key, item) in enumerate(value.items()):
                yield f"{',' if i else '{'}{compact(key)}:"
                yield from self.json_parts(item, liquid_writer.in_text_v2(value, key))
            yield "}" if value else "{}"
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                yield "," if i else "["
                yield from self.json_parts(item)
            yield "]" if value else "[]"
        else:
            yield compact(value)

    def _string_parts(self, value: str, braces: bool) -> Iterator[str | Fill]:
        if has_raw(value):
            yield _escaped(partial(_rendered, self.raw.add(value, braces)))
            return
        for piece in fields.split(value):
            if isinstance(piece, str):
                yield compact(piece)[1:-1]
            else:
                yield _escaped_field(piece, self.field(piece, braces), braces)


def _is_none(value: Any) -> bool:
    return value is None


def _escaped(fill: Fill) -> Fill:
    return lambda person: encode_basestring(fill(person))[1:-1]


def _escaped_field(field: Any, fill: Fill, braces: bool) -> Fill:
    """The same for a field; the usual values of a profile (text and whole numbers) take a shorter way."""
    if braces or not isinstance(field, ProfileField):
        return _escaped(fill)
    name = field.name

    def escaped(person: Person) -> str:
        value = person.profile.get(name)
        kind = type(value)
        if kind is str and value and value[0] > " " and not person.dates:
            return encode_basestring(value)[1:-1]
        if kind is int and value is not None and -1_000_000_000 < value < 1_000_000_000:
            return str(value)
        return encode_basestring(fill(person))[1:-1]

    return escaped


def _surrounded(parts: list[str | Fill], fill: Fill) -> Fill:
    at = parts.index(fill)
    before, after = "".join(map(str, parts[:at])), "".join(map(str, parts[at + 1 :]))
    return fill if not before and not after else lambda person: f"{before}{fill(person)}{after}"


def _rendered(index: int, person: Person) -> str:
    return person.raw[index]


def joined(parts: Iterator[str | Fill]) -> tuple[str | Fill, ...]:
    """The same parts with neighbouring literal parts as one."""
    found: list[str | Fill] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


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
            return value if type(value) is str else text(value)
        (person.missing if default is None else person.defaulted).append(field)
        return default or ""

    return fill
