"""Uploads: lazy, with bounded memory, never repeated where a repeat counts twice, and every record in the report."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from linetap import BadArgument, LinetapError, NoResponse, Rejected, ServerError, Unauthorized, UnreadableResponse
from linetap.clevertap import Increment
from linetap.clevertap.records import EventRecord, ProfileRecord
from linetap.clevertap.reports import Rejection
from tests.clevertap.service import Response, client, lost, taken


def people(count: int, start: int = 0) -> Iterator[ProfileRecord]:
    for i in range(start, start + count):
        yield ProfileRecord(f"customer-{i}", {"LineID": f"U{i:032x}"})


def unprocessed(places: list[int]) -> Any:
    def response(number: int, path: str, body: Any) -> Response:
        entries = [
            {
                "status": "fail",
                "code": 515,
                "error": f"Bad Email. Skipped record number : {n}",
                "record": body["d"][n - 1],
            }
            for n in places
        ]
        count = len(body["d"]) - len(places)
        return 200, {"status": "partial" if count else "fail", "processed": count, "unprocessed": entries}

    return response


def test_an_upload_sends_a_thousand_a_call() -> None:
    """2,500 records are three calls that contain each record once."""
    clevertap, service = client(taken)
    report = clevertap.upload_profiles(people(2_500), in_flight=3)
    assert (report.processed, report.batches, report.ok) == (2_500, 3, True)
    sent = sorted(record["identity"] for body in service.bodies() for record in body["d"])
    assert sent == sorted(f"customer-{i}" for i in range(2_500))
    assert {call.path_url for call in service.calls} == {"/1/upload"}
    assert report.raise_for_failures() is report


def test_seven_bad_records_of_a_thousand_are_seven_rejections() -> None:
    """993 are saved; each rejection has the caller's own record, the code and an explanation."""
    records = list(people(1_000))
    places = [1, 2, 3, 500, 501, 999, 1_000]
    clevertap, _ = client(unprocessed(places))
    report = clevertap.upload_profiles(records)
    assert (report.processed, report.rejected_count, report.ok) == (993, 7, False)
    assert [found.record for found in report.rejected] == [records[n - 1] for n in places]
    assert {(found.code, found.reason) for found in report.rejected} == {(515, "Email is not a valid address")}
    with pytest.raises(Rejected) as caught:
        report.raise_for_failures()
    assert caught.value.report is report
    assert "customer-" not in str(caught.value)


def test_the_report_keeps_ten_thousand_rejections_and_the_callback_sees_all() -> None:
    """The report stores 10,000 rejections, so that memory does not grow; the callback gets all."""
    seen: list[Rejection] = []
    clevertap, _ = client(unprocessed(list(range(1, 1_001))))
    report = clevertap.upload_profiles(people(12_000), on_rejection=seen.append, in_flight=1)
    assert (len(report.rejected), report.rejected_count, len(seen)) == (10_000, 12_000, 12_000)
    assert report.by_code() == {515: 10_000}
    assert len(list(report.rows())) == 10_000
    assert "12,000" in report._repr_html_()


@pytest.mark.parametrize(("code", "temporary"), [(555, True), (515, False), (None, False)])
def test_a_rejection_for_clevertaps_own_error_is_temporary(code: int | None, temporary: bool) -> None:
    """A rejection for CleverTap's own error is temporary; one for a bad value, or without a code, is not."""
    assert Rejection(None, code, "why", "what").temporary is temporary


def test_a_lost_response_to_an_increment_is_not_repeated() -> None:
    """The batch is sent once, and its records are no_response in the error's report."""
    records = [ProfileRecord("customer-1", {"n": Increment()})]
    clevertap, service = client(lost)
    with pytest.raises(NoResponse) as caught:
        clevertap.upload_profiles(records)
    assert len(service.calls) == 1
    assert caught.value.report.no_response == tuple(records)
    assert caught.value.may_have_arrived


def test_a_lost_response_to_a_plain_batch_is_repeated() -> None:
    """Setting a property twice has the effect of once, so the batch is repeated after a lost response."""
    clevertap, service = client(lambda n, path, body: lost(n, path, body) if n < 3 else taken(n, path, body))
    assert clevertap.upload_profiles(people(10)).processed == 10
    assert len(service.calls) == 3


def test_a_429_to_an_increment_is_repeated() -> None:
    """A batch that got a 429 was not applied, so it is always repeated."""
    clevertap, service = client(lambda n, path, body: (429, {"status": "fail"}) if n == 1 else taken(n, path, body))
    assert clevertap.upload_profiles([ProfileRecord("customer-1", {"n": Increment()})]).ok
    assert len(service.calls) == 2


def test_events_are_not_repeated_after_a_500() -> None:
    """An event sent twice happened twice."""
    clevertap, service = client(lambda n, path, body: (500, {}))
    with pytest.raises(ServerError) as caught:
        clevertap.upload_events([EventRecord("customer-1", "Bought")])
    assert len(service.calls) == 1
    assert len(caught.value.report.no_response) == 1


def test_after_a_failed_batch_no_more_records_are_read() -> None:
    """After a failed batch only the batches in flight were read, and each record is in the report."""
    consumed = 0

    def counted() -> Iterator[ProfileRecord]:
        nonlocal consumed
        for record in people(50_000):
            consumed += 1
            yield record

    clevertap, _ = client(lambda n, path, body: (500, {}))
    with pytest.raises(ServerError) as caught:
        clevertap.upload_profiles(counted(), in_flight=4)
    report = caught.value.report
    assert consumed <= 6_000
    assert report.processed + len(report.no_response) + len(report.not_sent) == consumed


