"""Numbers: what they print, and how they are calculated with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.liquid.rendering import PERSON, outcome, render


@pytest.mark.parametrize(
    "value, expected",
    [
        (45.0, "45.0"),
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (1e7, "1.0E7"),
        (9999999.0, "9999999.0"),
        (12345678.9, "1.23456789E7"),
        (0.001, "0.001"),
        (0.0009, "9.0E-4"),
        (-1.5e-5, "-1.5E-5"),
        (1e21, "1.0E21"),
        (100.25, "100.25"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (12345678901234567890, "12345678901234567890"),
        (True, "true"),
    ],
)
def test_numbers_print_as_java_prints_them(value: Any, expected: str) -> None:
    """Doubles have a point, and an exponent below 0.001 and from ten million up; whole numbers are plain."""
    assert render("{{ Profile.V }}", V=value) == expected


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("7 | divided_by: 2", "3"),
        ("-7 | divided_by: 2", "-3"),
        ("7 | divided_by: 2.0", "3.5"),
        ("-7 | modulo: 3", "-1"),
        ("7 | modulo: -3", "1"),
        ("7.5 | modulo: 2", "1.5"),
        ("0.1 | plus: 0.2", "0.30000000000000004"),
        ("'5' | plus: '6'", "11"),
        ("'3.5' | plus: 1", "4.5"),
        ("' 8 ' | minus: 1", "7"),
        ("'+5' | plus: 1", "6.0"),
        ("'-5' | plus: 1", "-4"),
        ("'1e2' | plus: 1", "101.0"),
        ("'5f' | plus: 1", "6.0"),
        ("'0x1p3' | plus: 1", "9.0"),
        ("nil | plus: 5", "5"),
        ("99999999999 | times: 99999999999", "1864711849423024129"),
        ("9223372036854775807 | plus: 1", "-9223372036854775808"),
        ("0 | times: -1.0", "-0.0"),
        ("7 | divided_by: 0.0", "Infinity"),
        ("-7 | divided_by: 0.0", "-Infinity"),
        ("0 | divided_by: 0.0", "NaN"),
        ("7.5 | modulo: 0", "NaN"),
        ("5 | times: 2 | plus: 3 | minus: 1 | divided_by: 4", "3"),
    ],
)
def test_calculating(expression: str, expected: str) -> None:
    """Whole numbers have 64 bits and divide towards zero; a text that is a number counts as one."""
    assert render("{{ " + expression + " }}") == expected


@pytest.mark.parametrize("name", ["plus", "minus", "times", "divided_by", "modulo"])
@pytest.mark.parametrize("value", ["abc", "", "1,200", "$5", "１２", True, [], {}, "99999999999999999999"])
def test_words_are_no_numbers(name: str, value: Any) -> None:
    """A word, an empty text, a list or a truth value on either side fails for that person."""
    assert outcome("{{ Profile.V | " + name + ": 1.5 }}", V=value) == PERSON
    assert outcome("{{ 1.5 | " + name + ": Profile.V }}", V=value) == PERSON


@pytest.mark.parametrize(
    "expression",
    ["1 | plus", "1 | plus: nil", "1 | plus: 1, 2", "7 | divided_by: 0", "7 | modulo: 0", "1 | plus: blank"],
)
def test_calculations_that_fail(expression: str) -> None:
    """One number is wanted, and whole numbers are not divided by zero."""
    assert outcome("{{ " + expression + " }}") == PERSON


@pytest.mark.parametrize(
    "value, digits, expected",
    [
        (2.5, "", "3"),
        (-2.5, "", "-3"),
        (-0.4, "", "-0"),
        ("3.7", "", "4"),
        ("5.", "", "5"),
        (None, "", "0"),
        ("x", "", "0"),
        (1e10, "", "0"),
        (2.005, ": 2", "2.00"),
        (1.005, ": 2", "1.00"),
        (1.55, ": 1", "1.6"),
        (0.1, ": 20", "0.10000000000000000000"),
        (1000, ": 2", "1000.00"),
        (7, ": -1", "7"),
        (7, ": 'x'", "7"),
        (2**70, "", "1180591620717411300000"),
    ],
)
def test_round(value: Any, digits: str, expected: str) -> None:
    """Half up, to a text with that many digits; what is no plain decimal gives 0."""
    assert render("{{ Profile.V | round" + digits + " }}", V=value) == expected


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("-2.5 | ceil", "-2"),
        ("-2.5 | floor", "-3"),
        ("'3.2' | ceil", "4"),
        ("nil | ceil", ""),
        ("'x' | floor", "x"),
        ("'1e300' | floor", "9223372036854775807"),
        ("'NaN' | ceil", "0"),
        ("-8 | abs", "8"),
        ("'-8' | abs", "8"),
        ("'-2.5' | abs", "2.5"),
        ("'x' | abs", "x"),
        ("nil | abs", ""),
        ("3 | at_least: 5", "5"),
        ("'7' | at_least: 5", "7.0"),
        ("'x' | at_least: 5", "x"),
        ("5.5 | at_most: 5", "5"),
        ("nil | at_most: 5", ""),
        ("5 | at_most", "5"),
        ("5 | at_most: 'x'", "5"),
    ],
)
def test_limits_and_whole_numbers(expression: str, expected: str) -> None:
    """``ceil``, ``floor``, ``abs`` and the limits leave what is no number as it is."""
    assert render("{{ " + expression + " }}") == expected
