"""The values of one profile as CleverTap would store them."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest

from linetap import Campaign, ProfileField
from linetap.campaign.profile_values import ValueReader, is_blank, plain_values, text
from linetap.clevertap.models import CleverTapProfile
from linetap.errors import BadArgument

TOKYO = dt.timezone(dt.timedelta(hours=9))


class Plan(str, enum.Enum):
    """A str of another kind."""

    GOLD = "gold"


@pytest.mark.parametrize("value", [None, math.nan, pd.NaT, pd.NA, "", pd.Series([math.nan])[0]])
def test_what_is_missing(value: object) -> None:
    """None, NaN, NaT, pandas.NA and '' are missing; pandas is not imported for it."""
    assert plain_values({"a": value, "b": 1}) == {"b": 1}


@pytest.mark.parametrize(
    "value, shown",
    [
        ("花子", "花子"),
        (" ", " "),
        (0, "0"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        (45.0, "45.0"),
        (12345678.9, "1.23456789E7"),
        ({"city": "Osaka"}, "{city=Osaka}"),
        (dt.datetime(2023, 5, 29, 19, 25, tzinfo=TOKYO), "2023-05-29 15:55:00"),
        (dt.date(2023, 5, 29), "2023-05-29"),
        (pd.Timestamp("2023-05-29 15:55"), "2023-05-29 15:55:00"),
        ("$D_1685355900", "2023-05-29 15:55:00"),
        ("$D_soon", "$D_soon"),
        (["a", "b"], "ab"),
        (("a", None, 1), "a1"),
        (pd.Series([3])[0], "3"),
        (pd.Series([2.5])[0], "2.5"),
        (pd.Series([True])[0], "true"),
        (decimal.Decimal("1.10"), "1.10"),
        (Plan.GOLD, "gold"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (dt.time(9, 30), "09:30:00"),
        (dt.datetime(99, 1, 2), "0099-01-02 00:00:00"),
        (np.array(["a", "b"]), "ab"),
        (np.datetime64("2026-01-02"), "2026-01-02"),
    ],
)
def test_how_values_are_shown(value: object, shown: str) -> None:
    """Dates are written as in CleverTap's Liquid, booleans in lower case, lists joined, numpy numbers as numbers."""
    assert text(plain_values({"a": value})["a"]) == shown


@pytest.mark.parametrize(
    "value, blank", [("", True), (" \n", True), (False, True), ([], True), (0, False), ("x", False)]
)
def test_blank(value: object, blank: bool) -> None:
    """False and blanks count as no value, 0 does not."""
    assert is_blank(value) is blank
    assert is_blank(None)


def test_rows_of_every_kind() -> None:
    """A mapping, a row of a frame and a CleverTapProfile give the same values; only the requested names are read."""
    frame = pd.DataFrame({"Name": ["花子", None], "Points": [3, 4], "Seen": [pd.NaT, pd.Timestamp("2024-01-02")]})
    rows = [row for _, row in frame.iterrows()]
    assert [plain_values(row) for row in rows] == [
        {"Name": "花子", "Points": 3},
        {"Points": 4, "Seen": "2024-01-02 00:00:00"},
    ]
    assert plain_values(rows[0], ["Points", "Other"]) == {"Points": 3}
    profile = CleverTapProfile(identity="7", name="花子", properties={"LineID": "U1"})
    assert plain_values(profile) == {"Identity": "7", "Name": "花子", "LineID": "U1"}
    assert plain_values(None) == {}


@pytest.mark.parametrize("given", [3, "text", {"a": {"b": {"c": {"d": {"e": 1}}}}}, [1], {"a": "$D_1685355900000"}])
def test_what_is_no_profile_is_rejected(given: Any) -> None:
    """A text, a number, a value nested too deeply, and milliseconds in a date are errors that name it."""
    with pytest.raises(BadArgument, match="profile"):
        plain_values(given)


