"""Fields: values of a profile or an event in the text of a message.

``f"Hello {ProfileField('Name')}"`` is a plain ``str`` in which a mark represents the field: ASCII letters and
lower-case hex digits, with a checksum. Slicing, wrapping or changing the case of such a string damages the mark;
:func:`split` detects it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import attrs

from linetap.errors import BadArgument, Problem, invalid, literal_text

# Start and end markers use letters outside [0-9a-f], so they cannot appear inside the hex payload, and sequences
# of letters that no language uses, so ordinary text is not mistaken for a part of one ("Weltmarkt" has "ltmark").
_START, _END = "LtMqzkx", "XkzqmTl"
_MARK = re.compile(rf"{_START}([0-9a-f]+)Q([0-9a-f]{{8}}){_END}")
# To find marks that were cut, wrapped or changed in case, lower-cased text is searched for both halves of each
# marker: a marker that was cut still has one of them.
_START_HEAD, _START_TAIL = _START[:5].lower(), _START[-5:].lower()
_END_HEAD, _END_TAIL = _END[:5].lower(), _END[-5:].lower()
_BODY = re.compile(r"q(?=[0-9a-f]{8})(?<=[0-9a-f]{6}q)")  # starts with a letter, which makes the search fast
WHOLE_FIELD = "must contain every field whole"
_CUT_START = ("LtM", "LtMq")  # the end of a text that was cut within a start marker
_CUT_END = ("mTl", "qmTl")  # the start of a text that was cut within an end marker


class _FieldRepr(str):
    """A field's repr. It cannot be formatted: ``f"{field!r}"`` would write the repr into a message."""

    def __format__(self, spec: str) -> str:
        raise TypeError("a field in an f-string must not have !r or a format spec: its value is not known yet")


class Field:
    """The base of all fields: as text, a field is its mark."""

    __slots__ = ()

    def __str__(self) -> str:
        return mark(self)

    def __format__(self, spec: str) -> str:
        if spec:
            raise TypeError(f"a field must not have a format spec ({spec!r}): its value is not known yet")
        return mark(self)

    def __add__(self, other: object) -> str:
        return mark(self) + str(other) if isinstance(other, (str, Field)) else NotImplemented

    def __radd__(self, other: object) -> str:
        return other + mark(self) if isinstance(other, str) else NotImplemented

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in _values(self))
        return _FieldRepr(f"{type(self).__name__}({values})")


def _plain_str(value: object) -> str:
    return "it is a subclass of str: convert it to a plain str" if isinstance(value, str) else ""


def _check_name(self: Any, attribute: attrs.Attribute[str], value: str) -> None:
    """Names of properties and events must not have characters that end a Liquid or JSON string."""
    path = f"{type(self).__name__}.{attribute.name}"
    if type(value) is not str:
        raise invalid(path, "must be a string", value, _plain_str(value))
    if not value.strip():
        raise invalid(path, "must not be empty", value)
    if re.search(r"['\"\\{}\x00-\x1f\x7f\ud800-\udfff]", value):
        raise invalid(path, "must not contain a quote, backslash, brace, control character or lone surrogate", value)


