"""A campaign that is analysed once and filled for many profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from functools import cached_property
from typing import Any

import attrs

from linetap.campaign import liquid_checks, substitution
from linetap.campaign.json_tree import fields_in, leaves
from linetap.campaign.profile_values import Person, ValueReader
from linetap.campaign.raw_liquid import RenderOptions
from linetap.campaign.substitution import Substitution, joined
from linetap.fields import Condition, EventField, Field, ProfileField, Property, RawLiquid, TriggerField
from linetap.line.rules import varying

_OBJECTS: Mapping[type[Property], str] = {
    ProfileField: "Profile",
    EventField: "Event",
    TriggerField: "ExternalTrigger",
}
_READER = ValueReader()
_NOTHING: Mapping[str, Any] = {}


@attrs.frozen
class FilledBody:
    """The push for one profile, or the reasons why nothing is sent."""

    to: str
    rest: Mapping[str, Any]
    """Messages and options; do not change them: parts without fields are shared."""
    person: Person

    @property
    def body(self) -> dict[str, Any]:
        """The body of the push, as plain JSON."""
        return {"to": self.to, **self.rest}


class CompiledBody:
    """Functions that fill the strings of a body that contain fields."""

    def __init__(
        self,
        to: Property,
        tree: Mapping[str, Any],
        only_if: Sequence[Condition],
        plain: frozenset[Property] = frozenset(),
    ) -> None:
        used = [to, *(condition.field for condition in only_if), *fields_in(tree)]
        inside = ((leaf.path, field) for leaf in leaves(tree) for field in fields_in(leaf.text))
        self.field_positions = (("to", to), *((path, field) for path, field in inside if isinstance(field, Property)))
        """Path and property of each field."""
        checks = [(i, varying.check_of_filled(message)) for i, message in enumerate(tree["messages"])]
        self.rule_checks = tuple((i, check) for i, check in checks if check is not None)
        """LINE's rules for the messages that contain a field; the others are the same for every profile."""
        self._to = substitution.recipient(to)
        self._tree = tree
        self._substitution = Substitution(plain)
        self._rest = self._substitution.tree(tree)
        self._guards = [(condition, substitution.condition(condition)) for condition in only_if]
        self._names = _names(used, self._substitution.raw.source)

    @property
    def profile_names(self) -> tuple[str, ...]:
        """The profile properties that are read by name."""
        return self._names["Profile"] or ()

    @property
    def written_by_linetap(self) -> bool:
        """Whether the body has no RawLiquid."""
        return not self._substitution.raw

    def person(
        self, profile: object, event: object = None, trigger: object = None, zone: tzinfo | None = None
    ) -> Person:
        """The values of one profile that this campaign uses."""
        names, reader = self._names, _READER if zone is None else ValueReader(zone)
        dates: set[str] = set()
        values = reader.read(profile, names["Profile"], dates)
        if event is None and trigger is None:
            return Person(values, _NOTHING, _NOTHING, dates, zone)
        return Person(
            values,
            reader.read(event, names["Event"], dates) if event is not None else _NOTHING,
            reader.read(trigger, names["ExternalTrigger"], dates) if trigger is not None else _NOTHING,
            dates,
            zone,
        )

    def fill(self, person: Person, options: RenderOptions) -> FilledBody:
        """The push for one profile; ``person.missing`` lists why nothing is sent."""
        self._prepare(person, options)
        return FilledBody(self._to(person), self.rest(person), person)

    def rest(self, person: Person) -> Mapping[str, Any]:
        """Messages and options for a person that :meth:`fill` or :meth:`encode` has prepared."""
        return self._rest(person) if self._rest else self._tree

    def encode(self, person: Person, options: RenderOptions) -> tuple[str, bytes]:
        """The recipient, and the body without its recipient as LINE receives it; see ``person.missing`` first."""
        self._prepare(person, options)
        to = self._to(person)
        parts: tuple[Any, ...] = self._parts
        text = "".join([part if type(part) is str else part(person) for part in parts])
        return to, text.encode()

    @cached_property
    def _parts(self) -> tuple[str | substitution.Fill, ...]:
        # A second analysis in the same order: its strings have the same indexes in person.raw.
        first, *rest = joined(Substitution().json_parts(self._tree))
        return (f",{str(first)[1:]}", *rest)

    def _prepare(self, person: Person, options: RenderOptions) -> None:
        for condition, is_met in self._guards:
            if not is_met(person):
                person.missing.append(condition)
        if self._substitution.raw:
            self._substitution.raw.render(person, options)


def _names(used: Iterable[Field], raw: str) -> dict[str, tuple[str, ...] | None]:
    """Object -> the properties to look up; None for all of them, because a RawLiquid may read any."""
    read = liquid_checks.properties_read(raw) if raw else {}
    found: dict[str, tuple[str, ...] | None] = {}
    for kind, name in _OBJECTS.items():
        in_raw = read.get(name, frozenset())
        own = [field.name for field in used if isinstance(field, kind) and not isinstance(field, RawLiquid)]
        found[name] = None if in_raw is None else tuple(dict.fromkeys([*own, *sorted(in_raw)]))
    return found
