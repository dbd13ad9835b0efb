"""Where a rendered body is not what was meant, and whose value made it so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linetap.campaign.profile_values import Person, text
from linetap.errors import Problem, literal_text, short_repr
from linetap.fields import EventField, Property, TriggerField

REMEDY = (
    "CleverTap writes values as they are: upload a safe copy of the property, reject such values at sync, or send"
    " through the relay"
)
BREAKS = re.compile(r"[\"\\\x00-\x1f]")
"""What means something to JSON inside a string."""


def deviations(meant: Any, got: Any, path: str = "") -> Iterator[Problem]:
    """Every place at which ``got`` is not ``meant``."""
    if isinstance(meant, Mapping) and isinstance(got, Mapping):
        for key in [*meant, *(key for key in got if key not in meant)]:
            inner = f"{path}.{key}" if path else str(key)
            if key not in got:
                yield Problem(inner, "a value takes nothing away", literal_text("nothing there"), suggestion=REMEDY)
            elif key not in meant:
                yield Problem(inner, "a value adds nothing", short_repr(got[key]), suggestion=REMEDY)
            else:
                yield from deviations(meant[key], got[key], inner)
    elif isinstance(meant, list) and isinstance(got, list):
        if len(meant) != len(got):
            what = "messages" if path == "messages" else "entries"
            found = literal_text(f"{len(got)} where {len(meant)} were meant")
            yield Problem(path, f"a value adds no {what} and takes none", found, suggestion=REMEDY)
        for i, (a, b) in enumerate(zip(meant, got, strict=False)):
            yield from deviations(a, b, f"{path}[{i}]")
            if len(meant) != len(got) and a != b:
                return  # everything behind it stands one further on: telling that would hide what happened
    elif type(meant) is not type(got) or meant != got:
        rule = "is the person's own id" if path == "to" else "a value changes no other text"
        found = literal_text(f"{short_repr(got, 60)} where {short_repr(meant, 60)} was meant")
        yield Problem(path or "body", rule, found, suggestion=REMEDY)


def at_fault(places: Iterable[tuple[str, Property]], person: Person, problems: Iterable[Problem]) -> tuple[str, ...]:
    """The properties to blame: of those that stand where something is wrong, the ones JSON stumbles over.

    ``places`` are paths with the property that stands there. Failing those, all that stand there and have a value.
    """
    wrong = [problem.path for problem in problems if problem.severity == "error"]
    near = [field for path, field in places if any(_touches(path, other) for other in wrong)]
    values = {field.name: text(value) for field in near if (value := _value(field, person)) is not None}
    breaking = tuple(name for name, value in values.items() if BREAKS.search(value) or "{" in value or "}" in value)
    return breaking or tuple(values)


def _touches(path: str, wrong: str) -> bool:
    """Whether one path is the other, or leads to it; what is wrong with the body is wrong everywhere."""
    shorter, longer = sorted((path, wrong), key=len)
    return wrong == "body" or longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def _value(field: Property, person: Person) -> Any:
    source = {EventField: person.event, TriggerField: person.trigger}.get(type(field), person.profile)
    return source.get(field.name)
