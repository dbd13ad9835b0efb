"""Records from frames and rows, and reports as frames."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

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
BOTH = pytest.mark.parametrize("frame", [pd.DataFrame(COLUMNS), pl.DataFrame(COLUMNS)], ids=["pandas", "polars"])


@BOTH
def test_rows_become_records_without_their_empty_cells(frame: Any) -> None:
    """NaN, NaT and None are left out, numbers stay numbers, naive datetimes get the zone they were written in."""
    one, two = ProfileRecord.from_rows(frame, zone=TOKYO)
    assert one.to_json() == {
        "type": "profile",
        "identity": "customer-1",
        "profileData": {"LineID": "U1", "points": 3, "score": 1.5, "since": "$D_1767225600", "vip": True},
    }
    assert two.properties == {"points": 4, "vip": False}


@BOTH
def test_columns_are_chosen_and_renamed(frame: Any) -> None:
    """A mapping names the property of each column; what is not named is not sent."""
    assert [r.properties for r in ProfileRecord.from_rows(frame, properties={"points": "LINE points"})] == [
        {"LINE points": 3},
        {"LINE points": 4},
    ]


def test_plain_mappings_are_rows_too() -> None:
    """Rows of a database cursor need no frame; numpy's scalars are unpacked."""
    rows = [{"id": "customer-1", "n": np.int64(7)}]
    assert next(ProfileRecord.from_rows(rows, identity="id")).to_json()["profileData"] == {"n": 7}


@pytest.mark.parametrize("properties", ["points", ["pionts"], {"pionts": "LINE points"}])
def test_columns_that_are_not_there_are_named(properties: Any) -> None:
    """A single name in a list's place, or a column no row has, is an error that says which."""
    with pytest.raises(BadArgument, match=r"points|pionts"):
        list(ProfileRecord.from_rows([{"identity": "customer-1", "points": 3}], properties=properties))


def test_what_is_missing_or_no_text_is_refused() -> None:
    """An identity that is no text, or a column that is not there, is an error and not a guess."""
    for rows in ([{"id": 42}], [{"id": float("nan")}], [{"other": "x"}]):
        with pytest.raises(BadArgument):
            list(ProfileRecord.from_rows(rows, identity="id"))


@BOTH
def test_known_followers_come_from_frames(frame: Any) -> None:
    """Pairs may stand in a frame; rows without a LINE id are nobody's."""
    assert KnownFollowers.from_rows(frame).identities(["U1", "U2"]) == {"U1": "customer-1", "U2": None}


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_reports_become_frames(backend: str) -> None:
    """Rejections and conflicts are rows; a report without any is an empty frame with the same columns."""
    upload = UploadReport(rejected=(Rejection(ProfileRecord("customer-1", {}), 515, "why", "what"),), rejected_count=1)
    sync = SyncReport(conflicts=(SyncConflict("U1", ConflictReason.MOVED, "b", "a"),))
    assert upload.to_frame(backend)["code"][0] == 515
    assert sync.to_frame(backend)["other"][0] == "a"
    for report in (UploadReport(), SyncReport()):
        frame = report.to_frame(backend)
        assert len(frame) == 0
        assert len(frame.columns) == 5
