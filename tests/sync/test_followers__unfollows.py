"""Who left: marked, cleared or kept, behind the brake, and what becomes of a farewell that CleverTap refuses."""

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


def test_who_left_is_marked_with_a_date(book: Path) -> None:
    """With unfollow='mark' the profile keeps the id and says that they no longer follow, and since when."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now.remove(user(3))
    report = sync(line, clevertap, book, now=lambda: float(NIGHT + 86_400))
    assert (report.gone, report.unfollowed, report.unchanged) == (1, 1, 9)
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


def test_who_comes_back_is_a_follower_again(book: Path) -> None:
    """A follower who left and returned is marked as following, from the new date."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now.remove(user(3))
    sync(line, clevertap, book)
    line.followers_now.append(user(3))
    report = sync(line, clevertap, book, now=lambda: float(NIGHT + 9))
    assert (report.uploaded, report.unchanged, report.gone) == (1, 9, 0)
    assert clevertap.profiles[user(3)]["LINE follower"] is True
    assert clevertap.profiles[user(3)]["LINE follower changed"] == f"$D_{NIGHT + 9}"


def test_clearing_deletes_the_property(book: Path) -> None:
    """With unfollow='clear' the profile no longer carries the LINE id."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book, unfollow="clear")
    line.followers_now.remove(user(3))
    sync(line, clevertap, book, unfollow="clear")
    assert clevertap.profiles[user(3)] == {}


def test_keeping_tells_clevertap_nothing(book: Path) -> None:
    """With unfollow='keep' the ledger knows who left and CleverTap hears nothing, then and when they return."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book, unfollow="keep")
    line.followers_now.remove(user(3))
    assert sync(line, clevertap, book, unfollow="keep").gone == 1
    line.followers_now.append(user(3))
    report = sync(line, clevertap, book, unfollow="keep")
    assert (report.unchanged, report.gone, len(clevertap.service.calls)) == (10, 0, 1)


def test_changing_the_unfollow_policy_uploads_the_flag_to_all(book: Path) -> None:
    """Going from keep to mark sends the following flag to every profile, once."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book, unfollow="keep")
    assert sync(line, clevertap, book, unfollow="mark").uploaded == 10
    assert sync(line, clevertap, book, unfollow="mark").unchanged == 10


def test_a_night_of_keep_sends_nothing_that_clevertap_has(book: Path) -> None:
    """After mark, a run under keep and one under mark again upload nobody who was there before."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now.append(user(10))
    assert sync(line, clevertap, book, unfollow="keep").states["uploaded"] == 1
    assert sync(line, clevertap, book, unfollow="mark").states["uploaded"] == 1
    assert clevertap.times == {user(i): 1 for i in range(10)} | {user(10): 2}
    assert all(profile["LINE follower"] for profile in clevertap.profiles.values())


def test_who_left_under_keep_is_marked_by_the_next_mark(book: Path) -> None:
    """Back from keep to mark, who left meanwhile is marked, once; they count as gone, not as newly unfollowed."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now.remove(user(3))
    sync(line, clevertap, book, unfollow="keep")
    assert clevertap.profiles[user(3)]["LINE follower"] is True
    report = sync(line, clevertap, book, max_unfollow_ratio=0.0)
    assert (report.gone, report.unfollowed, report.calls) == (1, 0, 1)
    assert clevertap.profiles[user(3)]["LINE follower"] is False
    assert sync(line, clevertap, book).calls == 0


def test_who_left_under_keep_is_cleared_by_the_next_clear(book: Path) -> None:
    """From keep to clear, the profile of who left meanwhile loses the LINE id, once."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book, unfollow="keep")
    line.followers_now.remove(user(3))
    sync(line, clevertap, book, unfollow="keep")
    assert sync(line, clevertap, book, unfollow="clear").calls == 1
    assert clevertap.profiles[user(3)] == {}
    assert sync(line, clevertap, book, unfollow="clear").calls == 0


