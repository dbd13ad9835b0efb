"""What is uploaded for a follower, and for one who left."""

from __future__ import annotations

from typing import Literal

from linetap.clevertap import rules
from linetap.clevertap.records import Delete, ProfileRecord, Value
from linetap.errors import BadArgument, invalid
from linetap.fields import ProfileField
from linetap.sync.decide import Row

Unfollow = Literal["mark", "clear", "keep"]
FOLLOWER = "LINE follower"
"""With ``unfollow="mark"``: whether the person follows. LINE has no flag of its own in CleverTap."""
CHANGED = "LINE follower changed"
"""With ``unfollow="mark"``: when linetap first saw them follow, or found them gone."""


class Writer:
    """Writes the records of one sync."""

    def __init__(self, prop: str, unfollow: Unfollow, now: int) -> None:
        self._property = prop
        self._unfollow = unfollow
        self._now = now

    def follow(self, row: Row) -> ProfileRecord:
        """The profile of a follower carries the LINE id."""
        values: dict[str, Value] = {self._property: row.line_id}
        if self._unfollow == "mark":
            values |= {FOLLOWER: True, CHANGED: f"$D_{row.since}"}
        return ProfileRecord(row.identity, values)

    def farewell(self, row: Row) -> ProfileRecord:
        """The profile of one who left says so, or no longer carries the LINE id."""
        if self._unfollow == "clear":
            return ProfileRecord(row.identity, {self._property: Delete()})
        return ProfileRecord(row.identity, {FOLLOWER: False, CHANGED: f"$D_{self._now}"})

    def record(self, row: Row) -> ProfileRecord:
        """The one or the other, as the row says."""
        return self.farewell(row) if row.leaving else self.follow(row)


def check_unfollow(unfollow: object) -> Unfollow:
    """``mark``, ``clear`` or ``keep``."""
    if unfollow in ("mark", "clear", "keep"):
        return unfollow
    raise invalid("unfollow", "is 'mark', 'clear' or 'keep'", unfollow)


def check_share(
    share: object, path: str = "max_unfollow_ratio", hint: str = "0.2 stops when more than a fifth vanish"
) -> float:
    """The brake, or another share: from 0 to 1."""
    if isinstance(share, (int, float)) and not isinstance(share, bool) and 0 <= share <= 1:
        return float(share)
    raise invalid(path, "is a share from 0 to 1", share, hint)


def check_property(given: object) -> str:
    """The property's name, from a str or a ProfileField."""
    name = given.name if isinstance(given, ProfileField) else given
    if problems := rules.key_problems(name, "property"):
        raise BadArgument(problems=problems)
    return str(name)
