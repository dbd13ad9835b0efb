"""Staging: with ``only_to``, a client sends messages to the listed recipients only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from linetap.errors import LinetapError, invalid, literal_text

OnlyTo = frozenset[str]
NOT_LISTED = "the recipient is not in only_to (LINETAP_LINE_ONLY_TO)"
_ID = re.compile(r"[UCR][0-9a-f]{32}")
# The endpoints that send messages, and the two below them that do not.
_SENDING = re.compile(r"/v2/bot/message/(?!validate/|markAsRead$)|/bot/pnp/|/v2/bot/pnp/")


def checked_only_to(only_to: Any) -> OnlyTo | None:
    """The recipients of ``only_to``; None: no limit."""
    if only_to is None:
        return None
    if isinstance(only_to, (str, bytes)) or not isinstance(only_to, Iterable):
        raise invalid("only_to", "must be a sequence of recipients' ids", only_to, "pass a list of one id")
    listed = list(only_to)
    for number, each in enumerate(listed):
        if not isinstance(each, str) or not _ID.fullmatch(each):
            raise invalid(f"only_to[{number}]", "must be the id of a user, group or room", each)
    return frozenset(listed)


def only_to_from(text: str | None) -> list[str] | None:
    """The value of ``LINETAP_LINE_ONLY_TO``: ids, separated by commas; None where the variable is not set."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def not_listed() -> LinetapError:
    """The error of a delivery that is not sent in staging."""
    return LinetapError(NOT_LISTED)


def check_unlimited(only_to: OnlyTo | None, what: str) -> None:
    """Raises ``BadArgument`` for a call whose recipients linetap does not know, such as a broadcast."""
    if only_to is not None:
        rule = "must not be called on a client with only_to: linetap cannot limit its recipients"
        raise invalid(what, rule, literal_text(f"only_to with {len(only_to)} ids"), "use push or multicast")


def check_request(only_to: OnlyTo | None, method: object, path: object) -> None:
    """The same for ``request()``, where it calls an endpoint that sends messages."""
    if only_to is not None and str(method).upper() == "POST" and _SENDING.match(str(path)):
        check_unlimited(only_to, f"request({path!r})")
