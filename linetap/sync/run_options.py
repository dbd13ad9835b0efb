"""The options of one sync run, as its parts read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from linetap.display.progress import Tick
from linetap.sync import profile_records


@attrs.frozen
class RunOptions:
    """The options of one run."""

    property: str
    unfollow: profile_records.Unfollow
    max_unfollow_ratio: float
    in_flight: int
    tick: Tick
    now: Callable[[], float]
    check_profiles: int = 0
    """How many profiles to read before their first upload, to count new ones."""
    may_unfollow: Callable[[Sequence[str]], set[str]] | None = None
    """Of these missing followers, those that the run may mark or clear; None: all."""
