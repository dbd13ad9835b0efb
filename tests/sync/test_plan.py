"""plan_sync and apply_plan: a plan only reads, equals the effect, and is rejected when it is outdated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap.clevertap.csv_export import write_profiles_csv
from linetap.errors import BadArgument, NoResponse, PlanOutdated, TooManyUnfollows
from linetap.sync.apply import apply_plan
from linetap.sync.csv_rows import CsvRows
from linetap.sync.identity import KnownFollowers, LineIdAsIdentity
from linetap.sync.ledger import Ledger
from linetap.sync.plan import SyncPlan
from linetap.sync.planning import plan_sync
from tests.sync.fake_services import NIGHT, CleverTap, Line, sync, user


def planned(line: Line, clevertap: CleverTap, ledger_path: Path, **options: Any) -> SyncPlan:
    options = {"identity": LineIdAsIdentity(), "now": lambda: float(NIGHT)} | options
    return plan_sync(line, clevertap.client, ledger=ledger_path, **options)  # type: ignore[arg-type]


def applied(plan: SyncPlan, line: Line, clevertap: CleverTap, **options: Any) -> Any:
    options = {"now": lambda: float(NIGHT)} | options
    return apply_plan(plan, line, clevertap.client, **options)  # type: ignore[arg-type]


def mixed(line: Line, clevertap: CleverTap, ledger_path: Path) -> KnownFollowers:
    """Followers of every kind: known, unknown, in conflict, rejected, unfollowed and new."""
    clevertap.bad = {"customer-7"}
    rows = {user(i): f"customer-{i}" for i in range(40)} | {user(41): "customer-1", user(45): "null"}
    line.followers_now = [user(i) for i in range(38)]
    sync(line, clevertap, ledger_path, identity=KnownFollowers({user(i): f"customer-{i}" for i in range(30)}))
    line.followers_now = [user(i) for i in range(3, 50)]
    return KnownFollowers(rows)


def states(report: Any) -> dict[str, int]:
    found: dict[str, int] = dict(report.states)
    return found


def test_a_plan_writes_nothing_but_itself(ledger_path: Path, tmp_path: Path) -> None:
    """Planning sends nothing to CleverTap, makes no ledger and writes only the plan's file."""
    line, clevertap = Line([user(i) for i in range(250)]), CleverTap()
    plan = planned(line, clevertap, ledger_path, plan=tmp_path / "tonight.plan")
    assert (plan.summary.adds, plan.summary.creates, plan.summary.calls) == (250, 250, 1)
    plan.close()
    assert clevertap.service.calls == []
    assert [path.name for path in tmp_path.iterdir()] == ["tonight.plan"]


def test_a_plan_does_not_change_an_existing_ledger(ledger_path: Path) -> None:
    """The ledger's bytes are the same before and after planning and a dry run."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, ledger_path)
    before, calls = ledger_path.read_bytes(), len(clevertap.service.calls)
    planned(line, clevertap, ledger_path, identity=policy).close()
    sync(line, clevertap, ledger_path, identity=policy, dry_run=True)
    assert ledger_path.read_bytes() == before
    assert [path.name for path in ledger_path.parent.iterdir()] == [ledger_path.name]
    assert len(clevertap.service.calls) == calls


def test_a_dry_run_without_a_ledger_makes_none(ledger_path: Path) -> None:
    """A dry run without a ledger creates no file."""
    line, clevertap = Line([user(i) for i in range(150)]), CleverTap()
    report = sync(line, clevertap, ledger_path, dry_run=True)
    assert (report.uploaded, report.created, report.dry_run) == (150, 150, True)
    assert (list(ledger_path.parent.iterdir()), clevertap.service.calls) == ([], [])


def test_the_plan_equals_the_effect(ledger_path: Path) -> None:
    """The states in a plan's report are the ledger's states after the sync."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, ledger_path)
    planned_report = sync(line, clevertap, ledger_path, identity=policy, dry_run=True)
    done = sync(line, clevertap, ledger_path, identity=policy)
    assert states(done) == states(planned_report)
    assert (done.unfollowed, done.followers, done.created) == (
        planned_report.unfollowed,
        planned_report.followers,
        planned_report.created,
    )
    assert {(c.line_id, c.why) for c in done.conflicts} == {(c.line_id, c.why) for c in planned_report.conflicts}


