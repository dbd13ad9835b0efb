"""Upload bodies as bytes, and the rejections of a response: the most frequent work of a sync.

orjson (extra ``fast``) is used where it is installed; the JSON is equivalent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linetap.clevertap import codes
from linetap.clevertap.records import Record
from linetap.clevertap.reports import BatchResult, Rejection
from linetap.models.dumps import compact


def by_json(value: Any) -> bytes:
    """JSON by the standard library."""
    return compact(value).encode()


def _chosen() -> Callable[[Any], bytes]:
    try:
        import orjson
    except ImportError:
        return by_json
    return orjson.dumps


to_bytes: Callable[[Any], bytes] = _chosen()


def upload_body(records: Sequence[Record]) -> bytes:
    """``{"d": [...]}`` for one call of ``POST /1/upload``."""
    return to_bytes({"d": [record.to_json() for record in records]})


def match_rejections(processed: int, unprocessed: Sequence[Any], records: Sequence[Record]) -> BatchResult:
    """CleverTap's response, with each rejection matched to the record that was sent.

    The error's text ends with the record's position in the batch, counted from 1; without one, the echoed
    identity decides. Other values of the echo are not compared: CleverTap changes their types.
    """
    free = set(range(len(records)))
    rejected = []
    for entry in unprocessed:
        told: dict[str, Any] = entry if isinstance(entry, dict) else {}
        place = _record_index(told, records, free)
        free.discard(-1 if place is None else place)
        code = told.get("code")
        code = code if isinstance(code, int) else None
        reason, hint = codes.meaning(code)
        record = None if place is None else records[place]
        rejected.append(Rejection(record, code, reason, hint, str(told.get("error", ""))))
    return BatchResult(processed, tuple(rejected))


def _record_index(told: dict[str, Any], records: Sequence[Record], free: set[int]) -> int | None:
    place = _echoed_position(str(told.get("error", "")))
    if place is not None and place in free:
        return place
    echo = told.get("record")
    name = echo.get("identity") if isinstance(echo, dict) else None
    if name is None:
        return None
    return next((i for i in sorted(free) if records[i].identity == str(name)), None)


def _echoed_position(error: str) -> int | None:
    """The place in the batch from "... Skipped record number : 7", counted from 0."""
    head, colon, number = error.rstrip(" .").rpartition(":")
    if colon and number.strip().isdecimal() and head.rstrip().lower().endswith("record number"):
        return int(number) - 1
    return None
