"""Checks of client options that both transports share."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from linetap.errors import invalid

# The maximum number of calls of a bulk run that are in flight, and of connections that a transport keeps.
MAX_IN_FLIGHT = 512


def _steady_clock() -> Callable[[], float]:
    # Not time.monotonic where there is a choice: freezegun stops it, in some threads only, and deadlines would pass.
    if hasattr(time, "clock_gettime"):  # not on Windows
        return partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    return time.monotonic


MONOTONIC = _steady_clock()
"""The default clock of a transport: seconds that never go back."""


def check_in_flight(in_flight: object, most: int) -> int:
    """``in_flight`` as an integer from 1 to ``most``."""
    if isinstance(in_flight, bool) or not isinstance(in_flight, int) or not 1 <= in_flight <= most:
        raise invalid("in_flight", f"must be an integer from 1 to {most}", in_flight)
    return in_flight


def require_type(name: str, value: Any, kind: type, optional: bool = False) -> Any:
    """``value`` if it is an instance of ``kind`` (or None if ``optional``)."""
    if isinstance(value, kind) or (optional and value is None):
        return value
    rule, bases = f"must be {_with_article(kind)}", map(_with_article, type(value).__mro__)
    remedy = next((_USED_BY[base] for base in bases if base in _USED_BY), "")
    if isinstance(value, (int, float)) and kind.__name__ in _OF_A_NUMBER:
        remedy = f"write {kind.__name__}({_OF_A_NUMBER[kind.__name__]}{value})"
    raise invalid(name, rule, value, remedy)


_OF_A_NUMBER = {"Timeout": "read=", "RetryPolicy": "attempts=", "Pace": ""}
"""The argument that is meant by a number in the place of these."""

_USED_BY = {
    "a requests.Session": "LineClient and CleverTapClient take a requests.Session",
    "an aiohttp.ClientSession": "AsyncLineClient and AsyncCleverTapClient take an aiohttp.ClientSession",
}


def _with_article(kind: type) -> str:
    package = kind.__module__.partition(".")[0]
    return f"a{'n' if package[0] in 'aeiou' else ''} {package}.{kind.__name__}"


def check_options(client: object, options: Mapping[str, object], known: Any) -> None:
    """Raise a ``TypeError`` that names the client class if ``known``, a TypedDict, does not have one of the options."""
    for name in sorted(options.keys() - known.__optional_keys__):
        names = f"the options of every client are {', '.join(sorted(known.__optional_keys__))}"
        raise TypeError(f"{type(client).__name__}() got an unexpected keyword argument {name!r}: {names}")
