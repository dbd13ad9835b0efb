"""Fields of a person that stand in a message, and the mark each leaves in a string.

``f"Hello {ProfileField('Name')}"`` is a plain ``str``: where the field stood there is a mark, made of
ASCII letters and lower-case hex, with a checksum. Slicing, wrapping or changing the case of such a string
damages the mark; :func:`split` notices.
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

# The words around a mark's hex hold letters that hex cannot, so hex is never read as a word, and runs of letters
# that no language writes, so no text is taken for what is left of a mark ("Weltmarkt" holds "ltmark").
_OPEN, _SHUT = "LtMqzkx", "XkzqmTl"
_MARK = re.compile(rf"{_OPEN}([0-9a-f]+)Q([0-9a-f]{{8}}){_SHUT}")
# What is left of a mark that was cut, wrapped or put in another case, sought in lower-cased text. The words
# are looked for by their halves too, so that a cut through a word leaves something to find.
_OPEN_HEAD, _OPEN_TAIL = _OPEN[:5].lower(), _OPEN[-5:].lower()
_SHUT_HEAD, _SHUT_TAIL = _SHUT[:5].lower(), _SHUT[-5:].lower()
_BODY = re.compile(r"q(?=[0-9a-f]{8})(?<=[0-9a-f]{6}q)")  # begins with a letter: the search skips to it
_CUT = ("LtM", "LtMq")  # what a cut through the first word leaves at the very end
_REST = ("mTl", "qmTl")  # and one through the last word at the very beginning


class _Shown(str):
    """A field's repr. ``f"{field!r}"`` would bake this text into a message, so formatting it is refused."""

    def __format__(self, spec: str) -> str:
        raise TypeError("a field in an f-string takes no !r and no format spec: its value is not known yet")


class Field:
    """What all fields share: in text they become marks."""

    __slots__ = ()

    def __str__(self) -> str:
        return mark(self)

    def __format__(self, spec: str) -> str:
        if spec:
            raise TypeError(f"a field takes no format spec ({spec!r}): its value is not known yet")
        return mark(self)

    def __add__(self, other: object) -> str:
        return mark(self) + str(other) if isinstance(other, (str, Field)) else NotImplemented

    def __radd__(self, other: object) -> str:
        return other + mark(self) if isinstance(other, str) else NotImplemented

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in _values(self))
        return _Shown(f"{type(self).__name__}({values})")


def _check_name(self: Any, attribute: attrs.Attribute[str], value: str) -> None:
    """Property and event names: what neither Liquid nor JSON could hold is refused (design rule 3)."""
    path = f"{type(self).__name__}.{attribute.name}"
    if not isinstance(value, str):
        raise invalid(path, "is a string", value)
    if not value.strip():
        raise invalid(path, "is not empty", value)
    if re.search(r"['\"\\{}\x00-\x1f\x7f\ud800-\udfff]", value):
        raise invalid(path, "holds no quote, backslash, brace, control character or lone surrogate", value)


