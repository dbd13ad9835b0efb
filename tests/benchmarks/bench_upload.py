"""A thousand profiles from records to CleverTap's response, against json.dumps and a bare POST of dicts."""

from __future__ import annotations

import json
from collections.abc import Iterable

import requests

from linetap.clevertap import encoding
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.records import ProfileRecord
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

_BATCHES = 10


def rows(quick: bool) -> Iterable[Row]:
    """Ratios of CPU: uploading, and making the records with all of CleverTap's rules checked."""
    values = [
        {"LineID": f"U{i:032x}", "LINE follower": True, "LINE follower changed": "$D_1767225600"}
        for i in range(_BATCHES * 1000)
    ]
    plain = [{"type": "profile", "identity": f"customer-{i}", "profileData": v} for i, v in enumerate(values)]
    records = [ProfileRecord(f"customer-{i}", v) for i, v in enumerate(values)]
    with serve() as url, CleverTapClient("id", "passcode", base_url=url) as clevertap:
        session = requests.Session()
        headers = {"Content-Type": "application/json", "X-CleverTap-Passcode": "p", "X-CleverTap-Account-Id": "a"}

        def ours() -> None:
            assert clevertap.upload_profiles(records, in_flight=1).processed == len(records)

        def ours_without_orjson() -> None:
            kept, encoding.to_bytes = encoding.to_bytes, encoding.by_json
            try:
                ours()
            finally:
                encoding.to_bytes = kept

        def bare() -> None:
            for i in range(0, len(plain), 1000):
                body = json.dumps({"d": plain[i : i + 1000]})
                assert session.post(f"{url}/1/upload", data=body, headers=headers, timeout=30).json()["processed"]

        def made() -> None:
            for i, v in enumerate(values):
                ProfileRecord(f"customer-{i}", v)

        peer = "json.dumps + requests.post"
        rounds = 3 if quick else 15
        yield from compare(
            "upload of 1,000, CPU", {"linetap": ours_without_orjson, peer: bare}, goals={peer: "<= 1.3"}, rounds=rounds
        )
        yield from compare("upload of 1,000 with orjson, CPU", {"linetap": ours, peer: bare}, rounds=rounds)
        yield from compare("making and checking 1,000 records, CPU", {"linetap": made, peer: bare}, rounds=rounds)
