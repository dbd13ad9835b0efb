"""Records from frames and rows, bad rows, and reports as frames."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from linetap.clevertap.record_rows import BadRow
from linetap.clevertap.records import ProfileRecord
from linetap.clevertap.reports import Rejection, UploadReport
from linetap.errors import BadArgument
from linetap.sync.decide import ConflictReason
from linetap.sync.identity import KnownFollowers
from linetap.sync.report import SyncConflict, SyncReport

TOKYO = timezone(timedelta(hours=9))
COLUMNS: dict[str, list[Any]] = {
    "identity": ["customer-1", "customer-2"],
    "LineID": ["U1", None],
    "points": [3, 4],
    "score": [1.5, float("nan")],
    "since": [datetime(2026, 1, 1, 9), None],
    "vip": [True, False],
}
PAIRS = {"identity": ["customer-1", "customer-2"], "LineID": [f"U{1:032x}", None]}
BOTH = pytest.mark.parametrize("frame", [pd.DataFrame(COLUMNS), pl.DataFrame(COLUMNS)], ids=["pandas", "polars"])


@BOTH
def test_rows_become_records_without_their_empty_cells(frame: Any) -> None:
    """NaN, NaT and None are left out, numbers stay numbers, naive datetimes get the given zone."""
    one, two = ProfileRecord.from_rows(frame, zone=TOKYO)
    assert one.to_json() == {
        "type": "profile",
        "identity": "customer-1",
        "profileData": {"LineID": "U1", "points": 3, "score": 1.5, "since": "$D_1767225600", "vip": True},
    }
    assert two.properties == {"points": 4, "vip": False}


@BOTH
def test_columns_are_chosen_and_renamed(frame: Any) -> None:
    """Columns can be chosen and renamed with a mapping."""
    assert [r.properties for r in ProfileRecord.from_rows(frame, properties={"points": "LINE points"})] == [
        {"LINE points": 3},
        {"LINE points": 4},
    ]


def test_plain_mappings_are_rows_too() -> None:
    """Mappings are rows too; numpy's scalars are converted."""
    rows = [{"id": "customer-1", "n": np.int64(7)}]
    assert next(ProfileRecord.from_rows(rows, identity="id")).to_json()["profileData"] == {"n": 7}


@pytest.mark.parametrize("properties", ["points", ["pionts"], {"pionts": "LINE points"}])
def test_columns_that_are_not_there_are_named(properties: Any) -> None:
    """A single name instead of a list, or a column that no row has, raises BadArgument with the name."""
    with pytest.raises(BadArgument, match=r"points|pionts"):
        list(ProfileRecord.from_rows([{"identity": "customer-1", "points": 3}], properties=properties))


def test_what_is_missing_or_no_text_is_rejected() -> None:
    """An identity that is not text, or a missing column, raises BadArgument."""
    for rows in ([{"id": 42}], [{"id": float("nan")}], [{"other": "x"}]):
        with pytest.raises(BadArgument):
            list(ProfileRecord.from_rows(rows, identity="id"))


@BOTH
def test_known_followers_come_from_frames(frame: Any) -> None:
    """KnownFollowers reads a frame and ignores rows without a LINE id."""
    one, two = f"U{1:032x}", f"U{2:032x}"
    assert KnownFollowers.from_rows(type(frame)(PAIRS)).identities([one, two]) == {one: "customer-1", two: None}


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_reports_become_frames(backend: str) -> None:
    """Rejections and conflicts are rows of a frame; an empty report gives an empty frame with the same columns."""
    upload = UploadReport(rejected=(Rejection(ProfileRecord("customer-1", {}), 515, "why", "what"),), rejected_count=1)
    sync = SyncReport(conflicts=(SyncConflict("U1", ConflictReason.MOVED, "b", "a"),))
    assert upload.to_frame(backend)["code"][0] == 515
    assert sync.to_frame(backend)["other"][0] == "a"
    for report in (UploadReport(), SyncReport()):
        frame = report.to_frame(backend)
        assert len(frame) == 0
        assert len(frame.columns) == 5


def orders(count: int, bad: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"id": f"cust-{n}", "Plan": "gold"} for n in range(count)]
    rows[bad]["Plan"] = "x" * 600
    return rows


def test_a_bad_row_is_named_with_its_identity() -> None:
    """The error of a row has its number, its identity and its column."""
    with pytest.raises(BadArgument) as caught:
        list(ProfileRecord.from_rows(orders(1_000, 700), identity="id"))
    assert "rows[700] (identity 'cust-700'): properties['Plan'] must have at most 512 bytes" in str(caught.value)


def test_bad_rows_can_be_skipped_and_counted() -> None:
    """With on_bad_row="skip" the other rows become records and .skipped counts the bad one."""
    records = ProfileRecord.from_rows(orders(10, 3), identity="id", on_bad_row="skip")
    assert [record.identity for record in records] == [f"cust-{n}" for n in range(10) if n != 3]
    assert records.skipped == 1


def test_a_function_receives_bad_rows() -> None:
    """A function receives each BadRow with its row, identity and problems."""
    found: list[BadRow] = []
    assert len(list(ProfileRecord.from_rows(orders(10, 3), identity="id", on_bad_row=found.append))) == 9
    assert [(bad.row, bad.identity, bad.problems[0].path) for bad in found] == [
        ("rows[3]", "'cust-3'", "rows[3] (identity 'cust-3'): properties['Plan']")
    ]


@pytest.mark.parametrize("wrong", ["ignore", None, 1])
def test_on_bad_row_is_checked(wrong: Any) -> None:
    """Another value than "raise", "skip" or a function raises BadArgument at the call."""
    with pytest.raises(BadArgument, match="on_bad_row"):
        ProfileRecord.from_rows([], on_bad_row=wrong)


def test_a_row_that_is_not_a_mapping_is_named() -> None:
    """A tuple among the rows raises BadArgument with its number."""
    with pytest.raises(BadArgument, match=r"rows\[1\] must be a mapping"):
        list(ProfileRecord.from_rows([{"identity": "customer-1"}, ("customer-2",)]))
