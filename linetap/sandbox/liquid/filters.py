"""The filters by name: LiqP's own, and those that CleverTap's pages add to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.calculations import CALCULATIONS
from linetap.sandbox.liquid.lists import LISTS
from linetap.sandbox.liquid.moments import date_filter, date_tz_filter
from linetap.sandbox.liquid.printing import text_of
from linetap.sandbox.liquid.scope import Run
from linetap.sandbox.liquid.texts import TEXTS
from linetap.sandbox.liquid.values import replaced_by_default

Filter = Callable[[Any, Sequence[Any], Run], Any]
"""A value, the parameters and the rendering; gives the new value or raises LiquidError."""


def filters_of(readings: Readings) -> dict[str, Filter]:
    """The filters that the engine knows under these readings; any other name fails the template."""
    return {
        **_OWN,
        **(_ZONED if readings.date_tz == "known" else {}),
        **(_ESCAPING if readings.url_escape == "known" else {}),
    }


def _default(value: Any, parameters: Sequence[Any], run: Run) -> Any:
    return parameters[0] if parameters and replaced_by_default(value) else value


def _quoting(safe: str) -> Filter:
    return lambda value, parameters, run: quote(text_of(value), safe=safe, errors="replace")


def _plain(functions: Mapping[str, Callable[..., Any]]) -> dict[str, Filter]:
    """Filters that need nothing of the rendering."""

    def filter_of(function: Callable[..., Any]) -> Filter:
        return lambda value, parameters, run: function(value, parameters)

    return {name: filter_of(function) for name, function in functions.items()}


_OWN: dict[str, Filter] = {
    **_plain(CALCULATIONS),
    **_plain(TEXTS),
    **_plain(LISTS),
    "date": date_filter,
    "default": _default,
}
_ZONED: dict[str, Filter] = {"date_tz": date_tz_filter}
_ESCAPING: dict[str, Filter] = {
    "url_escape": _quoting(":/?#[]@!$&'()*+,;="),
    "url_param_escape": _quoting(""),
}
