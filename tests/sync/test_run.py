"""The nightly run: what is sent, what is left alone, and where everybody stands afterwards."""

from __future__ import annotations

import _thread
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from linetap.errors import (
    BadArgument,
    BadRequest,
    DiskFailed,
    InUse,
    LinetapError,
    NoAnswer,
    TooManyUnfollows,
    Unauthorized,
)
from linetap.sync.decide import State, Why
from linetap.sync.identity import KnownFollowers, LineIdAsIdentity
from linetap.sync.ledger import Ledger
from linetap.sync.run import replay_rejected, sync_followers
from tests.clevertap.service import lost
from tests.sync.world import CleverTap, Line, user

NIGHT = 1_767_225_600


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "brand-a.sqlite"


def sync(line: Line, clevertap: CleverTap, book: Path, **options: Any) -> Any:
    options.setdefault("identity", LineIdAsIdentity())
    options.setdefault("now", lambda: float(NIGHT))
    return sync_followers(line, clevertap.client, ledger=book, **options)  # type: ignore[arg-type]


def known(count: int) -> dict[str, str]:
    return {user(i): f"customer-{i}" for i in range(count)}


def test_every_follower_is_uploaded_once(book: Path) -> None:
    """2,500 followers become 2,500 profiles that carry their LINE id, by three calls, and the counts add up."""
    line, clevertap = Line([user(i) for i in range(2_500)], page_size=1_000), CleverTap()
    report = sync(line, clevertap, book)
    assert (report.uploaded, report.followers, report.created, report.pages, report.calls) == (
        2_500,
        2_500,
        2_500,
        3,
        3,
    )
    assert clevertap.carried() == {user(i): user(i) for i in range(2_500)}
    assert set(clevertap.times.values()) == {1}
    assert sum(report.states.values()) == 2_500
    assert report.ok
    assert report.complete


