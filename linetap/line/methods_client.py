"""The methods of ``LineClient`` that are used every day.

Generated from ``linetap/line/methods_async_client.py`` by ``nox -s generate``; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from attrs import evolve

from linetap.errors import Problem
from linetap.http.sync.transport import SyncTransport
from linetap.http.types import Operation, Response
from linetap.line import lazy_types as types
from linetap.line.api import checked
from linetap.line.bulk_client import BulkClient
from linetap.line.groups_client import Groups
from linetap.line.staging import check_request, check_unlimited


class Followers:
    """The followers of an account: iterate over their user ids (str), or over ``pages()``.

    Nothing is fetched before the first step. Each iteration starts with the first page.
    """

    def __init__(self, transport: SyncTransport, first: Operation[types.FollowerPage]) -> None:
        self._transport, self._first = transport, first

    def pages(self) -> Iterator[types.FollowerPage]:
        """Page by page; ``followers(start=page.next)`` continues after a page, within 24 hours."""
        return self._transport.pages(self._first)

    def __iter__(self) -> Iterator[str]:
        for page in self.pages():
            for user_id in page.user_ids:
                yield user_id

    def __repr__(self) -> str:
        return f"Followers({dict(self._first.request.params)})"


class LineMethods(Groups, BulkClient):
    """The methods of a client that are at its top."""

    def followers(self, *, page_size: int = 1000, start: str | None = None) -> Followers:
        """The user ids of the account's followers, lazily; errors are raised at the first step.

        ``page_size``: ids per request, 1 to 1,000. ``start``: the ``next`` of an earlier page, to continue after it.
        Users who blocked the account are not included. An id may come twice when users follow meanwhile.

        Raises ``Forbidden`` for accounts that are neither verified nor premium: collect ids by webhooks there.

        https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
        """
        return Followers(self._transport, checked.followers(page_size, start))

    def push(
        self,
        to: str,
        messages: types.Messages,
        *,
        notification_disabled: bool = False,
        aggregation_unit: str | None = None,
        retry_key: UUID | str | None = None,
    ) -> types.PushResult:
        """Sends 1 to 5 messages to one user, group or room.

        A retry key is made before the first attempt and used for all, so nothing arrives twice. With a key of your
        own (``retry_key_for("order", 17)``) a second call within 24 hours sends nothing. Accepted is not delivered:
        a user who blocked the account gets nothing, and LINE does not report it.

        Raises ``BadArgument``, ``QuotaExceeded`` (the monthly quota is used up), ``NoResponse`` (with the retry key)
        and the other errors of ``linetap.errors``.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        operation = checked.push(
            to,
            messages,
            notification_disabled=notification_disabled,
            aggregation_unit=aggregation_unit,
            retry_key=retry_key,
        )
        return self._push(to, operation)

    def push_delivery(self, delivery: types.Delivery) -> types.PushResult:
        """Sends one delivery completely: with its options and its retry key. Raises the errors of :meth:`push`.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        operation = checked.push_delivery(delivery)
        return self._push(delivery.to, operation)

    def test_send(self, campaign: types.Fillable, me: str, profile: Mapping[str, Any] | object) -> types.PushResult:
        """Sends a campaign's messages for one profile to ``me``, after a text message "TEST: name of the campaign".

        The test has no aggregation unit and a retry key of its own, so it does not change the campaign's statistics
        and can be repeated. The profile must have a LINE id, which is not used. A campaign of five messages, LINE's
        maximum, needs a second push after that of the mark; the result is that of the campaign's messages.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        *mark, messages = checked.test_send(campaign, me, profile)
        for operation in mark:
            self._push(me, operation)
        return self._push(me, messages)

    def _push(self, to: str, operation: Operation[types.PushResult]) -> types.PushResult:
        if self._only_to is not None and to not in self._only_to:
            return types.PushResult(attempts=0, not_sent=True)
        return self._transport.do(operation)

    def multicast(
        self,
        to: Sequence[str],
        messages: types.Messages,
        *,
        notification_disabled: bool = False,
        aggregation_unit: str | None = None,
        retry_key: UUID | str | None = None,
    ) -> types.SendResult:
        """Sends the same 1 to 5 messages to 1 to 500 users (no groups or rooms), once to each user.

        https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
        """
        operation, not_sent = checked.multicast(
            to,
            messages,
            self._only_to,
            notification_disabled=notification_disabled,
            aggregation_unit=aggregation_unit,
            retry_key=retry_key,
        )
        if operation is None:
            return types.SendResult(attempts=0, not_sent=not_sent)
        result = self._transport.do(operation)
        return evolve(result, not_sent=not_sent) if not_sent else result

    def broadcast(
        self,
        messages: types.Messages,
        *,
        notification_disabled: bool = False,
        retry_key: UUID | str | None = None,
    ) -> types.SendResult:
        """Sends 1 to 5 messages to all followers; 60 calls per hour. ``insight.message_events`` takes its request id.

        A retry key is used as in :meth:`push`. Raises ``BadArgument`` on a client with ``only_to``.
        https://developers.line.biz/en/reference/messaging-api/#send-broadcast-message
        """
        check_unlimited(self._only_to, "broadcast")
        operation = checked.broadcast(messages, notification_disabled=notification_disabled, retry_key=retry_key)
        return self._transport.do(operation)

    def reply(
        self, reply_token: str, messages: types.Messages, *, notification_disabled: bool = False
    ) -> types.PushResult:
        """Replies to a webhook event with 1 to 5 messages, once, within a minute of the event; it costs no quota.

        LINE accepts no retry key here, so a call without a response is not repeated. Raises ``BadArgument`` on a
        client with ``only_to``. https://developers.line.biz/en/reference/messaging-api/#send-reply-message
        """
        check_unlimited(self._only_to, "reply")
        operation = checked.reply(reply_token, messages, notification_disabled=notification_disabled)
        return self._transport.do(operation)

    def delivery_counts(self, kind: str, day: date) -> types.DeliveryCounts:
        """How many messages were sent on a day (UTC+9) by ``push``, ``multicast``, ``broadcast`` or ``reply``.

        Usually ready the next day. https://developers.line.biz/en/reference/messaging-api/#get-number-of-push-messages
        """
        return self._transport.do(checked.delivery_counts(kind, day))

    def validate_push(self, messages: types.Messages) -> tuple[Problem, ...]:
        """The problems that LINE itself finds in the messages; () means none. Nothing is sent to a user.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
        """
        return self._transport.do(checked.validate_push(messages))

    def profile(self, user_id: str) -> types.LineProfile | None:
        """The profile of a user; None for 404: the id is unknown, or the user is no follower or blocked the account.

        https://developers.line.biz/en/reference/messaging-api/#get-profile
        """
        return self._transport.do(checked.profile(user_id))

    def bot_info(self) -> types.BotInfo:
        """The account itself. This is the cheapest call that checks a token.

        https://developers.line.biz/en/reference/messaging-api/#get-bot-info
        """
        from linetap.line.api import account

        return self._transport.do(account.bot_info())

    def quota(self) -> types.Quota:
        """The monthly quota: limit, used and remaining. Two requests; ``used`` is approximate.

        https://developers.line.biz/en/reference/messaging-api/#get-quota
        """
        from linetap.line.api import account

        limit = self._transport.do(account.quota_limit())
        return types.Quota(limit, self._transport.do(account.quota_used()))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        host: str = "api",
        retry_key: UUID | str | None = None,
        repeatable: bool = False,
    ) -> Response:
        """Calls an endpoint that linetap has no method for; raises the same errors as the other methods.

        ``host="api-data"`` for content. ``repeatable=True`` where a second request does no harm (every GET): then
        it is repeated after a lost response. A ``retry_key`` is for broadcast and narrowcast, where a 409 is success
        and is returned as the response; LINE rejects a key elsewhere.
        """
        check_request(self._only_to, method, path)
        return self._transport.do(
            checked.request(
                method,
                path,
                params=params,
                json=json,
                content=content,
                headers=headers,
                host=host,
                retry_key=retry_key,
                repeatable=repeatable,
            )
        )
