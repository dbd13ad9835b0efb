"""New profiles are counted: identities that CleverTap does not know are read before their first upload."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap import BadArgument, KnownFollowers, LineIdAsIdentity, plan_sync, sync_followers
from linetap.sandbox import Sandbox


def run(box: Sandbox, ledger_path: Path, **options: Any) -> Any:
    line, clevertap = box.line_client(), box.clevertap_client()
    return sync_followers(line, clevertap, ledger=ledger_path, **options)


def test_an_identity_that_clevertap_does_not_know_is_counted(ledger_path: Path) -> None:
    """With check_profiles the report counts the new, billed profiles; first uploads are counted without it too."""
    with Sandbox() as box:
        ids = box.line.add_followers(3)
        box.clevertap.add_profile("customer-0", {})
        pairs = {ids[0]: "customer-0", ids[1]: "typo-1", ids[2]: "typo-2"}
        report = run(box, ledger_path, identity=KnownFollowers(pairs), check_profiles=100)
        assert (report.first_uploads, report.profiles_checked, report.created) == (3, 3, 2)
        assert "new profiles (billed)" in str(report)
        again = run(box, ledger_path, identity=KnownFollowers(pairs), check_profiles=100)
        assert (again.first_uploads, again.profiles_checked, again.created) == (0, 0, 0)


def test_without_a_check_the_report_says_what_may_be_new(ledger_path: Path) -> None:
    """Without check_profiles no profile is read, and the report names the first uploads and what they may make."""
    with Sandbox() as box:
        ids = box.line.add_followers(2)
        report = run(box, ledger_path, identity=KnownFollowers({ids[0]: "typo"}))
        assert (report.first_uploads, report.profiles_checked, report.created) == (1, 0, 0)
        assert "first uploads (new profiles if unknown, billed)" in str(report)


@pytest.mark.parametrize("checked, exact", [(0, False), (2, False), (3, True), (100, True)])
def test_new_profiles_are_exact_only_where_all_were_looked_up(ledger_path: Path, checked: int, exact: bool) -> None:
    """Otherwise the line and the table say how many were not looked up, and that the count is a lowest one."""
    with Sandbox() as box:
        ids = box.line.add_followers(4)
        pairs = {line_id: f"typo-{number}" for number, line_id in enumerate(ids[:3])}
        report = run(box, ledger_path, identity=KnownFollowers(pairs), check_profiles=checked)
        assert report.created_is_exact is exact
        assert report.created == min(checked, 3)
        for shown in (str(report), report.to_text(), report._repr_html_()):
            assert ("were not looked up" in shown) is not exact
            assert ("new profiles (billed), at least" in shown) is (not exact and checked > 0)
        again = run(box, ledger_path, identity=KnownFollowers(pairs))
        assert again.created_is_exact
        assert "looked up" not in str(again)


def test_a_plan_counts_the_new_profiles_it_can_read(ledger_path: Path) -> None:
    """plan_sync(check_profiles=) reads at most so many profiles and counts the unknown ones in its summary."""
    with Sandbox() as box:
        ids = box.line.add_followers(30)
        pairs = KnownFollowers({line_id: f"customer-{n}" for n, line_id in enumerate(ids)})
        for n in range(0, 30, 2):
            box.clevertap.add_profile(f"customer-{n}", {})
        clients = box.line_client(), box.clevertap_client()
        for most, want in ((0, (0, 0)), (100, (30, 15))):
            with plan_sync(*clients, identity=pairs, ledger=ledger_path, check_profiles=most) as plan:
                assert (plan.summary.profiles_checked, plan.summary.new_profiles) == want
                assert plan.summary.first_uploads == 30
                assert plan.report().created == want[1]


def test_a_check_that_fails_does_not_stop_the_sync(ledger_path: Path) -> None:
    """After an error while reading a profile nothing more is read, and the upload goes on."""
    with Sandbox() as box:
        ids = box.line.add_followers(3)
        box.faults.add("clevertap.profile", status=403, times=50)
        report = run(box, ledger_path, identity=KnownFollowers({ids[0]: "a-1", ids[1]: "a-2"}), check_profiles=100)
        assert (report.uploaded, report.profiles_checked) == (2, 0)


def test_profiles_with_the_line_id_as_identity_need_no_check(ledger_path: Path) -> None:
    """LineIdAsIdentity counts each first upload as a new profile, without reading any."""
    with Sandbox() as box:
        box.line.add_followers(3)
        report = run(box, ledger_path, identity=LineIdAsIdentity(), check_profiles=100)
        assert (report.created, report.first_uploads, report.profiles_checked) == (3, 0, 0)


@pytest.mark.parametrize("wrong", [-1, True, 1.5, "all", None])
def test_the_number_of_profiles_is_checked(ledger_path: Path, wrong: Any) -> None:
    """check_profiles must be a whole number from 0."""
    with Sandbox() as box, pytest.raises(BadArgument, match="check_profiles must be"):
        run(box, ledger_path, identity=LineIdAsIdentity(), check_profiles=wrong)
