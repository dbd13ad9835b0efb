"""Reports in a terminal and in a log: aligned lines, no control characters, no user ids."""

from __future__ import annotations

import logging
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap import Delivery, LinetapError, NoResponse, ProfileRecord, QuotaExceeded
from linetap.campaign.preview import STATUSES
from linetap.campaign.report import PreviewReport
from linetap.clevertap.reports import Rejection, UploadReport
from linetap.display.text import printable, table, width
from linetap.errors import BadRequest, Problem
from linetap.line import DeliveryOutcome, SendReport
from linetap.sync.decide import ConflictReason
from linetap.sync.report import SyncConflict, SyncReport

USER_ID = "U" + "f" * 32


@given(st.text(), st.text())
def test_every_text_stays_on_its_line(name: str, value: str) -> None:
    """No value breaks its line, controls the terminal or changes the writing direction."""
    lines = table("t", [(name, value)]).splitlines()

    assert len(lines) == 2
    assert not [char for char in lines[1] if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]


def test_names_are_unchanged_and_aligned() -> None:
    """Thai and Japanese names are unchanged, and numbers are aligned as a terminal measures them."""
    names = ["Plan", "สมัครสมาชิกแล้วนี้", "会員番号", "ยี่ห้อ"]
    lines = table("Sale 春", [(name, 10**i) for i, name in enumerate(names)]).splitlines()

    assert lines[0] == "Sale 春"
    assert [line.split()[0] for line in lines[1:]] == names
    assert len({width(line) for line in lines[1:]}) == 1
    assert [width("会員"), width("ที่"), width("ab")] == [4, 1, 2]


def test_values_are_shown_as_in_a_notebook() -> None:
    """A count has thousands separators, a bool is a word, and None is blank."""
    assert [printable(value) for value in (1234567, True, None, "a\tb\x1b[31m")] == [
        "1,234,567",
        "True",
        "",
        "a b\ufffd[31m",
    ]


REPORTS: list[tuple[Any, str]] = [
    (SendReport(sent=1200, elapsed=1.25), "Bulk send\n  sent              1,200\n"),
    (SendReport(sent=1200, elapsed=1.25), "  not sent              0\n  seconds             1.2"),
    (
        SendReport(
            sent=1,
            not_sent=3,
            failures=(
                DeliveryOutcome(Delivery(USER_ID, "hi"), error=NoResponse(may_have_arrived=False), attempted=False),
                DeliveryOutcome(Delivery(USER_ID, "hi"), error=LinetapError("cancelled"), attempted=False),
                DeliveryOutcome(
                    Delivery(USER_ID, "hi"), error=NoResponse(may_have_arrived=False, attempts=2), attempted=False
                ),
            ),
        ),
        "Not accepted\n  2  not sent: the run or its time ended first\n  1  not sent: no connection\n",
    ),
    (
        SendReport(
            sent=1,
            rejected=2,
            no_response=1,
            failures=tuple(
                DeliveryOutcome(Delivery(USER_ID, "hi"), error=error)
                for error in (BadRequest("no", status=400), BadRequest("no", status=400), NoResponse(USER_ID))
            ),
            stopped_by=QuotaExceeded("the month is used up", status=429),
        ),
        (
            "stopped: the month is used up [status 429]\n"
            "Not accepted\n  2  BadRequest (400)\n  1  NoResponse\n  each is in"
        ),
    ),
    (UploadReport(processed=3), "Upload to CleverTap\n  processed"),
    (
        UploadReport(
            processed=3,
            rejected=(Rejection(ProfileRecord(USER_ID, {"a": 1}), 523, "reason", "hint", USER_ID),),
            rejected_count=1,
        ),
        "Rejected\n  1  523; the identity is missing or not acceptable; give the record your own id of the customer",
    ),
    (SyncReport(uploaded=7, complete=True), "Sync of LINE followers\n  uploaded"),
    (
        SyncReport(
            withheld=1,
            rejected=2,
            complete=True,
            conflicts=(SyncConflict(USER_ID, ConflictReason.SHARED, USER_ID),),
            elapsed=2,
        ),
        """Conflicts
  1  this identity has two LINE ids in your data; keep the LINE id that the customer uses now and remove the others
  in conflict: .conflicts (the first 10,000), or Ledger(path).conflicts()
  rejected, and why: Ledger(path).dead_letters(); send again: replay_rejected(...)""",
    ),
    (SyncReport(), "The run is not complete: the next run resumes where it stopped."),
    (
        PreviewReport(
            "ลดราคา", {"rendered": 3, "invalid": 1}, dict.fromkeys(STATUSES, ()), {"Name": 1}, {USER_ID: 1}, {}
        ),
        "ลดราคา: 4 profiles\n  rendered  3\n  invalid   1\nAt fault\n  1  invalid through Name\n  .reasons says why",
    ),
]


@pytest.mark.parametrize("report, says", REPORTS, ids=lambda value: type(value).__name__)
def test_a_table_has_what_happened_and_where_to_find_the_rest(report: Any, says: str) -> None:
    """``to_text()`` has the counts, the errors by kind, and where each case is; it has no user ids."""
    text = report.to_text()

    assert says in text
    assert USER_ID not in text
    assert not text.endswith("\n")
    assert type(report).__name__ in repr(report)


@pytest.mark.parametrize("report, says", REPORTS, ids=lambda value: type(value).__name__)
def test_a_logged_report_is_one_line(report: Any, says: str, caplog: pytest.LogCaptureFixture) -> None:
    """A report that is logged or printed is one line without user ids."""
    logging.getLogger("nightly").warning("%s", report)

    [record] = caplog.records
    assert record.getMessage() == str(report)
    assert len(str(report).splitlines()) == 1
    assert USER_ID not in str(report)
    assert str(report) == str(report).strip()


def test_the_line_of_a_report() -> None:
    """The line has the counts that are not zero, the reasons with their numbers, and what stopped the run."""
    detail = Problem("messages[0].template.actions[0].uri", "size must be between 0 and 1000", "")
    error = BadRequest("invalid", status=400, details=[detail])
    stopped = QuotaExceeded("the month is used up", status=429, details=[detail])
    failures = (DeliveryOutcome(Delivery(USER_ID, "hi"), error=error),)

    assert str(SendReport(sent=1200, elapsed=1.25)) == "Bulk send: 1,200 sent, 1.2 seconds."
    assert str(SendReport(sent=1, rejected=1, failures=failures)) == (
        "Bulk send: 1 sent, 1 rejected. Not accepted: 1 BadRequest (400): messages[0].template.actions[0].uri: size "
        "must be between 0 and 1000; each is in .failures (the first 10,000); on_outcome and a journal see all."
    )
    assert "stopped: the month is used up [status 429]" in str(SendReport(stopped_by=stopped))
    assert str(SyncReport(followers=3, uploaded=3, complete=True, elapsed=1)) == (
        "Sync of LINE followers: 3 followers listed, 3 uploaded, 1 seconds."
    )
