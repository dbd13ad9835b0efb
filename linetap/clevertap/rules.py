"""CleverTap's rules for identities, property names and values: what would be refused, and the remedy.

Rules look at plain Python values. A record that keeps them all passes through :func:`is_plain` alone, which
an upload of millions feels; the tables below are for saying what is wrong.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any

from linetap.clevertap import limits
from linetap.errors import Problem, invalid, literal_text, short_repr

_KEPT_KEYS: set[str] = set()  # names that were judged and found good: a base has a few dozen
_KEPT_AT_MOST = 10_000
_SHORT = limits.VALUE_BYTES // 4  # so short a text cannot be over the limit, whatever its letters
_INT64 = 2**63


def is_plain(properties: Mapping[str, Any]) -> bool:
    """Whether all is as JSON takes it and within the limits: then there is nothing to convert or to say."""
    for key, value in properties.items():
        if key not in _KEPT_KEYS and not _key_is_good(key):
            return False
        kind = type(value)
        if kind is str:
            if not (value.isascii() and len(value) <= limits.VALUE_BYTES) and value_problems(value, ""):
                return False
        elif kind is float:
            if not math.isfinite(value):
                return False
        elif kind is int:
            if not -_INT64 <= value < _INT64:
                return False
        elif kind is not bool:
            return False
    return True


def _key_is_good(key: object) -> bool:
    if key_problems(key, ""):
        return False
    if len(_KEPT_KEYS) < _KEPT_AT_MOST:
        _KEPT_KEYS.add(str(key))
    return True


def text_problems(value: str, path: str, what: str, page: str, limit: int = limits.VALUE_BYTES) -> list[Problem]:
    """A text that is too long in bytes, or that UTF-8 cannot carry."""
    try:
        size = len(value) if value.isascii() else len(value.encode())
    except UnicodeEncodeError:
        rule = f"{what} is text that UTF-8 can carry"
        return [Problem(path, rule, "a lone surrogate", page, "decode the text with the encoding it was written in")]
    if size <= limit:
        return []
    return [Problem(path, f"{what} has at most {limit} bytes of UTF-8", f"{size} bytes", page, "shorten it")]


def key_problems(key: object, path: str) -> list[Problem]:
    """A property's name: text, not empty, at most 120 bytes, without the banned characters."""
    page = limits.PLATFORM_PAGE
    if not isinstance(key, str):
        return [Problem(path, "a property's name is a string", short_repr(key), page, "write str(...) around it")]
    if not key.strip():
        return [Problem(path, "a property's name is not empty", short_repr(key), page, "name the property")]
    found = text_problems(key, path, "a property's name", limits.UPLOAD_PAGE, limits.KEY_BYTES)
    banned = sorted({letter for letter in key if letter in limits.BANNED_IN_KEYS or not letter.isprintable()})
    if banned:
        rule = f"a property's name holds none of {' '.join(limits.BANNED_IN_KEYS)}"
        found.append(
            Problem(path, rule, f"{short_repr(key)} with {short_repr(''.join(banned))}", page, "rename the property")
        )
    return found


def identity_problems(identity: object, path: str = "identity") -> list[Problem]:
    """Your own id of a person: a string that is no stand-in for "nobody"."""
    page = limits.CSV_PAGE
    if identity is None or identity == "":
        return [Problem(path, "a record has an identity", short_repr(identity), limits.UPLOAD_PAGE, "give your own id")]
    if isinstance(identity, (int, float)):
        rule = "an identity is a string: CleverTap would take 007 and 7 for one person"
        return [Problem(path, rule, short_repr(identity), page, f"write str(...) around it: {str(identity)!r}")]
    if not isinstance(identity, str):
        return [
            Problem(path, "an identity is a string", literal_text(type(identity).__name__), page, "give your own id")
        ]
    found = []
    if identity.strip().lower() in limits.BANNED_IDENTITIES or not identity.strip():
        rule = "an identity is none of the words that stand for nobody (null, none, nan, 0, -1, ...)"
        remedy = "leave out people without an id"
        found.append(Problem(path, rule, short_repr(identity), page, remedy))
    if len(identity) > limits.IDENTITY_CHARACTERS:
        rule = f"an identity has at most {limits.IDENTITY_CHARACTERS} characters"
        found.append(Problem(path, rule, f"{len(identity)} characters", page, "use a shorter id"))
    return found + text_problems(identity, path, "an identity", page, limit=4 * limits.IDENTITY_CHARACTERS)


def timestamp_problems(timestamp: object, path: str = "timestamp") -> list[Problem]:
    """When it happened: an aware datetime or seconds since 1970."""
    rule = "a timestamp is an aware datetime or whole seconds since 1970"
    page = limits.UPLOAD_PAGE
    if timestamp is None:
        return []
    if isinstance(timestamp, datetime):
        if not timestamp.tzinfo:
            return [_naive(path, timestamp)]
        timestamp = math.floor(timestamp.timestamp())
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        return [Problem(path, rule, short_repr(timestamp), page, "give datetime.now(timezone.utc) or int(time.time())")]
    if timestamp <= 0:
        return [Problem(path, rule, short_repr(timestamp), page, "leave it out for now; 0 is refused with code 525")]
    if timestamp > 100_000_000_000:
        return [Problem(path, rule, f"{timestamp}, which looks like milliseconds", page, "divide it by 1000")]
    return []


