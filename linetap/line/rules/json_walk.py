"""Whether a value is JSON at all, whether fields' marks stand in it, and whether those are whole.

One write by the C encoder proves most bodies in microseconds; the walk below is for what it cannot prove.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import ConditionalText, Field, has_mark, holds_half, split
from linetap.models.dumps import compact

DEEPEST = 100


def written(value: Any) -> str | None:
    """``value`` as compact JSON; None where it is none, or holds a lone surrogate."""
    try:
        text = compact(value)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        return None
    return text


def may_hold_marks(text: str) -> bool:
    """Whether written JSON may hold a mark, or what is left of one; never False where one stands."""
    return "LtM" in text or "mTl" in text or holds_half(text)


def plain_problems(value: Any) -> list[Problem]:
    """What keeps ``value`` from being JSON, and every damaged mark; paths are relative."""
    problems = []
    stack: list[tuple[str, int, Any]] = [("", 0, value)]
    while stack:
        path, depth, item = stack.pop()
        if type(item) in (dict, list) and depth >= DEEPEST:
            problems.append(Problem(path, f"nests at most {DEEPEST} deep", "a deeper or endless one"))
        elif type(item) is dict:
            stack += [(f"{path}.{key}", depth + 1, inner) for key, inner in reversed(item.items()) if type(key) is str]
            problems += [Problem(path, "has strings as keys", short_repr(key)) for key in item if type(key) is not str]
            problems += [p for key in item if type(key) is str for p in _of_text(f"{path}.{ascii(key)[1:-1]}", key)]
        elif type(item) is list:
            stack += [(f"{path}[{i}]", depth + 1, inner) for i, inner in reversed(list(enumerate(item)))]
        else:
            problems += _of_scalar(path, item)
    return problems


def _of_scalar(path: str, value: Any) -> list[Problem]:
    if isinstance(value, str):
        return _of_text(path, value)
    if type(value) is float and not math.isfinite(value):
        return [Problem(path, "is a finite number", short_repr(value))]
    if value is None or type(value) in (int, float, bool):
        return []
    if type(value) is tuple:
        return [Problem(path, "is JSON", "a tuple", suggestion="write a list")]
    return [Problem(path, "is JSON", f"an object of {type(value).__name__}")]


def _of_text(path: str, text: str) -> list[Problem]:
    try:
        text.encode()
    except UnicodeEncodeError:
        return [
            Problem(
                path,
                "holds no lone surrogate",
                short_repr(literal_text(ascii(text))),
                suggestion="join the pair, or drop it",
            )
        ]
    if not has_mark(text):
        return []
    try:
        split(text, path)
    except BadArgument as error:
        return list(error.problems)
    return []


def marks(value: Any) -> Iterator[tuple[str, tuple[Field, ...]]]:
    """Every string of ``value`` in which whole marks stand, with its relative path and its fields, in order."""
    stack: list[tuple[str, int, Any]] = [("", 0, value)]
    while stack:
        path, depth, item = stack.pop()
        if depth > DEEPEST:
            continue
        if type(item) is dict:
            stack += [(f"{path}.{key}", depth + 1, inner) for key, inner in reversed(item.items())]
        elif type(item) is list:
            stack += [(f"{path}[{i}]", depth + 1, inner) for i, inner in reversed(list(enumerate(item)))]
        elif isinstance(item, str) and (fields := fields_of(item)):
            yield path, fields


def fields_of(text: str) -> tuple[Field, ...]:
    """The fields whose whole marks stand in ``text``; none where one is damaged."""
    try:
        return tuple(piece for piece in split(text) if isinstance(piece, Field))
    except BadArgument:
        return ()


def branches(text: str, most: int = 16) -> list[str] | None:
    """``text`` as it reads by each choice that stands in it; None where those are too many to tell."""
    texts = [""]
    for piece in split(text):
        choices = [str(piece)]
        if isinstance(piece, ConditionalText):
            both = [branches(piece.then, most), branches(piece.otherwise, most)]
            choices = [text for texts in both for text in texts or ()]
            if None in both or len(texts) * len(choices) > most:
                return None
        texts = [before + choice for before in texts for choice in choices]
    return texts


def found_fields(fields: tuple[Field, ...]) -> str:
    """Fields as a problem shows them."""
    return literal_text(", ".join(map(repr, fields)))
