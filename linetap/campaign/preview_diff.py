"""Differences between a rendered body and the intended one, and the properties whose values cause them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linetap.campaign.profile_values import Person, text
from linetap.errors import Problem, literal_text, short_repr
from linetap.fields import EventField, Property, TriggerField

REMEDY = (
    "CleverTap does not escape values: upload a safe copy of the property (json_safe_text), reject such values at sync"
    " (is_json_safe), or send with campaign.deliveries(...)"
)
BREAKS = re.compile(r"[\"\\\x00-\x1f]")
"""The characters that have a meaning inside a JSON string."""


def deviations(meant: Any, got: Any, path: str = "") -> Iterator[Problem]:
    """A problem for every path at which ``got`` differs from ``meant``."""
    if isinstance(meant, Mapping) and isinstance(got, Mapping):
        for key in [*meant, *(key for key in got if key not in meant)]:
            inner = f"{path}.{key}" if path else str(key)
            if key not in got:
                yield Problem(
                    inner,
                    "must not lose a member through a profile value",
                    literal_text("no member"),
                    suggestion=REMEDY,
                )
            elif key not in meant:
                yield Problem(inner, "must not be added by a profile value", short_repr(got[key]), suggestion=REMEDY)
            else:
                yield from deviations(meant[key], got[key], inner)
    elif isinstance(meant, list) and isinstance(got, list):
        if len(meant) != len(got):
            what = "messages" if path == "messages" else "entries"
            found = literal_text(f"{len(got)} instead of {len(meant)}")
            yield Problem(
                path, f"must have the intended number of {what}: a profile value changes it", found, suggestion=REMEDY
            )
        for i, (a, b) in enumerate(zip(meant, got, strict=False)):
            yield from deviations(a, b, f"{path}[{i}]")
            if len(meant) != len(got) and a != b:
                return  # all later entries have moved by one: reporting them would hide the cause
    elif type(meant) is not type(got) or meant != got:
        rule = "must be the LINE id of this profile" if path == "to" else "must be the intended text"
        found = literal_text(f"{short_repr(got, 60)}, intended {short_repr(meant, 60)}")
        yield Problem(path or "body", rule, found, suggestion=REMEDY)


def responsible_properties(
    positions: Iterable[tuple[str, Property]], person: Person, problems: Iterable[Problem]
) -> tuple[str, ...]:
    """The properties whose values cause the errors: at the paths of errors, with characters that JSON interprets.

    ``positions`` are paths with the property in that string. Without such characters, all with a value.
    """
    error_paths = [problem.path for problem in problems if problem.severity == "error"]
    near = [field for path, field in positions if any(_overlaps(path, other) for other in error_paths)]
    values = {field.name: text(value) for field in near if (value := _value(field, person)) is not None}
    breaking = tuple(name for name, value in values.items() if BREAKS.search(value) or "{" in value or "}" in value)
    return breaking or tuple(values)


def _overlaps(path: str, wrong: str) -> bool:
    """Whether one path is the other or contains it; an error of ``body`` concerns every path."""
    shorter, longer = sorted((path, wrong), key=len)
    return wrong == "body" or longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def _value(field: Property, person: Person) -> Any:
    source = {EventField: person.event, TriggerField: person.trigger}.get(type(field), person.profile)
    return source.get(field.name)