def test_the_second_night_sends_only_what_is_new(book: Path) -> None:
    """What CleverTap has is not sent again: of 1,001 followers one is new."""
    line, clevertap = Line([user(i) for i in range(1_000)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now.append(user(1_000))
    report = sync(line, clevertap, book)
    assert (report.uploaded, report.unchanged) == (1, 1_000)
    assert set(clevertap.times.values()) == {1}


def test_known_followers_are_written_to_their_own_profiles(book: Path) -> None:
    """A mapping names the profile; who is not in it is unidentified, and nothing of theirs is sent."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    report = sync(line, clevertap, book, identity=KnownFollowers(known(7)))
    assert (report.uploaded, report.unidentified, report.created) == (7, 3, 0)
    assert clevertap.carried() == {f"customer-{i}": user(i) for i in range(7)}


def test_unknown_followers_are_created_by_choice(book: Path) -> None:
    """With unknown='create' who is not in the mapping gets a profile of their own, and the report counts it."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    report = sync(line, clevertap, book, identity=KnownFollowers(known(7).get, unknown="create"))
    assert (report.uploaded, report.created) == (10, 3)
    assert user(9) in clevertap.profiles


def test_a_follower_who_is_listed_twice_is_sent_once(book: Path) -> None:
    """LINE promises no listing without doubles: neither in one page nor across pages."""
    ids = [user(i) for i in range(150)]
    line, clevertap = Line([*ids, ids[0], ids[120], ids[120]]), CleverTap()
    assert sync(line, clevertap, book).uploaded == 150
    assert set(clevertap.times.values()) == {1}


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
    report = sync(line, clevertap, book, max_unfollow_share=0.0)
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
    with pytest.raises(NoAnswer) as caught:
        sync(line, clevertap, book)
    assert caught.value.report.unknown == 1
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, book, unfollow="keep").gone == 1
    report = sync(line, clevertap, book, max_unfollow_share=0.0)
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
    with pytest.raises(TooManyUnfollows, match=r"30 of 100 .*max_unfollow_share=0.31") as caught:
        sync(line, clevertap, book)
    assert (caught.value.report.unfollowed, caught.value.report.uploaded, caught.value.report.gone) == (30, 1, 0)
    assert all(profile["LINE follower"] for profile in clevertap.profiles.values())
    report = sync(line, clevertap, book, max_unfollow_share=0.31)
    assert (report.gone, report.unchanged) == (30, 71)


def test_the_brake_holds_to_the_letter(book: Path) -> None:
    """Exactly the share is allowed, one more is not."""
    line, clevertap = Line([user(i) for i in range(100)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(20, 100)]
    assert sync(line, clevertap, book).gone == 20


@pytest.mark.parametrize("cut", ["error", "short"])
def test_a_listing_cut_in_half_changes_nothing(book: Path, cut: str) -> None:
    """A walk that breaks is no snapshot, and one that ends early meets the brake: nobody is marked."""
    line, clevertap = Line([user(i) for i in range(1_000)]), CleverTap()
    sync(line, clevertap, book)
    before = {name: dict(values) for name, values in clevertap.profiles.items()}
    if cut == "short":
        line.end_after = 500
    with line.cut_at(5 if cut == "error" else 0), pytest.raises(LinetapError) as caught:
        sync(line, clevertap, book)
    assert caught.value.report.gone == 0
    assert clevertap.profiles == before


def test_a_broken_walk_goes_on_at_its_token(book: Path) -> None:
    """Pages whose followers are in the ledger are not read again, and nothing is sent twice."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoAnswer):
        sync(line, clevertap, book)
    assert len(clevertap.profiles) == 2_000
    line.pages_read = 0
    report = sync(line, clevertap, book)
    assert report.resumed
    assert line.pages_read == 10
    assert (report.uploaded, report.followers) == (3_000, 3_000)
    assert set(clevertap.times.values()) == {1}


def test_an_expired_token_starts_the_listing_over(book: Path) -> None:
    """Where LINE no longer knows the token the walk begins again, and what CleverTap has is not sent again."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoAnswer):
        sync(line, clevertap, book)
    line.dead_tokens = {"2000", "500"}
    report = sync(line, clevertap, book)
    assert (report.uploaded, report.followers, report.gone) == (3_000, 3_000, 0)
    assert set(clevertap.times.values()) == {1}


def test_a_full_disk_loses_no_page(book: Path) -> None:
    """Whoever a full disk kept from being written down is listed again, though the same open ledger is used on."""
    line, clevertap = Line([user(i) for i in range(500)]), CleverTap()
    policy = KnownFollowers(known(500))
    with Ledger(book) as ledger:
        sync(line, clevertap, ledger, identity=policy)
        line.followers_now = [user(i) for n in range(5) for i in (*range(n * 100, n * 100 + 100), *range(900, 1_900))]
        line.page_size = 1_100
        ledger._store.execute("PRAGMA max_page_count = 1")  # of what there is: not one page more
        with pytest.raises(DiskFailed, match="the disk is full") as caught:
            sync(line, clevertap, ledger, identity=policy)
        assert caught.value.report.gone == 0
        ledger._store.execute("PRAGMA max_page_count = 1000000")
        report = sync(line, clevertap, ledger, identity=policy)
    assert (report.unchanged, report.unidentified, report.gone) == (500, 1_000, 0)


def test_a_listing_that_never_ends_well_ends_in_an_error(book: Path) -> None:
    """Tokens that LINE refuses again and again are no matter of age: the run stops, and nobody is marked."""
    line, clevertap = Line([user(i) for i in range(300)]), CleverTap()
    line.dead_tokens, line.dead_for_good = {"200"}, True
    with pytest.raises(BadRequest, match="again and again") as caught:
        sync(line, clevertap, book)
    assert caught.value.report.gone == 0


def test_a_token_older_than_a_day_is_not_tried(book: Path) -> None:
    """LINE keeps a token for 24 hours: after that the listing begins at once from the start."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=100), CleverTap()
    with line.cut_at(25), pytest.raises(NoAnswer):
        sync(line, clevertap, book)
    line.pages_read = 0
    assert sync(line, clevertap, book, now=lambda: NIGHT + 86_401.0).uploaded == 3_000
    assert line.pages_read == 30


def test_unanswered_uploads_are_unknown_and_sent_again(book: Path) -> None:
    """After a lost answer the ledger says unknown, not uploaded; the next run sends exactly those again."""
    line, clevertap = Line([user(i) for i in range(2_000)], page_size=1_000), CleverTap()
    clevertap.after = lambda number, body: lost(number, "", body) if number != 1 else None
    with pytest.raises(NoAnswer) as caught:
        sync(line, clevertap, book, in_flight=1)
    assert (caught.value.report.uploaded, caught.value.report.unknown) == (1_000, 1_000)
    clevertap.after = lambda number, body: None
    report = sync(line, clevertap, book)
    assert (report.uploaded, report.unknown, report.resent) == (2_000, 0, 1_000)


def test_refused_records_are_dead_letters(book: Path) -> None:
    """A rejection is kept with its code, not sent again as it is, and told in plain words."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3"}
    policy = KnownFollowers(known(10))
    assert sync(line, clevertap, book, identity=policy).rejected == 1
    report = sync(line, clevertap, book, identity=policy)
    assert (report.rejected, report.unchanged, clevertap.times["customer-3"]) == (1, 9, 1)
    with Ledger(book) as ledger:
        (letter,) = ledger.dead_letters()
    assert (letter.line_id, letter.identity, letter.code) == (user(3), "customer-3", 523)
    assert "identity" in letter.reason


def test_a_fixed_dead_letter_is_sent_by_the_next_sync(book: Path) -> None:
    """fix() gives another identity, which wins over the policy's from then on."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3"}
    policy = KnownFollowers(known(10))
    sync(line, clevertap, book, identity=policy)
    with Ledger(book) as ledger:
        ledger.fix(user(3), identity="customer-three")
    report = sync(line, clevertap, book, identity=policy)
    assert (report.rejected, report.uploaded) == (0, 1)
    assert sync(line, clevertap, book, identity=policy).unchanged == 10
    assert clevertap.carried()["customer-three"] == user(3)


def test_dead_letters_are_replayed_without_a_walk(book: Path) -> None:
    """Fixed ones go at once and alone; LINE is not asked, and the others stay where they are."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3", "customer-5"}
    sync(line, clevertap, book, identity=KnownFollowers(known(10)))
    with Ledger(book) as ledger:
        ledger.fix(user(3), identity="customer-three")
        pages = line.pages_read
        report = replay_rejected(clevertap.client, ledger=ledger, line_ids=[user(3)])
    assert (report.rejected, report.uploaded, line.pages_read) == (1, 9, pages)
    assert clevertap.carried()["customer-three"] == user(3)
    clevertap.bad = set()
    assert replay_rejected(clevertap.client, ledger=book).ok
    assert clevertap.times == dict.fromkeys([*clevertap.carried(), "customer-3"], 1) | {"customer-5": 2}


