"""Reads profiles before their first upload, to count those that CleverTap does not know: they become new profiles.

CleverTap bills by profiles: https://developer.clevertap.com/docs/upload-user-profiles-api
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.errors import LinetapError, invalid


class ProfileCheck:
    """Reads up to ``most`` profiles, three at once. It stops at the first error: a check must not stop a sync."""

    def __init__(self, clevertap: CleverTapClient, most: int) -> None:
        self._clevertap = clevertap
        self._left = most
        self.checked = 0
        """Profiles that were read."""
        self.unknown = 0
        """Those of them that CleverTap does not know."""

    def add(self, identities: Sequence[str]) -> None:
        """Reads the profiles of these identities, as far as the check goes."""
        part = list(dict.fromkeys(identities))[: max(0, self._left)]
        self._left -= len(part)
        if not part:
            return
        with ThreadPoolExecutor(limits.CALLS_IN_FLIGHT) as pool:
            try:
                for exists in pool.map(self._exists, part):
                    self.checked += 1
                    self.unknown += not exists
            except LinetapError:
                self._left = 0

    def _exists(self, identity: str) -> bool:
        return self._clevertap.profile(identity=identity) is not None


def checked_number(check_profiles: object) -> int:
    """How many profiles may be read: a whole number from 0."""
    if isinstance(check_profiles, int) and not isinstance(check_profiles, bool) and check_profiles >= 0:
        return check_profiles
    raise invalid("check_profiles", "must be a whole number from 0", check_profiles)
