"""A report as JSON: its counts, and its lists as rows. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import attrs

from linetap.errors import LinetapError

_SCALARS = (bool, int, float, str, type(None))


def report_json(report: Any, **parts: Mapping[Any, Any] | Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """``ok``, every scalar attribute of ``report``, and ``parts``: mappings, or lists of rows.

    The result consists of dicts, lists, strings, numbers, bools and None: ``json.dumps`` accepts it.
    """
    values = {field.name: getattr(report, field.name) for field in attrs.fields(type(report))}
    scalars = {
        name: json_value(value) for name, value in values.items() if isinstance(value, (*_SCALARS, LinetapError))
    }
    return {"ok": report.ok, **scalars, **{name: json_value(value) for name, value in parts.items()}}


def json_value(value: Any) -> Any:
    """``value`` as JSON; an error is its text, an enum its value, and everything unknown its ``str``."""
    if isinstance(value, Enum):
        return json_value(value.value)
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, Mapping):
        return {str(json_value(key)): json_value(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [json_value(item) for item in value]
    return str(value)
