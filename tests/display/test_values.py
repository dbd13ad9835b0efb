"""Reports as JSON and as frames."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import attrs
import pytest

from linetap import LinetapError
from linetap.campaign.report import PreviewReport
from linetap.display.values import json_value
from tests.display.test_text import REPORTS


class Colour(Enum):
    RED = "red"


def test_values_as_json() -> None:
    """Enums become their values, errors their text, tuples lists, and unknown objects their str."""
    assert json_value({Colour.RED: (1, None, True), 5: LinetapError("why")}) == {"red": [1, None, True], "5": "why"}
    assert json_value(object) == "<class 'object'>"


@pytest.mark.parametrize("report", [report for report, _ in REPORTS], ids=lambda value: type(value).__name__)
def test_every_report_is_json(report: Any) -> None:
    """``to_json()`` is plain JSON with ``ok``, every count and every row of the frame."""
    document = json.loads(json.dumps(report.to_json(), allow_nan=False))
    counts = {field.name for field in attrs.fields(type(report)) if isinstance(getattr(report, field.name), int)}

    assert document["ok"] is report.ok
    assert counts <= document.keys()
    rows = [row for part in document.values() if isinstance(part, list) for row in part]
    assert len(rows) >= len(list(report.rows())) or isinstance(report, PreviewReport)


@pytest.mark.parametrize("report", [report for report, _ in REPORTS], ids=lambda value: type(value).__name__)
def test_every_report_is_a_frame(report: Any) -> None:
    """``to_frame()`` has the report's rows, and its columns without any row."""
    pytest.importorskip("pandas")
    pytest.importorskip("narwhals")
    frame = report.to_frame()

    assert len(frame) == len(list(report.rows()))
    assert len(frame.columns) >= 3
