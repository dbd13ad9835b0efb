"""The two spellings of a field inside a JSON body: Liquid, and the dashboard's ``@``. One function a rule.

The Liquid text is valid JSON before rendering (editors, diffs and reviews can read it) and after: tags stand
inside strings only, and hold neither ``"`` nor ``\\``. Nothing else of linetap knows how a field is spelled.
Only tags and filters that CleverTap documents are written:
https://docs.clevertap.com/docs/liquid-tags-use-cases
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import singledispatch
from typing import Any, Literal

from linetap import fields
from linetap.errors import invalid
from linetap.fields import (
    Condition,
    ConditionalText,
    EventField,
    Field,
    LiteralText,
    ProfileField,
    RawLiquid,
    TriggerField,
)

Style = Literal["liquid", "dashboard"]

DASHBOARD_RECIPIENT_DEFAULT = "N.A"
"""What CleverTap's LINE page writes for people without a LINE id: https://docs.clevertap.com/docs/line-messenger"""
ABORT = "{% abort %}"
"""CleverTap's own tag: this person is not sent anything."""

_ROOTS: Mapping[type[Field], str] = {ProfileField: "Profile", EventField: "Event", TriggerField: "ExternalTrigger"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS_OF_LIQUID = {"and", "or", "contains", "true", "false", "nil", "null", "blank", "empty", "size", "first", "last"}
# More words than the standard's own are reserved in one engine or another; brackets are right in all.
_WORDS_OF_ENGINES = {"not", "if", "else", "for", "in", "with", "as", "reversed", "limit", "offset", "cols"}
_NOT_IN_A_TAG = re.compile(r"['\"\\{}\x00-\x1f\x7f]")
_OPENING = re.compile(r"\{(?=[{%]|\Z)")


# Rule 1: names outside ASCII are written as they are; \u6c0f inside a tag would find nothing.
def json_text(text: str) -> str:
    """``text`` as it stands between JSON quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


# Rule 3: dotted for plain identifiers, bracketed in single quotes (rule 2: never double) for the rest.
def name(root: str, key: str) -> str:
    """``Profile.Name`` or ``Profile['First Name']``."""
    plain = _IDENTIFIER.fullmatch(key) and key not in _WORDS_OF_LIQUID | _WORDS_OF_ENGINES
    return f"{root}.{key}" if plain else f"{root}['{key}']"


def liquid_name(field: Field) -> str:
    """The Liquid path of a profile, event or trigger field. An event's own name does not appear in Liquid."""
    if not isinstance(field, (ProfileField, EventField, TriggerField)):
        raise invalid("field", "is a profile, event or trigger field", type(field).__name__)
    return name(_ROOTS[type(field)], field.name)


# Rule 4.
def fits_in_a_filter(default: str) -> bool:
    """Whether a default can stand inside ``default: '...'`` in every engine."""
    return _NOT_IN_A_TAG.search(default) is None


# Rules 5 and 6: true for 0; false for missing, null, false, '' and blanks, in both engines.
def is_set(path: str) -> str:
    """The condition that there is a value to show."""
    return f"{path} and {path} != blank"


def either(condition: str, then: str, otherwise: str) -> str:
    """``then`` or ``otherwise``, both as they stand between JSON quotes."""
    return f"{{% if {condition} %}}{then}{{% else %}}{otherwise}{{% endif %}}"


def with_default(path: str, default: str, *, braces: bool = False) -> str:
    """Rule 4 where the default allows it, else rule 5: outside the tags, escaped for JSON."""
    if fits_in_a_filter(default):
        return f"{{{{ {path} | default: '{default}' }}}}"
    return either(is_set(path), f"{{{{ {path} }}}}", literal(doubled(default, braces), braces=braces))


def required(path: str) -> str:
    """Rule 6 for fields other than the recipient: who has no value is not sent anything."""
    return either(is_set(path), f"{{{{ {path} }}}}", ABORT)


# Rule 6. `contains 'U'` also refuses "N.A"; comparing with blank alone would let a missing id through.
def recipient(field: Field) -> str:
    """The value of ``to``: LINE user ids, and nothing else, get through."""
    path, default = liquid_name(field), getattr(field, "default", None)
    return either(f"{path} contains 'U'", f"{{{{ {path} }}}}", ABORT if default is None else literal(default))


def guard(condition: Condition) -> str:
    """Text before the recipient that skips whoever does not meet ``condition``; inside the quotes, to stay JSON."""
    return f"{{% unless {question(condition)} %}}{ABORT}{{% endunless %}}"


# Rule 7. In textV2 the doubled brace is LINE's own escape: the second of the two is the one written out.
def literal(text: str, *, braces: bool = False) -> str:
    """Literal text between JSON quotes, with no brace that Liquid would read."""
    escaped = json_text(text)
    if braces:
        escaped = escaped.replace("{{", "{\\u007b")
    return _OPENING.sub(r"\\u007b", escaped)


def doubled(text: str, braces: bool) -> str:
    """Text that is to be read as it stands, inside textV2: https://developers.line.biz/en/reference/messaging-api/#text-message-v2"""
    return text.replace("{", "{{").replace("}", "}}") if braces else text


def question(condition: Condition) -> str:
    """A condition in Liquid; only operators CleverTap documents."""
    path = liquid_name(condition.field)
    if condition.operator == "is set":
        return is_set(path)
    value = condition.value
    shown = f"'{value}'" if isinstance(value, str) else json.dumps(value)
    return f"{path} {condition.operator} {shown}"


@singledispatch
def liquid(field: Field, braces: bool = False) -> str:
    """A field in Liquid; ``braces`` where it stands in the text of a textV2 message."""
    path, default = liquid_name(field), getattr(field, "default", None)
    return required(path) if default is None else with_default(path, default, braces=braces)


@liquid.register
def _(field: RawLiquid, braces: bool = False) -> str:
    return field.text


@liquid.register
def _(field: LiteralText, braces: bool = False) -> str:
    return literal(doubled(field.text, braces), braces=braces)


@liquid.register
def _(field: ConditionalText, braces: bool = False) -> str:
    then, otherwise = (spelled(text, liquid, braces) for text in (field.then, field.otherwise))
    return either(question(field.condition), then, otherwise)


# Rule 10. Only chips of the editor's own have this spelling; the rest is Liquid there as well.
@singledispatch
def dashboard(field: Field, braces: bool = False) -> str:
    """A field as CleverTap's pages print its editor's chips: ``@Profile - Name | default: "friend"``."""
    return liquid(field, braces)


@dashboard.register(ProfileField)
@dashboard.register(EventField)
def _(field: ProfileField | EventField, braces: bool = False) -> str:
    source = field.event if isinstance(field, EventField) else "Profile"
    default = None if field.default is None else literal(doubled(field.default, braces), braces=braces)
    return chip(source, field.name, default)


def chip(source: str, key: str, default: str | None) -> str:
    """One chip of the editor, its default between raw double quotes."""
    return f"@{source} - {key}" + ("" if default is None else f' | default: "{default}"')


def dashboard_recipient(field: Field) -> str:
    """The chip for ``to``; a required one gets the page's own ``N.A``, which LINE refuses."""
    if not isinstance(field, (ProfileField, EventField)):
        return recipient(field)
    source = field.event if isinstance(field, EventField) else "Profile"
    return chip(source, field.name, field.default or DASHBOARD_RECIPIENT_DEFAULT)


def spelled(text: str, spell: Callable[[Field, bool], str], braces: bool = False, path: str = "text") -> str:
    """A string that may hold marks, as it stands between JSON quotes."""
    pieces = fields.split(text, path)
    return "".join(
        literal(piece, braces=braces) if isinstance(piece, str) else spell(piece, braces) for piece in pieces
    )


def in_text_v2(parent: object, key: object) -> bool:
    """Whether a value stands where LINE reads ``{placeholders}``."""
    return key == "text" and isinstance(parent, Mapping) and parent.get("type") == "textV2"


_FIELD: Mapping[Style, Callable[[Field, bool], str]] = {"liquid": liquid, "dashboard": dashboard}
_RECIPIENT: Mapping[Style, Callable[[Field], str]] = {"liquid": recipient, "dashboard": dashboard_recipient}


def body_text(
    to: Field,
    rest: Mapping[str, Any],
    *,
    style: Style,
    only_if: Sequence[Condition] = (),
) -> str:
    """The whole custom body: ``to`` first, then ``rest`` (messages and options) as plain JSON with marks."""
    head = "".join(map(guard, only_if)) + _RECIPIENT[style](to)
    members = [f'"to": "{head}"']
    for key, value in rest.items():
        members.append(f'"{literal(key)}": {_value(value, _FIELD[style], key, 1)}')
    return "{\n  " + ",\n  ".join(members) + "\n}"


def _value(value: Any, spell: Callable[[Field, bool], str], path: str, depth: int, braces: bool = False) -> str:
    if isinstance(value, str):
        return f'"{spelled(value, spell, braces, path)}"'
    if isinstance(value, Mapping):
        return _block("{}", [_member(value, key, spell, f"{path}.{key}", depth) for key in value], depth)
    if isinstance(value, (list, tuple)):
        return _block("[]", [_value(v, spell, f"{path}[{i}]", depth + 1) for i, v in enumerate(value)], depth)
    return json.dumps(value, allow_nan=False)


def _member(parent: Mapping[str, Any], key: str, spell: Callable[[Field, bool], str], path: str, depth: int) -> str:
    return f'"{literal(key)}": {_value(parent[key], spell, path, depth + 1, in_text_v2(parent, key))}'


def _block(brackets: str, parts: list[str], depth: int) -> str:
    if not parts:
        return brackets
    outer, inner = "\n" + "  " * depth, "\n" + "  " * (depth + 1)
    return f"{brackets[0]}{inner}{f',{inner}'.join(parts)}{outer}{brackets[1]}"