def value_problems(value: object, path: str) -> list[Problem]:
    """One property's value: str, bool, int, finite float, aware datetime, or a sequence of str."""
    page = limits.PLATFORM_PAGE
    if isinstance(value, str):
        return text_problems(value, path, "a value", limits.UPLOAD_PAGE)
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return _int_problems(value, path)
    if isinstance(value, float):
        rule = "a number is finite: JSON has no NaN and no infinity"
        return [] if math.isfinite(value) else [Problem(path, rule, short_repr(value), page, "leave the property out")]
    if isinstance(value, datetime):
        return [] if value.tzinfo else [_naive(path, value)]
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return list_problems(value, path)
    rule = "a value is a str, bool, int, float, aware datetime, a sequence of str, or an operator such as Add"
    return [Problem(path, rule, _found(value), page, _remedy(value))]


def list_problems(values: Iterable[object], path: str) -> list[Problem]:
    """A property with several values: at most 100 different strings."""
    page = limits.PLATFORM_PAGE
    items = list(values)
    found = []
    if len(items) > limits.VALUES_PER_LIST:
        rule = f"a property has at most {limits.VALUES_PER_LIST} values; CleverTap would drop the oldest"
        found.append(Problem(path, rule, f"{len(items)} values", page, "keep the ones that matter"))
    for i, item in enumerate(items):
        if isinstance(item, str):
            found += text_problems(item, f"{path}[{i}]", "a value", limits.UPLOAD_PAGE)
        else:
            rule = "a sequence holds strings only"
            found.append(Problem(f"{path}[{i}]", rule, _found(item), page, "write str(...) around it"))
    return found


def count_problems(properties: Mapping[str, Any], path: str, most: int) -> list[Problem]:
    """How many properties one record may carry."""
    if len(properties) <= most:
        return []
    page = limits.PLATFORM_PAGE
    return [Problem(path, f"a record has at most {most} properties", f"{len(properties)}", page, "send fewer")]


def event_name_problems(name: object, path: str = "name") -> list[Problem]:
    """An event's name: text without the banned characters, and none of CleverTap's own."""
    page = limits.PLATFORM_PAGE
    if not isinstance(name, str) or not name.strip():
        return [Problem(path, "an event has a name", short_repr(name), limits.EVENTS_PAGE, "name the event")]
    found = []
    if any(letter in limits.BANNED_IN_EVENT_NAMES for letter in name):
        rule = f"an event's name holds none of {' '.join(limits.BANNED_IN_EVENT_NAMES)}"
        found.append(Problem(path, rule, short_repr(name), page, "use letters, digits and _"))
    if name.replace(" ", "").lower() in limits.RESERVED_EVENTS:
        rule = "an event's name is none of CleverTap's own (compared without case and blanks)"
        found.append(Problem(path, rule, short_repr(name), page, f"such as {'My ' + name!r}"))
    return found


def _int_problems(value: int, path: str) -> list[Problem]:
    if -_INT64 <= value < _INT64:
        return []
    return [
        Problem(path, "a whole number fits 64 bits", short_repr(value), limits.PLATFORM_PAGE, "send it as a string")
    ]


def _naive(path: str, value: datetime) -> Problem:
    rule = "a datetime has a time zone: CleverTap stores seconds since 1970"
    remedy = "value.replace(tzinfo=ZoneInfo('Asia/Tokyo')), or the zone it was written in"
    return Problem(path, rule, f"{value.isoformat()} without one", limits.PLATFORM_PAGE, remedy)


def _found(value: object) -> str:
    # Containers may hold personal data of several fields; their type says enough.
    return short_repr(value) if value is None or isinstance(value, date) else type(value).__name__


_REMEDIES: tuple[tuple[type, str], ...] = (
    (type(None), "leave the property out, or take it away with linetap.clevertap.Delete()"),
    (date, "make it a datetime with a time zone: datetime(d.year, d.month, d.day, tzinfo=...)"),
    (Mapping, "flatten it: one property for each value"),
    (Set, "give a sorted list: a set has no order"),
    (bytes, "decode it: value.decode()"),
)


def _remedy(value: object) -> str:
    known = next((remedy for kind, remedy in _REMEDIES if isinstance(value, kind)), None)
    return known or "convert it: int(...), float(...) or str(...)"


def plain_json(value: object, path: str) -> bytes:
    """JSON as bytes; what JSON cannot hold is a ``BadArgument``."""
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise invalid(path, f"is plain JSON: {error}", literal_text(type(value).__name__)) from None
    except RecursionError:
        raise invalid(
            path, "is plain JSON", literal_text(f"a {type(value).__name__} of too many levels to write")
        ) from None
