"""The first names of attributes that have a clearer name now can still be read: docs/renames.md."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.campaign import Preview
from linetap.clevertap import Rejection
from linetap.line import SendReport
from linetap.sandbox import Sandbox
from linetap.sync import SyncReport

_REJECTION = Rejection(None, 521, "", "", "said by CleverTap")
FIRST_NAMES = [
    (SendReport(sent=2, not_sent=1), "drawn", 3),
    (_REJECTION, "said", "said by CleverTap"),
    (_REJECTION, "passing", _REJECTION.temporary),
    (Preview("sale", "rendered", caption="Mei"), "who", "Mei"),
    (SyncReport(unfollowed_total=4), "gone", 4),
    (SyncReport(unconfirmed=5), "unknown", 5),
]


@pytest.mark.parametrize(("value", "name", "expected"), FIRST_NAMES, ids=[name for _, name, _ in FIRST_NAMES])
def test_a_first_name_gives_the_value(value: object, name: str, expected: object) -> None:
    """The first name of an attribute gives the value of its present name."""
    assert getattr(value, name) == expected


def test_the_sandbox_accepts_first_names() -> None:
    """The switches of the sandbox accept their first names and values."""
    readings: Any = Sandbox().readings
    readings.delete_answer = "status and counts"
    readings.multicast_foreign_ids = "accept"
    readings.multicast_foreign_ids = "refuse"
    readings.when_object = "refused"
    assert (readings.delete_response, readings.delete_answer) == ("status and counts", "status and counts")
    assert (readings.multicast_foreign_ids, readings.when_object) == ("reject", "rejected")
