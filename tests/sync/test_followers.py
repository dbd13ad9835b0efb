"""sync_followers: what is sent, what is not, and the ledger afterwards."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from linetap.errors import (
    BadArgument,
    FileLocked,
)
from linetap.sync.decide import ConflictReason, State
from linetap.sync.followers import replay_rejected, sync_followers
from linetap.sync.identity import KnownFollowers, LineIdAsIdentity
from linetap.sync.ledger import Ledger
from tests.sync.fake_services import CleverTap, Line, known, sync, user


def test_every_follower_is_uploaded_once(ledger_path: Path) -> None:
    """2,500 followers become 2,500 profiles with their LINE id, in three calls, and the counts add up."""
    line, clevertap = Line([user(i) for i in range(2_500)], page_size=1_000), CleverTap()
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.followers, report.created, report.pages, report.calls) == (
        2_500,
        2_500,
        2_500,
        3,
        3,
    )
    assert clevertap.holders() == {user(i): user(i) for i in range(2_500)}
    assert set(clevertap.times.values()) == {1}
    assert sum(report.states.values()) == 2_500
    assert report.ok
    assert report.complete


def test_the_second_night_sends_only_what_is_new(ledger_path: Path) -> None:
    """Records that CleverTap accepted are not sent again: of 1,001 followers one is new."""
    line, clevertap = Line([user(i) for i in range(1_000)]), CleverTap()
    sync(line, clevertap, ledger_path)
    line.followers_now.append(user(1_000))
    report = sync(line, clevertap, ledger_path)
    assert (report.uploaded, report.unchanged) == (1, 1_000)
    assert set(clevertap.times.values()) == {1}


def test_known_followers_are_written_to_their_own_profiles(ledger_path: Path) -> None:
    """A follower who is not in the mapping is unidentified, and nothing is sent for them."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers(known(7)))
    assert (report.uploaded, report.unidentified, report.created) == (7, 3, 0)
    assert clevertap.holders() == {f"customer-{i}": user(i) for i in range(7)}


def test_unknown_followers_are_created_by_choice(ledger_path: Path) -> None:
    """With unknown='create' a follower who is not in the mapping gets a new profile, and the report counts it."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers(known(7).get, unknown="create"))
    assert (report.uploaded, report.created) == (10, 3)
    assert user(9) in clevertap.profiles


def test_a_follower_who_is_listed_twice_is_sent_once(ledger_path: Path) -> None:
    """A follower listed twice, in one page or across pages, is uploaded once."""
    ids = [user(i) for i in range(150)]
    line, clevertap = Line([*ids, ids[0], ids[120], ids[120]]), CleverTap()
    assert sync(line, clevertap, ledger_path).uploaded == 150
    assert set(clevertap.times.values()) == {1}


def test_rejected_records_are_dead_letters(ledger_path: Path) -> None:
    """A rejection is stored with its code and a plain reason, and the record is not sent again unchanged."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3"}
    policy = KnownFollowers(known(10))
    assert sync(line, clevertap, ledger_path, identity=policy).rejected == 1
    report = sync(line, clevertap, ledger_path, identity=policy)
    assert (report.rejected, report.unchanged, clevertap.times["customer-3"]) == (1, 9, 1)
    with Ledger(ledger_path) as ledger:
        (letter,) = ledger.dead_letters()
    assert (letter.line_id, letter.identity, letter.code) == (user(3), "customer-3", 523)
    assert "identity" in letter.reason


def test_a_fixed_dead_letter_is_sent_by_the_next_sync(ledger_path: Path) -> None:
    """An identity given with fix() takes precedence over the policy's."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3"}
    policy = KnownFollowers(known(10))
    sync(line, clevertap, ledger_path, identity=policy)
    with Ledger(ledger_path) as ledger:
        ledger.fix(user(3), identity="customer-three")
    report = sync(line, clevertap, ledger_path, identity=policy)
    assert (report.rejected, report.uploaded) == (0, 1)
    assert sync(line, clevertap, ledger_path, identity=policy).unchanged == 10
    assert clevertap.holders()["customer-three"] == user(3)


def test_dead_letters_are_replayed_without_a_walk(ledger_path: Path) -> None:
    """replay_rejected sends only the chosen dead letters, without listing followers."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3", "customer-5"}
    sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)))
    with Ledger(ledger_path) as ledger:
        ledger.fix(user(3), identity="customer-three")
        pages = line.pages_read
        report = replay_rejected(clevertap.client, ledger=ledger, line_ids=[user(3)])
    assert (report.rejected, report.uploaded, line.pages_read) == (1, 9, pages)
    assert clevertap.holders()["customer-three"] == user(3)
    clevertap.bad = set()
    assert replay_rejected(clevertap.client, ledger=ledger_path).ok
    assert clevertap.times == dict.fromkeys([*clevertap.holders(), "customer-3"], 1) | {"customer-5": 2}


