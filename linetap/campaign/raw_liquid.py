"""The strings of a body with Liquid of the user's own, rendered together for one profile.

They are one template, because a variable or block of one string is known in the next. What is not Liquid (fields,
characters that JSON escapes) is a placeholder there, between two noncharacters of Unicode that no text should contain.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import attrs

from linetap import fields
from linetap.campaign import liquid_checks, liquid_writer
from linetap.campaign.profile_values import Person, note_readings
from linetap.errors import BadArgument, BadCampaign, Problem, literal_text
from linetap.fields import ConditionalText, LiteralText, RawLiquid
from linetap.liquid import LiquidSyntaxError, LiquidTemplate

Fill = Callable[[Person], str]
_OPEN, _SHUT = "\ufdd0", "\ufdd1"
_BETWEEN = _OPEN + _SHUT
_PLACEHOLDER = re.compile(f"{_OPEN}([0-9]+){_SHUT}")
_ESCAPED = re.compile(f'[\x00-\x1f"\\\\{{{_OPEN}{_SHUT}]')
_FIRST_FIELD = 0x110000  # a number below it is the code point of a literal character


@attrs.frozen
class RenderOptions:
    """What the rendering of Liquid depends on besides the values of the profile."""

    zone: dt.tzinfo | None = None
    """The time zone of the CleverTap account; None where it is not known."""
    now: dt.datetime | None = None
    """The moment of the rendering, aware; None for the present moment."""
    objects: Mapping[str, Any] = attrs.field(factory=dict)
    """Values of the objects that CleverTap fills itself, such as ``Linked``."""


def objects_of(person: Person, options: RenderOptions) -> dict[str, Any]:
    """The objects of a template for one profile."""
    return {
        **options.objects,
        "Profile": person.profile,
        "Event": person.event,
        "ExternalTrigger": person.trigger,
    }


def has_raw(text: str) -> bool:
    """Whether a string contains RawLiquid, also inside a ConditionalText."""
    if not fields.has_mark(text):
        return False
    return any(
        isinstance(piece, RawLiquid)
        or (isinstance(piece, ConditionalText) and (has_raw(piece.then) or has_raw(piece.otherwise)))
        for piece in fields.split(text)
    )


class RawStrings:
    """Collects the strings with RawLiquid of one body, and renders them."""

    def __init__(self, fill_of: Callable[[Any, bool], Fill]) -> None:
        self._fill_of = fill_of
        self._sources: list[str] = []
        self._fills: list[Fill] = []

    def __bool__(self) -> bool:
        return bool(self._sources)

    @property
    def source(self) -> str:
        """The Liquid of all strings."""
        return _BETWEEN.join(self._sources)

    def add(self, text: str, braces: bool) -> int:
        """The index of a string in ``Person.raw``."""
        self._sources.append(self._liquid(text, braces))
        return len(self._sources) - 1

    def _liquid(self, text: str, braces: bool) -> str:
        return "".join(self._piece(piece, braces) for piece in fields.split(text))

    def _piece(self, piece: str | fields.Field, braces: bool) -> str:
        if isinstance(piece, RawLiquid):
            return liquid_writer.raw_text(piece)
        if isinstance(piece, (str, LiteralText)):
            shown = piece if isinstance(piece, str) else liquid_writer.double_braces(piece.text, braces)
            return _ESCAPED.sub(lambda found: f"{_OPEN}{ord(found[0])}{_SHUT}", shown)
        if isinstance(piece, ConditionalText) and has_raw(piece.then + piece.otherwise):
            assign, test = liquid_writer.condition_text(piece.condition)
            branches = (self._liquid(text, braces) for text in (piece.then, piece.otherwise))
            return assign + liquid_writer.either(test, *branches)
        self._fills.append(self._fill_of(piece, braces))
        return f"{_OPEN}{_FIRST_FIELD + len(self._fills) - 1}{_SHUT}"

    @cached_property
    def _template(self) -> LiquidTemplate:
        template = liquid_checks.parsed(self.source)
        if isinstance(template, LiquidSyntaxError):
            raise BadCampaign(problems=[liquid_checks.syntax_problem(self.source, template, "body")])
        return template

    def render(self, person: Person, options: RenderOptions) -> None:
        """Sets ``person.raw``; raises ``BadArgument`` where the Liquid fails with the values of this profile."""
        found = self._template.render(objects_of(person, options), now=options.now, zone=options.zone)
        if found.status == "aborted":
            person.missing.append(RawLiquid("{% abort %}"))
        elif found.status == "failed":
            raise BadArgument(problems=[failed(found.reasons)])
        person.unpredictable = found.status == "uncertain" and not found.text
        person.uncertain += found.reasons
        for name in person.dates:
            note_readings(person, name, None)
        texts = found.text.split(_BETWEEN) if found.text else [""] * len(self._sources)
        if len(texts) != len(self._sources):
            raise BadArgument(problems=[failed(["the Liquid of one string must not repeat or drop another string"])])
        person.raw = [_PLACEHOLDER.sub(lambda found: self._text(int(found[1]), person), text) for text in texts]

    def _text(self, number: int, person: Person) -> str:
        if number < _FIRST_FIELD:
            return chr(number)
        fill = self._fills[number - _FIRST_FIELD : number - _FIRST_FIELD + 1]
        return fill[0](person) if fill else ""


def failed(reasons: Any) -> Problem:
    """The problem of Liquid that fails with the values of one profile."""
    remedy = "CleverTap sends nothing to this profile: check the values that the Liquid reads"
    return Problem("body", "must render with the values of this profile", literal_text("; ".join(reasons)), "", remedy)
