"""Why nothing is sent to a profile, as problems."""

from __future__ import annotations

from linetap.campaign import substitution
from linetap.campaign.json_tree import field_label
from linetap.campaign.profile_values import Person, as_mapping
from linetap.campaign.property_names import spelling
from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import Condition, Field, ProfileField, Property


def reasons(person: Person, to: Property, profile: object = None) -> tuple[Problem, ...]:
    """One problem for each required value that is missing and each condition that is not met; () for none.

    With ``profile`` the problems name another spelling of a missing property.
    """
    return tuple(_problem(missing, person, to, profile) for missing in dict.fromkeys(person.missing))


def other_spelling(missing: Field | Condition, profile: object) -> str:
    """The remedy for a property that the profile has under another spelling; '' if it has none."""
    if not isinstance(missing, ProfileField) or profile is None:
        return ""
    try:
        meant = spelling(missing.name, map(str, as_mapping(profile)))
    except BadArgument:
        return ""
    return f"write {meant!r}: the profile has this property" if meant and meant != missing.name else ""


def _problem(missing: Field | Condition, person: Person, to: Property, profile: object) -> Problem:
    if isinstance(missing, Condition):
        return Problem("profile", "must meet the campaign's conditions", literal_text(str(repr(missing))))
    meant = other_spelling(missing, profile)
    if missing != to:
        rule = f"must have a value for {field_label(missing)}"
        return Problem("profile", rule, literal_text("none"), suggestion=meant or "give the field a default")
    found = substitution.value_of(to, person)
    shown = literal_text("none") if found is None else short_repr(found)
    remedy = meant or "skip this profile, or link its LINE account"
    return Problem("profile", f"must have a LINE id in {field_label(to)}", shown, suggestion=remedy)
