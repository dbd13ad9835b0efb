"""Writes fields inside a JSON body: as Liquid, or as the ``@`` tokens of CleverTap's editor.

The Liquid text is valid JSON before rendering, so that editors, diffs and reviews can read it, and after rendering:
tags are inside strings only and contain neither ``"`` nor ``\\``. Only this module knows how a field is written.
Only tags and filters that CleverTap documents are used:
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
from linetap.liquid import has_value
from linetap.liquid.lexer import KEYWORDS

Style = Literal["liquid", "dashboard"]

DASHBOARD_RECIPIENT_DEFAULT = "N.A"
"""The default that CleverTap's LINE page uses for profiles without a LINE id: https://docs.clevertap.com/docs/line-messenger"""
ABORT = "{% abort %}"
"""CleverTap's tag that sends nothing to this user."""

QUOTE = "\ufdd2"
"""A double quote in the RawLiquid of a parsed body, where no single quote can replace it: a noncharacter of Unicode."""
VALUE_VARIABLE = "linetap_v"
"""The Liquid variable of the conditions that linetap writes; a body should not use it for anything else."""

_ROOTS: Mapping[type[Field], str] = {ProfileField: "Profile", EventField: "Event", TriggerField: "ExternalTrigger"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIQUID_WORDS = KEYWORDS | {"nil", "null", "size", "first", "last"}
# Some engines reserve more words than standard Liquid; brackets work in all of them.
_ENGINE_WORDS = {"not", "as", "reversed", "limit", "offset", "cols", "required"}
_NOT_IN_A_TAG = re.compile(r"['\"\\{}\x00-\x1f\x7f]")
_OPENING = re.compile(r"\{(?=[{%]|\Z)")


# Names outside ASCII are not escaped: a JSON escape such as \u6c0f inside a tag would name another property.
def json_text(text: str) -> str:
    """``text`` as the content of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


# Dots for ASCII identifiers, brackets with single quotes for other names: a double quote would end the JSON string.
def name(root: str, key: str) -> str:
    """``Profile.Name`` or ``Profile['First Name']``."""
    plain = _IDENTIFIER.fullmatch(key) and key not in _LIQUID_WORDS | _ENGINE_WORDS
    return f"{root}.{key}" if plain else f"{root}['{key}']"


def liquid_name(field: Field) -> str:
    """The Liquid path of a profile, event or trigger field. Liquid does not contain the name of an event."""
    if not isinstance(field, (ProfileField, EventField, TriggerField)):
        raise invalid("field", "must be a profile, event or trigger field", type(field).__name__)
    return name(_ROOTS[type(field)], field.name)


def fits_in_a_filter(default: str) -> bool:
    """Whether a default can be written as ``default: '...'`` in every Liquid engine."""
    return _NOT_IN_A_TAG.search(default) is None


def if_set(path: str, then: str, otherwise: str) -> str:
    """``then`` if there is a value, both as the content of a JSON string.

    0 is a value; missing, null, false, '', [], {} and white space are not, in LiqP 0.7.9 and in standard Liquid.
    """
    assign, condition = has_value(path, variable=VALUE_VARIABLE)
    return assign + either(condition, then, otherwise)


def either(condition: str, then: str, otherwise: str) -> str:
    """``then`` or ``otherwise``, both as the content of a JSON string."""
    return f"{{% if {condition} %}}{then}{{% else %}}{otherwise}{{% endif %}}"


def with_default(path: str, default: str, *, braces: bool = False) -> str:
    """The filter ``default`` if the text allows it; otherwise the default is outside the tags, escaped for JSON."""
    if fits_in_a_filter(default):
        return f"{{{{ {path} | default: '{default}' }}}}"
    return if_set(path, f"{{{{ {path} }}}}", literal(double_braces(default, braces), braces=braces))


def required(path: str) -> str:
    """A required field: nothing is sent to a profile without a value."""
    return if_set(path, f"{{{{ {path} }}}}", ABORT)


# `contains 'U'` also excludes "N.A"; a comparison with blank does not exclude a missing id in every engine.
def recipient(field: Field) -> str:
    """The value of ``to``: a value without ``U``, which is not a LINE user id, aborts."""
    path, default = liquid_name(field), getattr(field, "default", None)
    return either(f"{path} contains 'U'", f"{{{{ {path} }}}}", ABORT if default is None else literal(default))


def guard(condition: Condition) -> str:
    """Liquid before the recipient, inside its string, that skips profiles which do not meet ``condition``."""
    assign, test = condition_text(condition)
    return f"{assign}{{% unless {test} %}}{ABORT}{{% endunless %}}"


# In textV2 a doubled brace is LINE's escape: the second of the two is written as an escape of JSON.
def literal(text: str, *, braces: bool = False) -> str:
    """Literal text as the content of a JSON string, without a brace that Liquid would interpret."""
    escaped = json_text(text)
    if braces:
        escaped = escaped.replace("{{", "{\\u007b")
    return _OPENING.sub(r"\\u007b", escaped)


def double_braces(text: str, braces: bool) -> str:
    """Literal text inside textV2, with doubled braces: https://developers.line.biz/en/reference/messaging-api/#text-message-v2"""
    return text.replace("{", "{{").replace("}", "}}") if braces else text


def condition_text(condition: Condition) -> tuple[str, str]:
    """The tag before a condition ('' if none is needed), and the condition, with operators that CleverTap documents."""
    path = liquid_name(condition.field)
    if condition.operator == "is set":
        return has_value(path, variable=VALUE_VARIABLE)
    value = condition.value
    shown = f"'{value}'" if isinstance(value, str) else json.dumps(value)
    return "", f"{path} {condition.operator} {shown}"


def raw_text(field: RawLiquid) -> str:
    """The Liquid of a RawLiquid, with the double quotes that only a parsed body can have."""
    return field.text.replace(QUOTE, '"')


@singledispatch
def liquid(field: Field, braces: bool = False) -> str:
    """A field in Liquid; ``braces`` for the text of a textV2 message."""
    path, default = liquid_name(field), getattr(field, "default", None)
    return required(path) if default is None else with_default(path, default, braces=braces)


@liquid.register
def _(field: RawLiquid, braces: bool = False) -> str:
    return raw_text(field)


@liquid.register
def _(field: LiteralText, braces: bool = False) -> str:
    return literal(double_braces(field.text, braces), braces=braces)


@liquid.register
def _(field: ConditionalText, braces: bool = False) -> str:
    then, otherwise = (text_between_quotes(text, liquid, braces) for text in (field.then, field.otherwise))
    assign, test = condition_text(field.condition)
    return assign + either(test, then, otherwise)


# The editor has tokens for profile and event fields only; other fields are Liquid in both styles.
@singledispatch
def dashboard(field: Field, braces: bool = False) -> str:
    """A field as a token of CleverTap's editor: ``@Profile - Name | default: "friend"``."""
    return liquid(field, braces)


@dashboard.register(ProfileField)
@dashboard.register(EventField)
def _(field: ProfileField | EventField, braces: bool = False) -> str:
    source = field.event if isinstance(field, EventField) else "Profile"
    default = None if field.default is None else literal(double_braces(field.default, braces), braces=braces)
    return editor_token(source, field.name, default)


def editor_token(source: str, key: str, default: str | None) -> str:
    """One token of the editor, with its default between double quotes that are not escaped."""
    return f"@{source} - {key}" + ("" if default is None else f' | default: "{default}"')


def dashboard_recipient(field: Field) -> str:
    """The token for ``to``; without a default it gets ``N.A`` as on CleverTap's page, which LINE rejects."""
    if not isinstance(field, (ProfileField, EventField)):
        return recipient(field)
    source = field.event if isinstance(field, EventField) else "Profile"
    return editor_token(source, field.name, field.default or DASHBOARD_RECIPIENT_DEFAULT)


def text_between_quotes(
    text: str, write_field: Callable[[Field, bool], str], braces: bool = False, path: str = "text"
) -> str:
    """A string with marks as the content of a JSON string."""
    pieces = fields.split(text, path)
    return "".join(
        literal(piece, braces=braces) if isinstance(piece, str) else write_field(piece, braces) for piece in pieces
    )


def in_text_v2(parent: object, key: object) -> bool:
    """Whether LINE reads ``{placeholders}`` in this value."""
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


def _value(value: Any, write_field: Callable[[Field, bool], str], path: str, depth: int, braces: bool = False) -> str:
    if isinstance(value, str):
        return f'"{text_between_quotes(value, write_field, braces, path)}"'
    if isinstance(value, Mapping):
        return _block("{}", [_member(value, key, write_field, f"{path}.{key}", depth) for key in value], depth)
    if isinstance(value, (list, tuple)):
        return _block("[]", [_value(v, write_field, f"{path}[{i}]", depth + 1) for i, v in enumerate(value)], depth)
    return json.dumps(value, allow_nan=False)


def _member(
    parent: Mapping[str, Any], key: str, write_field: Callable[[Field, bool], str], path: str, depth: int
) -> str:
    return f'"{literal(key)}": {_value(parent[key], write_field, path, depth + 1, in_text_v2(parent, key))}'


def _block(brackets: str, parts: list[str], depth: int) -> str:
    if not parts:
        return brackets
    outer, inner = "\n" + "  " * depth, "\n" + "  " * (depth + 1)
    return f"{brackets[0]}{inner}{f',{inner}'.join(parts)}{outer}{brackets[1]}"