def test_a_replay_overwrites_nobody(book: Path) -> None:
    """A dead letter fixed to an identity that another follower has is withheld, and so is the second of two."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3", "customer-5", "customer-6"}
    sync(line, clevertap, book, identity=KnownFollowers(known(10)))
    clevertap.bad = set()
    with Ledger(book) as ledger:
        ledger.fix(user(3), identity="customer-1")
        ledger.fix(user(5), identity="same-name")
        ledger.fix(user(6), identity="same-name")
        report = replay_rejected(clevertap.client, ledger=ledger)
    assert (report.rejected, report.withheld) == (0, 2)
    assert {(c.line_id, c.other) for c in report.conflicts} == {(user(3), user(1)), (user(6), user(5))}
    assert clevertap.carried()["customer-1"] == user(1)
    assert clevertap.carried()["same-name"] == user(5)


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
    assert (report.gone, report.unfollowed, report.unheard, report.rejected, report.ok) == (1, 1, 1, 0, False)
    with Ledger(book) as ledger:
        assert [(d.line_id, d.code, d.farewell) for d in ledger.dead_letters()] == [(user(3), 523, True)]
    again = sync(line, clevertap, book, identity=KnownFollowers(known(10)))
    assert (again.gone, again.unfollowed, again.unheard, again.calls, again.ok) == (1, 0, 1, 0, False)
    foretold = sync(line, clevertap, book, identity=KnownFollowers(known(10)), dry_run=True)
    assert (foretold.states, foretold.unheard) == (again.states, 1)


def test_a_refused_farewell_can_be_replayed(book: Path) -> None:
    """Once CleverTap takes it, the profile says that they left; they were not unfollowed a second time."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    farewell_refused(line, clevertap, book)
    clevertap.bad = set()
    sync(line, clevertap, book, identity=KnownFollowers(known(10)))
    report = replay_rejected(clevertap.client, ledger=book)
    assert (report.gone, report.unfollowed, report.unheard, report.ok) == (1, 0, 0, True)
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
    assert (report.gone, report.unheard, clevertap.profiles[user(3)]["LINE follower"]) == (1, 0, False)


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
        assert (report.gone, report.unheard) == ((1, 1) if names else (0, 0))
        assert replay_rejected(clevertap.client, ledger=path).unheard == 0
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
    assert (profile.get("LineID"), profile["LINE follower"], report.unheard) == told[unfollow]


