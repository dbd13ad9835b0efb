"""sync_followers with failures: incomplete listings, lost responses, rejections, a full disk, Ctrl-C."""

from __future__ import annotations

import _thread
from pathlib import Path
from typing import Any

import pytest

from linetap.errors import (
    BadRequest,
    LinetapError,
    NoResponse,
    StorageError,
    Unauthorized,
)
from linetap.sync.identity import KnownFollowers
from linetap.sync.ledger import Ledger
from tests.clevertap.service import lost
from tests.sync.fake_services import NIGHT, CleverTap, Line, known, sync, user


@pytest.mark.parametrize("cut", ["error", "short"])
def test_a_listing_cut_in_half_changes_nothing(ledger_path: Path, cut: str) -> None:
    """A listing that fails marks no profile, and one that ends early stops at the safety limit."""
    line, clevertap = Line([user(i) for i in range(1_000)]), CleverTap()
    sync(line, clevertap, ledger_path)
    before = {name: dict(values) for name, values in clevertap.profiles.items()}
    if cut == "short":
        line.end_after = 500
    with line.cut_at(5 if cut == "error" else 0), pytest.raises(LinetapError) as caught:
        sync(line, clevertap, ledger_path)
    assert caught.value.report.unfollowed_total == 0
    assert clevertap.profiles == before


def test_an_interrupted_listing_resumes_at_its_token(ledger_path: Path) -> None:
    """A resumed run does not read stored pages again and sends nothing twice."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoResponse):
        sync(line, clevertap, ledger_path)
    assert len(clevertap.profiles) == 2_000
    line.pages_read = 0
    report = sync(line, clevertap, ledger_path)
    assert report.resumed
    assert line.pages_read == 10
    assert (report.uploaded, report.followers) == (3_000, 3_000)
    assert set(clevertap.times.values()) == {1}


def test_an_expired_token_starts_the_listing_over(ledger_path: Path) -> None:
    """When LINE rejects the page token, the listing restarts and accepted records are not sent again."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoResponse):
        sync(line, clevertap, ledger_path)
    line.dead_tokens = {"2000", "500"}
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.followers, report.unfollowed_total) == (3_000, 3_000, 0)
    assert set(clevertap.times.values()) == {1}


def test_a_full_disk_loses_no_page(ledger_path: Path) -> None:
    """A follower who could not be stored on a full disk is listed again, even with the same open ledger."""
    line, clevertap = Line([user(i) for i in range(500)]), CleverTap()
    policy = KnownFollowers(known(500))
    with Ledger(ledger_path) as ledger:
        sync(line, clevertap, ledger, identity=policy)
        line.followers_now = [user(i) for n in range(5) for i in (*range(n * 100, n * 100 + 100), *range(900, 1_900))]
        line.page_size = 1_100
        ledger._store.execute("PRAGMA max_page_count = 1")  # of what there is: not one page more
        with pytest.raises(StorageError, match="the disk is full") as caught:
            sync(line, clevertap, ledger, identity=policy)
        assert caught.value.report.unfollowed_total == 0
        ledger._store.execute("PRAGMA max_page_count = 1000000")
        report = sync(line, clevertap, ledger, identity=policy)
    assert (report.unchanged, report.unidentified, report.unfollowed_total) == (500, 1_000, 0)


def test_a_listing_that_never_ends_well_ends_in_an_error(ledger_path: Path) -> None:
    """When LINE keeps rejecting the page token the run ends with an error and marks no profile."""
    line, clevertap = Line([user(i) for i in range(300)]), CleverTap()
    line.dead_tokens, line.dead_for_good = {"200"}, True
    with pytest.raises(BadRequest, match="several times") as caught:
        sync(line, clevertap, ledger_path)
    assert caught.value.report.unfollowed_total == 0


