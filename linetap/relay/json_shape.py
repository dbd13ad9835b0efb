"""Strict reading of JSON from outside: what two readers could understand differently is an error.

https://www.rfc-editor.org/rfc/rfc8259 leaves duplicate names, NaN, very large numbers and lone surrogates open.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 32
"""Levels of arrays and objects."""
_LONGEST_NUMBER = 40  # characters: enough for every 64-bit number and every double


class BadShape(ValueError):
    """The text is no JSON that the relay reads; the message has nothing of the text in it."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises ``BadShape`` with the requirement that was not met."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadShape("the body must be UTF-8") from None
    try:
        found = _DECODER.decode(text)
    except BadShape:
        raise
    except (ValueError, RecursionError) as error:
        raise BadShape(f"the body must be JSON with at most {MAX_DEPTH} levels ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise BadShape("the body must be a JSON object")
    _check_tree(found)
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadShape("an object must not have two members of the same name")
    return found


def _number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise BadShape(f"a number must have at most {_LONGEST_NUMBER} digits")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if len(text) > _LONGEST_NUMBER or not math.isfinite(value):
        raise BadShape("a number must be one that a double can express")
    return value


def _constant(name: str) -> NoReturn:
    raise BadShape("the body must not contain NaN or Infinity")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=_number, parse_float=_float, parse_constant=_constant)


def _check_tree(tree: Any) -> None:
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise BadShape(f"the body must have at most {MAX_DEPTH} levels")
        level = [part for container in level for part in _parts(container)]


def _parts(container: Any) -> list[Any]:
    values = container
    if isinstance(container, dict):
        _check_text("".join(container))
        values = container.values()
    found = []
    for value in values:
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, (dict, list)):
            found.append(value)
    return found


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadShape("a string must not have a lone surrogate") from None
