"""A Liquid text as its pieces: text, ``{{ outputs }}``, ``{% tags %}`` and what stands in ``raw``.

Every text takes time in proportion to its length: what is never closed is looked for once, not from each opening.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from linetap.sandbox.liquid.values import LiquidError

_VERBATIM = re.compile(r"\{%-?\s*(raw|comment)\s*-?%\}")
_ENDS = {name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}") for name in ("raw", "comment")}
_OPENING = re.compile(r"\{[{%]")
_CLOSING = {"{{": "}}", "{%": "%}"}
_KINDS = {"{{": "out", "{%": "tag"}


def pieces_of(text: str) -> list[tuple[str, str]]:
    """(kind, text) in order; kinds are ``text``, ``out``, ``tag`` and ``raw``. Comments are left out."""
    pieces: list[tuple[str, str]] = []
    done = 0
    for name, start, inside, end in _verbatim(text):
        pieces += _plain(text[done:start])
        if name == "raw":
            pieces.append(("raw", inside))
        done = end
    return pieces + _plain(text[done:])


def _verbatim(text: str) -> Iterator[tuple[str, int, str, int]]:
    """What is not read as Liquid: (name, start, inside, end). One that is never closed is a tag like any other."""
    at = 0
    closable = set(_ENDS)
    while closable and (opening := _VERBATIM.search(text, at)):
        at, name = opening.end(), opening[1]
        if name in closable and (closing := _ENDS[name].search(text, at)):
            yield name, opening.start(), text[at : closing.start()], closing.end()
            at = closing.end()
        else:
            closable.discard(name)


def _plain(text: str) -> list[tuple[str, str]]:
    """Text, outputs and tags in order; a hyphen inside a bracket takes the blanks beside it away."""
    pieces: list[tuple[str, str]] = []
    at, trim = 0, False
    for kind, start, inner, end in _brackets(text):
        before = text[at:start].lstrip() if trim else text[at:start]
        pieces.append(("text", before.rstrip() if inner.startswith("-") else before))
        trim, at = inner.endswith("-"), end
        pieces.append((kind, inner.strip("-").strip()))
    rest = text[at:].lstrip() if trim else text[at:]
    if (loose := _OPENING.search(rest)) is not None:
        raise LiquidError(f"{rest[loose.start() : loose.start() + 20]!r} is not closed")
    return [piece for piece in [*pieces, ("text", rest)] if piece != ("text", "")]


def _brackets(text: str) -> Iterator[tuple[str, int, str, int]]:
    last = {opening: text.rfind(closing) for opening, closing in _CLOSING.items()}
    at = 0
    while found := _OPENING.search(text, at):
        start, opening = found.start(), found[0]
        if last[opening] < start + 2:
            at = start + 1
            continue
        end = text.index(_CLOSING[opening], start + 2)
        yield _KINDS[opening], start, text[start + 2 : end], end + 2
        at = end + 2
