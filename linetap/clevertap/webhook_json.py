"""JSON of a webhook call from outside, read strictly: hostile input raises BadArgument. RFC 8259."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr

MAX_BYTES = 10_000_000
"""CleverTap states no size of a call; a broadcast of 1,000 profiles has about one megabyte."""
_MAX_DEPTH = 64
_MAX_DIGITS = 40


def raw_body(body: object, max_bytes: int) -> bytes:
    """The body as bytes, of at most ``max_bytes``; its size is checked before anything is parsed."""
    given: Any = max_bytes
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise invalid("max_bytes", "must be a number of bytes, at least 1", given)
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    if not isinstance(body, (bytes, bytearray, memoryview)):
        remedy = "pass the raw body of the request, such as request.get_data() or await request.body()"
        raise invalid("body", "must be bytes", literal_text(type(body).__name__), remedy)
    content = bytes(body) if not isinstance(body, memoryview) else body.tobytes()
    if len(content) > max_bytes:
        found = literal_text(f"{len(content):,} bytes")
        raise invalid("body", f"must have at most {max_bytes:,} bytes", found, "or give a larger max_bytes=")
    return content


def parse(content: bytes) -> Any:
    """The JSON value.

    Raises:
        BadArgument: not UTF-8, not JSON, a key that occurs twice, NaN or Infinity, a number of more than 40 digits or
            beyond a float, more than 64 levels, half of a surrogate pair.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("body", "must be UTF-8", literal_text(f"another byte at {error.start}")) from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_decimal
        )
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise invalid(
            "body", f"must be JSON: {error.msg}", literal_text(f"other text at character {error.pos}")
        ) from None
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise invalid("body", "must not have a key twice in one object", twice)
    return found


def _constant(name: str) -> NoReturn:
    raise invalid("body", "must not contain NaN or Infinity: JSON has neither", literal_text(name))


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        rule = f"must not contain numbers of more than {_MAX_DIGITS} digits"
        raise invalid("body", rule, literal_text(f"{len(digits)} digits"))
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise invalid("body", "must not contain numbers beyond a float", literal_text(short_repr(digits, 40)))
    return number


def _too_deep() -> BadArgument:
    return invalid("body", f"must not be nested deeper than {_MAX_DEPTH} levels", literal_text("more levels"))


def _check(value: Any) -> None:
    """Depth, and texts that UTF-8 cannot encode; without recursion."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            _check_text(item)
        elif isinstance(item, (dict, list)):
            if depth == _MAX_DEPTH:
                raise _too_deep()
            for key in item if isinstance(item, dict) else ():
                _check_text(key)
            waiting += [(inner, depth + 1) for inner in (item.values() if isinstance(item, dict) else item)]


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        problem = Problem("body", "must not contain half of a surrogate pair", "a lone surrogate")
        raise BadArgument(problems=[problem]) from None


def header(headers: Any, name: str) -> str:
    """A header's value in lower case; headers as a mapping or as pairs, names and values as text or bytes."""
    if headers is None:
        return ""
    pairs = headers.items() if hasattr(headers, "items") else headers
    try:
        for key, value in pairs:
            if _text(key).lower() == name:
                return _text(value).lower()
    except (TypeError, ValueError):
        found = literal_text(type(headers).__name__)
        raise invalid("headers", "must be a mapping of names to values, or pairs", found) from None
    return ""


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise TypeError
