"""Unfollows: mark, clear and keep, the safety limit, and unfollow updates that CleverTap rejects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap.errors import (
    NoResponse,
    TooManyUnfollows,
)
from linetap.sync.followers import replay_rejected
from linetap.sync.identity import KnownFollowers
from linetap.sync.ledger import Ledger
from tests.clevertap.service import lost
from tests.sync.fake_services import NIGHT, CleverTap, Line, known, sync, user


def test_who_left_is_marked_with_a_date(ledger_path: Path) -> None:
    """With unfollow='mark' the profile keeps the LINE id and gets LINE follower False with a date."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now.remove(user(3))
    report = sync(line, clevertap, ledger_path, now=lambda: float(NIGHT + 86_400))
    assert (report.unfollowed_total, report.unfollowed, report.unchanged) == (1, 1, 9)
    assert clevertap.profiles[user(3)] == {
        "LineID": user(3),
        "LINE follower": False,
        "LINE follower changed": f"$D_{NIGHT + 86_400}",
    }
    assert clevertap.profiles[user(4)] == {
        "LineID": user(4),
        "LINE follower": True,
        "LINE follower changed": f"$D_{NIGHT}",
    }


def test_a_user_who_follows_again_is_a_follower(ledger_path: Path) -> None:
    """A user who follows again is marked as following, with the new date."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now.remove(user(3))
    sync(line, clevertap, ledger_path)
    line.followers_now.append(user(3))
    report = sync(line, clevertap, ledger_path, now=lambda: float(NIGHT + 9))
    assert (report.uploaded, report.unchanged, report.unfollowed_total) == (1, 9, 0)
    assert clevertap.profiles[user(3)]["LINE follower"] is True
    assert clevertap.profiles[user(3)]["LINE follower changed"] == f"$D_{NIGHT + 9}"


def test_clearing_deletes_the_property(ledger_path: Path) -> None:
    """With unfollow='clear' the LINE id is deleted from the profile."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path, unfollow="clear")
    line.followers_now.remove(user(3))
    sync(line, clevertap, ledger_path, unfollow="clear")
    assert clevertap.profiles[user(3)] == {}


def test_keep_uploads_nothing(ledger_path: Path) -> None:
    """With unfollow='keep' the ledger records the unfollow and nothing is uploaded, then or when the user returns."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path, unfollow="keep")
    line.followers_now.remove(user(3))
    assert sync(line, clevertap, ledger_path, unfollow="keep").unfollowed_total == 1
    line.followers_now.append(user(3))
    report = sync(line, clevertap, ledger_path, unfollow="keep")
    assert (report.unchanged, report.unfollowed_total, len(clevertap.service.calls)) == (10, 0, 1)


def test_changing_the_unfollow_policy_uploads_the_flag_to_all(ledger_path: Path) -> None:
    """Changing from keep to mark sends the follower flag to every profile, once."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path, unfollow="keep")
    assert sync(line, clevertap, ledger_path, unfollow="mark").uploaded == 10
    assert sync(line, clevertap, ledger_path, unfollow="mark").unchanged == 10


def test_a_night_of_keep_sends_nothing_that_clevertap_has(ledger_path: Path) -> None:
    """After mark, one run with keep and one with mark upload no unchanged follower."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now.append(user(10))
    assert sync(line, clevertap, ledger_path, unfollow="keep").states["uploaded"] == 1
    assert sync(line, clevertap, ledger_path, unfollow="mark").states["uploaded"] == 1
    assert clevertap.times == {user(i): 1 for i in range(10)} | {user(10): 2}
    assert all(profile["LINE follower"] for profile in clevertap.profiles.values())


def test_an_unfollow_under_keep_is_marked_by_the_next_mark(ledger_path: Path) -> None:
    """After keep, a run with mark marks users who unfollowed meanwhile, once, and counts them in unfollowed_total
    only.
    """
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now.remove(user(3))
    sync(line, clevertap, ledger_path, unfollow="keep")
    assert clevertap.profiles[user(3)]["LINE follower"] is True
    report = sync(line, clevertap, ledger_path, max_unfollow_ratio=0.0)
    assert (report.unfollowed_total, report.unfollowed, report.calls) == (1, 0, 1)
    assert clevertap.profiles[user(3)]["LINE follower"] is False
    assert sync(line, clevertap, ledger_path).calls == 0


def test_who_left_under_keep_is_cleared_by_the_next_clear(ledger_path: Path) -> None:
    """After keep, a run with clear deletes the LINE id of users who unfollowed meanwhile, once."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path, unfollow="keep")
    line.followers_now.remove(user(3))
    sync(line, clevertap, ledger_path, unfollow="keep")
    assert sync(line, clevertap, ledger_path, unfollow="clear").calls == 1
    assert clevertap.profiles[user(3)] == {}
    assert sync(line, clevertap, ledger_path, unfollow="clear").calls == 0