@pytest.mark.parametrize("value", ["$D_99999999999999999999", "$D_" + "9" * 5000, "$D_soon", "$D_"])
def test_what_only_looks_like_a_date_is_text(value: str) -> None:
    """A value that starts like a CleverTap date and is not one is unchanged."""
    assert plain_values({"Since": value}) == {"Since": value}


@pytest.mark.parametrize("zone, shown", [(None, "15:55:00"), (TOKYO, "19:25:00"), (dt.timezone.utc, "10:25:00")])
def test_a_moment_has_one_text_in_each_zone(zone: dt.tzinfo | None, shown: str) -> None:
    """An aware datetime and its $D_ form have the same text in the given zone, by default +05:30."""
    moment = dt.datetime(2023, 5, 29, 19, 25, tzinfo=TOKYO)
    dates: set[str] = set()
    values = ValueReader(zone).read({"a": moment, "b": f"$D_{int(moment.timestamp())}", "c": "x"}, dates=dates)
    assert values == {"a": f"2023-05-29 {shown}", "b": f"2023-05-29 {shown}", "c": "x"}
    assert dates == {"a", "b"}


def test_nested_values_are_kept() -> None:
    """Lists and mappings keep their structure, without the missing values in them."""
    items = [{"name": "tea", "price": 3.5, "note": None}, {"tags": ["a", math.nan, "b"]}]
    assert plain_values({"Items": items}) == {"Items": [{"name": "tea", "price": 3.5}, {"tags": ["a", "b"]}]}


class Colour(enum.Enum):
    """An enum whose text is not its value."""

    RED = "red"


class Broken:
    """An object that cannot be shown or compared."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = object.__hash__


def _array_in_itself() -> Any:
    array = np.empty(1, dtype=object)
    array[0] = array
    return array


_LIST: list[Any] = []
_LIST.append(_LIST)
UNKNOWN: dict[str, Any] = {
    "bytes": b"a",
    "bytearray": bytearray(b"a"),
    "a set": {"a", "b"},
    "a generator": (letter for letter in "ab"),
    "a field": ProfileField("Other"),
    "an enum": Colour.RED,
    "a duration": dt.timedelta(days=1),
    "pandas' duration": pd.Timedelta("1D"),
    "a period": pd.Period("2026-01"),
    "complex": 1j,
    "infinite": math.inf,
    "an object": Broken(),
    "an object in a list": ["a", Broken()],
    "bytes in an array": np.array([b"a"]),
    "an array in itself": _array_in_itself(),
    "a list in itself": _LIST,
    "bytes as a key": {b"a": 1},
    "the first year": dt.datetime.min.replace(tzinfo=TOKYO),
    "the last year": dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=12))),
    "before the first year": "$D_-99999999999",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_value_without_a_text(name: str) -> None:
    """A value that CleverTap cannot store is a problem of its profile: nothing is sent to it, the others are."""
    campaign = Campaign("x").with_text(f"Hi {ProfileField('V', default='you')}")
    user = "U" + "0" * 32
    wrong, right = {"LineID": user, "V": UNKNOWN[name]}, {"LineID": user, "V": "Aiko"}

    preview = campaign.preview(wrong)
    assert preview.status in ("invalid", "uncertain")
    assert "profile['V']" in preview.problems[0].path
    deliveries = campaign.deliveries([wrong, right])
    assert [delivery.messages[0] for delivery in deliveries] == [campaign.fill(right).messages[0]]
    assert sum(deliveries.skipped.values()) == 1
    assert campaign.preview_many([wrong, right]).counts["rendered"] == 1
    assert campaign.preview({**right, "Unread": UNKNOWN[name]}).status == "rendered"


@pytest.mark.parametrize("name", UNKNOWN)
def test_consent_that_is_no_word(name: str) -> None:
    """A value that is neither text, a number nor a truth value is no consent, and does not end the run."""
    profiles = [{"LineID": "U" + "0" * 32, "Consent": value} for value in (UNKNOWN[name], np.True_, "yes")]

    deliveries = Campaign("x").with_text("Hi").deliveries(profiles, consent="Consent")
    assert len(list(deliveries)) == 2
    assert deliveries.skipped == {"Consent is not true": 1}
