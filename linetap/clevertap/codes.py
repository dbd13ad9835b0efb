"""What CleverTap's error codes for single records mean, and what to do about each.

https://developer.clevertap.com/docs/api-errors
"""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """A code in plain words."""

    reason: str
    hint: str


CODES: dict[int, Meaning] = {
    509: Meaning("the event has no name", "give every EventRecord a name"),
    512: Meaning("the event's structure is not valid", "send an event as a name and a mapping of properties"),
    513: Meaning("the event's name is reserved for CleverTap's own events", "choose another event name"),
    514: Meaning("Gender is neither M nor F", "send 'M' or 'F', or leave Gender out"),
    515: Meaning("Email is not a valid address", "correct the address or leave Email out"),
    516: Meaning("Phone is not a valid number", "send it as '+', country code and number, such as '+81312345678'"),
    517: Meaning("Employed is neither Y nor N", "send 'Y' or 'N', or leave Employed out"),
    518: Meaning("Education is none of School, College, Graduate", "send one of the three, or leave Education out"),
    519: Meaning("Married is neither Y nor N", "send 'Y' or 'N', or leave Married out"),
    520: Meaning("Age is not a valid age", "send a whole number of years, or leave Age out"),
    522: Meaning("the event has too many properties", "send at most 256 properties with one event"),
    523: Meaning("the identity is missing or not acceptable", "give the record your own id of the customer"),
    524: Meaning("the record is neither an event nor a profile", "send ProfileRecord or EventRecord values"),
    525: Meaning("the timestamp is not in seconds since 1970", "give an aware datetime or seconds, never 0"),
    526: Meaning(
        "the object id is not one of this account", "use the objectId that CleverTap's SDK assigned, or identity"
    ),
    528: Meaning("the event was discarded in the dashboard", "restore the event in the dashboard, or stop sending it"),
    530: Meaning("the object id of the device token is not valid", "use the objectId that CleverTap's SDK assigned"),
    531: Meaning("the token data is not valid", "check the token's id and type"),
    532: Meaning("the token data has no id", "add the id of the device token"),
    533: Meaning("the token data has no type", "add the type of the device token"),
    534: Meaning("the token's type does not fit the object id", "use the type of the device's own platform"),
    535: Meaning("the token data is not valid", "check the token's id and type"),
    555: Meaning("CleverTap had an internal error", "send the record again later"),
}

TEMPORARY = frozenset({555})
"""Temporary codes, not about the record itself: send it again later."""


def meaning(code: int | None) -> Meaning:
    """The meaning of ``code``; an unknown code is named."""
    known = CODES.get(code) if code is not None else None
    if known:
        return known
    text = "CleverTap rejected the record" + ("" if code is None else f" with code {code}")
    return Meaning(text, "see the code in CleverTap's list: https://developer.clevertap.com/docs/api-errors")
