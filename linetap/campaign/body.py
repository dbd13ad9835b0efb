"""The text for CleverTap's "Custom body": written by a campaign, or parsed from a pasted text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from linetap.campaign import checks, liquid_checks, liquid_parser, liquid_writer
from linetap.campaign.compiled_body import CompiledBody
from linetap.campaign.json_tree import leaves, pieces, properties_in, readable_text, written_in
from linetap.campaign.liquid_writer import Style
from linetap.campaign.raw_liquid import RenderOptions
from linetap.display import html
from linetap.errors import BadCampaign, Problem, invalid, literal_text, short_repr
from linetap.fields import Condition, EventField, Field, Property, has_mark

if TYPE_CHECKING:
    from datetime import tzinfo

    from linetap.campaign.preview import Preview
    from linetap.campaign.previewer import Previewer, Validate
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
    """The recipient field; None if the text has no readable recipient."""
    tree: Mapping[str, Any] = attrs.field(factory=_no_tree, repr=False)
    """Messages and options as plain JSON, with a mark for each field."""
    only_if: tuple[Condition, ...] = ()
    """A profile that does not meet all of these is skipped."""
    problems: tuple[Problem, ...] = attrs.field(default=(), repr=False)
    """Errors, uncertain points and advice; a body that a campaign wrote has no errors."""

    def __str__(self) -> str:
        return self.text

    @property
    def fields(self) -> tuple[Property, ...]:
        """The properties that the text reads, each once, the recipient first."""
        asked = [condition.field for condition in self.only_if]
        own = [*([self.to] if self.to else []), *asked, *properties_in(self.tree)]
        return tuple(dict.fromkeys([*own, *liquid_parser.properties_in_raw(self.tree)]))

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The messages as plain JSON with marks."""
        found = self.tree.get("messages", ())
        return found if isinstance(found, list) else ()

    @classmethod
    def parse(cls, text: str, *, known: Iterable[Field] = ()) -> CustomBody:
        """Parse a body in Liquid or in the dashboard's style; errors are in ``problems``, not raised.

        ``known`` fields help where an editor token without a default is followed directly by text. Liquid that is
        not a field, a default or a condition of linetap's is kept as ``RawLiquid``.
        Raises ``BadArgument`` only if ``text`` is not a str.
        """
        if not isinstance(text, str):
            raise invalid("text", "must be a str", type(text).__name__)
        try:
            return cls._read(text, known)
        except RecursionError:
            rule = "must not be nested so deeply"
            return cls(text, problems=(Problem("body", rule, "hundreds of levels", WEBHOOK_PAGE),))

    @classmethod
    def _read(cls, text: str, known: Iterable[Field]) -> CustomBody:
        if has_mark(text):
            rule = "must not contain a mark of linetap: a field in a body is Liquid or an editor token"
            return cls(text, problems=(Problem("body", rule, "a mark", WEBHOOK_PAGE),))
        marked = liquid_parser.with_marks(text, known)
        style: Style = "dashboard" if liquid_parser.has_editor_tokens(text) else "liquid"
        liquid = liquid_parser.as_liquid(text, known)
        try:
            read = liquid_parser.to_tree(marked)
        except ValueError as error:
            return cls(text, style, problems=(*liquid_checks.problems(liquid), _not_json(marked, error)))
        if not isinstance(read, dict):
            rule = "must be one JSON object"
            return cls(
                text,
                style,
                problems=(*liquid_checks.problems(liquid), Problem("body", rule, type(read).__name__, WEBHOOK_PAGE)),
            )
        found = list(checks.dialect_problems(liquid, read))
        written = read.pop("to", None)
        only_if, to = liquid_parser.recipient(written if isinstance(written, str) else "")
        found += [] if to else [_no_recipient(written)]
        found += checks.event_problems([to, *properties_in(read)])
        return cls(text, style, to, read, only_if, tuple(found))

    def raise_for_problems(self) -> CustomBody:
        """The body itself; raises ``BadCampaign`` with all errors, if there are any."""
        errors = [problem for problem in self.problems if problem.severity == "error"]
        if errors:
            raise BadCampaign(problems=errors)
        return self

    def preview(
        self,
        profile: object,
        *,
        event: object = None,
        trigger: object = None,
        validate: Validate | None = None,
        zone: tzinfo | None = None,
        objects: Mapping[str, Any] | None = None,
    ) -> Preview:
        """What one user would receive of this text, compared with what its fields mean; see :meth:`Campaign.preview`.

        Raises ``BadCampaign`` if the text has errors.
        """
        return self._previewer(zone, objects).preview(profile, event, trigger, validate=validate)

    def preview_many(
        self,
        profiles: Iterable[object],
        *,
        progress: Progress = None,
        examples: int = 3,
        zone: tzinfo | None = None,
        objects: Mapping[str, Any] | None = None,
    ) -> PreviewReport:
        """What many users would receive of this text; see :meth:`Campaign.preview_many`."""
        from linetap.campaign.report import preview_many

        return preview_many(self._previewer(zone, objects), profiles, progress=progress, examples=examples)

    def _previewer(self, zone: tzinfo | None, objects: Mapping[str, Any] | None) -> Previewer:
        from linetap.campaign.previewer import Previewer

        self.raise_for_problems()
        if self.to is None:  # raise_for_problems has raised already
            raise BadCampaign("the body has no recipient")
        text = liquid_parser.as_liquid(self.text, self.fields)
        compiled = CompiledBody(self.to, self.tree, self.only_if, liquid_parser.plain_outputs(text))
        return Previewer("Custom body", compiled, text, RenderOptions(zone, objects=objects or {}))

    def _repr_html_(self) -> str:
        written = {self.to, *(field for leaf in leaves(self.tree) for field in written_in(leaf.text))}
        rows: list[tuple[object, ...]] = [(field.name, _use(field, field in written)) for field in self.fields]
        rows += [(problem.severity, problem) for problem in self.problems]
        text = f"<pre style='white-space:pre-wrap'>{html.escape(self.text)}</pre>"
        return text + html.table(f"Custom body, {self.style}", rows)