def test_a_replay_overwrites_no_follower(ledger_path: Path) -> None:
    """A dead letter fixed to an identity of another follower becomes a conflict, and so does the second of two."""
    line, clevertap = Line([user(i) for i in range(10)]), CleverTap()
    clevertap.bad = {"customer-3", "customer-5", "customer-6"}
    sync(line, clevertap, ledger_path, identity=KnownFollowers(known(10)))
    clevertap.bad = set()
    with Ledger(ledger_path) as ledger:
        ledger.fix(user(3), identity="customer-1")
        ledger.fix(user(5), identity="same-name")
        ledger.fix(user(6), identity="same-name")
        report = replay_rejected(clevertap.client, ledger=ledger)
    assert (report.rejected, report.withheld) == (0, 2)
    assert {(c.line_id, c.other) for c in report.conflicts} == {(user(3), user(1)), (user(6), user(5))}
    assert clevertap.holders()["customer-1"] == user(1)
    assert clevertap.holders()["same-name"] == user(5)


def test_a_replay_needs_a_ledger_that_was_used(ledger_path: Path) -> None:
    """replay_rejected rejects a new ledger and a ledger of another account."""
    line, clevertap = Line([user(1)]), CleverTap()
    with pytest.raises(BadArgument, match="new one"):
        replay_rejected(clevertap.client, ledger=ledger_path)
    sync(line, clevertap, ledger_path)
    clevertap.client._account_id = "ANOTHER"
    with pytest.raises(BadArgument, match="account"):
        replay_rejected(clevertap.client, ledger=ledger_path)


@pytest.mark.parametrize("what", ["bot", "account", "property"])
def test_a_ledger_of_another_bot_account_or_property_is_rejected(ledger_path: Path, what: str) -> None:
    """A ledger of another bot, account or property is rejected."""
    line, clevertap = Line([user(1)]), CleverTap()
    sync(line, clevertap, ledger_path)
    options: dict[str, Any] = {}
    if what == "bot":
        line.bot = user(99)
    elif what == "account":
        clevertap.client._account_id = "ANOTHER"
    else:
        options["property"] = "lineID"
    with pytest.raises(BadArgument, match=what):
        sync(line, clevertap, ledger_path, **options)


def test_a_ledger_in_use_is_rejected(ledger_path: Path) -> None:
    """A second sync with the same ledger raises FileLocked."""
    line, clevertap = Line([user(1)]), CleverTap()
    with Ledger(ledger_path), pytest.raises(FileLocked, match="in use"):
        sync(line, clevertap, ledger_path)
    assert sync(line, clevertap, ledger_path).uploaded == 1


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_the_ledger_is_readable_by_its_owner_alone(ledger_path: Path) -> None:
    """The ledger and its log are readable only by their owner."""
    line, clevertap = Line([user(1)]), CleverTap()
    ledger_path.touch(mode=0o644)
    with Ledger(ledger_path) as ledger:
        sync_followers(line, clevertap.client, identity=LineIdAsIdentity(), ledger=ledger)  # type: ignore[arg-type]
        modes = {stat.S_IMODE(path.stat().st_mode) for path in ledger_path.parent.iterdir()}
    assert modes == {0o600}


def test_forgetting_removes_a_person_to_the_bytes(ledger_path: Path) -> None:
    """After forget() neither the file nor its log contains the LINE id or the identity."""
    line, clevertap = Line([user(i) for i in range(5)]), CleverTap()
    sync(line, clevertap, ledger_path, identity=KnownFollowers(known(5)))
    with Ledger(ledger_path) as ledger:
        assert ledger.forget(user(3))
        assert not ledger.forget(user(3))
        assert ledger.state(user(3)) is None
        assert ledger.state(user(2)) is State.UPLOADED
    content = b"".join(path.read_bytes() for path in ledger_path.parent.iterdir())
    assert user(3).encode() not in content
    assert b"customer-3" not in content
    assert user(2).encode() in content


