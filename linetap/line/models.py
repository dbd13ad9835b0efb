"""What LINE tells us, and what we ask of it, as frozen values. Nothing here knows who sends it.

Keys LINE adds that linetap does not know yet are kept in ``extra``, under LINE's own names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from copy import copy
from typing import Any
from uuid import UUID

import attrs

from linetap import html
from linetap.errors import LinetapError, bad
from linetap.line.keys import key_text


def _no_extra() -> Mapping[str, Any]:
    return {}


def _how_many(things: Sized) -> str:
    return f"<{len(things)}>"


@attrs.frozen
class FollowerPage:
    """One page of followers. It can be shorter than asked for, even empty, while ``next`` is there.

    https://developers.line.biz/en/reference/messaging-api/#get-follower-ids-response
    """

    user_ids: tuple[str, ...] = attrs.field(repr=_how_many)
    next: str | None = None
    """The token of the next page, good for 24 hours as ``followers(start=...)``; None on the last page."""


@attrs.frozen
class SentMessage:
    """One message LINE took."""

    id: str
    quote_token: str | None = None
    """For quoting this message later; only for kinds that can be quoted."""


@attrs.frozen
class PushResult:
    """LINE accepted a push. Accepted is not delivered: a person who blocked the account gets nothing.

    https://developers.line.biz/en/reference/messaging-api/#send-push-message-response
    """

    sent_messages: tuple[SentMessage, ...] = ()
    """In the order of the messages given."""
    request_id: str | None = None
    """``X-Line-Request-Id`` of the request that LINE accepted."""
    accepted_before: bool = False
    """An earlier attempt with the same retry key had been accepted; nothing was sent a second time."""
    attempts: int = 1
    """How many requests the call took."""
    retry_key: str | None = None
    """The ``X-Line-Retry-Key`` of all attempts."""


@attrs.frozen
class SendResult:
    """LINE accepted a multicast, which has no message ids.

    https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
    """

    request_id: str | None = None
    accepted_before: bool = False
    attempts: int = 1
    retry_key: str | None = None


@attrs.frozen
class LineProfile:
    """Who a user id belongs to. https://developers.line.biz/en/reference/messaging-api/#get-profile"""

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
    """The month's messages; messages sent by hand in the manager count too, and ``used`` is approximate.

    https://developers.line.biz/en/reference/messaging-api/#get-quota
    """

    limit: int | None
    """None where the plan sets no limit."""
    used: int

    @property
    def remaining(self) -> int | None:
        """What is left of the month, never below 0; None where there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


@attrs.frozen
class MessageStatistics:
    """One bubble of the messages of a unit. None: fewer than 20 people, which LINE does not tell."""

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
    """What people did with the messages sent under one aggregation unit.

    https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit-response
    """

    unique_impression: int | None = None
    """People who saw at least one bubble; None below 20 people."""
    unique_click: int | None = None
    unique_media_played: int | None = None
    messages: tuple[MessageStatistics, ...] = ()
    clicks: tuple[ClickStatistics, ...] = ()
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)


def _check_recipient(self: Any, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise bad("Delivery.to", "is the id of one user, group or room, as a string", value)


def _key(key: UUID | str | None) -> str | None:
    return None if key is None else key_text(key, "Delivery.retry_key")


@attrs.frozen
class Delivery:
    """Messages for one recipient: what ``push_many`` takes and ``Campaign.deliveries`` gives.

    ``messages`` is anything ``push`` takes: a message, a str, or a sequence of them (1 to 5).
    """

    to: str = attrs.field(validator=_check_recipient)
    messages: Any
    retry_key: str | None = attrs.field(default=None, converter=_key)
    """Given, it is kept; otherwise one is made before the first attempt."""
    notification_disabled: bool = False
    aggregation_unit: str | None = None


@attrs.frozen
class DeliveryOutcome:
    """What became of one delivery."""

    delivery: Delivery
    result: PushResult | SendResult | None = None
    error: LinetapError | None = None
    attempted: bool = True
    """False where the delivery was drawn but never sent, because the run had been stopped by then."""

    @property
    def ok(self) -> bool:
        """LINE accepted it, now or before."""
        return self.result is not None


@attrs.frozen
class SendReport:
    """What became of a bulk send. The five counts add up to the deliveries drawn."""

    sent: int = 0
    """Accepted by LINE in this run."""
    accepted_before: int = 0
    """Accepted earlier under the same retry key, or in an earlier run of the same journal."""
    refused: int = 0
    """LINE, or linetap's own checks, said no; nothing was sent to them."""
    unanswered: int = 0
    """Sent without an answer, to the end of all attempts: they may have arrived."""
    not_sent: int = 0
    """Drawn, but never sent: the run had stopped (a used-up quota, an error of the caller's)."""
    elapsed: float = 0.0
    """Seconds."""
    failures: tuple[DeliveryOutcome, ...] = attrs.field(default=(), repr=_how_many)
    """The first 10,000 outcomes that are not ok; ``on_outcome`` sees all."""
    stopped_by: LinetapError | None = None
    """Why no more were drawn, where the run ended early."""

    @property
    def drawn(self) -> int:
        """How many deliveries were taken from what was given."""
        return self.sent + self.accepted_before + self.refused + self.unanswered + self.not_sent

    @property
    def ok(self) -> bool:
        """Everything drawn was accepted, and the run came to its end."""
        return self.stopped_by is None and self.drawn == self.sent + self.accepted_before

    def raise_for_failures(self) -> SendReport:
        """This report where it is ``ok``; otherwise the error that ended the run, or the first one kept."""
        if self.ok:
            return self
        error = self.stopped_by or next((outcome.error for outcome in self.failures if outcome.error), None)
        # A copy: the report holds the error itself, and a circle does not pickle.
        error = copy(error) if error else LinetapError("not everything was sent")
        error.report = self
        raise error

    def _repr_html_(self) -> str:
        counts = [
            ("sent", self.sent),
            ("accepted before", self.accepted_before),
            ("refused", self.refused),
            ("unanswered", self.unanswered),
            ("not sent", self.not_sent),
        ]
        seconds = f"{self.elapsed:,.1f} s"
        note = f"{seconds}; stopped: {self.stopped_by}" if self.stopped_by else seconds
        picture = html.table("Bulk send", counts, note=note)
        if not self.failures:
            return picture
        more = len(self.failures) - 10
        rows = [(outcome.delivery.to, str(outcome.error or "")) for outcome in self.failures[:10]]
        return picture + html.table(
            "Not accepted", rows, head=("to", "why"), note=f"and {more:,} more in .failures" if more > 0 else ""
        )
