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
from typing import Any

import attrs

from linetap.errors import BadArgument, Problem, bad, bare

# The words around a mark's hex hold letters that hex cannot, so hex is never read as a word.
_OPEN, _SHUT = "LtMarkZ", "ZkraMtL"
_MARK = re.compile(rf"{_OPEN}([0-9a-f]+)Q([0-9a-f]{{8}}){_SHUT}")
# What is left of a mark that was cut, wrapped or put in another case, sought in lower-cased text. The words
# are looked for by their halves too, so that a cut through a word leaves something to find.
_HALVES = ("ltmark", "markz", "zkram", "kramtl")
_BODY = re.compile(r"q(?=[0-9a-f]{8})(?<=[0-9a-f]{6}q)")  # begins with a letter: the search skips to it
_CUT = ("LtM", "LtMa", "LtMar")  # what a cut through the first word leaves at the very end


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
        raise bad(path, "is a string", value)
    if not value.strip():
        raise bad(path, "is not empty", value)
    if re.search(r"['\"\\{}\x00-\x1f\x7f\ud800-\udfff]", value):
        raise bad(path, "holds no quote, backslash, brace, control character or lone surrogate", value)


def _check_text(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    path = f"{type(self).__name__}.{attribute.name}"
    if value is None and attribute.default is None:
        return
    if not isinstance(value, str):
        raise bad(path, "is a string", value, "write str(...) around it")
    if re.search(r"[\ud800-\udfff]", value):
        raise bad(path, "holds no lone surrogate", value)
    if has_mark(value):
        raise bad(path, "is plain text: a field cannot stand inside another field", bare("a field"))


@attrs.frozen(repr=False)
class ProfileField(Field):
    """A property of the person's CleverTap profile, such as ``LineID`` or ``Name``.

    Without a default it is required: who lacks it is skipped, never sent a message with a hole in it.
    """

    name: str = attrs.field(validator=_check_name)
    default: str | None = attrs.field(default=None, validator=_check_text)


@attrs.frozen(repr=False)
class EventField(Field):
    """A property of the event that triggered the campaign (live campaigns only)."""

    event: str = attrs.field(validator=_check_name)
    name: str = attrs.field(validator=_check_name)
    default: str | None = attrs.field(default=None, validator=_check_text)


@attrs.frozen(repr=False)
class TriggerField(Field):
    """A value handed over by an external trigger call; values are strings."""

    name: str = attrs.field(validator=_check_name)
    default: str | None = attrs.field(default=None, validator=_check_text)


@attrs.frozen(repr=False)
class RawLiquid(Field):
    """Liquid that is yours: written into the body as it stands, between JSON quotes."""

    text: str = attrs.field(validator=_check_text)


@attrs.frozen(repr=False)
class LiteralText(Field):
    """Text that looks like Liquid (``{{``, ``{%``) but is meant to be read by people as it stands."""

    text: str = attrs.field(validator=_check_text)


_KINDS: dict[str, Callable[..., Field]] = {
    "p": ProfileField,
    "e": EventField,
    "t": TriggerField,
    "r": RawLiquid,
    "l": LiteralText,
}
_LETTER = {kind: letter for letter, kind in _KINDS.items()}


def _values(field: Any) -> list[tuple[str, Any]]:
    return [(a.name, getattr(field, a.name)) for a in attrs.fields(type(field))]


def mark(field: Field) -> str:
    """The text that stands for ``field`` inside a string; :func:`split` reads it back."""
    values = [value for _, value in _values(field)]
    body = json.dumps([_LETTER[type(field)], *values]).encode().hex()
    return f"{_OPEN}{body}Q{zlib.crc32(body.encode()):08x}{_SHUT}"


def has_mark(text: str) -> bool:
    """Whether a mark, or what is left of one, stands in ``text``."""
    # On the way of every text of every push: plain searches, four times cheaper than one pattern for all.
    low = text.lower()
    return any(half in low for half in _HALVES) or text.endswith(_CUT) or _BODY.search(low) is not None


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


def _literal(text: str, path: str) -> str:
    if has_mark(text):
        raise _damaged(path)
    return text


@lru_cache(maxsize=1024)
def _field(body: str) -> Field:
    letter, *values = json.loads(bytes.fromhex(body))
    return _KINDS[letter](*values)


def _read(found: re.Match[str], path: str) -> Field:
    body, checksum = found.groups()
    if f"{zlib.crc32(body.encode()):08x}" != checksum:
        raise _damaged(path)
    try:
        return _field(body)
    except (ValueError, KeyError, TypeError):
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
