"""What is known of a campaign before any profile is seen: which values would break it, and what helps.

CleverTap documents no escaping of values and no filter that escapes for JSON, so a template cannot protect itself.
What can be said is where each property stands, what its values can do there, and how long each text can become.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

from linetap import fields
from linetap.campaign.json_tree import leaves, written_in
from linetap.campaign.preview_diff import BREAKS, REMEDY
from linetap.display import html
from linetap.errors import Problem, literal_text
from linetap.fields import ConditionalText, LiteralText, Property, RawLiquid
from linetap.line.rules import message_problems, utf16_units
from linetap.line.rules.limits import WORST_VALUE, Limit
from linetap.line.rules.varying import limits

PAGE = "https://docs.clevertap.com/docs/personalize-message-all"

Effect = Literal["breaks the JSON", "changes its text", "adds a message", "changes the recipient", "is a placeholder"]

_STRANGER = "U" + "f" * 32
_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")
_LOOK_ALIKES = {'"': "\u201d", "\\": "\uff3c", "{": "\uff5b", "}": "\uff5d"}


def json_safe_text(text: str) -> str:
    """A copy of ``text`` that no custom body can stumble over, for a property of its own made at upload.

    ``"``, backslash and braces become their typographic look-alikes, control characters a blank::

        ProfileRecord(identity, {"Name": name, "NameForLINE": json_safe_text(name)})
    """
    return re.sub(r"[\"\\{}]", lambda found: _LOOK_ALIKES[found[0]], re.sub(r"[\x00-\x1f\x7f]+", " ", text))


def is_json_safe(value: object) -> bool:
    """Whether a value, uploaded as it is, can stand in any custom body: for rejecting the others at sync."""
    return not isinstance(value, str) or (BREAKS.search(value) is None and not set("{}\x7f") & set(value))


@attrs.frozen
class ValueRisk:
    """One thing a value of a property could do, with a value that does it."""

    property: str
    path: str
    effect: Effect
    value: str
    """An example, for trying it out in a preview."""

    def __str__(self) -> str:
        return f"{self.path}: a value of {self.property} {self.effect}, such as {self.value!r}"


@attrs.frozen
class TextLength:
    """How long one text can become."""

    path: str
    literal: int
    """UTF-16 units of what is fixed."""
    worst: int | None
    """With every value at CleverTap's 512 bytes; None where Liquid of the user's own stands in it."""
    limit: Limit | None = None
    """LINE's limit for this text, where it states one."""

    @property
    def fits(self) -> bool | None:
        """Whether the text keeps LINE's limit whatever the values are; None where that is not known."""
        if self.limit is None or self.worst is None:
            return None
        # A grapheme cluster is at least one unit: where units are few enough, clusters are.
        return self.worst <= self.limit.most


@attrs.frozen
class ValueRisks:
    """Where properties stand, and what their values could do. Nothing was sent or rendered."""

    reaches: Mapping[str, tuple[str, ...]]
    """Property name -> the places its values reach."""
    risks: tuple[ValueRisk, ...] = attrs.field(repr=False)
    lengths: tuple[TextLength, ...] = attrs.field(repr=False)
    trusted: tuple[str, ...]
    """Properties whose values are taken to be safe."""
    problems: tuple[Problem, ...] = attrs.field(repr=False)
    """Everything that depends on values, for people; the remedies stand in the suggestions."""

    @property
    def safe(self) -> bool:
        """Whether no value of any property that is not trusted can change the body's structure or texts."""
        return not self.risks

    @property
    def remedies(self) -> tuple[str, ...]:
        """What helps, in the order of how little it asks for."""
        return () if self.safe else REMEDIES

    def _repr_html_(self) -> str:
        rows: list[tuple[object, ...]] = [("safe", "yes" if self.safe else "no")]
        rows += [(f"{name} reaches", ", ".join(paths)) for name, paths in self.reaches.items()]
        rows += [(f"{risk.property} {risk.effect}", risk.value) for risk in self.risks]
        rows += [(f"longest {each.path}", _told(each)) for each in self.lengths]
        return html.table("ValueRisks", rows, note="; ".join(self.remedies))


REMEDIES = (
    "upload a safe copy of the property and use that one: json_safe_text(value)",
    "reject such values at sync: is_json_safe(value)",
    "send through the relay, which writes every value with JSON's own escapes",
)


