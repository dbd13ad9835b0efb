"""Which record each rejection of an upload's response is about."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from linetap.clevertap import codes
from linetap.clevertap.records import Record
from linetap.clevertap.reports import BatchResult, Rejection

_LONGEST_NUMBER = 10  # digits


def match_rejections(processed: int, unprocessed: Sequence[Any], records: Sequence[Record]) -> BatchResult:
    """CleverTap's response, with each rejection matched to the record that was sent.

    The error's text ends with the record's position in the batch, counted from 1; without one, the echoed
    identity decides. Other values of the echo are not compared: CleverTap changes their types.
    """
    entries = [_entry(given) for given in unprocessed]
    positions = _matched_records(entries, records)
    rejected = []
    for entry, position in zip(entries, positions, strict=True):
        code = as_code(entry.get("code"))
        reason, hint = codes.meaning(code)
        record = None if position is None else records[position]
        rejected.append(Rejection(record, code, reason, hint, str(entry.get("error", ""))))
    return BatchResult(processed, tuple(rejected))


def as_code(value: object) -> int | None:
    """A code, a number or text in the response; None for any other value."""
    if type(value) is int:
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def _entry(given: object) -> dict[str, Any]:
    """One rejection; a record that is echoed as JSON text (seen in 2017) is parsed."""
    entry: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    echo = entry.get("record")
    if isinstance(echo, str):
        try:
            entry["record"] = json.loads(echo)
        except (ValueError, RecursionError):
            entry["record"] = None
    return entry


def _matched_records(entries: Sequence[dict[str, Any]], records: Sequence[Record]) -> list[int | None]:
    """The index of each entry's record: by position first, then by an identity that one record alone has.

    An entry with a position that another entry has, and no such identity, matches no record: a guess could name
    another customer.
    """
    taken: set[int] = set()
    found: list[int | None] = []
    for entry in entries:
        position = _echoed_position(str(entry.get("error", "")))
        good = position is not None and 0 <= position < len(records) and position not in taken
        found.append(position if good else None)
        taken.update([position] if good and position is not None else [])
    if len(taken) < len(entries):
        only = _unique_identities(records)
        for i, entry in enumerate(entries):
            position = only.get(_echoed_identity(entry)) if found[i] is None else None
            if position is not None and position not in taken:
                found[i] = position
                taken.add(position)
    return found


def _unique_identities(records: Sequence[Record]) -> dict[str | None, int]:
    counts = Counter(record.identity for record in records)
    return {record.identity: i for i, record in enumerate(records) if record.identity and counts[record.identity] == 1}


def _echoed_identity(entry: Mapping[str, Any]) -> str | None:
    echo = entry.get("record")
    name = echo.get("identity") if isinstance(echo, dict) else None
    return str(name) if isinstance(name, str) or type(name) is int else None


def _echoed_position(error: str) -> int | None:
    """The position in the batch from "... Skipped record number : 7", counted from 0."""
    head, colon, number = error.rstrip(" .").rpartition(":")
    if not colon or not head.rstrip().lower().endswith("record number"):
        return None
    position = as_code(number)
    return None if position is None else position - 1
