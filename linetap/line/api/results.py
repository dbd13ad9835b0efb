"""The results of the calls that send messages and list followers, as frozen values.

Other results are in modules of their own and are imported with their first use: attrs classes take most of the time
that the import of a client takes.
"""

from __future__ import annotations

from collections.abc import Sized

import attrs


def count_repr(things: Sized) -> str:
    """The length of a long tuple, for a repr."""
    return f"<{len(things)}>"


@attrs.frozen
class FollowerPage:
    """One page of followers. It can be shorter than ``page_size``, even empty, although ``next`` is set.

    https://developers.line.biz/en/reference/messaging-api/#get-follower-ids-response
    """

    user_ids: tuple[str, ...] = attrs.field(repr=count_repr)
    next: str | None = None
    """The token of the next page, valid for 24 hours as ``followers(start=...)``; None on the last page."""


@attrs.frozen
class SentMessage:
    """One message that LINE accepted."""

    id: str
    quote_token: str | None = None
    """For quoting this message later; only for kinds that can be quoted."""


@attrs.frozen
class PushResult:
    """LINE accepted a push. Accepted is not delivered: a user who blocked the account gets nothing.

    https://developers.line.biz/en/reference/messaging-api/#send-push-message-response
    """

    sent_messages: tuple[SentMessage, ...] = ()
    """In the order of the messages in the call."""
    request_id: str | None = None
    """``X-Line-Request-Id`` of the request that LINE accepted."""
    already_accepted: bool = False
    """An earlier attempt with the same retry key had been accepted; nothing was sent a second time."""
    attempts: int = 1
    """How many requests the call sent."""
    retry_key: str | None = None
    """The ``X-Line-Retry-Key`` of all attempts."""
    not_sent: bool = False
    """True where the client has ``only_to`` and the recipient is not in it: nothing was sent."""


@attrs.frozen
class SendResult:
    """LINE accepted a multicast, which has no message ids.

    https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
    """

    request_id: str | None = None
    already_accepted: bool = False
    attempts: int = 1
    retry_key: str | None = None
    not_sent: tuple[str, ...] = attrs.field(default=(), repr=count_repr)
    """The recipients that are not in the client's ``only_to``: nothing was sent to them."""
