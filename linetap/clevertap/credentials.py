"""Who may call: the account's regions, and the passcode that proves it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, NoReturn

from linetap.clevertap import limits
from linetap.errors import invalid, literal_text
from linetap.http.types import Operation


class Region(str, enum.Enum):
    """Where an account lives: the first label of its dashboard's address, such as ``sg1``.

    https://developer.clevertap.com/docs/common-api-components
    """

    EUROPE = "eu1"
    INDIA = "in1"
    SINGAPORE = "sg1"
    UNITED_STATES = "us1"
    INDONESIA = "aps3"
    MIDDLE_EAST = "mec1"
    SOUTH_KOREA = "sk1"

    @property
    def url(self) -> str:
        """The API's address. Europe's published host is the bare one; ``eu1.`` is only an alias of it."""
        return "https://api.clevertap.com" if self is Region.EUROPE else f"https://{self.value}.api.clevertap.com"


def region_url(region: object) -> str:
    """The API's address for a region or its label."""
    label = region.value if isinstance(region, Region) else region
    text = "eu1" if label == "eu" else label
    known = {r.value: r for r in Region}
    if not isinstance(text, str) or text not in known:
        rule = f"is one of {', '.join(known)}: the first label of your dashboard's address"
        remedy = "sg1.dashboard.clevertap.com means region='sg1'; for any other address give base_url="
        raise invalid("region", rule, region, remedy, limits.COMMON_PAGE)
    return known[text].url


class Passcode:
    """The two headers of every call. Its repr shows the account alone, and it is not pickled."""

    def __init__(self, account_id: str, passcode: str) -> None:
        given: tuple[tuple[str, object], ...] = (("account_id", account_id), ("passcode", passcode))
        for path, value in given:
            if not isinstance(value, str) or not value.strip() or not value.isascii() or not value.isprintable():
                # What was found is not shown: it may be the secret with a stray character.
                found = literal_text("nothing" if not value else "something else")
                raise invalid(path, "is a line of ASCII text", found, "see Settings > Project", limits.COMMON_PAGE)
        self.account_id = account_id.strip()
        self._headers = {
            "X-CleverTap-Account-Id": self.account_id,
            "X-CleverTap-Passcode": passcode.strip(),
        }

    def __repr__(self) -> str:
        return f"Passcode(account_id={self.account_id!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passcode is not pickled: make the client where it is used")

    def headers(self, now: float) -> Mapping[str, str]:
        """Always the same: a passcode does not expire."""
        return self._headers

    def issue(self) -> Operation[Any] | None:
        """None: a new passcode is made in the dashboard."""
        return None

    def issued(self, answer: Any, now: float) -> None:
        """Nothing is ever issued."""

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """False: asking again with the same passcode makes no sense."""
        return False
