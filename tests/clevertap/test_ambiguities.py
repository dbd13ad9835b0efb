"""Where CleverTap's pages are silent or contradict each other, the client is right under every setting of the
sandbox.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from linetap import BadArgument, LineIdAsIdentity, sync_followers
from linetap.clevertap.models import ProfileQuery
from linetap.clevertap.records import ProfileRecord
from linetap.http.policy import RetryPolicy
from linetap.sandbox import Sandbox

QUERY = ProfileQuery("App Launched", date(2025, 12, 1), date(2026, 1, 31))


def people(count: int) -> list[ProfileRecord]:
    return [ProfileRecord(f"{1_000 + i}", {"LineID": f"U{i:032x}", "Phone": f"+8190{i:08d}"}) for i in range(count)]


def connect(box: Sandbox) -> Any:
    # Its time passes as fast as any thread waits, so patience here is no matter of seconds.
    patient = RetryPolicy(attempts=10_000, total=1e9, first_wait=0.1, longest_wait=1)
    return box.clevertap_client(
        retry=patient, sleep=lambda seconds: box.clock.advance(seconds=seconds), clock=box.clock.now
    )


@pytest.mark.parametrize("reading", ["fail", "empty record", "404"])
def test_an_unknown_profile_is_none_in_every_reading(reading: Any) -> None:
    """Each of three likely responses for an unknown profile gives None."""
    with Sandbox() as box:
        box.readings.unknown_profile = reading
        assert connect(box).profile(identity="nobody-there") is None


@pytest.mark.parametrize("reading", ["changed", "faithful"])
def test_rejections_are_tied_whatever_the_echo(reading: Any) -> None:
    """A rejection finds its record, although CleverTap may return an identity in another type."""
    records = people(50)
    with Sandbox() as box:
        box.readings.echo = reading
        for record in records[7::20]:
            box.clevertap.reject_record(str(record.identity), 516)
        report = connect(box).upload_profiles(records)
    assert [found.record for found in report.rejected] == records[7::20]


@pytest.mark.parametrize("reading", ["success", "partial"])
def test_a_count_is_a_number_at_once_or_after_asking_again(reading: Any) -> None:
    """A partial result is polled with its req_id."""
    with Sandbox() as box:
        box.readings.counts = reading
        for i in range(30):
            box.clevertap.add_profile(f"customer-{i}", {}, events={"App Launched": box.clock.now()})
        assert connect(box).count_profiles(QUERY) == 30


def test_an_account_with_100_records_per_call_works(tmp_path: Path) -> None:
    """An account with 100 records per call works by batch_size in an upload, and by splitting in a sync."""
    with Sandbox() as box:
        box.readings.batch_limit = 100
        clevertap = connect(box)
        assert clevertap.upload_profiles(people(250), batch_size=100).processed == 250
        box.line.add_followers(230)
        line = box.line_client()
        report = sync_followers(line, clevertap, identity=LineIdAsIdentity(), ledger=tmp_path / "ledger")
        assert (report.uploaded, report.rejected) == (230, 0)


@pytest.mark.parametrize("size", [0, 1_001, True, "100", 1.5])
def test_a_batch_has_1_to_1000_records(size: Any) -> None:
    """A batch size above CleverTap's limit raises before any call."""
    with Sandbox() as box, pytest.raises(BadArgument, match="batch_size"):
        connect(box).upload_profiles(people(1), batch_size=size)


def test_an_account_with_three_uploads_at_once_gets_all(tmp_path: Path) -> None:
    """15 uploads at once meet a limit of 3: they slow down together, and every record arrives."""
    with Sandbox() as box:
        box.readings.upload_in_flight = 3
        report = connect(box).upload_profiles(people(3_000), batch_size=100, in_flight=15)
        assert report.processed == 3_000
        assert len(box.clevertap.profiles) == 3_000


@pytest.mark.parametrize("reading", ["status", "status and counts"])
def test_a_deletion_is_accepted_in_every_reading(reading: Any) -> None:
    """The response to a deletion may have a status alone, or counts too."""
    with Sandbox() as box:
        box.readings.delete_response = reading
        clevertap = connect(box)
        clevertap.upload_profiles(people(3))
        clevertap.delete_profiles(["1000", "1001"])
        found = [clevertap.profile(identity=name) for name in ("1000", "1001", "1002")]
        assert [profile is not None for profile in found] == [False, False, True]
