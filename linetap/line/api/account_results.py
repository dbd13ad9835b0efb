"""The account and its users, as frozen values.

Properties that linetap does not know are stored in ``extra``, under LINE's own names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs


def _no_extra() -> Mapping[str, Any]:
    return {}


@attrs.frozen
class LineProfile:
    """The profile of a user. https://developers.line.biz/en/reference/messaging-api/#get-profile"""

    user_id: str
    display_name: str
    picture_url: str | None = None
    status_message: str | None = None
    language: str | None = None
    """A BCP 47 tag such as ``ja`` or ``zh-TW``."""
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)


@attrs.frozen
class BotInfo:
    """The account itself. https://developers.line.biz/en/reference/messaging-api/#get-bot-info"""

    user_id: str
    basic_id: str
    display_name: str
    premium_id: str | None = None
    picture_url: str | None = None
    chat_mode: str | None = None
    """``chat`` or ``bot``."""
    mark_as_read_mode: str | None = None
    """``auto`` or ``manual``."""
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)


@attrs.frozen
class Quota:
    """The quota of the month. Messages sent in LINE Official Account Manager count too; ``used`` is approximate.

    https://developers.line.biz/en/reference/messaging-api/#get-quota
    """

    limit: int | None
    """None where the plan has no limit."""
    used: int

    @property
    def remaining(self) -> int | None:
        """The messages that can still be sent this month, never below 0; None where there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


_NOT_COUNTED = {
    "unready": "LINE has not counted this day yet: call again the next day",
    "out_of_service": "LINE has no counts for this day",
}


@attrs.frozen
class DeliveryCounts:
    """How many messages were sent through the API on one day. None: not counted, see ``reason``.

    https://developers.line.biz/en/reference/messaging-api/#get-number-of-push-messages
    """

    status: str
    """``ready``, ``unready`` or ``out_of_service``."""
    success: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)

    @property
    def reason(self) -> str | None:
        """Why there is no number; None where there is one."""
        return None if self.success is not None else _NOT_COUNTED.get(self.status, f"LINE gives none ({self.status})")
