"""CleverTap's rules for identities, property names and values: what it would reject, and the remedy.

Rules check plain Python values. A record that follows all of them passes :func:`is_simple` alone, which is fast
enough for millions; the other functions say what is wrong.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any

from linetap.clevertap import limits
from linetap.errors import Problem, invalid, literal_text, short_repr

_GOOD_KEYS: set[str] = set()  # names that were checked before: an account has a few dozen
_GOOD_KEYS_MAX = 10_000
_INT64 = 2**63


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that CleverTap certainly rejects; ``uncertain`` ones do not block."""
    return [problem for problem in problems if problem.severity == "error"]


def is_simple(properties: Mapping[str, Any]) -> bool:
    """Whether every value is a str, int, float or bool within the limits: nothing to convert or to report."""
    for key, value in properties.items():
        if key not in _GOOD_KEYS and not _key_is_good(key):
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
    if len(_GOOD_KEYS) < _GOOD_KEYS_MAX:
        _GOOD_KEYS.add(str(key))
    return True


def is_finite(number: int | float) -> bool:
    """Whether JSON has the number; an int of any size is finite."""
    return isinstance(number, int) or math.isfinite(number)


def text_problems(value: str, path: str, page: str, limit: int = limits.VALUE_BYTES) -> list[Problem]:
    """A text that has too many bytes, or that UTF-8 cannot encode."""
    try:
        size = len(value) if value.isascii() else len(value.encode())
    except UnicodeEncodeError:
        rule, remedy = "must be text that UTF-8 can encode", "decode the text with the encoding it was written in"
        return [Problem(path, rule, "a lone surrogate", page, remedy)]
    if size <= limit:
        return []
    return [Problem(path, f"must have at most {limit} bytes of UTF-8", f"{size} bytes", page, "shorten it")]


def key_problems(key: object, path: str) -> list[Problem]:
    """A property's name: text, not empty, at most 120 bytes, without the banned characters."""
    page = limits.PLATFORM_PAGE
    if not isinstance(key, str):
        return [Problem(path, "must have a string as its name", short_repr(key), page, "write str(...) around it")]
    if not key.strip():
        return [Problem(path, "must have a name that is not empty", short_repr(key), page, "name the property")]
    found = text_problems(key, path, limits.UPLOAD_PAGE, limits.KEY_BYTES)
    banned = sorted({letter for letter in key if letter in limits.BANNED_IN_KEYS or not letter.isprintable()})
    if banned:
        rule = f"must have a name without the characters {' '.join(limits.BANNED_IN_KEYS)}"
        shown = f"{short_repr(key)} with {short_repr(''.join(banned))}"
        found.append(Problem(path, rule, shown, page, "rename the property"))
    return found


def identity_problems(identity: object, path: str = "identity") -> list[Problem]:
    """Your own id of a customer: a string that is not a placeholder. Over 120 characters it is ``uncertain``."""
    page = limits.CSV_PAGE
    if identity is None or identity == "":
        return [Problem(path, "must not be empty", short_repr(identity), limits.UPLOAD_PAGE, "give your own id")]
    if isinstance(identity, (int, float)):
        rule, shown = "must be a string: CleverTap would treat 007 and 7 as one customer", short_repr(identity)
        return [Problem(path, rule, shown, page, f"write str(...) around it: {shown!r}")]
    if not isinstance(identity, str):
        kind = type(identity).__name__
        remedy = "give the customer's id alone, for example row['id']" if isinstance(identity, Mapping) else ""
        return [Problem(path, "must be a string", literal_text(kind), page, remedy or "give your own id")]
    found = []
    if identity.strip().lower() in limits.BANNED_IDENTITIES or not identity.strip():
        rule = "must not be a placeholder such as null, none, nan, 0 or -1"
        found.append(Problem(path, rule, short_repr(identity), page, "leave out customers without an id"))
    return found + _length_problems(identity, path)


