"""Plan, then apply: reading only, equal to the effect, and refused when the world has moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap.clevertap.csv_export import read_rows, write_profiles_csv
from linetap.errors import BadArgument, NoResponse, PlanOutdated, TooManyUnfollows
from linetap.sync.apply import apply_plan
from linetap.sync.identity import KnownFollowers, LineIdAsIdentity
from linetap.sync.ledger import Ledger
from linetap.sync.plan import SyncPlan
from linetap.sync.planning import plan_sync
from tests.sync.fake_services import NIGHT, CleverTap, Line, sync, user


def planned(line: Line, clevertap: CleverTap, book: Path, **options: Any) -> SyncPlan:
    options = {"identity": LineIdAsIdentity(), "now": lambda: float(NIGHT)} | options
    return plan_sync(line, clevertap.client, ledger=book, **options)  # type: ignore[arg-type]


def applied(plan: SyncPlan, line: Line, clevertap: CleverTap, **options: Any) -> Any:
    options = {"now": lambda: float(NIGHT)} | options
    return apply_plan(plan, line, clevertap.client, **options)  # type: ignore[arg-type]


def mixed(line: Line, clevertap: CleverTap, book: Path) -> KnownFollowers:
    """A base with everything in it: known, unknown, doubled, refused, gone and new followers."""
    clevertap.bad = {"customer-7"}
    rows = {user(i): f"customer-{i}" for i in range(40)} | {user(41): "customer-1", user(45): "null"}
    line.followers_now = [user(i) for i in range(38)]
    sync(line, clevertap, book, identity=KnownFollowers({user(i): f"customer-{i}" for i in range(30)}))
    line.followers_now = [user(i) for i in range(3, 50)]
    return KnownFollowers(rows)


def states(report: Any) -> dict[str, int]:
    found: dict[str, int] = dict(report.states)
    return found


def test_a_plan_writes_nothing_but_itself(book: Path, tmp_path: Path) -> None:
    """Neither CleverTap nor the ledger's place hears of a plan; its own file alone appears."""
    line, clevertap = Line([user(i) for i in range(250)]), CleverTap()
    plan = planned(line, clevertap, book, plan=tmp_path / "tonight.plan")
    assert (plan.summary.adds, plan.summary.creates, plan.summary.calls) == (250, 250, 1)
    plan.close()
    assert clevertap.service.calls == []
    assert [path.name for path in tmp_path.iterdir()] == ["tonight.plan"]


def test_a_plan_leaves_an_existing_ledger_as_it_was(book: Path) -> None:
    """The ledger's bytes are the same before and after planning and rehearsing."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, book)
    before, calls = book.read_bytes(), len(clevertap.service.calls)
    planned(line, clevertap, book, identity=policy).close()
    sync(line, clevertap, book, identity=policy, dry_run=True)
    assert book.read_bytes() == before
    assert [path.name for path in book.parent.iterdir()] == [book.name]
    assert len(clevertap.service.calls) == calls


def test_a_dry_run_without_a_ledger_makes_none(book: Path) -> None:
    """A rehearsal on an empty machine leaves it empty."""
    line, clevertap = Line([user(i) for i in range(150)]), CleverTap()
    report = sync(line, clevertap, book, dry_run=True)
    assert (report.uploaded, report.created, report.dry_run) == (150, 150, True)
    assert (list(book.parent.iterdir()), clevertap.service.calls) == ([], [])


def test_the_plan_equals_the_effect(book: Path) -> None:
    """The states that a plan foretells are those in which the sync leaves the ledger."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, book)
    foretold = sync(line, clevertap, book, identity=policy, dry_run=True)
    done = sync(line, clevertap, book, identity=policy)
    assert states(done) == states(foretold)
    assert (done.unfollowed, done.followers, done.created) == (
        foretold.unfollowed,
        foretold.followers,
        foretold.created,
    )
    assert {(c.line_id, c.why) for c in done.conflicts} == {(c.line_id, c.why) for c in foretold.conflicts}


@pytest.mark.parametrize("refused", [False, True])
def test_a_plan_counts_who_came_back_as_no_longer_gone(book: Path, refused: bool) -> None:
    """Who left and is listed again is not foretold as gone, nor as one of whom CleverTap heard nothing."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(8)]
    clevertap.bad = {user(8), user(9)} if refused else set()
    sync(line, clevertap, book)
    line.followers_now.append(user(8))
    clevertap.bad = set()
    foretold = sync(line, clevertap, book, dry_run=True)
    done = sync(line, clevertap, book)
    assert (states(foretold), foretold.unfollows_rejected) == (states(done), done.unfollows_rejected)
    assert (done.gone, done.unfollows_rejected) == (1, int(refused))


def test_applying_a_plan_does_what_it_says(book: Path, tmp_path: Path) -> None:
    """Applied from its file, a plan leaves the ledger and the profiles as a sync would have."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, book)
    planned(line, clevertap, book, identity=policy, plan=tmp_path / "plan").close()
    with SyncPlan.open(tmp_path / "plan") as plan:
        foretold = plan.report()
        report = applied(plan, line, clevertap)
    assert states(report) == states(foretold)
    assert not clevertap.profiles["customer-0"]["LINE follower"]
    assert sync(line, clevertap, book, identity=policy).states["uploaded"] == 0