def test_a_farewell_in_doubt_is_not_said_to_who_came_back(book: Path) -> None:
    """A lost answer to a farewell, a day's pause and a return: the follower ends as following, everywhere."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    sync(line, clevertap, book)
    line.followers_now = [user(i) for i in range(8)]
    clevertap.after = lambda number, body: lost(number, "", body)
    with pytest.raises(NoAnswer) as caught:
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
    with pytest.raises(NoAnswer):
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
    with pytest.raises(NoAnswer):
        sync(line, clevertap, book, unfollow="clear")
    clevertap.trouble = lambda number, body: None
    report = sync(line, clevertap, book, unfollow="keep")
    assert (report.resumed, report.gone, report.unknown) == (False, 1, 0)
    assert "LINE follower" not in clevertap.profiles[user(9)]


def test_a_replay_needs_a_ledger_that_was_used(book: Path) -> None:
    """A new file, or one of another account, has no letters of this one's."""
    line, clevertap = Line([user(1)]), CleverTap()
    with pytest.raises(BadArgument, match="new one"):
        replay_rejected(clevertap.client, ledger=book)
    sync(line, clevertap, book)
    clevertap.client._account_id = "ANOTHER"
    with pytest.raises(BadArgument, match="account"):
        replay_rejected(clevertap.client, ledger=book)


def test_a_bad_batch_is_split_until_the_bad_record_stands_alone(book: Path) -> None:
    """A record that makes CleverTap refuse its whole batch is found, and the 999 others are uploaded."""
    line, clevertap = Line([user(i) for i in range(1_000)], page_size=1_000), CleverTap()
    clevertap.poison = {user(617)}
    report = sync(line, clevertap, book)
    assert (report.uploaded, report.rejected) == (999, 1)
    with Ledger(book) as ledger:
        assert [letter.line_id for letter in ledger.dead_letters()] == [user(617)]
    assert report.calls <= 22


def test_a_refusal_that_names_nobody_is_split_too(book: Path) -> None:
    """Where the answer does not say which record was refused, halves are sent until it is plain."""
    line, clevertap = Line([user(i) for i in range(64)]), CleverTap()

    def nameless(number: int, body: Any) -> Any:
        if any(record["identity"] == user(40) for record in body["d"]):
            entry = {"status": "fail", "code": 555, "error": "oops"}
            return 200, {"status": "partial", "processed": len(body["d"]) - 1, "unprocessed": [entry]}
        return None

    clevertap.trouble = nameless
    report = sync(line, clevertap, book)
    assert (report.uploaded, report.rejected) == (63, 1)


def test_a_code_that_passes_is_tried_again_the_next_night(book: Path) -> None:
    """555 says nothing against the record, so the next run sends it again."""
    line, clevertap = Line([user(i) for i in range(3)]), CleverTap()
    entry = {"status": "fail", "code": 555, "error": "Skipped record number : 2"}
    clevertap.trouble = lambda number, body: (200, {"status": "partial", "processed": 2, "unprocessed": [entry]})
    assert sync(line, clevertap, book).rejected == 1
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, book).states["uploaded"] == 1


def test_a_passcode_that_is_refused_ends_the_run_without_splitting(book: Path) -> None:
    """A 401 is not a record's fault: one call, nothing rejected, and the next run goes on."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.trouble = lambda number, body: (401, {"status": "fail", "error": "no", "code": 401})
    with pytest.raises(Unauthorized) as caught:
        sync(line, clevertap, book)
    assert (caught.value.report.rejected, len(clevertap.service.calls)) == (0, 1)
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, book).uploaded == 10


def test_a_service_that_refuses_everything_ends_the_run(book: Path) -> None:
    """When no part of any batch is taken it is not the records: the run stops instead of splitting on."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=1_000), CleverTap()
    clevertap.trouble = lambda number, body: (400, {"status": "fail", "error": "Incorrect Usage"})
    with pytest.raises(LinetapError):
        sync(line, clevertap, book, in_flight=1)
    assert len(clevertap.service.calls) <= 202


