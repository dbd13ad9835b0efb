"""Upload bodies as bytes: the most frequent work of a sync.

orjson (extra ``fast``) is used where it is installed; the JSON is equivalent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linetap.clevertap.records import Record
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
