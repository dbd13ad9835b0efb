"""A campaign read once and filled many times."""

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
class Filled:
    """What one person is to get: the parts of a push, or the reasons why there is none."""

    to: str
    rest: Mapping[str, Any]
    """Messages and options; not to be changed: parts without fields are shared."""
    person: Person

    @property
    def body(self) -> dict[str, Any]:
        """The body of the push, as plain JSON."""
        return {"to": self.to, **self.rest}


class Compiled:
    """How a body is filled: closures over the places where fields stand."""

    def __init__(self, to: Property, tree: Mapping[str, Any], only_if: Sequence[Condition]) -> None:
        used = [to, *(asked.field for asked in only_if), *fields_in(tree)]
        inside = ((leaf.path, field) for leaf in leaves(tree) for field in fields_in(leaf.text))
        self.places = (("to", to), *((path, field) for path, field in inside if isinstance(field, Property)))
        """Where each property stands."""
        self._names = {kind: _names(used, kind) for kind in (ProfileField, EventField, TriggerField)}
        judges = [(i, varying.judge(message)) for i, message in enumerate(tree["messages"])]
        self.judges = tuple((i, judge) for i, judge in judges if judge is not None)
        """LINE's rules for the messages in which a field stands; the others are the same for everybody."""
        self._to = substitution.recipient(to)
        self._tree = tree
        self._rest = substitution.filler(tree)
        self._guards = [(asked, substitution.condition(asked)) for asked in only_if]

    def person(self, profile: object, event: object = None, trigger: object = None) -> Person:
        """The values of one person that this campaign uses."""
        names = self._names
        return Person(
            plain_values(profile, names[ProfileField]),
            plain_values(event, names[EventField]) if event is not None else {},
            plain_values(trigger, names[TriggerField]) if trigger is not None else {},
        )

    def fill(self, person: Person) -> Filled:
        """The push for one person; ``person.missing`` tells why there is none."""
        for asked, holds in self._guards:
            if not holds(person):
                person.missing.append(asked)
        return Filled(self._to(person), self._rest(person) if self._rest else self._tree, person)


def _names(used: Iterable[Field], kind: type[Property]) -> tuple[str, ...] | None:
    """The names to look up; None for all of them, where Liquid of the user's own may read any."""
    if any(isinstance(field, RawLiquid) for field in used):
        return None
    return tuple(dict.fromkeys(field.name for field in used if isinstance(field, kind)))