@pytest.mark.parametrize("unfollow", ["mark", "clear"])
def test_a_late_unfollow_update_skips_a_profile_with_a_new_line_id(ledger_path: Path, unfollow: str) -> None:
    """A customer who returned with a new LINE account is not marked or cleared for the old one."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    names = known(10)
    sync(line, clevertap, ledger_path, identity=KnownFollowers(names))
    line.followers_now.remove(user(3))
    sync(line, clevertap, ledger_path, identity=KnownFollowers(names), unfollow="keep")
    line.followers_now.append(user(77))
    names[user(77)] = names.pop(user(3))
    sync(line, clevertap, ledger_path, identity=KnownFollowers(names), unfollow=unfollow)
    sync(line, clevertap, ledger_path, identity=KnownFollowers(names), unfollow=unfollow)
    assert clevertap.holders()["customer-3"] == user(77)
    assert clevertap.profiles["customer-3"]["LINE follower"] is True


def test_a_late_unfollow_update_without_response_is_sent_by_a_new_run(ledger_path: Path) -> None:
    """An unfollow update without a response is unconfirmed, and a run with a new listing sends it again."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now.remove(user(3))
    sync(line, clevertap, ledger_path, unfollow="keep")
    clevertap.trouble = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse) as caught:
        sync(line, clevertap, ledger_path)
    assert caught.value.report.unconfirmed == 1
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, ledger_path, unfollow="keep").unfollowed_total == 1
    report = sync(line, clevertap, ledger_path, max_unfollow_ratio=0.0)
    assert (report.unfollowed_total, report.unfollowed, report.unconfirmed) == (1, 0, 0)
    assert clevertap.profiles[user(3)]["LINE follower"] is False


def test_clear_after_mark_is_no_keep(ledger_path: Path) -> None:
    """Clear and keep upload the same record, but changing from mark to clear sends every follower once more."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    assert sync(line, clevertap, ledger_path, unfollow="clear").states["uploaded"] == 10


def test_the_safety_limit_stops_before_a_profile_is_marked(ledger_path: Path) -> None:
    """With 30 % missing the run stops: no profile is marked, new followers are uploaded, the error has a remedy."""
    line, clevertap = Line([user(i) for i in range(100)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(30, 101)]
    with pytest.raises(TooManyUnfollows, match=r"30 of 100 .*max_unfollow_ratio=0.31") as caught:
        sync(line, clevertap, ledger_path)
    assert (caught.value.report.unfollowed, caught.value.report.uploaded, caught.value.report.unfollowed_total) == (
        30,
        1,
        0,
    )
    assert all(profile["LINE follower"] for profile in clevertap.profiles.values())
    report = sync(line, clevertap, ledger_path, max_unfollow_ratio=0.31)
    assert (report.unfollowed_total, report.unchanged) == (30, 71)


def test_the_safety_limit_is_exact(ledger_path: Path) -> None:
    """Exactly the safety limit is allowed, one follower more is not."""
    line, clevertap = Line([user(i) for i in range(100)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(20, 100)]
    assert sync(line, clevertap, ledger_path).unfollowed_total == 20


def rejected_unfollow(line: Line, clevertap: CleverTap, ledger_path: Path) -> Any:
    """One of ten users unfollows, and CleverTap rejects the update."""
    sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)))
    line.followers_now.remove(user(3))
    clevertap.bad = {"customer-3"}
    return sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)))


def test_a_rejected_unfollow_update_is_a_dead_letter(ledger_path: Path) -> None:
    """A rejected unfollow update is reported and not sent again every night."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    report = rejected_unfollow(line, clevertap, ledger_path)
    assert (report.unfollowed_total, report.unfollowed, report.unfollows_rejected, report.rejected) == (1, 1, 1, 0)
    assert not report.ok
    with Ledger(ledger_path) as ledger:
        assert [(d.line_id, d.code, d.unfollow) for d in ledger.dead_letters()] == [(user(3), 523, True)]
    again = sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)))
    assert (again.unfollowed_total, again.unfollowed, again.unfollows_rejected, again.calls, again.ok) == (
        1,
        0,
        1,
        0,
        False,
    )
    planned_report = sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)), dry_run=True)
    assert (planned_report.states, planned_report.unfollows_rejected) == (again.states, 1)


