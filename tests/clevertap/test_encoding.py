"""Upload bodies."""

from __future__ import annotations

import json

from linetap.clevertap import encoding
from linetap.clevertap.records import ProfileRecord

RECORDS = [ProfileRecord(f"cust-{i}", {"LineID": f"U{i:032x}"}) for i in range(5)]


def test_the_body_is_json_whichever_library_writes_it() -> None:
    """With and without orjson the body is the records' JSON, in all scripts."""
    records = [*RECORDS, ProfileRecord("cust-日本", {"Name": 'ไทย \u2028 "q"'})]
    want = {"d": [record.to_json() for record in records]}
    assert json.loads(encoding.upload_body(records)) == want
    assert json.loads(encoding.by_json(want)) == want