def _check_text(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    path = f"{type(self).__name__}.{attribute.name}"
    if value is None and attribute.default is None:
        return
    if type(value) is not str:
        raise invalid(path, "must be a string", value, _plain_str(value) or "write str(...) around it")
    if re.search(r"[\ud800-\udfff]", value):
        raise invalid(path, "must not contain a lone surrogate", value)
    if has_mark(value):
        raise invalid(path, "must be text without a field in it", literal_text("a field"))


def _check_liquid(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    _check_text(self, attribute, value)
    if re.search(r'["\\\x00-\x1f]', str(value)):
        rule = "must not contain a double quote, backslash or control character: it is inside a JSON string"
        raise invalid("RawLiquid.text", rule, value, "in Liquid, write strings in single quotes")


class Property(Field):
    """The base of the fields that have a value for each recipient; it can be used in conditions."""

    __slots__ = ()
    name: str
    default: str | None

    def equals(self, value: str | int | bool) -> Condition:
        """True if the value is exactly ``value``; False if it is missing."""
        return Condition(self, "==", value)

    def differs_from(self, value: str | int | bool) -> Condition:
        """True if the value is not ``value``, or is missing."""
        return Condition(self, "!=", value)

    def contains(self, value: str) -> Condition:
        """True if the text contains ``value``, or the list has it as an item."""
        return Condition(self, "contains", value)

    def is_set(self) -> Condition:
        """True if there is a value: not missing, not ``False``, not empty or blank."""
        return Condition(self, "is set")


@attrs.frozen(repr=False)
class ProfileField(Property):
    """A property of the recipient's CleverTap profile, such as ``LineID`` or ``Name``.

    Without a default it is required: a profile without it is skipped, and is never sent a message with a gap in it.
    """

    name: str = attrs.field(validator=_check_name)
    default: str | None = attrs.field(default=None, validator=_check_text)


@attrs.frozen(repr=False)
class EventField(Property):
    """A property of the event that triggered the campaign (live campaigns only)."""

    event: str = attrs.field(validator=_check_name)
    name: str = attrs.field(validator=_check_name)
    default: str | None = attrs.field(default=None, validator=_check_text)


@attrs.frozen(repr=False)
class TriggerField(Property):
    """A value passed in by an external trigger call; values are strings."""

    name: str = attrs.field(validator=_check_name)
    default: str | None = attrs.field(default=None, validator=_check_text)


@attrs.frozen(repr=False)
class RawLiquid(Field):
    """Your own Liquid: written into the body unchanged, inside a JSON string."""

    text: str = attrs.field(validator=_check_liquid)


@attrs.frozen(repr=False)
class LiteralText(Field):
    """Text that looks like Liquid (``{{``, ``{%``) but must be shown unchanged."""

    text: str = attrs.field(validator=_check_text)


def _check_field(self: Condition, attribute: attrs.Attribute[Any], value: Any) -> None:
    """The field of a condition must not have a default: Liquid compares the value, not the default."""
    if not isinstance(value, Property):
        raise invalid("Condition.field", "must be a profile, event or trigger field", type(value).__name__)
    if value.default is not None:
        raise invalid(
            "Condition.field", "must not have a default", literal_text("a default"), "use the same field without one"
        )


def _check_value(self: Condition, attribute: attrs.Attribute[Any], value: Any) -> None:
    if type(value) not in (str, int, bool):
        remedy = "for profiles without a value, use .is_set()" if value is None else ""
        raise invalid("Condition.value", "must be text, a whole number or a bool", value, remedy)
    if self.operator == "contains" and not (isinstance(value, str) and value):
        raise invalid("Condition.value", "must be text that is not empty", value)
    if isinstance(value, str) and (re.search(r"['\"\\{}\x00-\x1f\x7f\ud800-\udfff]", value) or has_mark(value)):
        raise invalid(
            "Condition.value", "must not contain a quote, backslash, brace, control character or field", value
        )


@attrs.frozen(repr=False)
class Condition:
    """A condition on one value, made by a field: ``ProfileField("Language").equals("ja")``."""

    field: Property = attrs.field(validator=_check_field)
    operator: Literal["==", "!=", "contains", "is set"] = attrs.field(
        validator=attrs.validators.in_(("==", "!=", "contains", "is set"))
    )
    value: str | int | bool = attrs.field(default="", validator=_check_value)

    def __repr__(self) -> str:
        tail = "" if self.operator == "is set" else f" {self.value!r}"
        return f"<{self.field.__repr__()!s} {self.operator}{tail}>"

    def __bool__(self) -> bool:
        raise TypeError("a condition has no value yet: pass it to when(...) or skip_unless(...)")


@attrs.frozen(repr=False)
class ConditionalText(Field):
    """One of two texts, by a condition; both may contain fields. Made by ``when(condition, "...", otherwise=...)``."""

    condition: Condition
    then: str = attrs.field(validator=attrs.validators.instance_of(str))
    otherwise: str = attrs.field(validator=attrs.validators.instance_of(str))


_KINDS: dict[str, Callable[..., Field]] = {
    "p": ProfileField,
    "e": EventField,
    "t": TriggerField,
    "r": RawLiquid,
    "l": LiteralText,
    "c": lambda field, operator, value, *texts: ConditionalText(
        Condition(_property_from_list(field), operator, value), *texts
    ),
}
_LETTER = {
    ProfileField: "p",
    EventField: "e",
    TriggerField: "t",
    RawLiquid: "r",
    LiteralText: "l",
    ConditionalText: "c",
}


def _values(field: Any) -> list[tuple[str, Any]]:
    return [(a.name, getattr(field, a.name)) for a in attrs.fields(type(field))]


def mark(field: Field) -> str:
    """The text that represents ``field`` in a string; :func:`split` reads it back."""
    body = json.dumps(_as_list(field)).encode().hex()
    return f"{_START}{body}Q{zlib.crc32(body.encode()):08x}{_END}"


def _as_list(field: Field) -> list[Any]:
    values = [value for _, value in _values(field)]
    if isinstance(field, ConditionalText):
        condition = field.condition
        values = [_as_list(condition.field), condition.operator, condition.value, field.then, field.otherwise]
    return [_LETTER[type(field)], *values]


def _from_list(listed: list[Any]) -> Field:
    letter, *values = listed
    return _KINDS[letter](*values)


def _property_from_list(listed: list[Any]) -> Property:
    field = _from_list(listed)
    if not isinstance(field, Property):
        raise TypeError("the field of a condition must be a profile, event or trigger field")
    return field


def has_mark(text: str) -> bool:
    """True if ``text`` contains a mark or a part of one."""
    return text.endswith(_CUT_START) or text.startswith(_CUT_END) or has_half_mark(text)


def has_half_mark(text: str) -> bool:
    """True if ``text`` contains at least half of a marker."""
    # Called for every text of every push: these searches are four times faster than one regular expression, and
    # every half of a marker has a q.
    if "q" not in text and "Q" not in text:
        return False
    low = text.lower()
    if _START_HEAD in low or _START_TAIL in low or _END_HEAD in low or _END_TAIL in low:
        return True
    return _BODY.search(low) is not None


def split(text: str, path: str = "text") -> tuple[str | Field, ...]:
    """The literal parts and the fields of ``text``, in order, without empty parts.

    A damaged mark raises ``BadArgument`` for ``path``.
    """
    pieces: list[str | Field] = []
    end = 0
    for found in _MARK.finditer(text):
        pieces += [_literal(text[end : found.start()], path), _field_of_mark(found, path)]
        end = found.end()
    pieces.append(_literal(text[end:], path))
    return tuple(piece for piece in pieces if piece != "")


def without_marks(text: str) -> str:
    """``text`` without its whole marks: they do not count towards a length."""
    return _MARK.sub("", text)


def readable(text: str) -> str:
    """``text`` with each whole mark as ``<Name>``: for reprs and messages to people, not for sending."""
    return _MARK.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    try:
        field = _field_of_mark(found, "")
    except BadArgument:
        return found.group()
    return f"<{getattr(field, 'name', type(field).__name__)}>"


def _literal(text: str, path: str) -> str:
    # A mark that was wrapped in short lines is found only without the blanks.
    if has_mark(text) or _MARK.search("".join(text.split())):
        raise _damaged(path)
    return text


@lru_cache(maxsize=1024)
def _field(body: str) -> Field:
    return _from_list(json.loads(bytes.fromhex(body)))


def _field_of_mark(found: re.Match[str], path: str) -> Field:
    body, checksum = found.groups()
    if f"{zlib.crc32(body.encode()):08x}" != checksum:
        raise _damaged(path)
    try:
        return _field(body)
    except (ValueError, KeyError, TypeError, RecursionError):  # text from outside may imitate a mark
        raise _damaged(path) from None


def _damaged(path: str) -> BadArgument:
    return BadArgument(
        problems=[
            Problem(
                path,
                WHOLE_FIELD,
                "a damaged field",
                suggestion="build the text with an f-string or +; do not slice, wrap or change its case afterwards",
            )
        ]
    )