def test_a_rejected_unfollow_update_can_be_replayed(ledger_path: Path) -> None:
    """A replayed unfollow update marks the profile and is not counted as a second unfollow."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    rejected_unfollow(line, clevertap, ledger_path)
    clevertap.bad = set()
    sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)))
    report = replay_rejected(clevertap.client, ledger=ledger_path)
    assert (report.unfollowed_total, report.unfollowed, report.unfollows_rejected, report.ok) == (1, 0, 0, True)
    assert clevertap.profiles["customer-3"]["LINE follower"] is False


def test_a_temporarily_rejected_unfollow_update_is_sent_again(ledger_path: Path) -> None:
    """An unfollow update rejected with a temporary code is sent again by each run, once."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now.remove(user(3))

    def broken(number: int, body: Any) -> Any:
        entry = {"status": "fail", "code": 555, "error": "Skipped record number : 1", "record": body["d"][0]}
        return 200, {"status": "partial", "processed": 0, "unprocessed": [entry]}

    clevertap.trouble = broken
    assert [sync(line, clevertap, ledger_path).calls for _ in range(2)] == [1, 1]
    clevertap.trouble = lambda number, body: None
    report = sync(line, clevertap, ledger_path)
    assert (report.unfollowed_total, report.unfollows_rejected, clevertap.profiles[user(3)]["LINE follower"]) == (
        1,
        0,
        False,
    )


def test_a_rejected_unfollow_update_is_dropped_when_it_is_outdated(ledger_path: Path) -> None:
    """A pending unfollow update is dropped when the user follows again or the profile has another LINE id."""
    for names in ({}, {user(77): "customer-3"}):
        path = ledger_path.with_name(f"{len(names)}.sqlite")
        line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
        rejected_unfollow(line, clevertap, path)
        clevertap.bad = set()
        line.followers_now.append(user(77) if names else user(3))
        policy = KnownFollowers({key: name for key, name in known(10).items() if not names or key != user(3)} | names)
        report = sync(line, clevertap, path, identity=policy)
        assert (report.unfollowed_total, report.unfollows_rejected) == ((1, 1) if names else (0, 0))
        assert replay_rejected(clevertap.client, ledger=path).unfollows_rejected == 0
        assert clevertap.profiles["customer-3"]["LINE follower"] is True


@pytest.mark.parametrize("unfollow", ["mark", "clear", "keep"])
def test_a_replay_uses_the_unfollow_mode_of_the_last_sync(ledger_path: Path, unfollow: str) -> None:
    """A replay applies the unfollow mode of the last sync."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    rejected_unfollow(line, clevertap, ledger_path)
    sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)), unfollow=unfollow)
    clevertap.bad = set()
    report = replay_rejected(clevertap.client, ledger=ledger_path)
    profile = clevertap.profiles["customer-3"]
    found = {"mark": (user(3), False, 0), "clear": (None, True, 0), "keep": (user(3), True, 1)}
    assert (profile.get("LineID"), profile["LINE follower"], report.unfollows_rejected) == found[unfollow]


def test_no_unfollow_update_for_a_user_who_follows_again(ledger_path: Path) -> None:
    """A lost response to an unfollow update, then a return: the follower is uploaded as following."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(8)]
    clevertap.after = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse) as caught:
        sync(line, clevertap, ledger_path)
    assert caught.value.report.unconfirmed == 2
    clevertap.after = lambda number, body: None
    line.followers_now = [user(i) for i in range(9)]
    report = sync(line, clevertap, ledger_path, now=lambda: NIGHT + 90_000.0)
    assert (report.unconfirmed, report.unfollowed_total, report.followers) == (0, 1, 9)
    assert clevertap.profiles[user(8)]["LINE follower"] is True
    assert clevertap.profiles[user(9)]["LINE follower"] is False


def test_an_unfollow_update_without_response_is_sent_again_at_once(ledger_path: Path) -> None:
    """A run resumed within a day sends exactly the unfollow updates without a response again."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now = [user(i) for i in range(8)]
    clevertap.trouble = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse):
        sync(line, clevertap, ledger_path)
    clevertap.trouble, pages = (lambda number, body: None), line.pages_read
    report = sync(line, clevertap, ledger_path)
    assert (report.unfollowed_total, report.resent, line.pages_read) == (2, 2, pages)
    assert clevertap.profiles[user(9)]["LINE follower"] is False


def test_another_unfollow_policy_begins_a_new_run(ledger_path: Path) -> None:
    """A run started with one unfollow mode is not resumed with another."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, ledger_path, unfollow="clear")
    line.followers_now = [user(i) for i in range(9)]
    clevertap.trouble = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse):
        sync(line, clevertap, ledger_path, unfollow="clear")
    clevertap.trouble = lambda number, body: None
    report = sync(line, clevertap, ledger_path, unfollow="keep")
    assert (report.resumed, report.unfollowed_total, report.unconfirmed) == (False, 1, 0)
    assert "LINE follower" not in clevertap.profiles[user(9)]
