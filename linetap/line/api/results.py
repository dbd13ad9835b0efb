"""What LINE tells us of followers and of what it took, as frozen values. Nothing here knows who sends it.

The account's values are in :mod:`linetap.line.api.account_results`, those of a bulk send in ``models_bulk``. They come
with their first use: classes of attrs are the dearest thing in a client's import.
"""

from __future__ import annotations

from collections.abc import Sized

import attrs


def how_many(things: Sized) -> str:
    """A long tuple as a repr shows it."""
    return f"<{len(things)}>"


@attrs.frozen
class FollowerPage:
    """One page of followers. It can be shorter than asked for, even empty, while ``next`` is there.

    https://developers.line.biz/en/reference/messaging-api/#get-follower-ids-response
    """

    user_ids: tuple[str, ...] = attrs.field(repr=how_many)
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
    already_accepted: bool = False
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
    already_accepted: bool = False
    attempts: int = 1
    retry_key: str | None = None
