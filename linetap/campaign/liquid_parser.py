"""Parses a custom body: Liquid and editor tokens become marks, the rest is JSON.

The body in CleverTap's dashboard may be written by linetap or typed in either style. Known forms become a field, a
ConditionalText or a condition; all other Liquid becomes ``RawLiquid``, so that nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from linetap.campaign import liquid_checks, liquid_writer
from linetap.campaign.json_tree import fields_in, pieces, undoubled_defaults, with_default
from linetap.campaign.liquid_blocks import Block, Node, nodes_of
from linetap.campaign.liquid_tags import Tag, tags
from linetap.errors import BadArgument
from linetap.fields import (
    Condition,
    ConditionalText,
    EventField,
    Field,
    ProfileField,
    Property,
    RawLiquid,
    TriggerField,
)

UNKNOWN_EVENT = "Event"
"""The event of a field parsed from Liquid, which does not contain the name of the event."""

_PATH = re.compile(r"""(Profile|Event|ExternalTrigger)(?:\.([A-Za-z_]\w*)|\[\s*(?:'([^']+)'|"([^"]+)")\s*\])""")
_SHOWN = re.compile(rf"""({_PATH.pattern})\s*(?:\|\s*default\s*:\s*(?:'([^']*)'|"([^"]*)"))?""")
_COMPARED = re.compile(
    rf"""({_PATH.pattern})\s*(==|!=|contains)\s*(?:'([^']*)'|"([^"]*)"|(true|false)|(-?\d+))""", re.VERBOSE
)
_SHADOWED = re.compile(
    r"\{%-?\s*(?:assign|capture|for|tablerow|increment|decrement)\s+(?:Profile|Event|ExternalTrigger)\b"
)
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
_NAME = r'[^@"|{}\\\n]+?'
_HAS_VALUE = re.compile(rf"""({_PATH.pattern})\s*\|\s*default:\s*''\s*\|\s*strip""")
_IS_SET = f"{liquid_writer.VALUE_VARIABLE} != ''"
_GUARD = re.compile(
    r"(?:\{%-?\s*assign (?P<assign>[^%]*?)-?%\})?\{%-?\s*unless (?P<test>.*?)-?%\}\{% abort %\}\{% endunless %\}"
)
_TOKEN = re.compile(rf'@(?P<source>{_NAME}) - (?P<name>{_NAME})\s*\|\s*default:\s*"(?P<default>[^"]*)"')
_BARE_TOKEN = re.compile(r"@(?P<source>Profile) - (?P<name>\w+)")


def with_marks(text: str, known: Iterable[Field] = ()) -> str:
    """``text`` with a mark for every tag and editor token; ``known`` fields show where the name in a token ends."""
    # From here on a variable of the text has the name of an object: its tags are kept as they are.
    shadowed = _SHADOWED.search(text)
    end = shadowed.start() if shadowed else len(text)
    tokens = _token_replacer(known)
    return _text(nodes_of(text[:end]), text, tokens) + _whole(text[end:], False)


def to_tree(marked: str) -> Any:
    """The JSON of a body with marks; raises ``ValueError`` if it is not JSON. Line breaks in strings are accepted."""
    return _undoubled(json.loads(marked, strict=False))


def plain_outputs(text: str) -> frozenset[Property]:
    """The fields with the default '' that a text has without the filter ``default``: they show false and {}."""
    found = [tag.inside for tag in tags(text) if not tag.name]
    plain = {_shown(inside) for inside in found if "|" not in inside}
    filtered = {_shown(inside) for inside in found if "|" in inside}
    return frozenset(field for field in plain - filtered if isinstance(field, Property))


def properties_in_raw(tree: Any) -> tuple[Property, ...]:
    """The properties that the RawLiquid of a tree reads by name, each once."""
    raw = [liquid_writer.raw_text(field) for field in fields_in(tree) if isinstance(field, RawLiquid)]
    read = liquid_checks.properties_read("".join(raw)) if raw else {}
    found = (_field(root, name, None) for root in liquid_checks.GIVEN for name in sorted(read.get(root) or ()))
    return tuple(field for field in found if field is not None)


def recipient(to: str) -> tuple[tuple[Condition, ...], Property | None]:
    """The value of ``to``: the guards before it (``skip_unless``) and the field; None if it is not a single field."""
    parts = [piece for piece in pieces(to) if not (isinstance(piece, str) and not piece.strip())]
    guards = [_guard(piece) for piece in parts[:-1]]
    field = parts[-1] if parts else None
    if not isinstance(field, Property) or None in guards:
        return (), None
    # The default of CleverTap's page is not a LINE id: LINE rejects it, and the Liquid style skips the profile.
    no_recipient = (field.default or "").strip() in ("", liquid_writer.DASHBOARD_RECIPIENT_DEFAULT)
    return tuple(guard for guard in guards if guard is not None), with_default(field, None) if no_recipient else field


def _guard(piece: str | Field) -> Condition | None:
    found = _GUARD.fullmatch(piece.text) if isinstance(piece, RawLiquid) else None
    return _condition(found["test"].strip(), (found["assign"] or "").partition("=")[2].strip()) if found else None


def _text(nodes: Iterable[Node], source: str, tokens: Callable[[str], str]) -> str:
    return "".join(tokens(node) if isinstance(node, str) else _mark(node, source) for node in nodes)


def _mark(node: Tag | Block, source: str, in_string: bool = False) -> str:
    """The mark of a tag or block; ``in_string`` if its literal parts must be unescaped."""
    if isinstance(node, Tag):
        tag = source[node.start : node.end]
        return str((None if node.name or _trims(tag) else _shown(node.inside)) or _raw(tag))
    field = _of_block(node, source)
    if field is not None:
        return str(field)
    block = source[node.start : node.end]
    return str(_raw(block)) if _GUARD.fullmatch(block) else _whole(block, in_string)


def _trims(text: str) -> bool:
    """Whether a tag of a text trims the white space beside it, which no field does."""
    return "{{-" in text or "{%-" in text or "-}}" in text or "-%}" in text


def _whole(block: str, in_string: bool) -> str:
    """A block that is no field: each of its tags as RawLiquid, its texts as they are."""
    parts, at = [], 0
    for tag in tags(block):
        text = block[at : tag.start]
        parts += [_unescaped(text) if in_string else text, str(_raw(block[tag.start : tag.end]))]
        at = tag.end
    return "".join([*parts, _unescaped(block[at:]) if in_string else block[at:]])


def _raw(text: str) -> RawLiquid:
    # A RawLiquid is between JSON quotes. A tag typed in the editor may contain double quotes and line breaks.
    quoted = _QUOTED.sub(_single_quotes, text.replace('\\"', "'"))
    return RawLiquid(re.sub(r"[\x00-\x1f]+", " ", quoted.replace('"', "'")).replace("\\", ""))


def _single_quotes(found: re.Match[str]) -> str:
    string = found[0]
    if "'" not in string[1:-1] and '"' not in string[1:-1]:
        return f"'{string[1:-1]}'"
    return string.replace('"', liquid_writer.QUOTE)


def _shown(inside: str) -> Field | None:
    """``Profile.Name | default: 'x'``. Without a default Liquid shows nothing for a missing value: a default of ''."""
    found = _SHOWN.fullmatch(inside)
    if not found:
        return None
    root, dotted, single, double, *defaults = found.groups()[1:]
    return _field(root, dotted or single or double, next((d for d in defaults if d is not None), ""))


def _field(root: str, name: str, default: str | None) -> Property | None:
    try:
        if root == "Event":
            return EventField(UNKNOWN_EVENT, name, default)
        return (ProfileField if root == "Profile" else TriggerField)(name, default)
    except BadArgument:
        return None


def _path(text: str) -> Property | None:
    found = _PATH.fullmatch(text)
    return _field(found[1], found[2] or found[3] or found[4], None) if found else None


def _condition(inside: str, assign: str = "") -> Condition | None:
    """The condition of a tag; ``assign`` is the expression of the variable that it tests."""
    if inside == _IS_SET:
        tested = _HAS_VALUE.fullmatch(assign)
        field = _path(tested[1]) if tested else None
        return field.is_set() if field else None
    found = _COMPARED.fullmatch(inside)
    field = _path(found[1]) if found and not assign else None
    if not found or not field:
        return None
    operator: Any
    operator, single, double, truth, number = found.groups()[5:]
    text = single if single is not None else double
    value = text if text is not None else (truth == "true" if truth else int(number))
    try:
        return Condition(field, operator, value)
    except BadArgument:
        return None


def _of_block(block: Block, source: str) -> Field | None:
    """A required field, a default outside the tags, or a ConditionalText; None for any other block."""
    condition = _condition(block.tag.inside, block.assign) if block.simple else None
    if condition is None or _trims(source[block.start : block.end]):
        return None
    then, otherwise = (_texts(branch, source) for branch in (block.then, block.otherwise))
    if then is None or otherwise is None:
        return None
    is_guard = condition.operator == "is set" or (condition.operator, condition.value) == ("contains", "U")
    if is_guard and then == str(with_default(condition.field, "")):
        return _with_else(condition.field, otherwise)
    return ConditionalText(condition, then, otherwise)


def _with_else(field: Property, otherwise: str) -> Field | None:
    """The field with the content of ``else`` as its default."""
    if otherwise == str(RawLiquid(liquid_writer.ABORT)):
        return field
    try:
        return with_default(field, otherwise)
    except BadArgument:
        return None


def _texts(nodes: Iterable[Node], source: str) -> str | None:
    """A branch as text with marks; it is inside a JSON string, so its literal parts are unescaped."""
    try:
        return "".join(_unescaped(node) if isinstance(node, str) else _mark(node, source, True) for node in nodes)
    except ValueError:
        return None


def _unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"', strict=False))


def has_editor_tokens(text: str) -> bool:
    """Whether a text contains tokens of the dashboard's editor."""
    return _TOKEN.search(text) is not None or _BARE_TOKEN.search(text) is not None


def _token_replacer(known: Iterable[Field]) -> Callable[[str], str]:
    names = [f for f in known if isinstance(f, (ProfileField, EventField)) and f.default is None]
    exact = sorted(
        {liquid_writer.editor_token(getattr(f, "event", "Profile"), f.name, None): str(f) for f in names}.items()
    )

    def replace(text: str) -> str:
        text = _TOKEN.sub(_token_mark, text)
        for token, mark in reversed(exact):
            text = text.replace(token, mark)
        return _BARE_TOKEN.sub(_token_mark, text)

    return replace


def _token_mark(found: re.Match[str]) -> str:
    source, name, default = found["source"], found["name"], found.groupdict().get("default")
    try:
        shown = None if default is None else _unescaped(default)
        return str(ProfileField(name, shown) if source == "Profile" else EventField(source, name, shown))
    except ValueError:
        return found[0]


def as_liquid(text: str, known: Iterable[Field] = ()) -> str:
    """``text`` with its tokens as Liquid, for rendering; defaults are inserted unchanged, as CleverTap inserts them.

    White space between a token and the next quote, as on CleverTap's LINE page, is not part of the value.
    """
    bare = {
        liquid_writer.editor_token(getattr(f, "event", "Profile"), f.name, None): f
        for f in known
        if isinstance(f, Property)
    }
    parts, at = [], 0
    for tag in tags(text):
        parts += [_tokens_as_liquid(text[at : tag.start], bare), text[tag.start : tag.end]]
        at = tag.end
    return "".join([*parts, _tokens_as_liquid(text[at:], bare)])


def _tokens_as_liquid(text: str, bare: Mapping[str, Property]) -> str:
    text = re.sub(rf"{_TOKEN.pattern}(?:\s+(?=\"))?", _token_as_liquid, text)
    for token in sorted(bare, key=len, reverse=True):
        text = text.replace(token, f"{{{{ {liquid_writer.liquid_name(bare[token])} }}}}")
    return _BARE_TOKEN.sub(_token_as_liquid, text)


def _token_as_liquid(found: re.Match[str]) -> str:
    path = liquid_writer.name("Profile" if found["source"] == "Profile" else "Event", found["name"])
    default = found.groupdict().get("default")
    if default is None:
        return f"{{{{ {path} }}}}"
    if liquid_writer.fits_in_a_filter(default):
        return f"{{{{ {path} | default: '{default}' }}}}"
    return liquid_writer.if_set(path, f"{{{{ {path} }}}}", default)


def _undoubled(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_undoubled(entry) for entry in tree]
    if isinstance(tree, dict):
        return {key: _of_member(value, liquid_writer.in_text_v2(tree, key)) for key, value in tree.items()}
    return tree


def _of_member(value: Any, braces: bool) -> Any:
    return undoubled_defaults(value) if braces and isinstance(value, str) else _undoubled(value)