def _length_problems(identity: str, path: str) -> list[Problem]:
    page, size, most = limits.CSV_PAGE, len(identity), limits.IDENTITY_CHARACTERS
    if size > most:
        return [Problem(path, f"must have at most {most} characters", f"{size} characters", page, "use a shorter id")]
    found = text_problems(identity, path, page, limit=4 * most)
    if size > limits.IDENTITY_CHARACTERS_SAFE:
        # CleverTap's CSV page allows 1,023 characters; its error 523 said "under 120 chars" in 2017.
        rule = f"should have at most {limits.IDENTITY_CHARACTERS_SAFE} characters: CleverTap's pages disagree"
        found.append(Problem(path, rule, f"{size} characters", page, "try it once, or use a shorter id", "uncertain"))
    return found


def timestamp_problems(timestamp: object, path: str = "timestamp") -> list[Problem]:
    """The time of a record: an aware datetime or seconds since 1970."""
    rule, page = "must be an aware datetime or whole seconds since 1970", limits.UPLOAD_PAGE
    if timestamp is None:
        return []
    if isinstance(timestamp, datetime):
        if not timestamp.tzinfo:
            return [_naive(path, timestamp)]
        timestamp = math.floor(timestamp.timestamp())
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        return [Problem(path, rule, short_repr(timestamp), page, "give datetime.now(timezone.utc) or int(time.time())")]
    if timestamp <= 0:
        return [Problem(path, rule, short_repr(timestamp), page, "leave it out for now; 0 is rejected with code 525")]
    if timestamp > limits.LATEST_TIMESTAMP:
        shown = f"{short_repr(timestamp)}, which looks like milliseconds"
        return [Problem(path, rule, shown, page, "divide it by 1000")]
    return []


def value_problems(value: object, path: str, depth: int = 0) -> list[Problem]:
    """One value: str, bool, int, finite float, aware datetime, a sequence, or a mapping of up to three levels."""
    page = limits.PLATFORM_PAGE
    if isinstance(value, str):
        return text_problems(value, path, limits.UPLOAD_PAGE)
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return _int_problems(value, path)
    if isinstance(value, float):
        rule = "must be a finite number: JSON has no NaN and no infinity"
        return [] if math.isfinite(value) else [Problem(path, rule, short_repr(value), page, "leave the property out")]
    if isinstance(value, datetime):
        return [] if value.tzinfo else [_naive(path, value)]
    if isinstance(value, Mapping):
        return list(_mapping_problems(value, path, depth + 1))
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return _list_problems(value, path, depth)
    rule = "must be a str, bool, int, float, aware datetime, sequence of str, mapping, or an operator such as Add"
    return [Problem(path, rule, _kind(value), page, _remedy(value))]


def _mapping_problems(value: Mapping[Any, Any], path: str, depth: int) -> Iterator[Problem]:
    page = limits.NESTED_PAGE
    if depth > limits.NESTED_LEVELS:
        rule = f"must not be nested deeper than {limits.NESTED_LEVELS} levels"
        yield Problem(path, rule, f"level {depth}", page, "move the value up, or write it as text")
        return
    if len(value) > limits.NESTED_ITEMS:
        yield Problem(path, f"must have at most {limits.NESTED_ITEMS} keys", f"{len(value)} keys", page, "send fewer")
        return
    for key, item in value.items():
        where = f"{path}[{short_repr(key)}]"
        yield from key_problems(key, where)
        yield from value_problems(item, where, depth)


def _list_problems(value: Sequence[Any], path: str, depth: int) -> list[Problem]:
    """At the top, strings only or mappings only; inside a mapping, numbers and bools too."""
    if not any(isinstance(item, Mapping) for item in value) and not depth:
        return text_list_problems(value, path)
    if len(value) > limits.VALUES_PER_LIST:
        rule, shown = f"must have at most {limits.VALUES_PER_LIST} items", f"{len(value)} items"
        return [Problem(path, rule, shown, limits.NESTED_PAGE, "keep those that matter")]
    found: list[Problem] = []
    for i, item in enumerate(value):
        where = f"{path}[{i}]"
        scalar = isinstance(item, (str, bool, int, float))
        if isinstance(item, Mapping) or (scalar and depth):
            found += value_problems(item, where, depth)
        else:
            rule = (
                "must be a mapping, as the other items are" if not depth else "must be a str, number, bool or mapping"
            )
            found.append(Problem(where, rule, _kind(item), limits.NESTED_PAGE, "use one kind of item in a list"))
    return found


