"""A run that reached no follower is not ok, and says why, in the report and in its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap import KnownFollowers, LineIdAsIdentity, TooManyUnfollows, apply_plan, plan_sync
from linetap.sync import SyncReport
from tests.sync.fake_services import NIGHT, CleverTap, Line, known, sync, user

OTHERS = {user(n): f"customer-{n}" for n in range(900, 904)}


@pytest.mark.parametrize("identity", [KnownFollowers(OTHERS), KnownFollowers({}), KnownFollowers(lambda line_id: None)])
def test_a_sync_that_matches_no_follower_is_not_ok(ledger_path: Path, identity: Any) -> None:
    """No pair for any follower: ok is False, in a sync, in a dry run, in a plan, and the text says why."""
    line, clevertap = Line([user(n) for n in range(4)]), CleverTap()
    reports = [sync(line, clevertap, ledger_path, identity=identity, dry_run=dry_run) for dry_run in (True, False)]
    for report in reports:
        assert not report.ok
        assert report.reasons == (
            "No pair matches any of the 4 followers: the LINE ids may be of another provider, or swapped.",
        )
        assert report.reasons[0] in str(report)
        assert "No pair matches" in report._repr_html_()


def test_pairs_that_match_none_are_not_hidden_by_an_earlier_night(ledger_path: Path) -> None:
    """A wrong file on the second night is reported, although every profile is unchanged."""
    line, clevertap = Line([user(n) for n in range(4)]), CleverTap()
    assert sync(line, clevertap, ledger_path, identity=KnownFollowers(known(4))).ok
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers(OTHERS))
    assert (report.unchanged, report.matched, report.ok) == (4, 0, False)


def test_pairs_that_match_none_are_reported_where_profiles_are_created(ledger_path: Path) -> None:
    """With unknown="create" and pairs of which none matches, the run is not ok; without pairs it is."""
    line, clevertap = Line([user(n) for n in range(4)]), CleverTap()
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers(OTHERS, unknown="create"))
    assert (report.created, report.ok) == (4, False)
    other = ledger_path.with_name("other.sqlite")
    assert sync(line, CleverTap(), other, identity=LineIdAsIdentity()).ok


def test_an_empty_listing_is_not_ok(ledger_path: Path) -> None:
    """A listing without followers reached no follower, and the report asks whether the channel is right."""
    report = sync(Line([]), CleverTap(), ledger_path)
    assert (report.ok, report.followers) == (False, 0)
    assert "LINE listed no follower" in str(report)


def test_one_match_is_enough(ledger_path: Path) -> None:
    """One pair that matches makes the run ok; followers without a pair are counted as unidentified."""
    line, clevertap = Line([user(n) for n in range(4)]), CleverTap()
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers(OTHERS | known(1)))
    assert (report.matched, report.unidentified, report.ok) == (1, 3, True)


def test_a_plan_that_matches_no_follower_applies_as_not_ok(ledger_path: Path) -> None:
    """The report of apply_plan counts the matches of the plan."""
    line, clevertap = Line([user(n) for n in range(4)]), CleverTap()
    clients: Any = (line, clevertap.client)
    times: Any = {"now": lambda: float(NIGHT)}
    with plan_sync(*clients, identity=KnownFollowers(OTHERS), ledger=ledger_path, **times) as plan:
        assert not plan.report().ok
        assert not apply_plan(plan, *clients, **times).ok


def test_the_report_of_the_safety_limit_says_that_none_was_marked(ledger_path: Path) -> None:
    """The report says that no follower was marked, that the next run stops again, and how to go on."""
    line, clevertap = Line([user(n) for n in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    del line.followers_now[:6]
    for _ in range(2):
        with pytest.raises(TooManyUnfollows, match="no follower was marked or cleared") as caught:
            sync(line, clevertap, ledger_path)
        text = str(caught.value.report)
        assert "no follower was marked or cleared, and the next run stops here again" in text
        assert "max_unfollow_ratio" in text
        assert "resumes" not in text
        assert caught.value.report.unfollowed == 6
    dry = sync(line, clevertap, ledger_path, dry_run=True)
    assert (dry.over_safety_limit, dry.ok) == (True, False)
    assert sync(line, clevertap, ledger_path, max_unfollow_ratio=0.7).ok


def test_every_reason_has_its_sentence() -> None:
    """A report lists rejections, conflicts and missing responses with their counts; without any it is ok."""
    report = SyncReport(rejected=2, unfollows_rejected=1, withheld=3, unconfirmed=4, complete=True)
    assert [reason.split()[0] for reason in report.reasons] == ["3", "3", "4"]
    assert SyncReport(uploaded=1, complete=True).reasons == ()