def test_a_plan_names_who_is_meant(book: Path) -> None:
    """Adds, unfollows and conflicts can be listed by LINE id before anything is done."""
    line, clevertap = Line([]), CleverTap()
    policy = mixed(line, clevertap, book)
    with planned(line, clevertap, book, identity=policy) as plan:
        assert set(plan.each("unfollow")) == {user(0), user(1), user(2)}
        assert set(plan.each("add")) == {user(i) for i in range(30, 40)}
        assert user(45) in {conflict.line_id for conflict in plan.conflicts()}
        assert "adds" in plan._repr_html_()
        assert plan.seconds() >= 0


def test_a_plan_is_refused_when_too_many_came_or_left(book: Path) -> None:
    """One in a hundred is tolerated; more movement means planning again, and nothing is done."""
    line, clevertap = Line([user(i) for i in range(200)]), CleverTap()
    plan = planned(line, clevertap, book)
    line.followers_now = [user(i) for i in range(2, 201)]
    with pytest.raises(PlanOutdated, match="1 followers came and 2 left"):
        applied(plan, line, clevertap)
    assert clevertap.service.calls == []
    line.followers_now = [user(i) for i in range(1, 201)]
    report = applied(plan, line, clevertap)
    assert report.uploaded == 199
    assert user(200) not in clevertap.profiles
    assert user(0) not in clevertap.profiles


