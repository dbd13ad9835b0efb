"""The regions of accounts, and the credentials of a call."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, NoReturn

from linetap.clevertap import limits
from linetap.errors import invalid, literal_text
from linetap.http.secret import Secret, as_secret
from linetap.http.types import Operation


class Region(str, enum.Enum):
    """The region of an account: the first label of its dashboard's address, such as ``sg1``.

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
        """The API's address. Europe's published host has no region label; ``eu1.`` is an alias."""
        return "https://api.clevertap.com" if self is Region.EUROPE else f"https://{self.value}.api.clevertap.com"


def region_url(region: object) -> str:
    """The API's address for a region or its label."""
    label = region.value if isinstance(region, Region) else region
    text = "eu1" if label == "eu" else label
    known = {r.value: r for r in Region}
    if not isinstance(text, str) or text not in known:
        rule = f"must be one of {', '.join(known)}: the first label of your dashboard's address"
        remedy = "sg1.dashboard.clevertap.com means region='sg1'; for another address give base_url="
        raise invalid("region", rule, region, remedy, limits.COMMON_PAGE)
    return known[text].url


_PAGE = limits.COMMON_PAGE


class Passcode:
    """The two headers of every call. Its repr shows only the account id, and it cannot be pickled."""

    def __init__(self, account_id: str, passcode: str) -> None:
        passcode = as_secret(passcode)
        given: tuple[tuple[str, object], ...] = (("account_id", account_id), ("passcode", passcode))
        for path, value in given:
            text = value.reveal() if isinstance(value, Secret) else value
            if not isinstance(text, str) or not text.strip() or not text.isascii() or not text.isprintable():
                text = None
                # The value is not shown: it may be the secret with a stray character.
                found = literal_text("nothing" if not value else "something else")
                raise invalid(
                    path, "must be one line of ASCII text", found, "see Settings > Project", limits.COMMON_PAGE
                )
        self.account_id = account_id.strip()
        self._headers = {
            "X-CleverTap-Account-Id": self.account_id,
            "X-CleverTap-Passcode": Secret(Secret(passcode).reveal().strip()),
        }

    def __repr__(self) -> str:
        return f"Passcode(account_id={getattr(self, 'account_id', None)!r})"  # also while it is made

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passcode cannot be pickled: make the client in the process that uses it")

    def headers(self, now: float) -> Mapping[str, str]:
        """The same headers every time: a passcode does not expire."""
        return self._headers

    def issue(self) -> Operation[Any] | None:
        """None: new passcodes are made in the dashboard."""
        return None

    def issued(self, answer: Any, now: float) -> None:
        """Does nothing: no passcode is issued by the API."""

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """False: the same passcode would be rejected again."""
        return False
