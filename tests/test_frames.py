"""Rows of frames."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import narwhals
import pandas as pd
import polars as pl
import pytest

from linetap import Campaign, ProfileField
from linetap.errors import BadArgument
from linetap.frames import missing, rows

COLUMNS = {"LineID": ["U1", "U2"], "Name": ["花子", None], "Points": [3, 4]}


@pytest.mark.parametrize("frame", [pd.DataFrame(COLUMNS), pl.DataFrame(COLUMNS)], ids=["pandas", "polars"])
def test_rows_of_a_frame(frame: Any) -> None:
    """Rows are mappings of column name to value, in order."""
    read = [dict(row) for row in rows(frame)]
    assert [row["LineID"] for row in read] == ["U1", "U2"]
    assert [row["Points"] for row in read] == [3, 4]
    assert set(read[0]) == set(COLUMNS)


def test_another_librarys_frame_is_read_through_narwhals() -> None:
    """A frame of neither pandas nor polars is read through narwhals, here with a stand-in."""

    class Arrow:
        """A frame that only speaks Arrow."""

        def __narwhals_dataframe__(self) -> Any:
            return narwhals.from_native(pl.DataFrame(COLUMNS))._compliant_frame

        __arrow_c_stream__ = None

    assert [row["LineID"] for row in rows(Arrow())] == ["U1", "U2"]


def test_without_narwhals_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(ImportError, match=r"linetap\[frames\]"):
        rows(object())


@pytest.mark.parametrize("given", ["U1", b"U1", {"LineID": "U1"}, 3, object()])
def test_values_without_rows_are_rejected(given: Any) -> None:
    """One profile, a text or a number instead of many profiles is an error that names the argument."""
    with pytest.raises(BadArgument, match="profiles"):
        rows(given)


def test_an_iterable_is_unchanged() -> None:
    """A list or a generator is returned unchanged, so nothing is consumed early."""
    consumed = iter([{"LineID": "U1"}])
    assert rows(consumed) is consumed


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_campaign_reads_frames(frame: Any) -> None:
    """preview_many and deliveries take a frame; None and NaN in it are missing."""
    user = "U" + "0" * 32
    campaign = Campaign("c").with_text(f"Hi {ProfileField('Name', default='friend')} {ProfileField('Points')}")
    people = frame({"LineID": [user, user, None], "Name": ["花子", None, "x"], "Points": [1.0, 2.5, 3.0]})
    report = campaign.preview_many(people)
    assert dict(report.counts) == {"rendered": 1, "defaulted": 1, "aborted": 1, "invalid": 0}
    texts = [delivery.messages[0].text for delivery in campaign.deliveries(people)]
    assert texts == ["Hi 花子 1.0", "Hi friend 2.5"]


@pytest.mark.parametrize("value", [None, "", float("nan"), pd.NaT, pd.NA, Decimal("sNaN")])
def test_missing_values(value: object) -> None:
    """None, '', NaN, NaT, pandas.NA and a signaling NaN are missing; 0, False, blanks and lists are values."""
    assert missing(value)
    assert not any(map(missing, [0, False, " ", [], [None], pd.Series([1, 2]).to_numpy(), "nan"]))


def test_two_columns_of_one_name_are_an_error() -> None:
    """A frame whose rows would lose a column, as mappings, is a BadArgument that names it."""
    frame = pd.DataFrame([["a", "b", "c"]], columns=["LineID", "Name", "Name"])

    with pytest.raises(BadArgument, match=r"different name for each column.*Name"):
        rows(frame)