def test_a_token_older_than_a_day_is_not_tried(ledger_path: Path) -> None:
    """A page token older than 24 hours is not used: the listing starts at the first page."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoResponse):
        sync(line, clevertap, ledger_path)
    line.pages_read = 0
    assert sync(line, clevertap, ledger_path, now=lambda: NIGHT + 86_401.0).uploaded == 3_000
    assert line.pages_read == 30


def test_without_response_uploads_are_unknown_and_sent_again(ledger_path: Path) -> None:
    """After a lost response the rows are unconfirmed, and the next run sends exactly those records again."""
    line, clevertap = Line([user(i) for i in range(2_000)], page_size=1_000), CleverTap()
    clevertap.after = lambda number, body: lost(number, "", body) if number != 1 else None
    with pytest.raises(NoResponse) as caught:
        sync(line, clevertap, ledger_path, in_flight=1)
    assert (caught.value.report.uploaded, caught.value.report.unconfirmed) == (1_000, 1_000)
    clevertap.after = lambda number, body: None
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.unconfirmed, report.resent) == (2_000, 0, 1_000)


def test_a_bad_batch_is_split_until_the_bad_record_is_found(ledger_path: Path) -> None:
    """A record that makes CleverTap reject its whole batch is found, and the 999 others are uploaded."""
    line, clevertap = Line([user(i) for i in range(1_000)], page_size=1_000), CleverTap()
    clevertap.poison = {user(617)}
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.rejected) == (999, 1)
    with Ledger(ledger_path) as ledger:
        assert [letter.line_id for letter in ledger.dead_letters()] == [user(617)]
    assert report.calls <= 22


def test_a_rejection_without_a_record_is_split_too(ledger_path: Path) -> None:
    """When the response does not say which record was rejected, halves are sent until one record is left."""
    line, clevertap = Line([user(i) for i in range(64)]), CleverTap()

    def nameless(number: int, body: Any) -> Any:
        if any(record["identity"] == user(40) for record in body["d"]):
            entry = {"status": "fail", "code": 555, "error": "oops"}
            return 200, {"status": "partial", "processed": len(body["d"]) - 1, "unprocessed": [entry]}
        return None

    clevertap.trouble = nameless
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.rejected) == (63, 1)


def test_a_code_that_passes_is_tried_again_the_next_night(ledger_path: Path) -> None:
    """A record rejected with the temporary code 555 is sent again by the next run."""
    line, clevertap = Line([user(i) for i in range(3)]), CleverTap()
    entry = {"status": "fail", "code": 555, "error": "Skipped record number : 2"}
    clevertap.trouble = lambda number, body: (200, {"status": "partial", "processed": 2, "unprocessed": [entry]})
    assert sync(line, clevertap, ledger_path).rejected == 1
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, ledger_path).states["uploaded"] == 1


def test_a_rejected_passcode_ends_the_run_without_splitting(ledger_path: Path) -> None:
    """A 401 rejects no record: one call, an error, and the next run sends everything."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.trouble = lambda number, body: (401, {"status": "fail", "error": "no", "code": 401})
    with pytest.raises(Unauthorized) as caught:
        sync(line, clevertap, ledger_path)
    assert (caught.value.report.rejected, len(clevertap.service.calls)) == (0, 1)
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, ledger_path).uploaded == 10


def test_a_service_that_rejects_everything_ends_the_run(ledger_path: Path) -> None:
    """When every part of every batch is rejected the run stops instead of splitting further."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=1_000), CleverTap()
    clevertap.trouble = lambda number, body: (400, {"status": "fail", "error": "Incorrect Usage"})
    with pytest.raises(LinetapError):
        sync(line, clevertap, ledger_path, in_flight=1)
    assert len(clevertap.service.calls) <= 202


def test_ctrl_c_has_the_report_and_the_next_run_resumes(ledger_path: Path) -> None:
    """KeyboardInterrupt ends the run with a report of what was done, and loses nothing."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=1_000), CleverTap()
    ticks = 0

    def interrupt(done: int, total: int | None) -> None:
        nonlocal ticks
        ticks += 1
        if done >= 1_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        sync(line, clevertap, ledger_path, progress=interrupt, in_flight=1)
    assert caught.value.report.states["uploaded"] >= 1_000  # type: ignore[attr-defined]
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.resumed) == (3_000, True)