@pytest.mark.parametrize("rejected", [False, True])
def test_a_plan_does_not_count_a_returned_user_as_unfollowed(ledger_path: Path, rejected: bool) -> None:
    """A user who follows again is not counted in unfollowed_total or as a rejected unfollow in the plan's report."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(8)]
    clevertap.bad = {user(8), user(9)} if rejected else set()
    sync(line, clevertap, ledger_path)
    line.followers_now.append(user(8))
    clevertap.bad = set()
    planned_report = sync(line, clevertap, ledger_path, dry_run=True)
    done = sync(line, clevertap, ledger_path)
    assert (states(planned_report), planned_report.unfollows_rejected) == (states(done), done.unfollows_rejected)
    assert (done.unfollowed_total, done.unfollows_rejected) == (1, int(rejected))


def test_applying_a_plan_does_what_it_says(ledger_path: Path, tmp_path: Path) -> None:
    """A plan applied from its file gives the same ledger and profiles as a sync."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, ledger_path)
    planned(line, clevertap, ledger_path, identity=policy, plan=tmp_path / "plan").close()
    with SyncPlan.open(tmp_path / "plan") as plan:
        planned_report = plan.report()
        report = applied(plan, line, clevertap)
    assert states(report) == states(planned_report)
    assert not clevertap.profiles["customer-0"]["LINE follower"]
    assert sync(line, clevertap, ledger_path, identity=policy).states["uploaded"] == 0


def test_a_plan_names_who_is_meant(ledger_path: Path) -> None:
    """Adds, unfollows and conflicts of a plan can be listed by LINE id."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, ledger_path)
    with planned(line, clevertap, ledger_path, identity=policy) as plan:
        assert set(plan.each("unfollow")) == {user(0), user(1), user(2)}
        assert set(plan.each("add")) == {user(i) for i in range(30, 40)}
        assert user(45) in {conflict.line_id for conflict in plan.conflicts()}
        assert "adds" in plan._repr_html_()
        assert plan.seconds() >= 0


def test_a_plan_is_rejected_when_too_many_came_or_left(ledger_path: Path) -> None:
    """A plan is applied with one change in a hundred followers and is outdated with more."""
    line, clevertap = Line([user(i) for i in range(200)]), CleverTap()
    plan = planned(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(2, 201)]
    with pytest.raises(PlanOutdated, match="1 followers came and 2 left"):
        applied(plan, line, clevertap)
    assert clevertap.service.calls == []
    line.followers_now = [user(i) for i in range(1, 201)]
    report = applied(plan, line, clevertap)
    assert report.uploaded == 199
    assert user(200) not in clevertap.profiles
    assert user(0) not in clevertap.profiles


def test_a_user_who_is_listed_again_is_not_marked(ledger_path: Path) -> None:
    """A user in a planned unfollow who is listed again is not marked."""
    line, clevertap = Line([user(i) for i in range(200)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(198)]
    plan = planned(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(199)]
    report = applied(plan, line, clevertap)
    assert report.unfollowed_total == 1
    assert clevertap.profiles[user(198)]["LINE follower"] is True


def test_a_plan_marks_unfollows_that_keep_did_not(ledger_path: Path) -> None:
    """Late unfollows are planned and marked, except for users who are listed again."""
    line, clevertap = Line([user(i) for i in range(200)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(198)]
    sync(line, clevertap, ledger_path, unfollow="keep")
    plan = planned(line, clevertap, ledger_path, max_unfollow_ratio=0.0)
    assert (plan.summary.late, plan.summary.unfollows, plan.summary.calls) == (2, 0, 1)
    assert list(plan.each("late")) == [user(198), user(199)]
    line.followers_now.append(user(198))
    report = applied(plan, line, clevertap)
    assert (report.unfollowed_total, report.unfollowed, report.calls) == (2, 0, 1)
    assert clevertap.profiles[user(198)]["LINE follower"] is True
    assert clevertap.profiles[user(199)]["LINE follower"] is False


def test_a_plan_is_rejected_after_another_sync(ledger_path: Path) -> None:
    """A plan is outdated after another run used the ledger."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    plan = planned(line, clevertap, ledger_path)
    sync(line, clevertap, ledger_path)
    with pytest.raises(PlanOutdated, match="another sync"):
        applied(plan, line, clevertap)


