"""JSON values in style attributes: values of a known form only."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.line.preview import style


@pytest.mark.parametrize("value", ["10px", "0.5px", "-2px", "md", "none", "4000px"])
def test_lengths_are_keywords_and_pixels(value: str) -> None:
    """A keyword becomes its size in pixels; a size in pixels is unchanged."""
    assert style.length(value) == {"md": "8px", "none": "0px"}.get(value, value)


@pytest.mark.parametrize(
    "value", ["10", "10px ", "10px;color:red", "px", "1e3px", "١٠px", "10%", "5xl", "", None, 10, ["10px"], {}]
)
def test_nothing_else_is_a_length(value: Any) -> None:
    """A value that is not a length of LINE's as a whole is omitted, not repaired."""
    assert style.length(value) is None


def test_a_percentage_is_a_length_only_where_line_accepts_one() -> None:
    """margin and spacing accept no percentage; padding, offsets and sizes do."""
    assert style.length("12.5%", percent=True) == "12.5%"
    assert style.length("12%") is None


def test_a_length_is_bounded() -> None:
    """Very large sizes are limited."""
    assert style.length("999999px") == "4000px"
    assert style.length("-999999%", percent=True) == "-4000%"


@pytest.mark.parametrize("value", ["#112233", "#11223344", "#AbC"])
def test_colours_stay_as_they_are(value: str) -> None:
    """The colours that LINE accepts are written unchanged."""
    assert style.colour(value) == value


@pytest.mark.parametrize(
    "value", ["red", "#12", "#1122334", "#fff;position:fixed", "#ffffff\n", "rgb(0,0,0)", "url(x)", None, 0xFFFFFF]
)
def test_nothing_else_is_a_colour(value: Any) -> None:
    """A colour name, a function or a second declaration is not accepted as a colour."""
    assert style.colour(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("16:9", 16 / 9),
        ("1.91:1", 1.91),
        ("1:9", 1 / 3),
        ("0:1", 1),
        ("1:0", 1),
        ("16:9;", 1),
        (None, 1),
        ("9" * 6 + ":1", 100),
    ],
)
def test_aspect_ratios(value: Any, expected: float) -> None:
    """The ratio is width divided by height, at least 1/3; an invalid value gives a square."""
    assert style.ratio(value) == pytest.approx(expected)


_GRADIENT = {"type": "linearGradient", "angle": "90deg", "startColor": "#000000", "endColor": "#ffffff"}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "radial"},
        {"angle": "90"},
        {"angle": "90deg),url(x"},
        {"angle": 90},
        {"startColor": "red"},
        {"endColor": None},
    ],
)
def test_half_a_gradient_is_none(change: dict[str, Any]) -> None:
    """A gradient is written only where all its values are valid."""
    assert style.gradient(_GRADIENT) == "linear-gradient(90deg,#000000 0%,#ffffff 100%)"
    assert style.gradient({**_GRADIENT, **change}) is None


def test_what_is_none_is_left_out_of_a_style() -> None:
    """Without declarations no attribute is written."""
    assert style.attribute(margin_top=None) == ""
    assert style.attribute(margin_top="1px", color=None) == ' style="margin-top:1px"'
