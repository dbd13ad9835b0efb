"""How rejections are matched to the records that were sent."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.clevertap import rejections
from linetap.clevertap.records import ProfileRecord

RECORDS = [ProfileRecord(f"cust-{i}", {"LineID": f"U{i:032x}"}) for i in range(5)]


def rejection(error: str = "", **record: Any) -> dict[str, Any]:
    return {"status": "fail", "code": 515, "error": error, "record": record}


def test_the_position_finds_its_record() -> None:
    """The record number at the end of the text counts from 1, and takes precedence over the echoed identity."""
    entry = rejection("Invalid Email. Skipped record number : 2", identity="cust-4")
    result = rejections.match_rejections(4, [entry], RECORDS)
    assert result.processed == 4
    assert result.rejected[0].record is RECORDS[1]
    assert (result.rejected[0].code, result.rejected[0].reason) == (515, "Email is not a valid address")


@pytest.mark.parametrize(
    "error",
    ["", "no number here", "Skipped record number : 0", "Skipped record number : 6", "Skipped record number : x"],
)
def test_without_a_usable_position_the_identity_decides(error: str) -> None:
    """Without a number, or with one outside the batch, the echoed identity decides."""
    assert (
        rejections.match_rejections(4, [rejection(error, identity="cust-3")], RECORDS).rejected[0].record is RECORDS[3]
    )


def test_an_identity_that_came_back_as_a_number_is_matched() -> None:
    """An identity of digits that is echoed as a number is compared as text."""
    records = [ProfileRecord("1001", {}), ProfileRecord("1002", {})]
    assert rejections.match_rejections(1, [rejection("?", identity=1002)], records).rejected[0].record is records[1]


def test_two_rejections_never_have_one_record() -> None:
    """When all positions are 1, the identities match the rejections to the right records."""
    entries = [rejection("Skipped record number : 1", identity=f"cust-{i}") for i in range(3)]
    matched = [found.record for found in rejections.match_rejections(2, entries, RECORDS).rejected]
    assert matched == RECORDS[:3]


def test_a_rejection_that_names_no_record_is_kept_without_a_record() -> None:
    """A rejection that matches no record is reported without one."""
    found = rejections.match_rejections(4, ["odd"], RECORDS).rejected[0]
    assert found.record is None
    assert found.code is None
    assert found.reason