def test_conflicts_in_the_data_are_withheld_before_anything_is_sent(ledger_path: Path) -> None:
    """Two identities of one LINE id, and two LINE ids of one identity, are reported and not sent."""
    rows = [(user(1), "a"), (user(1), "b"), (user(2), "c"), (user(3), "c"), (user(4), "d")]
    line, clevertap = Line([user(i) for i in range(1, 5)]), CleverTap()
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers.from_rows(rows))
    assert (report.uploaded, report.withheld, report.ok) == (1, 3, False)
    assert clevertap.holders() == {"d": user(4)}
    assert {(c.line_id, c.why) for c in report.conflicts} == {
        (user(1), ConflictReason.TWO_IDENTITIES),
        (user(2), ConflictReason.SHARED),
        (user(3), ConflictReason.SHARED),
    }
    assert "two LINE ids" in report._repr_html_()


@pytest.mark.parametrize("page_size", [1, 100])
def test_a_callables_late_double_is_withheld(ledger_path: Path, page_size: int) -> None:
    """With a callable policy, the first of two LINE ids of one identity is sent and the second is a conflict."""
    line, clevertap = Line([user(1), user(2)], page_size=page_size), CleverTap()
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers(lambda line_id: "same"))
    assert (report.uploaded, report.withheld) == (1, 1)
    (conflict,) = report.conflicts
    assert (conflict.line_id, conflict.why, conflict.identity, conflict.other) == (
        user(2),
        ConflictReason.TAKEN,
        "same",
        user(1),
    )
    assert clevertap.holders() == {"same": user(1)}


def test_an_id_about_to_be_overwritten_is_withheld_until_its_owner_left(ledger_path: Path) -> None:
    """A profile with another follower's LINE id is not overwritten while that user follows."""
    line, clevertap = Line([user(1), user(2)]), CleverTap()
    sync(line, clevertap, ledger_path, identity=KnownFollowers({user(1): "a"}))
    moved = KnownFollowers({user(2): "a"})
    report = sync(line, clevertap, ledger_path, identity=moved)
    assert [(c.line_id, c.why, c.other) for c in report.conflicts] == [(user(2), ConflictReason.TAKEN, user(1))]
    line.followers_now.remove(user(1))
    sync(line, clevertap, ledger_path, identity=moved, max_unfollow_ratio=1)
    report = sync(line, clevertap, ledger_path, identity=moved)
    assert (report.uploaded, report.withheld) == (1, 0)
    assert [(c.why, c.withheld) for c in report.conflicts] == [(ConflictReason.REPLACED, False)]
    assert clevertap.profiles["a"]["LineID"] == user(2)
    assert clevertap.profiles["a"]["LINE follower"] is True


def test_a_person_who_moved_is_withheld(ledger_path: Path) -> None:
    """A LINE id that is on one profile is not written onto another."""
    line, clevertap = Line([user(1)]), CleverTap()
    sync(line, clevertap, ledger_path, identity=KnownFollowers({user(1): "a"}))
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers({user(1): "b"}))
    assert [(c.why, c.identity, c.other) for c in report.conflicts] == [(ConflictReason.MOVED, "b", "a")]
    assert clevertap.holders() == {"a": user(1)}
    with Ledger(ledger_path) as ledger:
        ledger.forget(user(1))
    assert sync(line, clevertap, ledger_path, identity=KnownFollowers({user(1): "b"})).uploaded == 1


def test_an_identity_clevertap_would_not_take_is_withheld(ledger_path: Path) -> None:
    """A placeholder identity such as 'null' is a conflict and does not stop the other uploads."""
    line, clevertap = Line([user(1), user(2)]), CleverTap()
    report = sync(line, clevertap, ledger_path, identity=KnownFollowers({user(1): "null", user(2): "ok-2"}))
    assert (report.uploaded, report.withheld) == (1, 1)
    assert report.conflicts[0].why is ConflictReason.BAD_IDENTITY


def test_progress_counts_every_follower_once(ledger_path: Path) -> None:
    """The last progress count is the number of followers, uploaded or not."""
    found: list[int] = []
    line, clevertap = Line([user(i) for i in range(250)]), CleverTap()
    sync(
        line,
        clevertap,
        ledger_path,
        identity=KnownFollowers(known(120)),
        progress=lambda done, total: found.append(done),
    )
    assert found[-1] == 250


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": {}},
        {"identity": KnownFollowers},
        {"unfollow": "delete"},
        {"max_unfollow_ratio": 20},
        {"property": "a.b"},
        {"in_flight": 16},
    ],
)
def test_wrong_arguments_are_rejected_before_any_call(ledger_path: Path, wrong: dict[str, Any]) -> None:
    """An invalid argument raises BadArgument before any request is sent."""
    line, clevertap = Line([user(1)]), CleverTap()
    with pytest.raises(BadArgument):
        sync(line, clevertap, ledger_path, **wrong)
    assert (line.pages_read, clevertap.service.calls) == (0, [])
