"""Profile and event records: which are accepted, which are rejected, and their JSON."""

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
    """Every kind of value is written as CleverTap's page documents it."""
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
    """An event has evtName and evtData, and nothing that was not given."""
    record = EventRecord("cust-42", "LINE_Message_Sent", {"campaign": "spring"})
    assert record.to_json() == {
        "type": "event",
        "identity": "cust-42",
        "evtName": "LINE_Message_Sent",
        "evtData": {"campaign": "spring"},
    }


def test_an_object_id_can_replace_the_identity() -> None:
    """A record of a device without an identity has only the object id."""
    assert ProfileRecord(None, {"a": 1}, object_id="dev-1").to_json() == {
        "type": "profile",
        "objectId": "dev-1",
        "profileData": {"a": 1},
    }


@pytest.mark.parametrize(
    "identity",
    [None, "", "  ", " NaN", "N/A", "Undefined", "x" * 1024, 42, 4.2, b"x", *sorted(limits.BANNED_IDENTITIES)],
)
def test_a_placeholder_as_identity_is_rejected(identity: Any) -> None:
    """CleverTap's placeholders in any case, and values that are not strings, are rejected as identities."""
    found = problems(lambda: ProfileRecord(identity, {}))
    assert found[0].path == "identity"
    assert found[0].page.startswith("https://")


def test_an_int_identity_is_rejected_with_its_str_as_the_remedy() -> None:
    """The remedy for an int identity shows the string to write."""
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
    ({"a", "b"}, "sorted"),
    (["a", 1], "str("),
    (["x" * 513], "shorten"),
    ([str(i) for i in range(101)], "matter"),
    (2**63, "string"),
    (object(), "convert"),
]


@pytest.mark.parametrize(("value", "remedy"), VALUES, ids=lambda v: type(v).__name__)
def test_a_value_that_cannot_be_stored_is_rejected_with_the_remedy(value: Any, remedy: str) -> None:
    """A problem of a value has its property, CleverTap's page, and what to write instead."""
    found = problems(lambda: ProfileRecord("cust-42", {"prop": value}))
    assert found[0].path.startswith("properties['prop']")
    assert remedy in found[0].suggestion
    assert found[0].page.startswith("https://")


@pytest.mark.parametrize("value", ["x" * 512, "あ" * 170, "", 2**63 - 1, -(2**63), [], ["x"] * 100, True, 0.0])
def test_a_value_at_the_limit_is_accepted(value: Any) -> None:
    """512 bytes, 64 bits and 100 values are within CleverTap's limits."""
    assert ProfileRecord("cust-42", {"prop": value}).properties["prop"] == value


@pytest.mark.parametrize(
    "key", ["", " ", "a.b", "a$", "it's", 'say "x"', "a\\b", "100%", "#1", "k" * 121, "あ" * 41, "a\nb"]
)
def test_a_property_name_with_banned_characters_is_rejected(key: str) -> None:
    """A property name with banned characters or more than 120 bytes is rejected."""
    assert problems(lambda: ProfileRecord("cust-42", {key: 1}))[0].path.startswith("properties[")


def test_a_property_name_that_is_no_string_is_rejected() -> None:
    """A property name that is not a string is rejected, not converted."""
    assert "string" in problems(lambda: ProfileRecord("cust-42", {7: 1}))[0].rule  # type: ignore[dict-item]


def test_all_problems_are_reported_at_once() -> None:
    """One error lists the problems of identity, timestamp, names and values."""
    found = problems(lambda: ProfileRecord("null", {"a.b": None, "ok": "fine", "n": math.nan}, timestamp=0))
    assert [p.path for p in found] == [
        "timestamp",
        "identity",
        "properties['a.b']",
        "properties['a.b']",
        "properties['n']",
    ]


def test_more_than_256_properties_are_rejected() -> None:
    """A record with more than 256 properties is rejected."""
    assert "256" in problems(lambda: ProfileRecord("cust-42", {f"p{i}": i for i in range(257)}))[0].rule


@pytest.mark.parametrize("stamp", [0, -5, 1767225600000, True, 1.5, "now", datetime(2026, 1, 1)])
def test_a_timestamp_is_aware_or_whole_seconds(stamp: Any) -> None:
    """A timestamp of 0, below 0, in milliseconds, naive or of another type is rejected."""
    assert problems(lambda: ProfileRecord("cust-42", {}, timestamp=stamp))[0].path == "timestamp"


@pytest.mark.parametrize(
    "name",
    ["", "Notification Sent", "app launched", "AppLaunched", "Web Page Viewed", "webpageviewed", "a.b", "50% off"],
)
def test_reserved_and_unusable_event_names_are_rejected(name: str) -> None:
    """CleverTap's own event names are rejected, compared without case and blanks."""
    assert problems(lambda: EventRecord("cust-42", name))[0].path == "name"


def test_an_operator_in_an_event_is_rejected() -> None:
    """An operator in an event is rejected."""
    assert "operators" in problems(lambda: EventRecord("cust-42", "Bought", {"n": Increment()}))[0].rule  # type: ignore[dict-item]


def test_only_counting_operators_make_a_record_unrepeatable() -> None:
    """A record with Increment or Decrement is not repeatable; other records are."""
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
    """A list that changes after the checks does not change the record."""
    profile, event = ProfileRecord("cust-42", {"Tags": mine}), EventRecord("cust-42", "Bought", {"Tags": mine})
    assert profile.properties["Tags"] == event.properties["Tags"] == mine
    if not isinstance(mine, tuple):
        mine.append(7)
    assert profile.to_json()["profileData"] == event.to_json()["evtData"] == {"Tags": ["a"]}
    assert pickle.loads(pickle.dumps(profile)) == profile


def test_subclasses_of_plain_types_are_written_as_plain_values() -> None:
    """A str Enum or an int subclass is written as its value."""

    class Tier(str, Enum):
        GOLD = "gold"

    class Whole(int):
        pass

    data = ProfileRecord("cust-42", {"t": Tier.GOLD, "n": Whole(3)}).to_json()["profileData"]
    assert [type(value) for value in data.values()] == [str, int]
    assert data == {"t": "gold", "n": 3}


def test_an_identity_over_120_characters_is_uncertain() -> None:
    """CleverTap's pages allow 1,023 and 119 characters: over 120 the record has an uncertain problem, no error."""
    assert ProfileRecord("x" * 120, {}).problems == ()
    for record in (ProfileRecord("x" * 121, {}), EventRecord("x" * 1023, "Bought")):
        (problem,) = record.problems
        assert (problem.path, problem.severity) == ("identity", "uncertain")
    with pytest.raises(BadArgument):
        ProfileRecord("x" * 1024, {})


def test_an_age_may_be_text() -> None:
    """CleverTap accepted Age "18" in recorded calls, so it is not rejected offline."""
    assert ProfileRecord("cust-42", {"Age": "18"}).to_json()["profileData"] == {"Age": "18"}
