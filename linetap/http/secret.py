"""One holder for tokens, passcodes and channel secrets, and one function that masks them in text.

A holder is a ``str`` whose content is a mask. What reads a value item by item (error trackers, debuggers, JSON, string
formatting) sees the mask. ``encode`` and ``reveal`` return the secret: call them only where a request is written, or is
passed to the library that writes it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn
from urllib.parse import quote_plus

MASK = "***"
_LENGTH = 8
"""Characters. A shorter secret is not masked in text: it would change ordinary words."""


class Secret(str):
    """A secret text. Its repr, its content and every format of it are ``***``; it is not pickled."""

    __slots__ = ("_grams", "_text")
    _text: str
    _grams: frozenset[str] | None

    def __new__(cls, text: str) -> Secret:
        """Hold ``text``; a ``Secret`` is returned as it is."""
        if isinstance(text, Secret):
            return text
        self = super().__new__(cls, MASK)
        self._text, self._grams = text, None
        return self

    def reveal(self) -> str:
        """The secret. Call it where bytes are written, and keep the result in no variable."""
        return self._text

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """The secret as bytes: ``http.client`` calls this for header values."""
        return self._text.encode(encoding, errors)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return NotImplemented
        text = other._text if isinstance(other, Secret) else other
        return hmac.compare_digest(self._text.encode("utf-8", "replace"), text.encode("utf-8", "replace"))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: create it in the process that uses it")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        self.__reduce__()

    def parts(self) -> frozenset[str]:
        """All runs of eight characters of the secret, also as they appear in a form and in JSON."""
        if self._grams is None:
            forms = {self._text, quote_plus(self._text), self._text.replace("/", "\\/")}
            # "Bearer " is no secret.
            forms |= {form.partition(" ")[2] for form in forms if form.startswith("Bearer ")}
            forms -= {form for form in forms if form.startswith(("Bearer ", "Bearer+"))}
            self._grams = frozenset(form[at : at + _LENGTH] for form in forms for at in range(len(form) - _LENGTH + 1))
        return self._grams


class Opaque:
    """Replaces a value of a wrong type where a secret is expected: it keeps only the type's name."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"a {self.type_name}"


def as_secret(value: Any) -> Any:
    """A string as a ``Secret``, a list or tuple of strings as a tuple of them, bytes and mappings as ``Opaque``."""
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, (list, tuple)):
        nested = (list, tuple)  # not followed: a list may contain itself
        return tuple(Opaque(type(part).__name__) if isinstance(part, nested) else as_secret(part) for part in value)
    return Opaque(type(value).__name__) if isinstance(value, (bytes, bytearray, memoryview, Mapping, set)) else value


def revealed(headers: Mapping[str, str]) -> dict[str, str]:
    """Header fields with their secrets, for the library that sends them. Keep the result in no variable."""
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """``text`` with every piece of a secret of eight or more characters replaced by ``***``, also one cut short."""
    known = [secret.parts() for secret in secrets]
    pieces_of = range(len(text) - _LENGTH + 1)
    hits = [at for at in pieces_of if any(text[at : at + _LENGTH] in parts for parts in known)]
    if not hits:
        return text
    pieces: list[str] = []
    end = 0
    for start in hits:
        if start > end or not pieces:
            pieces += [text[end:start], MASK]
        end = start + _LENGTH
    return "".join([*pieces, text[end:]])
