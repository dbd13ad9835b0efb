"""The properties of an uploaded profile: what is dropped, and the operators that change a value in place.

https://developer.clevertap.com/docs/upload-user-profiles-api
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from linetap.sandbox.clevertap.state import CleverTapState, Profile

# https://docs.clevertap.com/docs/platform-considerations
_BANNED = re.compile(r"[%><!|&.:;$'\"\\#]")
_MOST_NUMBER = 2**63


def apply_profile(box: CleverTapState, profile: Profile, record: dict[str, Any], at: int) -> None:
    """Sets the record's properties; those that CleverTap drops go to the error stream."""
    for name, value in record["profileData"].items():
        if wrong := _wrong_property(box, profile, name, value):
            box.note_discarded(profile, name, wrong)
        elif isinstance(value, dict):
            _operate(box, profile, name, value)
        elif isinstance(value, list):
            profile.data[name] = list(dict.fromkeys(value))[-100:]
        else:
            profile.data[name] = value


def _length(box: CleverTapState, text: str) -> int:
    return (
        len(text) if text.isascii() or box.readings.count_in == "characters" else len(text.encode("utf-8", "replace"))
    )


def _wrong_property(box: CleverTapState, profile: Profile, name: str, value: Any) -> str:
    """Why a property is dropped; none of these has a documented code."""
    if _BANNED.search(name):
        return "a banned character in the name"
    if not name or _length(box, name) > 120:
        return "the name is empty or too long"
    if value is None:
        return "null"
    if name not in profile.data and len(profile.data) >= 256:
        return "more than 256 properties"
    if isinstance(value, dict) and not set(value) <= _OPERATORS.keys():
        return "a nested object: not enabled for this account"
    texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    if not all(isinstance(text, str) for text in texts):
        return "a list of anything but strings"
    if any(_length(box, text) > 512 for text in texts):
        return "the value is too long"
    return ""


def _operate(box: CleverTapState, profile: Profile, name: str, operation: dict[str, Any]) -> None:
    for operator, operand in operation.items():
        if wrong := _OPERATORS[operator](box, profile, name, operand):
            box.note_discarded(profile, name, wrong)


def _listed(profile: Profile, name: str) -> list[str]:
    """A property as a list: a scalar becomes a list of its text."""
    value = profile.data.get(name)
    return list(value) if isinstance(value, list) else [] if value is None else [str(value)]


def _texts(operand: Any) -> list[str] | None:
    texts = operand if isinstance(operand, list) else [operand]
    return texts if all(isinstance(text, str) for text in texts) else None


def _add(box: CleverTapState, profile: Profile, name: str, operand: Any) -> str:
    if (texts := _texts(operand)) is None:
        return "$add takes strings"
    profile.data[name] = list(dict.fromkeys([*_listed(profile, name), *texts]))[-100:]
    return ""


def _remove(box: CleverTapState, profile: Profile, name: str, operand: Any) -> str:
    if (texts := _texts(operand)) is None:
        return "$remove takes strings"
    left = [text for text in _listed(profile, name) if text not in texts]
    profile.data[name] = left
    if not left:
        profile.data.pop(name)
    return ""


def _set(box: CleverTapState, profile: Profile, name: str, operand: Any) -> str:
    if wrong := _wrong_property(box, profile, name, operand) or isinstance(operand, dict):
        return str(wrong)
    profile.data[name] = operand
    return ""


def _count(sign: int) -> Callable[[CleverTapState, Profile, str, Any], str]:
    def count(box: CleverTapState, profile: Profile, name: str, operand: Any) -> str:
        before = profile.data.get(name, 0)
        if not (_countable(before) and _countable(operand)):
            return "$incr and $decr take numbers"
        profile.data[name] = before + sign * operand
        return ""

    return count


def _countable(number: Any) -> bool:
    return not isinstance(number, bool) and isinstance(number, (int, float)) and abs(number) < _MOST_NUMBER


def _delete(box: CleverTapState, profile: Profile, name: str, operand: Any) -> str:
    if box.readings.delete_operator == "Name and Gender" and name not in ("Name", "Gender"):
        return "$delete works for Name and Gender only"
    profile.data.pop(name, None)
    return ""


_OPERATORS: dict[str, Callable[[CleverTapState, Profile, str, Any], str]] = {
    "$add": _add,
    "$remove": _remove,
    "$set": _set,
    "$incr": _count(1),
    "$decr": _count(-1),
    "$delete": _delete,
}
