"""Why nothing is sent to a profile, as problems."""

from __future__ import annotations

from linetap.campaign import substitution
from linetap.campaign.json_tree import field_label
from linetap.campaign.profile_values import Person
from linetap.errors import Problem, literal_text, short_repr
from linetap.fields import Condition, Field, Property


def reasons(person: Person, to: Property) -> tuple[Problem, ...]:
    """One problem for each required value that is missing and each condition that is not met; () for none."""
    return tuple(_problem(missing, person, to) for missing in dict.fromkeys(person.missing))


def _problem(missing: Field | Condition, person: Person, to: Property) -> Problem:
    if isinstance(missing, Condition):
        return Problem("profile", "must meet the campaign's conditions", literal_text(str(repr(missing))))
    if missing != to:
        rule = f"must have a value for {field_label(missing)}"
        return Problem("profile", rule, literal_text("none"), suggestion="give the field a default")
    found = substitution.value_of(to, person)
    shown = literal_text("none") if found is None else short_repr(found)
    remedy = "skip this profile, or link its LINE account"
    return Problem("profile", f"must have a LINE id in {field_label(to)}", shown, suggestion=remedy)
