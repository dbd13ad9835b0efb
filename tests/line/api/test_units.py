"""``line.units``, against the sandbox."""

from __future__ import annotations

import pytest

from linetap.errors import UnreadableResponse
from linetap.line import LineClient
from linetap.line.api import units
from linetap.sandbox import Sandbox
from tests.line.api.test_messaging import reply
from tests.line.test_client import box as box
from tests.line.test_client import line as line


def test_the_names_of_the_month_are_counted_and_listed(box: Sandbox, line: LineClient) -> None:
    """used() counts the names of this month, and names() reads all pages in their order."""
    [user] = box.line.add_followers(1)
    for number in range(205):
        line.push(user, "x", aggregation_unit=f"unit_{number}")

    assert line.units.used() == 205
    assert line.units.names() == tuple(f"unit_{number}" for number in range(205))
    assert len(box.journal.of("unit_names")) == 3


@pytest.mark.parametrize("body", [{}, {"customAggregationUnits": [5]}, {"customAggregationUnits": [], "next": "a"}])
def test_a_page_of_another_form_is_unreadable(body: object) -> None:
    """A page without names, or whose next page is itself, is an error."""
    with pytest.raises(UnreadableResponse):
        units.names("a").read(reply(200, body))
    with pytest.raises(UnreadableResponse):
        units.used().read(reply(200, body))
