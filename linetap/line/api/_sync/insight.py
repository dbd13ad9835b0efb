"""Generated from ``linetap/line/api/insight.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from linetap.http.group import Group
from linetap.line.api.insight import (
    FollowerCounts,
    FollowerDemographics,
    MessageDeliveries,
    MessageEvents,
    UnitStatistics,
    deliveries,
    demographics,
    followers,
    message_events,
    unit_statistics,
)

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport


class Insight(Group):
    """Statistics of messages and followers: ``line.insight``. 60 calls per hour for each method."""

    _transport: SyncTransport

    def followers(self, day: date) -> FollowerCounts:
        """The number of followers, of reachable users and of blocks at the end of a day (UTC+9).

        https://developers.line.biz/en/reference/messaging-api/#get-number-of-followers
        """
        return self._transport.do(followers(day))

    def deliveries(self, day: date) -> MessageDeliveries:
        """How many messages were sent on a day (UTC+9), by kind of sending; usually ready the next day.

        https://developers.line.biz/en/reference/messaging-api/#get-number-of-delivery-messages
        """
        return self._transport.do(deliveries(day))

    def demographics(self) -> FollowerDemographics:
        """Gender, age, area, app and time since they follow of the followers; about three days old.

        https://developers.line.biz/en/reference/messaging-api/#get-demographic
        """
        return self._transport.do(demographics())

    def message_events(self, request_id: str) -> MessageEvents:
        """Impressions, plays and clicks of one broadcast or narrowcast, by the request id of its result.

        LINE counts for 14 days after the sending, and gives no number below 20 users.
        https://developers.line.biz/en/reference/messaging-api/#get-message-event
        """
        return self._transport.do(message_events(request_id))

    def unit_statistics(self, unit: str, since: date, until: date) -> UnitStatistics:
        """Impressions and clicks of the messages sent under ``aggregation_unit``; up to 31 days (UTC+9).

        LINE counts for 14 days after the sending, and gives no number below 20 users.
        https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
        """
        return self._transport.do(unit_statistics(unit, since, until))
