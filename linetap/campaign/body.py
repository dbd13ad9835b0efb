"""The text for CleverTap's "Custom body": written by a campaign, or read back from what somebody pasted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from linetap.campaign import checks, liquid_dialect, liquid_parser, liquid_writer
from linetap.campaign.compiled_body import Compiled
from linetap.campaign.json_tree import described, leaves, pieces, properties_in, written_in
from linetap.campaign.liquid_writer import Style
from linetap.display import html
from linetap.errors import BadCampaign, Problem, invalid, literal_text, short_repr
from linetap.fields import Condition, EventField, Field, Property, has_mark

if TYPE_CHECKING:
    from linetap.campaign.preview import Preview, Previewer, Validate
    from linetap.campaign.report import PreviewReport
    from linetap.display.progress import Progress

WEBHOOK_PAGE = "https://docs.clevertap.com/docs/create-message-webhook"


def _no_tree() -> Mapping[str, Any]:
    return {}


@attrs.frozen
class CustomBody:
    """A custom body: ``str(body)`` is the text to paste into CleverTap's editor (format JSON, mode "Custom body")."""

    text: str = attrs.field(repr=lambda text: short_repr(text, 60))
    style: Style = "liquid"
    to: Property | None = attrs.field(default=None, repr=lambda field: str(repr(field)))
    """The recipient; None where the text has none that could be read."""
    tree: Mapping[str, Any] = attrs.field(factory=_no_tree, repr=False)
    """Messages and options as plain JSON, a mark where each field stands."""
    only_if: tuple[Condition, ...] = ()
    """The conditions on which a person is sent to at all."""
    problems: tuple[Problem, ...] = attrs.field(default=(), repr=False)
    """What is wrong or not certain; a body that a campaign wrote holds no error."""

    def __str__(self) -> str:
        return self.text

    @property
    def fields(self) -> tuple[Property, ...]:
        """The properties the text reads, each once, the recipient first."""
        asked = [condition.field for condition in self.only_if]
        return tuple(dict.fromkeys([*([self.to] if self.to else []), *asked, *properties_in(self.tree)]))

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The messages as plain JSON with marks."""
        found = self.tree.get("messages", ())
        return found if isinstance(found, list) else ()

    @classmethod
    def parse(cls, text: str, *, known: Iterable[Field] = ()) -> CustomBody:
        """Reads a body in either spelling, ours or the dashboard's; never fails, but says what is wrong.

        ``known`` fields help where a chip without a default runs into the text behind it. What is not
        understood stays as ``RawLiquid``. A text that is not JSON has an error among its ``problems``.
        """
        if not isinstance(text, str):
            raise invalid("text", "is the text of a body, as str", type(text).__name__)
        try:
            return cls._read(text, known)
        except RecursionError:
            rule = "is nested no deeper than can be followed"
            return cls(text, problems=(Problem("body", rule, "hundreds of levels", WEBHOOK_PAGE),))

    @classmethod
    def _read(cls, text: str, known: Iterable[Field]) -> CustomBody:
        if has_mark(text):
            rule = "holds no mark: tags and chips are what stands for a field in a body"
            return cls(text, problems=(Problem("body", rule, "a mark", WEBHOOK_PAGE),))
        marked = liquid_parser.with_marks(text, known)
        style: Style = "dashboard" if liquid_parser.has_chips(text) else "liquid"
        found = list(liquid_dialect.problems(text))
        try:
            read = liquid_parser.to_tree(marked)
        except ValueError as error:
            return cls(text, style, problems=(*found, _not_json(marked, error)))
        if not isinstance(read, dict):
            rule = "is one JSON object"
            return cls(text, style, problems=(*found, Problem("body", rule, type(read).__name__, WEBHOOK_PAGE)))
        only_if, to = liquid_parser.recipient(read.pop("to", "") if isinstance(read.get("to"), str) else "")
        found += [] if to else [Problem("to", "is a single field, alone in its string", "", checks.PAGE)]
        found += checks.event_problems([to, *properties_in(read)])
        return cls(text, style, to, read, only_if, tuple(found))

    def raise_for_problems(self) -> CustomBody:
        """The body itself, or ``BadCampaign`` with everything that is an error."""
        errors = [problem for problem in self.problems if problem.severity == "error"]
        if errors:
            raise BadCampaign(problems=errors)
        return self

    def preview(
        self, profile: object, *, event: object = None, trigger: object = None, validate: Validate | None = None
    ) -> Preview:
        """What one person would receive of *this* text, whoever typed it; compared with what its fields mean.

        ``BadCampaign`` where the text has errors. Needs the extra ``preview``.
        """
        return self._previewer().look(profile, event, trigger, validate=validate)

    def preview_many(
        self, profiles: Iterable[object], *, progress: Progress = None, examples: int = 3
    ) -> PreviewReport:
        """What many would receive of this text; see :meth:`Campaign.preview_many`."""
        from linetap.campaign.report import preview_many

        return preview_many(self._previewer(), profiles, progress=progress, examples=examples)

    def _previewer(self) -> Previewer:
        from linetap.campaign.preview import Previewer

        self.raise_for_problems()
        if self.to is None:  # told by raise_for_problems already
            raise BadCampaign("the body has no recipient")
        compiled = Compiled(self.to, self.tree, self.only_if)
        return Previewer("Custom body", compiled, liquid_parser.as_liquid(self.text, self.fields))

    def _repr_html_(self) -> str:
        written = {self.to, *(field for leaf in leaves(self.tree) for field in written_in(leaf.text))}
        rows: list[tuple[object, ...]] = [(field.name, _use(field, field in written)) for field in self.fields]
        rows += [(problem.severity, problem) for problem in self.problems]
        text = f"<pre style='white-space:pre-wrap'>{html.escape(self.text)}</pre>"
        return text + html.table(f"Custom body, {self.style}", rows)


def _use(field: Property, written: bool) -> str:
    if not written:
        return "asked about"
    return "required" if field.default is None else f"or {field.default!r}"


def _not_json(marked: str, error: ValueError) -> Problem:
    rule = "is JSON once every tag and chip is a value: a tag stands inside a string"
    at = getattr(error, "pos", 0)
    around = literal_text("..." + "".join(_described(marked[max(0, at - 30) : at + 30])))
    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return Problem("body", rule, f"{reason} at {around}", WEBHOOK_PAGE)


def _described(text: str) -> str:
    """A stretch of text that may end inside a mark, as people can read it."""
    try:
        return described(text)
    except ValueError:
        return "a field"


@attrs.frozen
class BodyDifference:
    """One place where what was pasted is not what the campaign says."""

    path: str
    campaign: str | None
    """What the campaign says, fields as ``<Name>``; None where it says nothing."""
    pasted: str | None

    def __str__(self) -> str:
        return f"{self.path}: campaign {self.campaign!r}, pasted {self.pasted!r}"


def differences(ours: CustomBody, theirs: CustomBody) -> tuple[BodyDifference, ...]:
    """Where two bodies differ in what they say; spelling, blanks and the order of members do not count."""
    mine, other = _facts(ours), _facts(theirs)
    # What cannot be read at all comes first: the rest follows from it.
    paths = sorted([*mine, *(path for path in other if path not in mine)], key=lambda path: path != "body")
    told = [(path, mine.get(path), other.get(path)) for path in paths]
    return tuple(BodyDifference(path, _told(a), _told(b)) for path, a, b in told if a != b)


def _facts(body: CustomBody) -> dict[str, Any]:
    errors = [problem for problem in body.problems if problem.severity == "error" and problem.path == "body"]
    facts: dict[str, Any] = {"body": (str(errors[0]),)} if errors else {}
    facts["to"] = (_anonymous(body.to),) if body.to else ()
    for condition in body.only_if:
        facts[f"only if {_told((_anonymous(condition.field),))} {condition.operator}"] = (str(condition.value),)
    facts.update(_values(body.tree, ""))
    return facts


def _values(tree: Any, path: str, braces: bool = False) -> dict[str, Any]:
    if isinstance(tree, Mapping):
        named = {key: f"{path}.{key}" if path else str(key) for key in tree}
        inner = [_values(tree[key], at, liquid_writer.in_text_v2(tree, key)) for key, at in named.items()]
    elif isinstance(tree, (list, tuple)):
        inner = [_values(value, f"{path}[{i}]") for i, value in enumerate(tree)]
    elif isinstance(tree, str):
        return {path: tuple(_anonymous(piece) for piece in pieces(tree, braces=braces))}
    else:
        return {path: (type(tree), tree)}
    return {name: value for found in inner for name, value in found.items()}


def _anonymous(piece: Any) -> Any:
    """A field without its event's name, which Liquid does not tell."""
    return (
        EventField(liquid_parser.UNKNOWN_EVENT, piece.name, piece.default) if isinstance(piece, EventField) else piece
    )


def _told(value: Any) -> str | None:
    if value is None:
        return None
    if len(value) == 2 and isinstance(value[0], type):
        return json.dumps(value[1])
    return described("".join(str(piece) for piece in value))
