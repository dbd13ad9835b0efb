"""Converts JSON values for ``style`` attributes: each value must match a pattern as a whole, and is written again.

LINE's layout page lists the keywords by order only (https://developers.line.biz/en/docs/messaging-api/flex-message-layout/);
the pixel sizes are those of its Flex Message Simulator (https://developers.line.biz/flex-message-simulator/).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from linetap.line.preview.helpers import mapping

SPACE: Mapping[str, float] = {"none": 0, "xs": 2, "sm": 4, "md": 8, "lg": 12, "xl": 16, "xxl": 20}
"""margin, spacing, padding, offset and cornerRadius, in px."""
TEXT: Mapping[str, float] = {
    "xxs": 11,
    "xs": 13,
    "sm": 14,
    "md": 16,
    "lg": 19,
    "xl": 22,
    "xxl": 29,
    "3xl": 35,
    "4xl": 48,
    "5xl": 74,
}
"""Text, span and icon, in px."""
IMAGE: Mapping[str, float] = {
    "xxs": 40,
    "xs": 60,
    "sm": 80,
    "md": 100,
    "lg": 120,
    "xl": 140,
    "xxl": 160,
    "3xl": 180,
    "4xl": 200,
    "5xl": 220,
}
"""The width of an image's drawing area, in px; ``full`` is 100%."""
BORDER: Mapping[str, float] = {"none": 0, "light": 0.5, "normal": 1, "medium": 2, "semi-bold": 3, "bold": 4}
WIDTH: Mapping[str, float] = {
    "nano": 120,
    "micro": 160,
    "deca": 220,
    "hecto": 241,
    "kilo": 260,
    "mega": 300,
    "giga": 500,
}
"""A bubble's width in px, on a screen that is wide enough."""

_PX = re.compile(r"(-?\d{1,6}(?:\.\d{1,6})?)px", re.ASCII)
_PERCENT = re.compile(r"(-?\d{1,6}(?:\.\d{1,6})?)%", re.ASCII)
_COLOUR = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{8}|[0-9a-f]{3})", re.ASCII | re.IGNORECASE)
_ANGLE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)deg", re.ASCII)
_RATIO = re.compile(r"(\d{1,6}(?:\.\d{1,6})?):(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)
_MOST = 4000.0  # px or percent: larger values do not look like a chat


def length(value: object, scale: Mapping[str, float] = SPACE, *, percent: bool = False) -> str | None:
    """A CSS length from a keyword of ``scale``, ``12px`` or, where LINE accepts it, ``12%``."""
    if not isinstance(value, str):
        return None
    if value in scale:
        return f"{scale[value]:g}px"
    if found := _PX.fullmatch(value):
        return f"{round(_bound(found[1]), 3):g}px"
    if percent and (found := _PERCENT.fullmatch(value)):
        return f"{round(_bound(found[1]), 3):g}%"
    return None


def colour(value: object) -> str | None:
    """``#RRGGBB`` or ``#RRGGBBAA``, as given."""
    return value if isinstance(value, str) and _COLOUR.fullmatch(value) else None


def ratio(value: object, otherwise: float = 1.0) -> float:
    """Width divided by height of ``"16:9"``; the height is at most three times the width, as in LINE."""
    found = _RATIO.fullmatch(value) if isinstance(value, str) else None
    if not found or not float(found[1]) or not float(found[2]):
        return otherwise
    return min(max(float(found[1]) / float(found[2]), 1 / 3), 100.0)


def gradient(background: object) -> str | None:
    """A box's ``background``: a linear gradient of two or three colours."""
    given = mapping(background)
    angle = _ANGLE.fullmatch(given["angle"]) if isinstance(given.get("angle"), str) else None
    start, end = colour(given.get("startColor")), colour(given.get("endColor"))
    if given.get("type") != "linearGradient" or not (angle and start and end):
        return None
    stops = [f"{start} 0%", *_centre(given), f"{end} 100%"]
    return f"linear-gradient({float(angle[1]):g}deg,{','.join(stops)})"


def _centre(given: Mapping[str, Any]) -> list[str]:
    centre = colour(given.get("centerColor"))
    return [f"{centre} {length(given.get('centerPosition'), {}, percent=True) or '50%'}"] if centre else []


def attribute(**declared: str | None) -> str:
    """`` style="..."`` from declarations (``_`` for ``-``); those that are None are omitted.

    The values must come from this module, never from JSON.
    """
    body = ";".join(f"{name.replace('_', '-')}:{value}" for name, value in declared.items() if value is not None)
    return f' style="{body}"' if body else ""


def _bound(digits: str) -> float:
    return max(-_MOST, min(_MOST, float(digits)))
