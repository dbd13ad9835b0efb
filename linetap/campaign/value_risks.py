"""Analyses a campaign without profiles: which values of its properties would break it, and the remedies.

CleverTap documents no escaping of values and no filter that escapes for JSON, so a template cannot prevent this.
The analysis lists where each property is used, what its values can do there, and how long each text can become.
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
from linetap.errors import Problem, invalid, literal_text
from linetap.fields import ConditionalText, LiteralText, Property, RawLiquid
from linetap.line.rules import message_problems, utf16_units
from linetap.line.rules.limits import WORST_VALUE, Limit
from linetap.line.rules.varying import field_limits

PAGE = "https://docs.clevertap.com/docs/personalize-message-all"

Effect = Literal["breaks the JSON", "changes its text", "adds a message", "changes the recipient", "is a placeholder"]

_OTHER_LINE_ID = "U" + "f" * 32
_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")
_SAFE_REPLACEMENTS = {'"': "\u201d", "\\": "\uff3c", "{": "\uff5b", "}": "\uff5d"}


def json_safe_text(text: str) -> str:
    """A copy of ``text`` that cannot break the JSON of a custom body, to upload as a separate property.

    ``"``, backslash and braces are replaced by similar characters, control characters by a blank::

        ProfileRecord(identity, {"Name": name, "NameForLINE": json_safe_text(name)})
    """
    given: object = text
    if not isinstance(given, str):
        raise invalid("text", "must be a string", text, "write str(...) around it, or omit a missing value")
    return re.sub(r"[\"\\{}]", lambda found: _SAFE_REPLACEMENTS[found[0]], re.sub(r"[\x00-\x1f\x7f]+", " ", text))


def is_json_safe(value: object) -> bool:
    """Whether a value can be used in any custom body without changes; reject other values at sync."""
    return not isinstance(value, str) or (BREAKS.search(value) is None and not set("{}\x7f") & set(value))


@attrs.frozen
class ValueRisk:
    """One effect that a value of a property can have, with an example."""

    property: str
    path: str
    effect: Effect
    value: str
    """An example value, to try in a preview."""

    def __str__(self) -> str:
        return f"{self.path}: a value of {self.property} {self.effect}, such as {self.value!r}"


@attrs.frozen
class TextLength:
    """The possible length of one text."""

    path: str
    literal: int
    """UTF-16 units of the literal text."""
    worst: int | None
    """The length if every value has CleverTap's maximum of 512 bytes; None if the text contains RawLiquid."""
    limit: Limit | None = None
    """LINE's limit for this text, if it documents one."""

    @property
    def fits(self) -> bool | None:
        """Whether the text is within LINE's limit for all values; None if that is not known."""
        if self.limit is None or self.worst is None:
            return None
        # A grapheme cluster has at least one UTF-16 unit, so the limit holds for clusters if it holds for units.
        return self.worst <= self.limit.most


@attrs.frozen
class ValueRisks:
    """Where properties are used, and which effects their values can have. Nothing was sent or rendered."""

    reaches: Mapping[str, tuple[str, ...]]
    """Property name -> paths of the strings that contain its values."""
    risks: tuple[ValueRisk, ...] = attrs.field(repr=False)
    lengths: tuple[TextLength, ...] = attrs.field(repr=False)
    trusted: tuple[str, ...]
    """Properties whose values are assumed to be safe."""
    problems: tuple[Problem, ...] = attrs.field(repr=False)
    """Everything that depends on values, with remedies as suggestions."""

    @property
    def safe(self) -> bool:
        """Whether no value of a property that is not trusted can change the structure or texts of the body."""
        return not self.risks

    @property
    def remedies(self) -> tuple[str, ...]:
        """The remedies, the simplest first; () if ``safe``."""
        return () if self.safe else REMEDIES

    def _repr_html_(self) -> str:
        rows: list[tuple[object, ...]] = [("safe", "yes" if self.safe else "no")]
        rows += [(f"{name} reaches", ", ".join(paths)) for name, paths in self.reaches.items()]
        rows += [(f"{risk.property} {risk.effect}", risk.value) for risk in self.risks]
        rows += [(f"longest {each.path}", _length_text(each)) for each in self.lengths]
        return html.table("ValueRisks", rows, note="; ".join(self.remedies))


