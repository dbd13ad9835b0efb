"""Profile and event records: what can be made, what cannot, and what goes onto the wire."""

from __future__ import annotations

import math
import pickle
from collections import UserList
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest

from linetap import BadArgument
from linetap.clevertap import Add, Decrement, Delete, Increment, Remove, limits
from linetap.clevertap.records import EventRecord, ProfileRecord

MOMENT = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))


def problems(make: Any) -> tuple[Any, ...]:
    with pytest.raises(BadArgument) as caught:
        make()
    return caught.value.problems


def test_a_profile_is_written_as_clevertap_documents_it() -> None:
    """Every kind of value has the wire form of CleverTap's page."""
    properties = {
        "Name": "Aiko",
        "LINE follower": True,
        "Visits": 3,
        "Score": 1.5,
        "LINE followed at": MOMENT,
        "Tags": ("a", "b"),
        "More": Add("vip"),
        "Less": Remove(["x", "y"]),
        "Up": Increment(),
        "Down": Decrement(2.5),
        "Gone": Delete(),
    }
    record = ProfileRecord("cust-42", properties, timestamp=MOMENT)
    assert record.to_json() == {
        "type": "profile",
        "identity": "cust-42",
        "ts": 1767225600,
        "profileData": {
            "Name": "Aiko",
            "LINE follower": True,
            "Visits": 3,
            "Score": 1.5,
            "LINE followed at": "$D_1767225600",
            "Tags": ["a", "b"],
            "More": {"$add": ["vip"]},
            "Less": {"$remove": ["x", "y"]},
            "Up": {"$incr": 1},
            "Down": {"$decr": 2.5},
            "Gone": {"$delete": 1},
        },
    }


def test_an_event_is_written_as_clevertap_documents_it() -> None:
    """An event carries evtName and evtData, and nothing that was not given."""
    record = EventRecord("cust-42", "LINE_Message_Sent", {"campaign": "spring"})
    assert record.to_json() == {
        "type": "event",
        "identity": "cust-42",
        "evtName": "LINE_Message_Sent",
        "evtData": {"campaign": "spring"},
    }


def test_an_object_id_can_stand_in_for_the_identity() -> None:
    """A record of a device without an identity names the object id alone."""
    assert ProfileRecord(None, {"a": 1}, object_id="dev-1").to_json() == {
        "type": "profile",
        "objectId": "dev-1",
        "profileData": {"a": 1},
    }


@pytest.mark.parametrize(
    "identity",
    [None, "", "  ", " NaN", "N/A", "Undefined", "x" * 1024, 42, 4.2, b"x", *sorted(limits.BANNED_IDENTITIES)],
)
def test_an_identity_that_stands_for_nobody_is_refused(identity: Any) -> None:
    """CleverTap's list of stand-ins, whatever their case, and everything that is no string."""
    found = problems(lambda: ProfileRecord(identity, {}))
    assert found[0].path == "identity"
    assert found[0].page.startswith("https://")


def test_an_int_identity_is_refused_with_its_str_as_the_remedy() -> None:
    """The remedy for an int identity is the very string to write."""
    assert "'42'" in problems(lambda: ProfileRecord(42, {}))[0].suggestion  # type: ignore[arg-type]


VALUES: list[tuple[Any, str]] = [
    (None, "Delete()"),
    (math.nan, "leave the property out"),
    (math.inf, "leave the property out"),
    (datetime(2026, 1, 1), "tzinfo"),
    (date(2026, 1, 1), "datetime"),
    ("x" * 513, "shorten"),
    ("あ" * 171, "shorten"),
    ("\ud800", "decode"),
    (b"bytes", "decode"),
    ({"a": 1}, "flatten"),
    ({"a", "b"}, "sorted"),
    (["a", 1], "str("),
    (["x" * 513], "shorten"),
    ([str(i) for i in range(101)], "matter"),
    (2**63, "string"),
    (object(), "convert"),
]


@pytest.mark.parametrize(("value", "remedy"), VALUES, ids=lambda v: type(v).__name__)
def test_a_value_that_cannot_be_stored_is_refused_with_the_remedy(value: Any, remedy: str) -> None:
    """Each unusable value names its property, a rule with CleverTap's page, and what to write instead."""
    found = problems(lambda: ProfileRecord("cust-42", {"prop": value}))
    assert found[0].path.startswith("properties['prop']")
    assert remedy in found[0].suggestion
    assert found[0].page.startswith("https://")


@pytest.mark.parametrize("value", ["x" * 512, "あ" * 170, "", 2**63 - 1, -(2**63), [], ["x"] * 100, True, 0.0])
def test_a_value_at_the_limit_is_taken(value: Any) -> None:
    """512 bytes, 64 bits and 100 values are still within CleverTap's limits."""
    assert ProfileRecord("cust-42", {"prop": value}).properties["prop"] == value


