"""The record that is uploaded for a follower, and the one for a user who unfollowed."""

from __future__ import annotations

from typing import Literal

from linetap.clevertap import rules
from linetap.clevertap.operators import Delete
from linetap.clevertap.records import ProfileRecord
from linetap.clevertap.values import Value
from linetap.errors import BadArgument, invalid
from linetap.fields import ProfileField
from linetap.sync.decide import Row

Unfollow = Literal["mark", "clear", "keep"]
FOLLOWER = "LINE follower"
"""With ``unfollow="mark"``: whether the user follows. CleverTap has no flag of its own for LINE."""
CHANGED = "LINE follower changed"
"""With ``unfollow="mark"``: when a listing first contained the user, or no longer contained them."""


class Writer:
    """Makes the records of one sync."""

    def __init__(self, prop: str, unfollow: Unfollow, now: int) -> None:
        self._property = prop
        self._unfollow = unfollow
        self._now = now

    def follow(self, row: Row) -> ProfileRecord:
        """The record that sets the LINE id on the follower's profile."""
        values: dict[str, Value] = {self._property: row.line_id}
        if self._unfollow == "mark":
            values |= {FOLLOWER: True, CHANGED: f"$D_{row.following_since}"}
        return ProfileRecord(row.identity, values)

    def unfollow_update(self, row: Row) -> ProfileRecord:
        """The record that marks the profile of a user who unfollowed, or deletes the LINE id from it."""
        if self._unfollow == "clear":
            return ProfileRecord(row.identity, {self._property: Delete()})
        return ProfileRecord(row.identity, {FOLLOWER: False, CHANGED: f"$D_{self._now}"})

    def record(self, row: Row) -> ProfileRecord:
        """One of the two, as the row says."""
        return self.unfollow_update(row) if row.unfollow_pending else self.follow(row)


def check_unfollow(unfollow: object) -> Unfollow:
    """``mark``, ``clear`` or ``keep``."""
    if unfollow in ("mark", "clear", "keep"):
        return unfollow
    raise invalid("unfollow", "must be 'mark', 'clear' or 'keep'", unfollow)


def check_ratio(
    ratio: object,
    path: str = "max_unfollow_ratio",
    hint: str = "0.2 stops the sync when more than a fifth of the followers are missing",
) -> float:
    """A ratio from 0 to 1, such as the safety limit."""
    if isinstance(ratio, (int, float)) and not isinstance(ratio, bool) and 0 <= ratio <= 1:
        return float(ratio)
    raise invalid(path, "must be a number from 0 to 1", ratio, hint)


def check_property(given: object) -> str:
    """The property's name, from a str or a ProfileField."""
    name = given.name if isinstance(given, ProfileField) else given
    if problems := rules.key_problems(name, "property"):
        raise BadArgument(problems=problems)
    return str(name)
