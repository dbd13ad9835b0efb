"""Checks of plain JSON from which LINE's message tables are built.

A check is a function ``(value, path, report)`` that reports problems; checks can be combined.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from linetap.sandbox.core.ambiguities import Readings


class Report:
    """The problems of one request's messages in LINE's form: property and message."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings
        self.details: list[dict[str, str]] = []

    def add(self, path: str, message: str) -> None:
        self.details.append({"message": message, "property": path})


Check = Callable[[Any, str, Report], None]


def units(text: str) -> int:
    """UTF-16 code units: https://developers.line.biz/en/docs/messaging-api/text-character-count/"""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> int:
    """Grapheme clusters (same page); exact with the ``regex`` package, approximate without it."""
    if text.isascii():
        return len(text)
    try:
        return len(importlib.import_module("regex").findall(r"\X", text))
    except ImportError:
        return rough_clusters(text)


def rough_clusters(text: str) -> int:
    """Clusters by general category: marks, joiners and skin tones add nothing, two regional indicators are one."""
    count, joined, flags = 0, False, 0
    for character in text:
        point = ord(character)
        flags = flags + 1 if 0x1F1E6 <= point <= 0x1F1FF else 0
        extends = unicodedata.category(character)[0] == "M" or character == "\u200d" or 0x1F3FB <= point <= 0x1F3FF
        extends = extends or point in (0x0E33, 0x0EB3) or (flags > 0 and flags % 2 == 0)
        count += not (extends or joined)
        joined = character == "\u200d"
    return count


def text(most: int, least: int = 1, count: Callable[[str], int] = units) -> Check:
    """A string with a length in UTF-16 units (or clusters)."""

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add(path, "must be a string")
        elif least and not value:
            report.add(path, "May not be empty")
        elif len(value) > most // 2 and not least <= count(value) <= most:
            report.add(path, f"Length must be between {0 if least <= 1 else least} and {most}")

    return check


def pattern(regex: str, message: str) -> Check:
    """A string that matches a pattern completely."""
    compiled = re.compile(regex, re.ASCII)

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            report.add(path, message)

    return check


def one_of(*values: Any) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if not any(value is v or (isinstance(value, str) and value == v) for v in values):
            report.add(path, f"Must be one of the following values: {list(values)}")

    return check


def whole(least: int | None = None, most: int | None = None) -> Check:
    return _number(int, "must be an integer", least, most)


def number(least: float | None = None, most: float | None = None) -> Check:
    return _number((int, float), "must be a number", least, most)


def _number(kind: Any, message: str, least: float | None, most: float | None) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, kind) or isinstance(value, bool):
            report.add(path, message)
        elif (least is not None and value < least) or (most is not None and value > most):
            report.add(path, f"must be between {least} and {most}")

    return check


def boolean(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add(path, "must be a boolean")


def url(most: int, *schemes: str) -> Check:
    """A URL with one of these schemes, percent-encoded (#url-encoding), with a maximum length."""

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str) or not value:
            report.add(path, "May not be empty" if value == "" else "must be a string")
            return
        if units(value) > most:
            report.add(path, f"Length must be between 0 and {most}")
        if not value.isascii() or re.search(r"[\x00-\x20\x7f]", value):
            report.add(path, "must be percent-encoded")
            return
        try:
            parts = urlsplit(value)
        except ValueError:
            report.add(path, "invalid uri")
            return
        if parts.scheme.lower() not in schemes:
            report.add(path, "invalid uri scheme")
        elif parts.scheme.lower() in ("http", "https") and not _has_host(parts):
            report.add(path, "invalid uri")

    return check


def _has_host(parts: SplitResult) -> bool:
    """A host without empty labels ("..") and a port up to 65535."""
    try:
        return bool(parts.hostname) and (parts.port or 0) >= 0 and ".." not in f".{parts.hostname}"
    except ValueError:
        return False


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a value that may not be a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


media_url = url(2000, "https")
action_url = url(1000, "http", "https", "line", "tel")
colour = pattern(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})", "invalid color")


def array(item: Check, least: int, most: int) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add(path, "must be an array")
            return
        if not least <= len(value) <= most:
            report.add(path, f"Size must be between {least} and {most}")
        for index, element in enumerate(value):
            if element is None:
                report.add(f"{path}[{index}]", "cannot contain null elements")
            else:
                item(element, f"{path}[{index}]", report)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *also: Check) -> Check:
    """An object; null counts as absent, unknown properties are ignored, ``also`` checks the whole object."""
    fields = {**required, **(optional or {})}

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(path, "must be an object")
            return
        for name in required:
            if value.get(name) is None:
                report.add(f"{path}.{name}" if path else name, "must be specified")
        for name, found in value.items():
            if found is not None and (one := fields.get(name)):
                one(found, f"{path}.{name}" if path else name, report)
        for one in also:
            one(value, path, report)

    return check


def kinds(table: Mapping[str, Check]) -> Check:
    """An object whose ``type`` selects its check."""

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(path, "must be an object")
        elif not isinstance(value.get("type"), str):
            report.add(f"{path}.type", "must be specified")
        elif one := table.get(value["type"]):
            one(value, path, report)
        else:
            report.add(f"{path}.type", f"Must be one of the following values: {sorted(table)}")

    return check
