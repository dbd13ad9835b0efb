"""A campaign that is analysed once and filled for many profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from linetap.campaign import substitution
from linetap.campaign.json_tree import fields_in, leaves
from linetap.campaign.profile_values import Person, plain_values
from linetap.fields import Condition, EventField, Field, ProfileField, Property, RawLiquid, TriggerField
from linetap.line.rules import varying


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
    """Closures that fill the strings of a body that contain fields."""

    def __init__(self, to: Property, tree: Mapping[str, Any], only_if: Sequence[Condition]) -> None:
        used = [to, *(asked.field for asked in only_if), *fields_in(tree)]
        inside = ((leaf.path, field) for leaf in leaves(tree) for field in fields_in(leaf.text))
        self.field_positions = (("to", to), *((path, field) for path, field in inside if isinstance(field, Property)))
        """Path and property of each field."""
        self._names = {kind: _names(used, kind) for kind in (ProfileField, EventField, TriggerField)}
        checks = [(i, varying.check_of_filled(message)) for i, message in enumerate(tree["messages"])]
        self.rule_checks = tuple((i, check) for i, check in checks if check is not None)
        """LINE's rules for the messages that contain a field; the others are the same for every profile."""
        self._to = substitution.recipient(to)
        self._tree = tree
        self._rest = substitution.filler(tree)
        self._guards = [(asked, substitution.condition(asked)) for asked in only_if]

    def person(self, profile: object, event: object = None, trigger: object = None) -> Person:
        """The values of one profile that this campaign uses."""
        names = self._names
        return Person(
            plain_values(profile, names[ProfileField]),
            plain_values(event, names[EventField]) if event is not None else {},
            plain_values(trigger, names[TriggerField]) if trigger is not None else {},
        )

    def fill(self, person: Person) -> FilledBody:
        """The push for one profile; ``person.missing`` lists why nothing is sent."""
        for condition, is_met in self._guards:
            if not is_met(person):
                person.missing.append(condition)
        return FilledBody(self._to(person), self._rest(person) if self._rest else self._tree, person)


def _names(used: Iterable[Field], kind: type[Property]) -> tuple[str, ...] | None:
    """The names to look up; None for all names, because a RawLiquid may read any."""
    if any(isinstance(field, RawLiquid) for field in used):
        return None
    return tuple(dict.fromkeys(field.name for field in used if isinstance(field, kind)))