REMEDIES = (
    "upload a safe copy of the property and use the copy: json_safe_text(value)",
    "reject such values at sync: is_json_safe(value)",
    "send with campaign.deliveries(...) and push_many: linetap escapes every value for JSON",
)


def value_risks(to: Property, tree: Mapping[str, Any], trusted: Iterable[str] | None = None) -> ValueRisks:
    """The risks of a body; ``trusted`` names properties whose values contain plain characters only.

    The recipient is trusted by default: linetap uploads only LINE ids to it.
    """
    trusted_names = (to.name,) if trusted is None else tuple(trusted)
    positions = [("to", to, False), *_positions(tree)]
    reaches: dict[str, list[str]] = {}
    for path, field, _ in positions:
        reaches.setdefault(_name(field), []).append(path)
    doubtful = [position for position in positions if _name(position[1]) not in trusted_names]
    risks = tuple(risk for path, field, braces in doubtful for risk in _risks(path, _name(field), braces))
    uncertain = [p for p in message_problems(tree["messages"]) if p.severity == "uncertain"]
    from_values = [
        Problem(
            r.path,
            f"must not change with a value of {r.property}: such a value {r.effect}",
            literal_text(repr(r.value)),
            PAGE,
            REMEDY,
            "uncertain",
        )
        for r in risks
    ]
    named = {name: tuple(dict.fromkeys(paths)) for name, paths in reaches.items()}
    return ValueRisks(named, risks, tuple(_lengths(tree)), trusted_names, (*from_values, *uncertain))


def _length_text(length: TextLength) -> str:
    longest = "not known" if length.worst is None else f"{length.worst:,} UTF-16 units"
    return longest if length.limit is None else f"{longest}; LINE accepts {length.limit.most:,} {length.limit.unit}"


def _name(field: Property | RawLiquid) -> str:
    return field.name if isinstance(field, Property) else field.text


def _positions(tree: Mapping[str, Any]) -> Iterator[tuple[str, Property | RawLiquid, bool]]:
    """The strings that contain values. A property that only a condition reads is in none of them."""
    for leaf in leaves(tree):
        for field in written_in(leaf.text):
            yield leaf.path, field, leaf.braces


def _risks(path: str, name: str, braces: bool) -> Iterator[ValueRisk]:
    yield ValueRisk(name, path, "breaks the JSON", 'the "U"')
    yield ValueRisk(name, path, "changes its text", "U\\new" if path == "to" else "C:\\new")
    if path.startswith("messages["):
        yield ValueRisk(name, path, "adds a message", _injection(path, 2, '{"type":"text","text":"y"},'))
        yield ValueRisk(name, path, "changes the recipient", _injection(path, 0, f'"to":"{_OTHER_LINE_ID}",'))
    if braces:
        yield ValueRisk(name, path, "is a placeholder", "{who}")


def _injection(path: str, depth: int, what: str) -> str:
    """A value that closes its string at ``path``, writes ``what`` at a depth, and opens the same path again.

    Depth 2 is beside the messages, 0 beside ``messages`` itself.
    """
    steps: list[int | str] = [int(index) if index else key for index, key in _STEP.findall(path)]
    levels = steps[depth or 1 :]  # closed and opened again: everything between that depth and the string
    closers = "".join("]" if isinstance(step, int) else "}" for step in reversed(levels))
    openers = "".join("[" if isinstance(step, int) else f"{{{json.dumps(step)}:" for step in levels)
    back = "" if depth else '"messages":'
    return f'U"{closers},{what}{back}{openers}"'


def _lengths(tree: Mapping[str, Any]) -> Iterator[TextLength]:
    known = {
        _path(i, place): limit for i, message in enumerate(tree["messages"]) for place, limit in field_limits(message)
    }
    for leaf in leaves(tree):
        if fields.has_mark(leaf.text):
            literal, worst = _length(leaf.text)
            yield TextLength(leaf.path, literal, worst, known.get(leaf.path))


def _path(index: int, place: Iterable[str | int]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return f"messages[{index}]{''.join(steps)}"


def _length(text: str) -> tuple[int, int | None]:
    """The length of the literal part and the maximum length of a text."""
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