def test_a_rejected_batch_was_not_sent() -> None:
    """After a 401 nothing was applied: the records are in not_sent."""
    clevertap, _ = client(
        lambda n, path, body: (401, {"status": "fail", "error": "Account ID is not valid", "code": 401})
    )
    with pytest.raises(Unauthorized) as caught:
        clevertap.upload_profiles(people(3))
    assert [r.identity for r in caught.value.report.not_sent] == ["customer-0", "customer-1", "customer-2"]
    assert caught.value.report.no_response == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        {"status": "success"},
        {"status": "success", "processed": "3", "unprocessed": []},
        {"status": "success", "processed": 2, "unprocessed": []},
        {"status": "partial", "processed": 3, "unprocessed": {"a": 1}},
    ],
)
def test_counts_that_do_not_add_up_are_no_response(body: Any) -> None:
    """Where CleverTap's counts do not add up, all records of the batch are no_response."""
    clevertap, _ = client(lambda n, path, sent: (200, body))
    with pytest.raises(UnreadableResponse) as caught:
        clevertap.upload_profiles(people(3))
    assert len(caught.value.report.no_response) == 3


@pytest.mark.parametrize("status, arrived", [(499, True), (408, True), (402, True), (401, False), (403, False)])
def test_a_status_of_a_gateway_may_have_come_after_the_records(status: int, arrived: bool) -> None:
    """Events under a 4xx that CleverTap does not document may be recorded: they are no_response, not not_sent."""
    clevertap, _ = client(lambda n, path, sent: (status, b"<html>"))
    with pytest.raises(Rejected) as caught:
        clevertap.upload_events([EventRecord("customer-1", "Visit", {})])
    report = caught.value.report
    assert (len(report.no_response), len(report.not_sent)) == ((1, 0) if arrived else (0, 1))


def test_only_the_records_in_flight_are_read() -> None:
    """Before the first response only the batches in flight are read."""
    gate, consumed = threading.Event(), 0

    def counted() -> Iterator[ProfileRecord]:
        nonlocal consumed
        for record in people(20_000):
            consumed += 1
            if consumed == 3_001:  # with two in flight this many are consumed only after a response
                assert gate.is_set()
            yield record

    def response(number: int, path: str, body: Any) -> Response:
        gate.set()
        return taken(number, path, body)

    clevertap, _ = client(response)
    assert clevertap.upload_profiles(counted(), in_flight=2).processed == 20_000


@pytest.mark.parametrize("in_flight", [0, 16, -1, True, 1.5, "8"])
def test_fifteen_uploads_at_once_are_the_most(in_flight: Any) -> None:
    """CleverTap rejects the sixteenth upload at once, so a larger in_flight raises."""
    clevertap, service = client(taken)
    with pytest.raises(BadArgument, match="15"):
        clevertap.upload_profiles(people(1), in_flight=in_flight)
    assert service.calls == []


@pytest.mark.parametrize("records", ["abc", {"identity": "x"}, ProfileRecord("customer-1", {}), 7, None])
def test_records_are_an_iterable_of_records(records: Any) -> None:
    """A single record, a mapping or a str raises before anything is sent."""
    clevertap, service = client(taken)
    with pytest.raises(BadArgument):
        clevertap.upload_profiles(records)
    assert service.calls == []


def test_what_is_no_record_is_named_by_its_place() -> None:
    """A dict among the records, or an event among profiles, ends the upload, and nothing of its batch is sent."""
    clevertap, service = client(taken)
    with pytest.raises(BadArgument, match=r"records\[2\]") as caught:
        clevertap.upload_profiles([*people(2), {"identity": "x"}])  # type: ignore[list-item]
    assert service.calls == []
    assert len(caught.value.report.not_sent) == 2


def test_an_error_of_the_callers_generator_carries_the_report() -> None:
    """After an error of the caller's generator, the report has the records that were uploaded."""

    def broken() -> Iterator[ProfileRecord]:
        yield from people(1_500)
        raise OSError("disk")

    clevertap, _ = client(taken)
    with pytest.raises(OSError, match="disk") as caught:
        clevertap.upload_profiles(broken())
    report = caught.value.report  # type: ignore[attr-defined]
    assert (report.processed, len(report.not_sent)) == (1_000, 500)


def test_a_dry_run_checks_everything_and_calls_nothing() -> None:
    """Every record is read and checked; nothing is sent."""
    clevertap, service = client(taken)
    report = clevertap.upload_profiles(people(2_500), dry_run=True)
    assert (report.checked, report.processed, report.batches, service.calls) == (2_500, 0, 3, [])


def test_progress_counts_what_is_settled() -> None:
    """The callable gets the number of records done, and the total where it is known."""
    reported: list[tuple[int, int | None]] = []
    clevertap, _ = client(taken)
    clevertap.upload_profiles(
        list(people(2_500)), in_flight=1, progress=lambda done, total: reported.append((done, total))
    )
    assert reported == [(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]


def test_nothing_of_a_person_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """CleverTap returns rejected profiles in full; log records and errors contain none of it."""
    caplog.set_level(logging.DEBUG)
    clevertap, _ = client(unprocessed([1]))
    record = ProfileRecord("customer-secret", {"Email": "aiko@example.com"})
    report = clevertap.upload_profiles([record])
    with pytest.raises(LinetapError) as caught:
        report.raise_for_failures()
    text = caplog.text + str(caught.value) + repr(caught.value)
    assert "aiko" not in text
    assert "customer-secret" not in text + json.dumps([str(value) for value in report.rejected[0].hint])
