"""Check that a value is JSON, and find the fields in it, whole or damaged.

Writing it with the C encoder checks most bodies in microseconds; the walk below is for the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import ConditionalText, Field, has_half_mark, has_mark, split
from linetap.models.dumps import compact

MAX_DEPTH = 100
TOO_DEEP = f"must be nested at most {MAX_DEPTH} levels deep"


def compact_json(value: Any) -> str | None:
    """``value`` as compact JSON; None if it is not JSON or has a lone surrogate."""
    try:
        text = compact(value)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        return None
    return text


def may_have_marks(text: str) -> bool:
    """Whether JSON text may contain a mark or a part of one; never False if it does."""
    return "LtM" in text or "mTl" in text or has_half_mark(text)


def json_problems(value: Any) -> list[Problem]:
    """Why ``value`` is not JSON, and every damaged field in it; paths are relative."""
    problems = []
    stack: list[tuple[str, int, Any]] = [("", 0, value)]
    while stack:
        path, depth, item = stack.pop()
        if type(item) in (dict, list) and depth >= MAX_DEPTH:
            problems.append(Problem(path, TOO_DEEP, "a deeper or endless one"))
        elif type(item) is dict:
            stack += [(f"{path}.{key}", depth + 1, inner) for key, inner in reversed(item.items()) if type(key) is str]
            problems += [
                Problem(path, "must have only strings as keys", short_repr(key)) for key in item if type(key) is not str
            ]
            problems += [p for key in item if type(key) is str for p in _of_text(f"{path}.{ascii(key)[1:-1]}", key)]
        elif type(item) is list:
            stack += [(f"{path}[{i}]", depth + 1, inner) for i, inner in reversed(list(enumerate(item)))]
        else:
            problems += _of_scalar(path, item)
    return problems


def _of_scalar(path: str, value: Any) -> list[Problem]:
    if isinstance(value, str):
        return _of_text(path, str.__str__(value))
    if type(value) is float and not math.isfinite(value):
        return [Problem(path, "must be a finite number", short_repr(value))]
    if type(value) is int and not _has_digits(value):
        return [Problem(path, "must be a number that JSON can express", f"an int of {value.bit_length():,} bits")]
    if value is None or type(value) in (int, float, bool):
        return []
    if type(value) is tuple:
        return [Problem(path, "must be JSON", "a tuple", suggestion="use a list")]
    return [Problem(path, "must be JSON", f"an object of {type(value).__name__}")]


def _has_digits(value: int) -> bool:
    """Python does not write ints above ``sys.get_int_max_str_digits()``."""
    try:
        return bool(str(value))
    except ValueError:
        return False


def _of_text(path: str, text: str) -> list[Problem]:
    try:
        text.encode()
    except UnicodeEncodeError:
        return [
            Problem(
                path,
                "must not contain a lone surrogate",
                short_repr(literal_text(ascii(text))),
                suggestion="join the surrogate pair, or remove it",
            )
        ]
    if not has_mark(text):
        return []
    try:
        split(text, path)
    except BadArgument as error:
        return list(error.problems)
    return []


def marked_strings(value: Any) -> Iterator[tuple[str, tuple[Field, ...]]]:
    """Every string in ``value`` that has whole marks, with its relative path and its fields, in order."""
    stack: list[tuple[str, int, Any]] = [("", 0, value)]
    while stack:
        path, depth, item = stack.pop()
        if depth > MAX_DEPTH:
            continue
        if type(item) is dict:
            stack += [(f"{path}.{key}", depth + 1, inner) for key, inner in reversed(item.items())]
        elif type(item) is list:
            stack += [(f"{path}[{i}]", depth + 1, inner) for i, inner in reversed(list(enumerate(item)))]
        elif isinstance(item, str) and (fields := fields_of(item)):
            yield path, fields


def fields_of(text: str) -> tuple[Field, ...]:
    """The fields in ``text``; ``()`` if one of them is damaged."""
    try:
        return tuple(piece for piece in split(text) if isinstance(piece, Field))
    except BadArgument:
        return ()


def branches(text: str, most: int = 16) -> list[str] | None:
    """Every variant of ``text`` by its conditional texts; None if there are more than ``most``."""
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


def describe_fields(fields: tuple[Field, ...]) -> str:
    """Fields as shown in a problem."""
    return literal_text(", ".join(map(repr, fields)))