def _use(field: Property, written: bool) -> str:
    if not written:
        return "in a condition"
    return "required" if field.default is None else f"or {field.default!r}"


def _no_recipient(written: object) -> Problem:
    shown = readable_text(written) if isinstance(written, str) else written
    found = literal_text("no to") if written is None else short_repr(shown)
    return Problem("to", "must be a single field without other text", found, checks.PAGE, "write {{ Profile.LineID }}")


def _not_json(marked: str, error: ValueError) -> Problem:
    rule = "must be JSON, with every tag and editor token inside a string"
    at = getattr(error, "pos", 0)
    around = literal_text("..." + "".join(_readable(marked[max(0, at - 30) : at + 30])))
    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return Problem("body", rule, f"{reason} at {around}", WEBHOOK_PAGE)


def _readable(text: str) -> str:
    """A part of a text that may end inside a mark, with readable fields."""
    try:
        return readable_text(text)
    except ValueError:
        return "a field"


@attrs.frozen
class BodyDifference:
    """One path at which the pasted body differs from the campaign."""

    path: str
    campaign: str | None
    """The value in the campaign, fields as ``<Name>``; None if the campaign has no value there."""
    pasted: str | None
    """The value in the pasted body; None if it has no value there."""

    def __str__(self) -> str:
        return f"{self.path}: campaign {self.campaign!r}, pasted {self.pasted!r}"


def differences(ours: CustomBody, theirs: CustomBody) -> tuple[BodyDifference, ...]:
    """The differences in content of two bodies; Liquid style, white space and the order of members are ignored."""
    mine, other = _facts(ours), _facts(theirs)
    # A body that cannot be parsed comes first: other differences follow from it.
    paths = sorted([*mine, *(path for path in other if path not in mine)], key=lambda path: path != "body")
    pairs = [(path, mine.get(path), other.get(path)) for path in paths]
    return tuple(BodyDifference(path, _shown(a), _shown(b)) for path, a, b in pairs if a != b)


def _facts(body: CustomBody) -> dict[str, Any]:
    errors = [problem for problem in body.problems if problem.severity == "error" and problem.path == "body"]
    facts: dict[str, Any] = {"body": (str(errors[0]),)} if errors else {}
    facts["to"] = (_without_event(body.to),) if body.to else ()
    for condition in body.only_if:
        facts[f"only if {_shown((_without_event(condition.field),))} {condition.operator}"] = (str(condition.value),)
    facts.update(_values(body.tree, ""))
    return facts


def _values(tree: Any, path: str, braces: bool = False) -> dict[str, Any]:
    if isinstance(tree, Mapping):
        named = {key: f"{path}.{key}" if path else str(key) for key in tree}
        inner = [_values(tree[key], at, liquid_writer.in_text_v2(tree, key)) for key, at in named.items()]
    elif isinstance(tree, (list, tuple)):
        inner = [_values(value, f"{path}[{i}]") for i, value in enumerate(tree)]
    elif isinstance(tree, str):
        return {path: tuple(_without_event(piece) for piece in pieces(tree, braces=braces))}
    else:
        return {path: (type(tree), tree)}
    return {name: value for found in inner for name, value in found.items()}


def _without_event(piece: Any) -> Any:
    """A field without its event's name, which Liquid does not contain."""
    return (
        EventField(liquid_parser.UNKNOWN_EVENT, piece.name, piece.default) if isinstance(piece, EventField) else piece
    )


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if len(value) == 2 and isinstance(value[0], type):
        return json.dumps(value[1])
    return readable_text("".join(str(piece) for piece in value))
