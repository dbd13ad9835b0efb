"""Values of records: nested mappings, lists of mappings, and the JSON of each type."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from linetap import BadArgument, EventRecord, ProfileRecord
from linetap.clevertap import values

MOMENT = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
ITEMS = [{"name": "Tea", "price": 4.2, "gift": False}, {"name": "Cup", "price": 8, "bought": MOMENT}]


def nested(levels: int) -> Any:
    value: Any = "leaf"
    for _ in range(levels):
        value = {"inner": value}
    return value


def test_a_charged_event_has_items() -> None:
    """Charged has Items: a list of mappings, with dates in CleverTap's form."""
    record = EventRecord("customer-1", "Charged", {"Amount": 12.2, "Items": ITEMS})
    assert record.to_json()["evtData"] == {
        "Amount": 12.2,
        "Items": [
            {"name": "Tea", "price": 4.2, "gift": False},
            {"name": "Cup", "price": 8, "bought": "$D_1767225600"},
        ],
    }
    assert not record.repeatable


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_values_may_be_nested_up_to_three_levels(levels: int) -> None:
    """Mappings of one to three levels are accepted in profiles and events."""
    for record in (
        ProfileRecord("customer-1", {"p": nested(levels)}),
        EventRecord("c", "Bought", {"p": nested(levels)}),
    ):
        (data,) = (value for key, value in record.to_json().items() if key in ("profileData", "evtData"))
        assert data == {"p": nested(levels)}


BAD: list[tuple[Any, str]] = [
    (nested(4), "['inner']['inner']['inner'] must not be nested deeper"),
    (nested(400), "must not be nested deeper"),
    ({"a.b": 1}, "properties['p']['a.b']"),
    ({"a": None}, "properties['p']['a'] must be"),
    ({"a": float("nan")}, "properties['p']['a'] must be a finite number"),
    ({"a": datetime(2026, 1, 1)}, "properties['p']['a'] must have a time zone"),
    ({"a": [["b"]]}, "properties['p']['a'][0]"),
    ({"a": "x" * 513}, "properties['p']['a'] must have at most 512"),
    ({str(i): 1 for i in range(101)}, "at most 100 keys"),
    ([{"a": 1}, "b"], "properties['p'][1] must be a mapping"),
    ([{"a": i} for i in range(101)], "at most 100 items"),
    ([1, 2], "properties['p'][0] must be a string"),
    ({7: 1}, "must have a string as its name"),
]


@pytest.mark.parametrize(("value", "text"), BAD, ids=range(len(BAD)))
def test_nested_values_follow_the_rules_of_values(value: Any, text: str) -> None:
    """A wrong key or value inside a mapping or list is reported with its whole path."""
    with pytest.raises(BadArgument) as caught:
        EventRecord("customer-1", "Bought", {"p": value})
    assert text in str(caught.value)


def test_a_mapping_that_contains_itself_is_rejected() -> None:
    """A cyclic value raises BadArgument instead of recursing without end."""
    cyclic: dict[str, Any] = {}
    cyclic["again"] = cyclic
    with pytest.raises(BadArgument, match="nested deeper"):
        ProfileRecord("customer-1", {"p": cyclic})


def test_a_record_keeps_its_own_copy_of_nested_values() -> None:
    """Changing nested values afterwards does not change the record that was checked."""
    mine = {"inner": {"deep": [{"a": 1}]}}
    record = ProfileRecord("customer-1", {"p": mine})
    mine["inner"]["deep"][0]["a"] = object()  # type: ignore[assignment]
    assert record.to_json()["profileData"] == {"p": {"inner": {"deep": [{"a": 1}]}}}


@pytest.mark.parametrize("seed", range(200))
def test_every_record_that_can_be_made_can_be_written(seed: int) -> None:
    """Random nested values are either rejected with BadArgument or written as JSON that reads back the same."""
    dice = random.Random(seed)

    def value(depth: int) -> Any:
        kind = dice.choice(["text", "int", "bool", "float", "list", "map", "map", "none"] if depth < 5 else ["text"])
        table = {"text": "ไทย", "int": 3, "bool": True, "float": 0.5, "none": None}
        if kind == "list":
            return [value(depth + 1) for _ in range(dice.randrange(3))]
        if kind == "map":
            return {f"k{i}": value(depth + 1) for i in range(dice.randrange(3))}
        return table[kind]

    given = {f"p{i}": value(0) for i in range(4)}
    if problems := values.properties_problems(given, operators=False):
        with pytest.raises(BadArgument) as caught:
            EventRecord("customer-1", "Bought", given)
        assert caught.value.problems == tuple(problems), f"seed {seed}"
    else:
        written = EventRecord("customer-1", "Bought", given).to_json()["evtData"]
        assert json.loads(json.dumps(written)) == given, f"seed {seed}"


def test_a_moment_is_written_in_seconds() -> None:
    """An aware datetime becomes $D_ and whole seconds since 1970."""
    assert values.to_json(MOMENT + timedelta(milliseconds=999)) == "$D_1767225600"