def _check_text(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    path = f"{type(self).__name__}.{attribute.name}"
    if value is None and attribute.default is None:
        return
    if not isinstance(value, str):
        raise invalid(path, "is a string", value, "write str(...) around it")
    if re.search(r"[\ud800-\udfff]", value):
        raise invalid(path, "holds no lone surrogate", value)
    if has_mark(value):
        raise invalid(path, "is plain text: a field cannot stand inside another field", literal_text("a field"))


def _check_liquid(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    _check_text(self, attribute, value)
    if re.search(r'["\\\x00-\x1f]', str(value)):
        rule = "stands between JSON quotes: no double quote, backslash or control character"
        raise invalid("RawLiquid.text", rule, value, "in Liquid, write strings in single quotes")


class Property(Field):
    """What the three kinds of field that hold a person's value share: they can be asked about."""

    __slots__ = ()
    name: str
    default: str | None

    def equals(self, value: str | int | bool) -> Condition:
        """True where the value is exactly ``value``; a missing value equals nothing."""
        return Condition(self, "==", value)

    def differs_from(self, value: str | int | bool) -> Condition:
        """True where the value is another than ``value``, or missing."""
        return Condition(self, "!=", value)

    def contains(self, value: str) -> Condition:
        """True where the text holds ``value``, or the list has it as an entry."""
        return Condition(self, "contains", value)

    def is_set(self) -> Condition:
        """True where there is a value: not missing, not ``False``, not empty or blank."""
        return Condition(self, "is set")


@attrs.frozen(repr=False)
class ProfileField(Property):
    """A property of the person's CleverTap profile, such as ``LineID`` or ``Name``.

    Without a default it is required: who lacks it is skipped, never sent a message with a hole in it.
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
    """A value handed over by an external trigger call; values are strings."""

    name: str = attrs.field(validator=_check_name)
    default: str | None = attrs.field(default=None, validator=_check_text)


@attrs.frozen(repr=False)
class RawLiquid(Field):
    """Liquid that is yours: written into the body as it stands, between JSON quotes."""

    text: str = attrs.field(validator=_check_liquid)


@attrs.frozen(repr=False)
class LiteralText(Field):
    """Text that looks like Liquid (``{{``, ``{%``) but is meant to be read by people as it stands."""

    text: str = attrs.field(validator=_check_text)


def _check_asked(self: Condition, attribute: attrs.Attribute[Any], value: Any) -> None:
    """What is asked about has no default: a default is what is *shown* instead, and Liquid does not compare it."""
    if not isinstance(value, Property):
        raise invalid("Condition.field", "is a profile, event or trigger field", type(value).__name__)
    if value.default is not None:
        raise invalid(
            "Condition.field", "has no default", literal_text("a default"), "ask about the same field without one"
        )


def _check_compared(self: Condition, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, (str, int)):
        raise invalid("Condition.value", "is text, a whole number or a bool", value)
    if self.operator == "contains" and not (isinstance(value, str) and value):
        raise invalid("Condition.value", "is text that is not empty", value)
    if isinstance(value, str) and (re.search(r"['\"\\{}\x00-\x1f\x7f\ud800-\udfff]", value) or has_mark(value)):
        raise invalid("Condition.value", "holds no quote, backslash, brace, control character or field", value)


@attrs.frozen(repr=False)
class Condition:
    """A question about one value; made by a field: ``ProfileField("Language").equals("ja")``."""

    field: Property = attrs.field(validator=_check_asked)
    operator: Literal["==", "!=", "contains", "is set"] = attrs.field(
        validator=attrs.validators.in_(("==", "!=", "contains", "is set"))
    )
    value: str | int | bool = attrs.field(default="", validator=_check_compared)

    def __repr__(self) -> str:
        tail = "" if self.operator == "is set" else f" {self.value!r}"
        return f"<{self.field.__repr__()!s} {self.operator}{tail}>"

    def __bool__(self) -> bool:
        raise TypeError("a condition is not known yet: hand it to when(...) or skip_unless(...)")


@attrs.frozen(repr=False)
class ConditionalText(Field):
    """One of two texts, by a condition; both may hold fields. Made by ``when(condition, "...", otherwise="...")``."""

    condition: Condition
    then: str = attrs.field(validator=attrs.validators.instance_of(str))
    otherwise: str = attrs.field(validator=attrs.validators.instance_of(str))


_KINDS: dict[str, Callable[..., Field]] = {
    "p": ProfileField,
    "e": EventField,
    "t": TriggerField,
    "r": RawLiquid,
    "l": LiteralText,
    "c": lambda field, operator, value, *texts: ConditionalText(Condition(_asked(field), operator, value), *texts),
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
    """The text that stands for ``field`` inside a string; :func:`split` reads it back."""
    body = json.dumps(_plain(field)).encode().hex()
    return f"{_OPEN}{body}Q{zlib.crc32(body.encode()):08x}{_SHUT}"


def _plain(field: Field) -> list[Any]:
    values = [value for _, value in _values(field)]
    if isinstance(field, ConditionalText):
        asked = field.condition
        values = [_plain(asked.field), asked.operator, asked.value, field.then, field.otherwise]
    return [_LETTER[type(field)], *values]


def _built(plain: list[Any]) -> Field:
    letter, *values = plain
    return _KINDS[letter](*values)


def _asked(plain: list[Any]) -> Property:
    field = _built(plain)
    if not isinstance(field, Property):
        raise TypeError("a condition asks about a profile, event or trigger field")
    return field


def has_mark(text: str) -> bool:
    """Whether a mark, or what is left of one, stands in ``text``."""
    return text.endswith(_CUT) or text.startswith(_REST) or holds_half(text)


def holds_half(text: str) -> bool:
    """Whether half of a mark or more stands in ``text``: all but what is cut off within its first or last letters."""
    # On the way of every text of every push: plain searches, four times cheaper than one pattern for all. And
    # every half holds a q.
    if "q" not in text and "Q" not in text:
        return False
    low = text.lower()
    if _OPEN_HEAD in low or _OPEN_TAIL in low or _SHUT_HEAD in low or _SHUT_TAIL in low:
        return True
    return _BODY.search(low) is not None


def split(text: str, path: str = "text") -> tuple[str | Field, ...]:
    """``text`` as its literal pieces and its fields, in order; empty pieces are left out.

    A damaged mark is a ``BadArgument`` that names ``path``.
    """
    pieces: list[str | Field] = []
    end = 0
    for found in _MARK.finditer(text):
        pieces += [_literal(text[end : found.start()], path), _read(found, path)]
        end = found.end()
    pieces.append(_literal(text[end:], path))
    return tuple(piece for piece in pieces if piece != "")


def without_marks(text: str) -> str:
    """``text`` with every whole mark taken out: marks do not count towards lengths."""
    return _MARK.sub("", text)


def readable(text: str) -> str:
    """``text`` for people's eyes, each whole mark as ``<Name>``: for reprs, not for writing."""
    return _MARK.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    try:
        field = _read(found, "")
    except BadArgument:
        return found.group()
    return f"<{getattr(field, 'name', type(field).__name__)}>"


def _literal(text: str, path: str) -> str:
    # Wrapped in lines shorter than its words, a mark shows in none of them: blanks are left out for a second look.
    if has_mark(text) or _MARK.search("".join(text.split())):
        raise _damaged(path)
    return text


@lru_cache(maxsize=1024)
def _field(body: str) -> Field:
    return _built(json.loads(bytes.fromhex(body)))


def _read(found: re.Match[str], path: str) -> Field:
    body, checksum = found.groups()
    if f"{zlib.crc32(body.encode()):08x}" != checksum:
        raise _damaged(path)
    try:
        return _field(body)
    except (ValueError, KeyError, TypeError, RecursionError):  # anybody can write a mark, a display name's owner too
        raise _damaged(path) from None


def _damaged(path: str) -> BadArgument:
    return BadArgument(
        problems=[
            Problem(
                path,
                "a field inside text stays whole",
                "a damaged field",
                suggestion="build the text with an f-string or +, and do not slice, wrap or re-case it afterwards",
            )
        ]
    )
