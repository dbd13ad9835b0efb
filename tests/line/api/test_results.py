"""The values LINE gives us, and the ones we give it."""

from __future__ import annotations

import pickle
from uuid import UUID

import pytest

from linetap.errors import BadArgument, BadRequest, QuotaExceeded
from linetap.line.api.account_results import Quota
from linetap.line.api.results import PushResult
from linetap.line.bulk.delivery import Delivery, DeliveryOutcome
from linetap.line.bulk.report import SendReport


def test_quota_remaining() -> None:
    """What remains is never below zero, and unknown where the plan has no limit."""
    assert Quota(1000, 400).remaining == 600
    assert Quota(1000, 1200).remaining == 0
    assert Quota(None, 5).remaining is None


def test_a_delivery_takes_a_uuid_or_its_text() -> None:
    """A delivery's key is kept as text, whichever way it was given."""
    key = UUID("123e4567-e89b-12d3-a456-426614174000")

    assert Delivery("U1", "hi", key) == Delivery("U1", "hi", str(key).upper())  # type: ignore[arg-type]
    assert Delivery("U1", "hi").retry_key is None


def test_a_delivery_rejects_what_is_no_recipient_or_key() -> None:
    """A list of recipients, or a key that is no UUID, is found where the delivery is made."""
    with pytest.raises(BadArgument, match=r"Delivery\.to"):
        Delivery(["U1"], "hi")  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match=r"Delivery\.retry_key"):
        Delivery("U1", "hi", "order-17")


def test_a_report_adds_up() -> None:
    """``consumed`` is the sum of the five counts; ok means that all were accepted and nothing stopped the run."""
    assert SendReport(3, 2, 1, 4, 5).consumed == 15
    assert SendReport(3, 2).ok
    assert not SendReport(3, 2, stopped_by=QuotaExceeded("used up")).ok
    assert not SendReport(3, no_response=1).ok


def test_raise_for_failures() -> None:
    """A report that is ok gives itself; otherwise the reason is raised, carrying the report."""
    fine = SendReport(1)
    assert fine.raise_for_failures() is fine

    failed = SendReport(rejected=1, failures=(DeliveryOutcome(Delivery("U1", "x"), error=BadRequest("no")),))
    with pytest.raises(BadRequest) as caught:
        failed.raise_for_failures()
    assert caught.value.report is failed

    stopped = SendReport(not_sent=2, stopped_by=QuotaExceeded("used up"))
    with pytest.raises(QuotaExceeded):
        stopped.raise_for_failures()


def test_the_picture_of_a_report_escapes_what_it_shows() -> None:
    """Counts and the first failures are to be seen in a notebook, and nothing in them is read as HTML."""
    outcome = DeliveryOutcome(Delivery("<b>U1", "x"), error=BadRequest("<script>"))
    picture = SendReport(1200, rejected=12, failures=(outcome,) * 12, elapsed=3)._repr_html_()

    assert "1,200" in picture
    assert "and 2 more" in picture
    assert "<script>" not in picture
    assert "<b>U1" not in picture


def test_results_pickle() -> None:
    """Results and reports go through a queue or a process pool unchanged."""
    report = SendReport(1, failures=(DeliveryOutcome(Delivery("U1", "x"), PushResult()),))

    assert pickle.loads(pickle.dumps(report)) == report
