"""Upload bodies, and how rejections are matched to the records that were sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linetap.clevertap import encoding
from linetap.clevertap.records import ProfileRecord

RECORDS = [ProfileRecord(f"cust-{i}", {"LineID": f"U{i:032x}"}) for i in range(5)]


def refused(error: str = "", **record: Any) -> dict[str, Any]:
    return {"status": "fail", "code": 515, "error": error, "record": record}


def test_the_body_is_json_whichever_library_writes_it() -> None:
    """With and without orjson the body is the records' JSON, in all scripts."""
    records = [*RECORDS, ProfileRecord("cust-日本", {"Name": 'ไทย \u2028 "q"'})]
    want = {"d": [record.to_json() for record in records]}
    assert json.loads(encoding.upload_body(records)) == want
    assert json.loads(encoding.by_json(want)) == want


def test_the_position_ties_a_refusal_to_its_record() -> None:
    """The record number at the end of the text counts from 1, and takes precedence over the echoed identity."""
    entry = refused("Invalid Email. Skipped record number : 2", identity="cust-4")
    answer = encoding.match_rejections(4, [entry], RECORDS)
    assert answer.processed == 4
    assert answer.rejected[0].record is RECORDS[1]
    assert (answer.rejected[0].code, answer.rejected[0].reason) == (515, "Email is not a valid address")


@pytest.mark.parametrize(
    "error",
    ["", "no number here", "Skipped record number : 0", "Skipped record number : 6", "Skipped record number : x"],
)
def test_without_a_usable_position_the_identity_decides(error: str) -> None:
    """Without a number, or with one outside the batch, the echoed identity decides."""
    assert encoding.match_rejections(4, [refused(error, identity="cust-3")], RECORDS).rejected[0].record is RECORDS[3]


def test_an_identity_that_came_back_as_a_number_still_ties() -> None:
    """An identity of digits that is echoed as a number is compared as text."""
    records = [ProfileRecord("1001", {}), ProfileRecord("1002", {})]
    assert encoding.match_rejections(1, [refused("?", identity=1002)], records).rejected[0].record is records[1]


def test_two_refusals_never_claim_one_record() -> None:
    """When all positions are 1, the identities match the rejections to the right records."""
    entries = [refused("Skipped record number : 1", identity=f"cust-{i}") for i in range(3)]
    tied = [found.record for found in encoding.match_rejections(2, entries, RECORDS).rejected]
    assert tied == RECORDS[:3]


def test_a_refusal_that_names_nobody_is_kept_without_a_record() -> None:
    """A rejection that matches no record is reported without one."""
    found = encoding.match_rejections(4, ["odd"], RECORDS).rejected[0]
    assert found.record is None
    assert found.code is None
    assert found.reason