def test_a_plan_is_rejected_after_a_run_that_went_on(ledger_path: Path) -> None:
    """A plan is outdated after a stopped run was resumed."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoResponse):
        sync(line, clevertap, ledger_path)
    plan = planned(line, clevertap, ledger_path)
    assert sync(line, clevertap, ledger_path).resumed
    with pytest.raises(PlanOutdated, match="another sync"):
        applied(plan, line, clevertap)


@pytest.mark.parametrize("tolerance", [float("nan"), -0.1, 1.5, "1%", True])
def test_a_tolerance_is_a_share(ledger_path: Path, tolerance: Any) -> None:
    """An invalid tolerance raises BadArgument before followers are listed."""
    line, clevertap = Line([user(1)]), CleverTap()
    with pytest.raises(BadArgument, match="tolerance"):
        applied(planned(line, clevertap, ledger_path), line, clevertap, tolerance=tolerance)


def test_uploads_in_flight_are_checked_before_line_is_asked(ledger_path: Path) -> None:
    """An invalid in_flight raises BadArgument before followers are listed."""
    line, clevertap = Line([user(1)]), CleverTap()
    plan = planned(line, clevertap, ledger_path)
    pages = line.pages_read
    with pytest.raises(BadArgument, match="in_flight"):
        applied(plan, line, clevertap, in_flight=16)
    assert (line.pages_read, ledger_path.exists()) == (pages, False)


def test_a_plan_is_rejected_after_a_day(ledger_path: Path) -> None:
    """A plan older than a day is outdated."""
    line, clevertap = Line([user(1)]), CleverTap()
    plan = planned(line, clevertap, ledger_path)
    with pytest.raises(PlanOutdated, match="a day"):
        applied(plan, line, clevertap, now=lambda: NIGHT + 86_401)


def test_a_plan_over_the_safety_limit_is_rejected_before_anything_is_sent(ledger_path: Path) -> None:
    """A plan over its safety limit says so, and applying it does nothing."""
    line, clevertap = Line([user(i) for i in range(100)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(50, 120)]
    plan = planned(line, clevertap, ledger_path)
    calls = len(clevertap.service.calls)
    assert plan.over_safety_limit
    with pytest.raises(TooManyUnfollows, match="50 of 100"):
        applied(plan, line, clevertap)
    assert len(clevertap.service.calls) == calls


def test_a_plan_of_another_bot_is_rejected(ledger_path: Path) -> None:
    """A plan made with other clients is rejected."""
    line, clevertap = Line([user(1)]), CleverTap()
    plan = planned(line, clevertap, ledger_path)
    line.bot = user(77)
    with pytest.raises(BadArgument, match="bot"):
        applied(plan, line, clevertap)


def test_a_plan_that_cannot_start_creates_no_file(ledger_path: Path, tmp_path: Path) -> None:
    """A ledger of another bot is rejected before the plan's file is created."""
    line, clevertap = Line([user(1)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.bot = user(77)
    with pytest.raises(BadArgument, match="bot"):
        planned(line, clevertap, ledger_path, plan=tmp_path / "tonight.plan")
    assert not (tmp_path / "tonight.plan").exists()


@pytest.mark.parametrize("error", [NoResponse("cut"), KeyboardInterrupt()])
def test_an_interrupted_plan_can_be_made_again(ledger_path: Path, tmp_path: Path, error: BaseException) -> None:
    """After a failed or interrupted listing the same plan_sync call works again."""
    line, clevertap = Line([user(i) for i in range(250)]), CleverTap()

    def cut(number: int) -> None:
        if number == 2:
            raise error

    line.trouble = cut
    with pytest.raises(type(error)):
        planned(line, clevertap, ledger_path, plan=tmp_path / "tonight.plan")
    assert list(tmp_path.glob("tonight*")) == []
    line.trouble = lambda number: None
    with planned(line, clevertap, ledger_path, plan=tmp_path / "tonight.plan") as plan:
        assert plan.summary.followers == 250


def test_a_file_made_meanwhile_is_left_alone(
    ledger_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two calls that plan into one file, the second is rejected and does not change the first one's file."""
    line, clevertap, other = Line([user(1)]), CleverTap(), tmp_path / "tonight.plan"
    monkeypatch.setattr(Ledger, "check_binding", lambda *_, **__: other.write_text("another's"))
    with pytest.raises(BadArgument, match="does not exist yet"):
        planned(line, clevertap, ledger_path, plan=other)
    assert other.read_text() == "another's"


def test_an_existing_file_is_not_overwritten_by_a_plan(ledger_path: Path, tmp_path: Path) -> None:
    """A plan needs a new file; a ledger, another program's file and an unfinished plan are not opened."""
    line, clevertap = Line([user(1)]), CleverTap()
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    with pytest.raises(BadArgument):
        planned(line, clevertap, ledger_path, plan=other)
    with Ledger(ledger_path):
        pass
    for path in (ledger_path, other, tmp_path / "nothing"):
        with pytest.raises(BadArgument):
            SyncPlan.open(path)
    assert other.read_text() == "mine"


def test_the_same_followers_go_by_csv(ledger_path: Path, tmp_path: Path) -> None:
    """A plan's records are those that the sync would upload, and can be written as CSV."""
    line, clevertap = Line([user(i) for i in range(5)]), CleverTap()
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("\ufeffLineID,identity\n" + "".join(f"{user(i)},customer-{i}\n" for i in range(4)))
    with planned(line, clevertap, ledger_path, identity=KnownFollowers.from_csv(pairs)) as plan:
        export = write_profiles_csv(tmp_path / "followers.csv", plan.records())
    rows = [row for _, row in CsvRows(export.paths[0])]
    assert [row["LineID"] for row in rows] == [user(i) for i in range(4)]
    assert rows[0] == {
        "identity": "customer-0",
        "LineID": user(0),
        "LINE follower": "true",
        "LINE follower changed": f"$D_{NIGHT}",
    }