@pytest.mark.parametrize("unfollow", ["mark", "clear"])
def test_a_late_farewell_leaves_alone_whom_the_profile_is_now(book: Path, unfollow: str) -> None:
    """A person who left under keep and came with a new LINE account is not marked or cleared for the old one."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    names = known(10)
    sync(line, clevertap, book, identity=KnownFollowers(names))
    line.followers_now.remove(user(3))
    sync(line, clevertap, book, identity=KnownFollowers(names), unfollow="keep")
    line.followers_now.append(user(77))
    names[user(77)] = names.pop(user(3))
    sync(line, clevertap, book, identity=KnownFollowers(names), unfollow=unfollow)
    sync(line, clevertap, book, identity=KnownFollowers(names), unfollow=unfollow)
    assert clevertap.carried()["customer-3"] == user(77)
    assert clevertap.profiles["customer-3"]["LINE follower"] is True


def test_a_late_farewell_in_doubt_is_said_by_a_new_run_too(book: Path) -> None:
    """Without an answer they are unknown; a run that lists anew has them gone again, and says it again."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now.remove(user(3))
    sync(line, clevertap, book, unfollow="keep")
    clevertap.trouble = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse) as caught:
        sync(line, clevertap, book)
    assert caught.value.report.unknown == 1
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, book, unfollow="keep").gone == 1
    report = sync(line, clevertap, book, max_unfollow_ratio=0.0)
    assert (report.gone, report.unfollowed, report.unknown) == (1, 0, 0)
    assert clevertap.profiles[user(3)]["LINE follower"] is False


def test_clear_after_mark_is_no_keep(book: Path) -> None:
    """Clear and keep upload the same, but from mark to clear everybody is sent once more."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    assert sync(line, clevertap, book, unfollow="clear").states["uploaded"] == 10


def test_the_brake_stops_before_anybody_is_marked(book: Path) -> None:
    """An unfollow of 30 % stops: nobody is marked, the new one is uploaded, and the error says how to go on."""
    line, clevertap = Line([user(i) for i in range(100)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(30, 101)]
    with pytest.raises(TooManyUnfollows, match=r"30 of 100 .*max_unfollow_ratio=0.31") as caught:
        sync(line, clevertap, book)
    assert (caught.value.report.unfollowed, caught.value.report.uploaded, caught.value.report.gone) == (30, 1, 0)
    assert all(profile["LINE follower"] for profile in clevertap.profiles.values())
    report = sync(line, clevertap, book, max_unfollow_ratio=0.31)
    assert (report.gone, report.unchanged) == (30, 71)


def test_the_brake_holds_to_the_letter(book: Path) -> None:
    """Exactly the share is allowed, one more is not."""
    line, clevertap = Line([user(i) for i in range(100)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(20, 100)]
    assert sync(line, clevertap, book).gone == 20


def farewell_refused(line: Line, clevertap: CleverTap, book: Path) -> Any:
    """One of ten leaves, and CleverTap refuses to be told."""
    sync(line, clevertap, book, identity=KnownFollowers(known(10)))
    line.followers_now.remove(user(3))
    clevertap.bad = {"customer-3"}
    return sync(line, clevertap, book, identity=KnownFollowers(known(10)))


def test_a_refused_farewell_is_a_dead_letter_of_one_who_is_gone(book: Path) -> None:
    """Who left is gone, whatever CleverTap says; that it refused to hear it is told, and not tried every night."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    report = farewell_refused(line, clevertap, book)
    assert (report.gone, report.unfollowed, report.unfollows_rejected, report.rejected) == (1, 1, 1, 0)
    assert not report.ok
    with Ledger(book) as ledger:
        assert [(d.line_id, d.code, d.unfollow) for d in ledger.dead_letters()] == [(user(3), 523, True)]
    again = sync(line, clevertap, book, identity=KnownFollowers(known(10)))
    assert (again.gone, again.unfollowed, again.unfollows_rejected, again.calls, again.ok) == (1, 0, 1, 0, False)
    foretold = sync(line, clevertap, book, identity=KnownFollowers(known(10)), dry_run=True)
    assert (foretold.states, foretold.unfollows_rejected) == (again.states, 1)


