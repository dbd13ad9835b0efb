"""Checks of a campaign's fields: recipient, Liquid in plain text, events. LINE's rules are in linetap.line.rules.

The input is plain JSON with marks; all problems are returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from linetap import fields
from linetap.campaign import liquid_checks, liquid_writer
from linetap.campaign.json_tree import Leaf, fields_in, leaves
from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import Condition, EventField, Field, ProfileField, Property, RawLiquid

LIQUID = "https://docs.clevertap.com/docs/liquid-tags"
PAGE = "https://docs.clevertap.com/docs/line-messenger"
EVENTS = "https://docs.clevertap.com/docs/personalize-message-all"

REMEDIES = 'use a field (ProfileField("Name")), RawLiquid("...") for Liquid of your own, or LiteralText("{{") for text'

_TYPED = re.compile(r"\{\{|\{%")
# In textV2 a doubled brace is LINE's escape, so only braces with the name of a CleverTap object count as Liquid.
_TYPED_IN_V2 = re.compile(r"\{%|\{\{-?\s*(?:Profile|Event|ExternalTrigger|Linked|Catalog|Campaign)\b")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ID = re.compile(r"[UCR][0-9a-f]{32}")


def tree_problems(to: object, tree: Mapping[str, Any], only_if: Sequence[Condition] = ()) -> tuple[Problem, ...]:
    """All problems of the recipient, the conditions and the strings of a body."""
    found = [*recipient_problems(to)]
    for leaf in leaves(tree):
        found += _leaf_problems(leaf)
    if not any(problem.severity == "error" for problem in found):
        found += event_problems([to, *(condition.field for condition in only_if), *fields_in(tree)])
    return tuple(dict.fromkeys(found))


def recipient_problems(to: object) -> Iterator[Problem]:
    """``to`` must be a field; its default, if it has one, must be a LINE id."""
    if not isinstance(to, Property):
        suggestion = 'use ProfileField("LineID"), or the property that contains your LINE ids'
        yield Problem("to", "must be a profile, event or trigger field", type(to).__name__, PAGE, suggestion)
        return
    default = getattr(to, "default", None)
    if default is not None and not _LINE_ID.fullmatch(default):
        yield Problem(
            "to", "must not have a default that is not a LINE id", short_repr(default), PAGE, "remove the default"
        )
    elif default is not None:
        rule = "should have no default: the messages of all profiles without a LINE id go to it"
        yield Problem("to", rule, short_repr(default), PAGE, "without a default these profiles are skipped", "advice")


def _leaf_problems(leaf: Leaf) -> Iterator[Problem]:
    try:
        pieces = fields.split(leaf.text, leaf.path)
    except BadArgument as error:
        yield from error.problems
        return
    if leaf.is_key and pieces != (leaf.text,) and leaf.text:
        yield Problem(leaf.path, "must not have a field in the name of a member", literal_text("a field"))
    for piece in pieces:
        yield from _literal(piece, leaf) if isinstance(piece, str) else _inside(piece, leaf)


def _literal(text: str, leaf: Leaf) -> Iterator[Problem]:
    typed = (_TYPED_IN_V2 if leaf.braces else _TYPED).search(text)
    if typed:
        around = text[typed.start() : typed.start() + 40]
        yield Problem(leaf.path, "must not contain Liquid as plain text", short_repr(around), LIQUID, REMEDIES)
    if _SURROGATE.search(text):
        yield Problem(
            leaf.path, "must not contain a lone surrogate", short_repr(text), suggestion="decode the text again"
        )


def _inside(piece: Field, leaf: Leaf) -> Iterator[Problem]:
    if isinstance(piece, fields.ConditionalText):
        for text in (piece.then, piece.otherwise):
            yield from _leaf_problems(Leaf(leaf.path, text, leaf.braces))


def liquid_problems(to: Property, tree: Mapping[str, Any], only_if: Sequence[Condition]) -> Iterator[Problem]:
    """Problems of a body's Liquid: of the strings with RawLiquid, and of the whole body."""
    text = liquid_writer.body_text(to, tree, style="liquid", only_if=only_if)
    yield from dialect_problems(text, tree)


def dialect_problems(text: str, tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Problems of a Liquid text, at the string of the body that causes them where that is known."""
    found = liquid_checks.problems(text)
    if not found:
        return
    placed: dict[tuple[str, str], Problem] = {}
    for leaf in leaves(tree):
        if any(isinstance(field, RawLiquid) for field in fields_in(leaf.text)):
            written = liquid_writer.text_between_quotes(leaf.text, liquid_writer.liquid, leaf.braces, leaf.path)
            for problem in liquid_checks.problems(written, leaf.path):
                placed.setdefault((problem.rule, problem.found), problem)
    # A block may extend over two strings: then neither is valid by itself, and only the whole body counts.
    errors = any(problem.severity == "error" for problem in found)
    own = [problem for problem in placed.values() if errors or problem.severity != "error"]
    known = {problem.rule for problem in own}
    yield from own
    yield from (problem for problem in found if problem.rule not in known)


def event_problems(used: Iterable[object]) -> Iterator[Problem]:
    """Problems of all fields of a body together."""
    used = list(used)
    events = sorted({field.event for field in used if isinstance(field, EventField)})
    if len(events) > 1:
        rule = "must use the properties of one event only: Liquid cannot distinguish two events"
        yield Problem("messages", rule, ", ".join(events), EVENTS, "make one campaign for each event")
    for name in sorted({field.name for field in used if isinstance(field, Property)} & {"size", "first", "last"}):
        rule = f"should not use the property {name!r}: Liquid has a built-in member of this name"
        yield Problem("messages", rule, short_repr(name), LIQUID, "upload it under another name", "uncertain")


def dashboard_problems(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Limits of the dashboard's style, compared with Liquid."""
    rule = "may show the fields as plain text: CleverTap does not document whether its editor reads pasted tokens"
    yield Problem(
        "body", rule, literal_text("the dashboard style"), PAGE, "check the preview in the editor", "uncertain"
    )
    for leaf in leaves(tree):
        for piece in fields.split(leaf.text, leaf.path):
            if isinstance(piece, str) and "@" in piece:
                rule = "should have no @ in plain text: CleverTap's editor opens its list of properties there"
                yield Problem(leaf.path, rule, short_repr(piece), PAGE, "paste the text; do not type it", "advice")
            elif isinstance(piece, (ProfileField, EventField)):
                yield from _token_problems(piece, leaf.path)


def _token_problems(field: ProfileField | EventField, path: str) -> Iterator[Problem]:
    if field.default is None:
        rule = "must have a default: the dashboard style cannot skip a profile, so that the text would be empty"
        yield Problem(path, rule, field.name, PAGE, 'give it a default, or use body(style="liquid")', "uncertain")
    elif '"' in field.default:
        rule = "must not have a double quote in its default: the dashboard style cannot write it"
        yield Problem(path, rule, short_repr(field.default), PAGE, 'use body(style="liquid")')
