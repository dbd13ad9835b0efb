"""Digits of doubles, against those that Java 17 printed (``Double.toString``)."""

from __future__ import annotations

import pytest

from linetap.liquid import parse

ALIKE = {
    1e21: "1.0E21",
    2.0**53: "9.007199254740992E15",
    2.0**63: "9.223372036854776E18",
    1.5e300: "1.5E300",
    12345678.9: "1.23456789E7",
    0.1 + 0.2: "0.30000000000000004",
    0.25: "0.25",
    6.5e-7: "6.5E-7",
}
# The double -> what Java 17 prints; Java 19 prints its repr.
DIFFERENT = {
    2e23: "1.9999999999999998E23",
    7.8297e20: "7.829699999999999E20",
    3.6318e21: "3.6318000000000003E21",
    5.30918078189568e21: "5.309180781895679E21",
    2.0**-62: "2.1684043449710089E-19",
    2.0**-72: "2.1175823681357508E-22",
    8.773833219672013e16: "8.7738332196720128E16",
}
TEMPLATE = parse("{{ Profile.V }}")


@pytest.mark.parametrize("value", ALIKE)
def test_digits_that_all_versions_of_java_share_are_rendered(value: float) -> None:
    """The text is that of Java, also for a negative number."""
    assert TEMPLATE.render({"Profile": {"V": value}}).text == ALIKE[value]
    assert TEMPLATE.render({"Profile": {"V": -value}}).text == f"-{ALIKE[value]}"


@pytest.mark.parametrize("value", DIFFERENT)
def test_digits_that_depend_on_the_version_of_java_are_uncertain(value: float) -> None:
    """A double that Java 17 prints with other digits than Java 19 has no predictable text."""
    assert float(DIFFERENT[value]) == value
    assert f"{value!r}".upper().replace("+", "") != DIFFERENT[value]
    for each in (value, -value):
        assert TEMPLATE.render({"Profile": {"V": each}}).status == "uncertain"