def test_ctrl_c_carries_the_report_and_the_next_run_goes_on(book: Path) -> None:
    """An interrupt ends the run with what was done so far, and loses nothing."""
    line, clevertap = Line([user(i) for i in range(3_000)], page_size=1_000), CleverTap()
    ticks = 0

    def interrupt(done: int, total: int | None) -> None:
        nonlocal ticks
        ticks += 1
        if done >= 1_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        sync(line, clevertap, book, progress=interrupt, in_flight=1)
    assert caught.value.report.states["uploaded"] >= 1_000  # type: ignore[attr-defined]
    report = sync(line, clevertap, book)
    assert (report.uploaded, report.resumed) == (3_000, True)


@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupt_while_waiting_settles_what_is_in_flight(book: Path) -> None:
    """Ctrl-C in the middle of an upload waits for that upload's answer alone, and the ledger has it."""
    line, clevertap = Line([user(i) for i in range(5_000)], page_size=1_000), CleverTap()

    def interrupt(number: int, body: Any) -> None:
        if number == 2:
            _thread.interrupt_main()

    clevertap.trouble = interrupt
    with pytest.raises(KeyboardInterrupt) as caught:
        sync(line, clevertap, book, in_flight=2)
    report = caught.value.report  # type: ignore[attr-defined]
    assert report.states["uploaded"] == len(clevertap.profiles)
    assert not report.complete
    clevertap.trouble = lambda number, body: None
    assert sync(line, clevertap, book).uploaded == 5_000


@pytest.mark.parametrize("what", ["bot", "account", "property"])
def test_a_ledger_of_another_bot_account_or_property_is_refused(book: Path, what: str) -> None:
    """A ledger says what CleverTap has; asked about another pair it would be wrong."""
    line, clevertap = Line([user(1)]), CleverTap()
    sync(line, clevertap, book)
    options: dict[str, Any] = {}
    if what == "bot":
        line.bot = user(99)
    elif what == "account":
        clevertap.client._account_id = "ANOTHER"
    else:
        options["property"] = "lineID"
    with pytest.raises(BadArgument, match=what):
        sync(line, clevertap, book, **options)


def test_a_ledger_in_use_is_refused(book: Path) -> None:
    """Two syncs over one ledger would send everything twice: the second is told."""
    line, clevertap = Line([user(1)]), CleverTap()
    with Ledger(book), pytest.raises(InUse, match="in use"):
        sync(line, clevertap, book)
    assert sync(line, clevertap, book).uploaded == 1


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_the_ledger_is_readable_by_its_owner_alone(book: Path) -> None:
    """The file and its log hold personal data: nobody else may read them."""
    line, clevertap = Line([user(1)]), CleverTap()
    book.touch(mode=0o644)
    with Ledger(book) as ledger:
        sync_followers(line, clevertap.client, identity=LineIdAsIdentity(), ledger=ledger)  # type: ignore[arg-type]
        modes = {stat.S_IMODE(path.stat().st_mode) for path in book.parent.iterdir()}
    assert modes == {0o600}


def test_forgetting_removes_a_person_to_the_bytes(book: Path) -> None:
    """After forget() neither the file nor its log holds the LINE id or the identity."""
    line, clevertap = Line([user(i) for i in range(5)]), CleverTap()
    sync(line, clevertap, book, identity=KnownFollowers(known(5)))
    with Ledger(book) as ledger:
        assert ledger.forget(user(3))
        assert not ledger.forget(user(3))
        assert ledger.state(user(3)) is None
        assert ledger.state(user(2)) is State.UPLOADED
    content = b"".join(path.read_bytes() for path in book.parent.iterdir())
    assert user(3).encode() not in content
    assert b"customer-3" not in content
    assert user(2).encode() in content


def test_conflicts_in_the_data_are_withheld_before_anything_is_sent(book: Path) -> None:
    """Two identities of one LINE id, and two LINE ids of one identity, are reported and not sent."""
    rows = [(user(1), "a"), (user(1), "b"), (user(2), "c"), (user(3), "c"), (user(4), "d")]
    line, clevertap = Line([user(i) for i in range(1, 5)]), CleverTap()
    report = sync(line, clevertap, book, identity=KnownFollowers.from_rows(rows))
    assert (report.uploaded, report.withheld, report.ok) == (1, 3, False)
    assert clevertap.carried() == {"d": user(4)}
    assert {(c.line_id, c.why) for c in report.conflicts} == {
        (user(1), Why.TWO_IDENTITIES),
        (user(2), Why.SHARED),
        (user(3), Why.SHARED),
    }
    assert "two LINE ids" in report._repr_html_()