def test_a_refused_farewell_can_be_replayed(book: Path) -> None:
    """Once CleverTap takes it, the profile says that they left; they were not unfollowed a second time."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    farewell_refused(line, clevertap, book)
    clevertap.bad = set()
    sync(line, clevertap, book, identity=KnownFollowers(known(10)))
    report = replay_rejected(clevertap.client, ledger=book)
    assert (report.gone, report.unfollowed, report.unfollows_rejected, report.ok) == (1, 0, 0, True)
    assert clevertap.profiles["customer-3"]["LINE follower"] is False


def test_a_farewell_refused_for_a_passing_reason_is_said_again_the_next_night(book: Path) -> None:
    """CleverTap's own error says nothing against the record: it goes again by itself, once a night."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now.remove(user(3))

    def broken(number: int, body: Any) -> Any:
        entry = {"status": "fail", "code": 555, "error": "Skipped record number : 1", "record": body["d"][0]}
        return 200, {"status": "partial", "processed": 0, "unprocessed": [entry]}

    clevertap.trouble = broken
    assert [sync(line, clevertap, book).calls for _ in range(2)] == [1, 1]
    clevertap.trouble = lambda number, body: None
    report = sync(line, clevertap, book)
    assert (report.gone, report.unfollows_rejected, clevertap.profiles[user(3)]["LINE follower"]) == (1, 0, False)


def test_a_refused_farewell_is_moot_once_they_or_others_have_the_profile(book: Path) -> None:
    """Who comes back follows again without an upload; a profile that is another follower's now is left alone."""
    for names in ({}, {user(77): "customer-3"}):
        path = book.with_name(f"{len(names)}.sqlite")
        line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
        farewell_refused(line, clevertap, path)
        clevertap.bad = set()
        line.followers_now.append(user(77) if names else user(3))
        policy = KnownFollowers({key: name for key, name in known(10).items() if not names or key != user(3)} | names)
        report = sync(line, clevertap, path, identity=policy)
        assert (report.gone, report.unfollows_rejected) == ((1, 1) if names else (0, 0))
        assert replay_rejected(clevertap.client, ledger=path).unfollows_rejected == 0
        assert clevertap.profiles["customer-3"]["LINE follower"] is True


@pytest.mark.parametrize("unfollow", ["mark", "clear", "keep"])
def test_a_replay_tells_no_more_than_the_last_sync(book: Path, unfollow: str) -> None:
    """After a night of keep a replay marks and clears nobody; after clear it clears what mark could not mark."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    farewell_refused(line, clevertap, book)
    sync(line, clevertap, book, identity=KnownFollowers(known(10)), unfollow=unfollow)
    clevertap.bad = set()
    report = replay_rejected(clevertap.client, ledger=book)
    profile = clevertap.profiles["customer-3"]
    told = {"mark": (user(3), False, 0), "clear": (None, True, 0), "keep": (user(3), True, 1)}
    assert (profile.get("LineID"), profile["LINE follower"], report.unfollows_rejected) == told[unfollow]


def test_a_farewell_in_doubt_is_not_said_to_who_came_back(book: Path) -> None:
    """A lost answer to a farewell, a day's pause and a return: the follower ends as following, everywhere."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(8)]
    clevertap.after = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse) as caught:
        sync(line, clevertap, book)
    assert caught.value.report.unknown == 2
    clevertap.after = lambda number, body: None
    line.followers_now = [user(i) for i in range(9)]
    report = sync(line, clevertap, book, now=lambda: NIGHT + 90_000.0)
    assert (report.unknown, report.gone, report.followers) == (0, 1, 9)
    assert clevertap.profiles[user(8)]["LINE follower"] is True
    assert clevertap.profiles[user(9)]["LINE follower"] is False


def test_a_farewell_in_doubt_is_said_again_at_once(book: Path) -> None:
    """Within the day the listing still counts: exactly the farewells without an answer are sent again."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(8)]
    clevertap.trouble = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse):
        sync(line, clevertap, book)
    clevertap.trouble, pages = (lambda number, body: None), line.pages_read
    report = sync(line, clevertap, book)
    assert (report.gone, report.resent, line.pages_read) == (2, 2, pages)
    assert clevertap.profiles[user(9)]["LINE follower"] is False


def test_another_unfollow_policy_begins_a_new_run(book: Path) -> None:
    """What was begun under one policy is not ended under another."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book, unfollow="clear")
    line.followers_now = [user(i) for i in range(9)]
    clevertap.trouble = lambda number, body: lost(number, "", body)
    with pytest.raises(NoResponse):
        sync(line, clevertap, book, unfollow="clear")
    clevertap.trouble = lambda number, body: None
    report = sync(line, clevertap, book, unfollow="keep")
    assert (report.resumed, report.gone, report.unknown) == (False, 1, 0)
    assert "LINE follower" not in clevertap.profiles[user(9)]
