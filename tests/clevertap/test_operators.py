"""Operators: their JSON, their limits, and which of them may be applied twice."""

from __future__ import annotations

import math
from typing import Any

import pytest

from linetap import BadArgument
from linetap.clevertap import Add, Decrement, Delete, Increment, Remove


@pytest.mark.parametrize(
    ("operator", "json"),
    [
        (Add("vip"), {"$add": ["vip"]}),
        (Remove(["x", "y"]), {"$remove": ["x", "y"]}),
        (Increment(), {"$incr": 1}),
        (Decrement(2.5), {"$decr": 2.5}),
        (Delete(), {"$delete": 1}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_operator_has_the_json_of_clevertaps_page(operator: Any, json: dict[str, Any]) -> None:
    """Each operator is written as CleverTap documents it."""
    assert operator.to_json() == json


@pytest.mark.parametrize(
    "make",
    [
        lambda: Increment(0),
        lambda: Increment(-1),
        lambda: Increment(True),
        lambda: Decrement(math.nan),
        lambda: Decrement(math.inf),
        lambda: Add(),
        lambda: Add("x" * 513),
        lambda: Remove(1),
    ],
)
def test_invalid_operators_are_rejected(make: Any) -> None:
    """Amounts must be positive and finite; Add and Remove need at least one string."""
    with pytest.raises((BadArgument, TypeError)):
        make()


def test_only_counting_operators_must_not_be_applied_twice() -> None:
    """Increment and Decrement are not repeatable; the other operators are."""
    assert [kind.repeatable for kind in (Add, Remove, Delete, Increment, Decrement)] == [True, True, True, False, False]