@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupt_while_waiting_settles_what_is_in_flight(ledger_path: Path) -> None:
    """Ctrl-C during an upload waits only for that upload's response, and the ledger stores it."""
    line, clevertap = Line([user(i) for i in range(5_000)], page_size=1_000), CleverTap()

    def interrupt(number: int, body: Any) -> None:
        if number == 2:
            _thread.interrupt_main()

    clevertap.trouble = interrupt
    with pytest.raises(KeyboardInterrupt) as caught:
        sync(line, clevertap, ledger_path, in_flight=2)
    report = caught.value.report  # type: ignore[attr-defined]
    assert report.states["uploaded"] == len(clevertap.profiles)
    assert not report.complete
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, ledger_path).uploaded == 5_000


HTML = b"<html>client closed</html>"
NOT_ABOUT_RECORDS: list[tuple[int, Any]] = [
    *((status, HTML) for status in range(300, 500)),
    *((status, {"status": "fail", "error": "no"}) for status in (402, 404, 408, 421, 425, 451, 499)),
    *((200, {"status": "fail", "error": "no", "code": code}) for code in (401, 403, 404, 429, 555, 999, None)),
    (200, HTML),
    (500, HTML),
]


@pytest.mark.parametrize(("status", "body"), NOT_ABOUT_RECORDS, ids=lambda value: str(value)[:40])
def test_what_is_not_about_records_rejects_none(ledger_path: Path, status: int, body: Any) -> None:
    """Only what CleverTap documents about records makes dead letters: after any other response all are sent again."""
    line, clevertap = Line([user(i) for i in range(2)]), CleverTap()
    clevertap.trouble = lambda number, sent: (status, body)
    with pytest.raises(LinetapError) as caught:
        sync(line, clevertap, ledger_path)
    assert caught.value.report.rejected == 0
    clevertap.trouble = lambda number, sent: None
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.rejected, report.ok) == (2, 0, True)


ABOUT_RECORDS: list[tuple[int, Any]] = [
    (400, {"status": "fail", "error": "Bad request", "code": 400}),
    (400, {"status": "fail", "error": "Bad request"}),
    *((200, {"status": "fail", "error": "Bad", "code": code}) for code in (400, 509, 515, "523", 535)),
]


@pytest.mark.parametrize(("status", "body"), ABOUT_RECORDS, ids=lambda value: str(value)[:60])
def test_what_is_about_records_splits_the_batch(ledger_path: Path, status: int, body: Any) -> None:
    """A 400 of CleverTap's, or one of its codes for records, is a dead letter of the one record that causes it."""
    line, clevertap = Line([user(i) for i in range(8)]), CleverTap()
    bad = user(5)
    clevertap.trouble = lambda number, sent: (status, body) if bad in {r["identity"] for r in sent["d"]} else None
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.rejected) == (7, 1)


def test_a_batch_that_is_too_large_is_split(ledger_path: Path) -> None:
    """After a 413 halves are sent until they fit; a single record that does not fit is no dead letter."""
    line, clevertap = Line([user(i) for i in range(8)]), CleverTap()
    clevertap.trouble = lambda number, sent: (413, HTML) if len(sent["d"]) > 2 else None
    assert sync(line, clevertap, ledger_path).uploaded == 8
    line.followers_now.append(user(8))
    clevertap.trouble = lambda number, sent: (413, HTML)
    with pytest.raises(LinetapError) as caught:
        sync(line, clevertap, ledger_path)
    assert (caught.value.report.rejected, caught.value.report.unconfirmed) == (0, 1)