@pytest.mark.parametrize(
    "key", ["", " ", "a.b", "a$", "it's", 'say "x"', "a\\b", "100%", "#1", "k" * 121, "あ" * 41, "a\nb"]
)
def test_a_property_name_with_banned_characters_is_refused(key: str) -> None:
    """Banned characters and more than 120 bytes are found before CleverTap finds them."""
    assert problems(lambda: ProfileRecord("cust-42", {key: 1}))[0].path.startswith("properties[")


def test_a_property_name_that_is_no_string_is_refused() -> None:
    """A key of another type is named, not converted."""
    assert "string" in problems(lambda: ProfileRecord("cust-42", {7: 1}))[0].rule  # type: ignore[dict-item]


def test_all_that_is_wrong_is_said_at_once() -> None:
    """One error holds the problems of identity, timestamp, names and values together."""
    found = problems(lambda: ProfileRecord("null", {"a.b": None, "ok": "fine", "n": math.nan}, timestamp=0))
    assert [p.path for p in found] == [
        "timestamp",
        "identity",
        "properties['a.b']",
        "properties['a.b']",
        "properties['n']",
    ]


def test_more_than_256_properties_are_refused() -> None:
    """A profile has 256 custom properties at most, so one record cannot carry more."""
    assert "256" in problems(lambda: ProfileRecord("cust-42", {f"p{i}": i for i in range(257)}))[0].rule


@pytest.mark.parametrize("stamp", [0, -5, 1767225600000, True, 1.5, "now", datetime(2026, 1, 1)])
def test_a_timestamp_is_aware_or_whole_seconds(stamp: Any) -> None:
    """0 and before, milliseconds, naive datetimes and other types are refused."""
    assert problems(lambda: ProfileRecord("cust-42", {}, timestamp=stamp))[0].path == "timestamp"


@pytest.mark.parametrize("name", ["", "Notification Sent", "app launched", "AppLaunched", "a.b", "50% off"])
def test_reserved_and_unusable_event_names_are_refused(name: str) -> None:
    """CleverTap's own event names are compared without case and blanks."""
    assert problems(lambda: EventRecord("cust-42", name))[0].path == "name"


def test_an_operator_in_an_event_is_refused() -> None:
    """Operators change profiles; an event's property is a value."""
    assert "operators" in problems(lambda: EventRecord("cust-42", "Bought", {"n": Increment()}))[0].rule  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "make", [lambda: Increment(0), lambda: Increment(-1), lambda: Decrement(math.nan), lambda: Add(), lambda: Remove(1)]
)  # type: ignore[arg-type]
def test_operators_refuse_what_makes_no_sense(make: Any) -> None:
    """Amounts are positive and finite; Add and Remove hold strings, at least one."""
    with pytest.raises((BadArgument, TypeError)):
        make()


def test_only_counting_operators_make_a_record_unrepeatable() -> None:
    """Increment and Decrement count twice when sent twice; all else does not."""
    assert not ProfileRecord("cust-42", {"n": Increment()}).repeatable
    assert not ProfileRecord("cust-42", {"n": Decrement()}).repeatable
    assert ProfileRecord("cust-42", {"n": Add("x"), "d": Delete(), "t": MOMENT}).repeatable


def test_a_record_keeps_its_own_copy_of_the_properties() -> None:
    """Changing the mapping afterwards does not change the record that was checked."""
    mine = {"a": "1"}
    record = ProfileRecord("cust-42", mine)
    mine["a"] = "x" * 600
    assert record.properties == {"a": "1"}


@pytest.mark.parametrize("mine", [["a"], ("a",), UserList(["a"])], ids=lambda mine: type(mine).__name__)
def test_a_record_keeps_its_own_copy_of_each_sequence(mine: Any) -> None:
    """A list that grows after its checks leaves the record as it was checked; what was given still equals it."""
    profile, event = ProfileRecord("cust-42", {"Tags": mine}), EventRecord("cust-42", "Bought", {"Tags": mine})
    assert profile.properties["Tags"] == event.properties["Tags"] == mine
    if not isinstance(mine, tuple):
        mine.append(7)
    assert profile.to_json()["profileData"] == event.to_json()["evtData"] == {"Tags": ["a"]}
    assert pickle.loads(pickle.dumps(profile)) == profile


def test_subclasses_of_plain_types_are_written_as_plain_values() -> None:
    """A str Enum or an int subclass goes out as its value, with either JSON library."""

    class Tier(str, Enum):
        GOLD = "gold"

    class Whole(int):
        pass

    data = ProfileRecord("cust-42", {"t": Tier.GOLD, "n": Whole(3)}).to_json()["profileData"]
    assert [type(value) for value in data.values()] == [str, int]
    assert data == {"t": "gold", "n": 3}
