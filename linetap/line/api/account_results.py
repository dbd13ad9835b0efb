"""The account, its users and its statistics, as frozen values.

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


@attrs.frozen
class MessageStatistics:
    """One message bubble of a unit. None: fewer than 20 users, for whom LINE gives no number."""

    seq: int
    impression: int | None = None
    unique_impression: int | None = None
    media_played: int | None = None
    unique_media_played: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)


@attrs.frozen
class ClickStatistics:
    """One URL of the messages of a unit."""

    seq: int
    url: str
    click: int | None = None
    unique_click: int | None = None
    unique_click_of_request: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)


@attrs.frozen
class UnitStatistics:
    """Impressions, plays and clicks of the messages sent under one aggregation unit.

    https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit-response
    """

    unique_impression: int | None = None
    """Users who saw at least one bubble; None below 20 users."""
    unique_click: int | None = None
    unique_media_played: int | None = None
    messages: tuple[MessageStatistics, ...] = ()
    clicks: tuple[ClickStatistics, ...] = ()
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)
