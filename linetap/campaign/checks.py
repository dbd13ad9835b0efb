"""What is wrong with a campaign's own words: fields, Liquid typed by hand, two events. LINE's rules are elsewhere.

Over plain JSON with marks, all problems at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from linetap import fields
from linetap.campaign import liquid_dialect
from linetap.campaign.json_tree import Leaf, fields_in, leaves
from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import Condition, EventField, Field, LiteralText, ProfileField, Property, RawLiquid

LIQUID = "https://docs.clevertap.com/docs/liquid-tags"
PAGE = "https://docs.clevertap.com/docs/line-messenger"
EVENTS = "https://docs.clevertap.com/docs/personalize-message-all"

REMEDIES = 'use a field (ProfileField("Name")), RawLiquid("...") for Liquid of your own, or LiteralText("{{") for text'

_TYPED = re.compile(r"\{\{|\{%")
# In textV2 a doubled brace is LINE's own escape, so only what names an object of CleverTap's is taken for Liquid.
_TYPED_IN_V2 = re.compile(r"\{%|\{\{-?\s*(?:Profile|Event|ExternalTrigger|Linked|Catalog|Campaign)\b")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ID = re.compile(r"[UCR][0-9a-f]{32}")


def tree_problems(to: object, tree: Mapping[str, Any], only_if: Sequence[Condition] = ()) -> tuple[Problem, ...]:
    """Everything wrong with the recipient, the conditions and the strings of a body."""
    found = [*recipient_problems(to)]
    for leaf in leaves(tree):
        found += _leaf_problems(leaf)
    if not any(problem.severity == "error" for problem in found):
        found += event_problems([to, *(asked.field for asked in only_if), *fields_in(tree)])
    return tuple(dict.fromkeys(found))


def recipient_problems(to: object) -> Iterator[Problem]:
    """``to`` is a field whose default, if it has one, is itself a LINE id."""
    if not isinstance(to, Property):
        suggestion = 'ProfileField("LineID"), or the property your LINE ids are in'
        yield Problem("to", "is a profile, event or trigger field", type(to).__name__, PAGE, suggestion)
        return
    default = getattr(to, "default", None)
    if default is not None and not _LINE_ID.fullmatch(default):
        yield Problem(
            "to", "has no default that LINE refuses as a recipient", short_repr(default), PAGE, "leave it out"
        )
    elif default is not None:
        rule = "everyone without a LINE id is sent to the default"
        yield Problem("to", rule, short_repr(default), PAGE, "without a default they are skipped", "advice")


def _leaf_problems(leaf: Leaf) -> Iterator[Problem]:
    try:
        pieces = fields.split(leaf.text, leaf.path)
    except BadArgument as error:
        yield from error.problems
        return
    if leaf.is_key and pieces != (leaf.text,) and leaf.text:
        yield Problem(leaf.path, "a field stands in a value, not in the name of a member", literal_text("a field"))
    for piece in pieces:
        yield from _literal(piece, leaf) if isinstance(piece, str) else _inside(piece, leaf)


def _literal(text: str, leaf: Leaf) -> Iterator[Problem]:
    typed = (_TYPED_IN_V2 if leaf.braces else _TYPED).search(text)
    if typed:
        around = text[typed.start() : typed.start() + 40]
        yield Problem(leaf.path, "Liquid typed by hand is not written", short_repr(around), LIQUID, REMEDIES)
    if _SURROGATE.search(text):
        yield Problem(leaf.path, "holds no lone surrogate", short_repr(text), suggestion="decode the text again")


def _inside(piece: Field, leaf: Leaf) -> Iterator[Problem]:
    if isinstance(piece, RawLiquid):
        yield from liquid_dialect.problems(piece.text, leaf.path)
    elif isinstance(piece, fields.ConditionalText):
        for text in (piece.then, piece.otherwise):
            yield from _leaf_problems(Leaf(leaf.path, text, leaf.braces))
    elif isinstance(piece, LiteralText):
        yield from ()


def event_problems(used: Iterable[object]) -> Iterator[Problem]:
    """What only shows when all fields of a body are looked at together."""
    used = list(used)
    events = sorted({field.event for field in used if isinstance(field, EventField)})
    if len(events) > 1:
        rule = "one body reads the properties of one event: Liquid does not tell two apart"
        yield Problem("messages", rule, ", ".join(events), EVENTS, "one campaign for each event")
    for name in sorted({field.name for field in used if isinstance(field, Property)} & {"size", "first", "last"}):
        rule = f"Liquid may answer for {name!r} itself where the person has no such property"
        yield Problem("messages", rule, short_repr(name), LIQUID, "upload it under another name", "uncertain")


def dashboard_problems(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """What the dashboard's spelling cannot say, or says less well than Liquid."""
    rule = "CleverTap's editor makes chips of what is chosen after @; whether pasted text becomes one is not documented"
    yield Problem("body", rule, literal_text("the dashboard's spelling"), PAGE, "check its preview pane", "uncertain")
    for leaf in leaves(tree):
        for piece in fields.split(leaf.text, leaf.path):
            if isinstance(piece, str) and "@" in piece:
                rule = "CleverTap's editor opens its list of properties at every @"
                yield Problem(leaf.path, rule, short_repr(piece), PAGE, "paste the text; do not type it", "advice")
            elif isinstance(piece, (ProfileField, EventField)):
                yield from _chip_problems(piece, leaf.path)


def _chip_problems(field: ProfileField | EventField, path: str) -> Iterator[Problem]:
    if field.default is None:
        rule = "who has no value gets a hole: this spelling cannot skip a person"
        yield Problem(path, rule, field.name, PAGE, 'give it a default, or use body(style="liquid")', "uncertain")
    elif '"' in field.default:
        rule = "a default in the dashboard's spelling holds no double quote"
        yield Problem(path, rule, short_repr(field.default), PAGE, 'use body(style="liquid")')