@pytest.mark.parametrize("page_size", [1, 100])
def test_a_callables_late_double_is_withheld(book: Path, page_size: int) -> None:
    """From a callable a duplicate shows late: the first is sent, the later one waits."""
    line, clevertap = Line([user(1), user(2)], page_size=page_size), CleverTap()
    report = sync(line, clevertap, book, identity=KnownFollowers(lambda line_id: "same"))
    assert (report.uploaded, report.withheld) == (1, 1)
    (conflict,) = report.conflicts
    assert (conflict.line_id, conflict.why, conflict.identity, conflict.other) == (user(2), Why.TAKEN, "same", user(1))
    assert clevertap.carried() == {"same": user(1)}


def test_an_id_about_to_be_overwritten_is_withheld_until_its_owner_left(book: Path) -> None:
    """A profile that carries another follower's id, as the ledger knows, is not overwritten while they follow."""
    line, clevertap = Line([user(1), user(2)]), CleverTap()
    sync(line, clevertap, book, identity=KnownFollowers({user(1): "a"}))
    moved = KnownFollowers({user(2): "a"})
    report = sync(line, clevertap, book, identity=moved)
    assert [(c.line_id, c.why, c.other) for c in report.conflicts] == [(user(2), Why.TAKEN, user(1))]
    line.followers_now.remove(user(1))
    sync(line, clevertap, book, identity=moved, max_unfollow_share=1)
    report = sync(line, clevertap, book, identity=moved)
    assert (report.uploaded, report.withheld) == (1, 0)
    assert [(c.why, c.withheld) for c in report.conflicts] == [(Why.REPLACED, False)]
    assert clevertap.profiles["a"]["LineID"] == user(2)
    assert clevertap.profiles["a"]["LINE follower"] is True


def test_a_person_who_moved_is_withheld(book: Path) -> None:
    """A LINE id that is on one profile already is not written onto another."""
    line, clevertap = Line([user(1)]), CleverTap()
    sync(line, clevertap, book, identity=KnownFollowers({user(1): "a"}))
    report = sync(line, clevertap, book, identity=KnownFollowers({user(1): "b"}))
    assert [(c.why, c.identity, c.other) for c in report.conflicts] == [(Why.MOVED, "b", "a")]
    assert clevertap.carried() == {"a": user(1)}
    with Ledger(book) as ledger:
        ledger.forget(user(1))
    assert sync(line, clevertap, book, identity=KnownFollowers({user(1): "b"})).uploaded == 1


def test_an_identity_clevertap_would_not_take_is_withheld(book: Path) -> None:
    """A stand-in for nobody among the identities does not end the run of all others."""
    line, clevertap = Line([user(1), user(2)]), CleverTap()
    report = sync(line, clevertap, book, identity=KnownFollowers({user(1): "null", user(2): "ok-2"}))
    assert (report.uploaded, report.withheld) == (1, 1)
    assert report.conflicts[0].why is Why.BAD_IDENTITY


def test_progress_counts_every_follower_once(book: Path) -> None:
    """The last count told is the number of followers, uploaded or not."""
    told: list[int] = []
    line, clevertap = Line([user(i) for i in range(250)]), CleverTap()
    sync(line, clevertap, book, identity=KnownFollowers(known(120)), progress=lambda done, total: told.append(done))
    assert told[-1] == 250


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": {}},
        {"identity": KnownFollowers},
        {"unfollow": "delete"},
        {"max_unfollow_share": 20},
        {"property": "a.b"},
        {"in_flight": 16},
    ],
)
def test_wrong_arguments_are_refused_before_any_call(book: Path, wrong: dict[str, Any]) -> None:
    """What cannot be meant is refused before LINE or CleverTap hears anything."""
    line, clevertap = Line([user(1)]), CleverTap()
    with pytest.raises(BadArgument):
        sync(line, clevertap, book, **wrong)
    assert (line.pages_read, clevertap.service.calls) == (0, [])