def test_who_came_back_is_not_taken_for_gone(book: Path) -> None:
    """A planned unfollow who is listed again when the plan is applied is left alone."""
    line, clevertap = Line([user(i) for i in range(200)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(198)]
    plan = planned(line, clevertap, book)
    line.followers_now = [user(i) for i in range(199)]
    report = applied(plan, line, clevertap)
    assert report.gone == 1
    assert clevertap.profiles[user(198)]["LINE follower"] is True


def test_a_plan_tells_late_whom_keep_did_not(book: Path) -> None:
    """Who left under keep is planned and marked as late, but for the one who is listed again by then."""
    line, clevertap = Line([user(i) for i in range(200)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(198)]
    sync(line, clevertap, book, unfollow="keep")
    plan = planned(line, clevertap, book, max_unfollow_ratio=0.0)
    assert (plan.summary.late, plan.summary.unfollows, plan.summary.calls) == (2, 0, 1)
    assert list(plan.each("late")) == [user(198), user(199)]
    line.followers_now.append(user(198))
    report = applied(plan, line, clevertap)
    assert (report.gone, report.unfollowed, report.calls) == (2, 0, 1)
    assert clevertap.profiles[user(198)]["LINE follower"] is True
    assert clevertap.profiles[user(199)]["LINE follower"] is False


def test_a_plan_is_refused_after_another_sync(book: Path) -> None:
    """What another run has done the plan does not know."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    plan = planned(line, clevertap, book)
    sync(line, clevertap, book)
    with pytest.raises(PlanOutdated, match="another sync"):
        applied(plan, line, clevertap)


def test_a_plan_is_refused_after_a_run_that_went_on(book: Path) -> None:
    """A run that was stopped, planned upon and then taken up again is another sync like any other."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoResponse):
        sync(line, clevertap, book)
    plan = planned(line, clevertap, book)
    assert sync(line, clevertap, book).resumed
    with pytest.raises(PlanOutdated, match="another sync"):
        applied(plan, line, clevertap)


@pytest.mark.parametrize("tolerance", [float("nan"), -0.1, 1.5, "1%", True])
def test_a_tolerance_is_a_share(book: Path, tolerance: Any) -> None:
    """What is no share would tolerate everything or nothing: it is refused before LINE is asked."""
    line, clevertap = Line([user(1)]), CleverTap()
    with pytest.raises(BadArgument, match="tolerance"):
        applied(planned(line, clevertap, book), line, clevertap, tolerance=tolerance)


def test_uploads_in_flight_are_checked_before_line_is_asked(book: Path) -> None:
    """A number of uploads that CleverTap refuses is refused at the call, before the followers are listed again."""
    line, clevertap = Line([user(1)]), CleverTap()
    plan = planned(line, clevertap, book)
    pages = line.pages_read
    with pytest.raises(BadArgument, match="in_flight"):
        applied(plan, line, clevertap, in_flight=16)
    assert (line.pages_read, book.exists()) == (pages, False)


def test_a_plan_is_refused_after_a_day(book: Path) -> None:
    """Yesterday's plan is of yesterday's world."""
    line, clevertap = Line([user(1)]), CleverTap()
    plan = planned(line, clevertap, book)
    with pytest.raises(PlanOutdated, match="a day"):
        applied(plan, line, clevertap, now=lambda: NIGHT + 86_401)


def test_a_plan_over_the_brake_is_refused_before_anything_is_sent(book: Path) -> None:
    """The plan knows that it is over its brake, and applying it does nothing at all."""
    line, clevertap = Line([user(i) for i in range(100)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(50, 120)]
    plan = planned(line, clevertap, book)
    calls = len(clevertap.service.calls)
    assert plan.braked
    with pytest.raises(TooManyUnfollows, match="50 of 100"):
        applied(plan, line, clevertap)
    assert len(clevertap.service.calls) == calls


def test_a_plan_of_another_bot_is_refused(book: Path) -> None:
    """A plan is for the pair it was made with."""
    line, clevertap = Line([user(1)]), CleverTap()
    plan = planned(line, clevertap, book)
    line.bot = user(77)
    with pytest.raises(BadArgument, match="bot"):
        applied(plan, line, clevertap)


def test_a_plan_that_cannot_begin_leaves_no_file(book: Path, tmp_path: Path) -> None:
    """A ledger of another bot is refused before the plan's file is made, so that the next try may have its name."""
    line, clevertap = Line([user(1)]), CleverTap()
    sync(line, clevertap, book)
    line.bot = user(77)
    with pytest.raises(BadArgument, match="bot"):
        planned(line, clevertap, book, plan=tmp_path / "tonight.plan")
    assert not (tmp_path / "tonight.plan").exists()


@pytest.mark.parametrize("error", [NoResponse("cut"), KeyboardInterrupt()])
def test_a_plan_that_breaks_off_leaves_no_file(book: Path, tmp_path: Path, error: BaseException) -> None:
    """Where the walk fails, or Ctrl-C ends it, the same plan can be made again by the same call."""
    line, clevertap = Line([user(i) for i in range(250)]), CleverTap()

    def cut(number: int) -> None:
        if number == 2:
            raise error

    line.trouble = cut
    with pytest.raises(type(error)):
        planned(line, clevertap, book, plan=tmp_path / "tonight.plan")
    assert list(tmp_path.glob("tonight*")) == []
    line.trouble = lambda number: None
    with planned(line, clevertap, book, plan=tmp_path / "tonight.plan") as plan:
        assert plan.summary.followers == 250


def test_a_file_made_meanwhile_is_left_alone(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that plan into one file at once the later is refused, and takes nothing from the earlier."""
    line, clevertap, other = Line([user(1)]), CleverTap(), tmp_path / "tonight.plan"
    monkeypatch.setattr(Ledger, "check_binding", lambda *_, **__: other.write_text("another's"))
    with pytest.raises(BadArgument, match="does not exist yet"):
        planned(line, clevertap, book, plan=other)
    assert other.read_text() == "another's"


def test_an_existing_file_is_not_overwritten_by_a_plan(book: Path, tmp_path: Path) -> None:
    """A plan gets a new file; a ledger, another program's file and half a plan are not read as one."""
    line, clevertap = Line([user(1)]), CleverTap()
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    with pytest.raises(BadArgument):
        planned(line, clevertap, book, plan=other)
    with Ledger(book):
        pass
    for path in (book, other, tmp_path / "nothing"):
        with pytest.raises(BadArgument):
            SyncPlan.open(path)
    assert other.read_text() == "mine"


def test_the_same_followers_go_by_csv(book: Path, tmp_path: Path) -> None:
    """A plan's records are what the sync would upload, as files for the dashboard."""
    line, clevertap = Line([user(i) for i in range(5)]), CleverTap()
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("\ufeffLineID,identity\n" + "".join(f"{user(i)},customer-{i}\n" for i in range(4)))
    with planned(line, clevertap, book, identity=KnownFollowers.from_csv(pairs)) as plan:
        export = write_profiles_csv(tmp_path / "followers.csv", plan.records())
    rows = list(read_rows(export.paths[0]))
    assert [row["LineID"] for row in rows] == [user(i) for i in range(4)]
    assert rows[0] == {
        "identity": "customer-0",
        "LineID": user(0),
        "LINE follower": "true",
        "LINE follower changed": f"$D_{NIGHT}",
    }