def value_risks(to: Property, tree: Mapping[str, Any], trusted: Iterable[str] | None = None) -> ValueRisks:
    """The proof of a body; ``trusted`` names properties whose values hold nothing but plain characters.

    The recipient is trusted unless named otherwise: linetap writes nothing but LINE ids there.
    """
    believed = (to.name,) if trusted is None else tuple(trusted)
    places = [("to", to, False), *_places(tree)]
    reaches: dict[str, list[str]] = {}
    for path, field, _ in places:
        reaches.setdefault(_name(field), []).append(path)
    doubtful = [place for place in places if _name(place[1]) not in believed]
    risks = tuple(risk for path, field, braces in doubtful for risk in _risks(path, _name(field), braces))
    uncertain = [p for p in message_problems(tree["messages"]) if p.severity == "uncertain"]
    told_of = [
        Problem(r.path, f"a value of {r.property} {r.effect}", literal_text(repr(r.value)), PAGE, REMEDY, "uncertain")
        for r in risks
    ]
    named = {name: tuple(dict.fromkeys(paths)) for name, paths in reaches.items()}
    return ValueRisks(named, risks, tuple(_lengths(tree)), believed, (*told_of, *uncertain))


def _told(length: TextLength) -> str:
    longest = "not known" if length.worst is None else f"{length.worst:,} UTF-16 units"
    return longest if length.limit is None else f"{longest}; LINE takes {length.limit.most:,} {length.limit.unit}"


def _name(field: Property | RawLiquid) -> str:
    return field.name if isinstance(field, Property) else field.text


def _places(tree: Mapping[str, Any]) -> Iterator[tuple[str, Property | RawLiquid, bool]]:
    """Where a value is written into the body. What a condition only asks about is written nowhere."""
    for leaf in leaves(tree):
        for field in written_in(leaf.text):
            yield leaf.path, field, leaf.braces


def _risks(path: str, name: str, braces: bool) -> Iterator[ValueRisk]:
    yield ValueRisk(name, path, "breaks the JSON", 'the "U"')
    yield ValueRisk(name, path, "changes its text", "U\\new" if path == "to" else "C:\\new")
    if path.startswith("messages["):
        yield ValueRisk(name, path, "adds a message", _smuggled(path, 2, '{"type":"text","text":"y"},'))
        yield ValueRisk(name, path, "changes the recipient", _smuggled(path, 0, f'"to":"{_STRANGER}",'))
    if braces:
        yield ValueRisk(name, path, "is a placeholder", "{who}")


def _smuggled(path: str, depth: int, what: str) -> str:
    """A value that leaves its string at ``path``, writes ``what`` at a depth, and goes back to where it was.

    Depth 2 is beside the messages, 0 beside ``messages`` itself.
    """
    steps: list[int | str] = [int(index) if index else key for index, key in _STEP.findall(path)]
    levels = steps[depth or 1 :]  # what is left and entered again: everything between that depth and the string
    closers = "".join("]" if isinstance(step, int) else "}" for step in reversed(levels))
    openers = "".join("[" if isinstance(step, int) else f"{{{json.dumps(step)}:" for step in levels)
    back = "" if depth else '"messages":'
    return f'U"{closers},{what}{back}{openers}"'


def _lengths(tree: Mapping[str, Any]) -> Iterator[TextLength]:
    known = {_path(i, place): limit for i, message in enumerate(tree["messages"]) for place, limit in limits(message)}
    for leaf in leaves(tree):
        if fields.has_mark(leaf.text):
            literal, worst = _length(leaf.text)
            yield TextLength(leaf.path, literal, worst, known.get(leaf.path))


def _path(index: int, place: Iterable[str | int]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return f"messages[{index}]{''.join(steps)}"


def _length(text: str) -> tuple[int, int | None]:
    """The fixed part and the worst case of a text."""
    literal, worst = 0, 0
    unknown = False
    for piece in fields.split(text):
        if isinstance(piece, ConditionalText):
            both = [_length(piece.then), _length(piece.otherwise)]
            literal += min(fixed for fixed, _ in both)
            unknown = unknown or any(most is None for _, most in both)
            worst += max(most or 0 for _, most in both)
        elif isinstance(piece, (str, LiteralText)):
            fixed = utf16_units(piece if isinstance(piece, str) else piece.text)
            literal, worst = literal + fixed, worst + fixed
        elif isinstance(piece, RawLiquid):
            unknown = True
        else:
            worst += max(WORST_VALUE, utf16_units(getattr(piece, "default", None) or ""))
    return literal, None if unknown else worst