def text_list_problems(values: Iterable[object], path: str) -> list[Problem]:
    """A property with several values: at most 100 strings."""
    page, items = limits.PLATFORM_PAGE, list(values)
    found = []
    if len(items) > limits.VALUES_PER_LIST:
        rule = f"must have at most {limits.VALUES_PER_LIST} values: CleverTap would drop the oldest"
        return [Problem(path, rule, f"{len(items)} values", page, "keep those that matter")]
    for i, item in enumerate(items):
        if isinstance(item, str):
            found += text_problems(item, f"{path}[{i}]", limits.UPLOAD_PAGE)
        else:
            found.append(Problem(f"{path}[{i}]", "must be a string", _kind(item), page, "write str(...) around it"))
    return found


def count_problems(properties: Mapping[str, Any], path: str, most: int) -> list[Problem]:
    """The number of properties of one record."""
    if len(properties) <= most:
        return []
    rule = f"must have at most {most} properties"
    return [Problem(path, rule, f"{len(properties)}", limits.PLATFORM_PAGE, "send fewer")]


def event_name_problems(name: object, path: str = "name") -> list[Problem]:
    """An event's name: text without the banned characters, and not a name of CleverTap's own events."""
    page = limits.PLATFORM_PAGE
    if not isinstance(name, str) or not name.strip():
        return [
            Problem(path, "must be a name that is not empty", short_repr(name), limits.EVENTS_PAGE, "name the event")
        ]
    found = text_problems(name, path, page)
    if any(letter in limits.BANNED_IN_EVENT_NAMES for letter in name):
        rule = f"must not contain any of the characters {' '.join(limits.BANNED_IN_EVENT_NAMES)}"
        found.append(Problem(path, rule, short_repr(name), page, "use letters, digits and _"))
    if "".join(name.split()).lower() in limits.RESERVED_EVENTS:
        rule = "must not be the name of an event of CleverTap's own (compared without case and blanks)"
        found.append(Problem(path, rule, short_repr(name), page, f"such as {'My ' + name!r}"))
    return found


def _int_problems(value: int, path: str) -> list[Problem]:
    if -_INT64 <= value < _INT64:
        return []
    rule = "must be a whole number of at most 64 bits"
    return [Problem(path, rule, short_repr(value), limits.PLATFORM_PAGE, "send it as a string")]


def _naive(path: str, value: datetime) -> Problem:
    rule = "must have a time zone: CleverTap stores seconds since 1970"
    remedy = "value.replace(tzinfo=ZoneInfo('Asia/Tokyo')), or the zone it was written in"
    return Problem(path, rule, f"{value.isoformat()} without one", limits.PLATFORM_PAGE, remedy)


def _kind(value: object) -> str:
    # Containers may contain personal data of several fields; their type says enough.
    return short_repr(value) if value is None or isinstance(value, date) else type(value).__name__


_REMEDIES: tuple[tuple[type, str], ...] = (
    (type(None), "leave the property out, or delete it with linetap.clevertap.Delete()"),
    (date, "make it a datetime with a time zone: datetime(d.year, d.month, d.day, tzinfo=...)"),
    (Set, "give a sorted list: a set has no order"),
    (bytes, "decode it: value.decode()"),
)


def _remedy(value: object) -> str:
    known = next((remedy for kind, remedy in _REMEDIES if isinstance(value, kind)), None)
    return known or "convert it: int(...), float(...) or str(...)"


def plain_json(value: object, path: str) -> bytes:
    """JSON as bytes; what JSON cannot express is a ``BadArgument``."""
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise invalid(path, f"must be plain JSON: {error}", literal_text(type(value).__name__)) from None
    except RecursionError:
        found = literal_text(f"a {type(value).__name__} with too many levels")
        raise invalid(path, "must be plain JSON", found) from None
