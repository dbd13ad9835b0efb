"""``AsyncLineClient``: the same endpoints, awaited (extra ``async``)."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from time import time
from typing import Any
from uuid import UUID

from linetap.display.progress import Progress, length_of, reporting
from linetap.errors import Problem
from linetap.http.aio.transport import AsyncClientOptions, AsyncTransport
from linetap.http.options import check_options
from linetap.http.types import Operation, Response
from linetap.line import lazy_types as types
from linetap.line.api import checked
from linetap.line.api.retry_keys import fresh_key
from linetap.line.client_base import LineClientBase
from linetap.line.client_options import (
    HOSTS,
    IN_FLIGHT,
    PACES,
    bulk_options,
    hosts,
    token_provider,
)
from linetap.line.environment import from_environment
from linetap.line.tokens import TokenProvider


class AsyncFollowers:
    """The followers of an account: ``async for`` over their ids (str), or over ``pages()``.

    Nothing is fetched before the first step. Each iteration walks anew from the start.
    """

    def __init__(self, transport: AsyncTransport, first: Operation[types.FollowerPage]) -> None:
        self._transport, self._first = transport, first

    def pages(self) -> AsyncIterator[types.FollowerPage]:
        """Page by page; a page's ``next`` is where ``followers(start=...)`` goes on, within 24 hours."""
        return self._transport.pages(self._first)

    async def __aiter__(self) -> AsyncIterator[str]:
        async for page in self.pages():
            for user_id in page.user_ids:
                yield user_id

    def __repr__(self) -> str:
        return f"AsyncFollowers({dict(self._first.request.params)})"


class AsyncLineClient(LineClientBase[AsyncTransport]):
    """LINE's Messaging API for one channel, awaited: :class:`linetap.LineClient` method by method.

    Needs aiohttp (``pip install 'linetap[async]'``); works on asyncio's own loop and on uvloop, on one loop at a
    time. ``session`` is an ``aiohttp.ClientSession`` of yours. Close it with ``async with`` or ``await close()``.

    https://developers.line.biz/en/reference/messaging-api/
    """

    def __init__(self, channel_access_token: str | TokenProvider, **options: types.Unpack[AsyncClientOptions]) -> None:
        check_options(self, options, AsyncClientOptions)
        base_url = options.pop("base_url", None)
        rest: Any = options  # what the type does not know: base_url has been taken out
        self._transport = AsyncTransport(
            hosts(base_url), token_provider(channel_access_token), service="line", paces=PACES, **rest
        )
        self._address = base_url or HOSTS["api"]

    @classmethod
    def from_env(cls, prefix: str = "LINETAP_", **options: types.Unpack[AsyncClientOptions]) -> types.Self:
        """A client from the environment.

        It reads ``LINETAP_LINE_CHANNEL_ACCESS_TOKEN``, or ``..._CHANNEL_ID`` and ``..._CHANNEL_SECRET``.
        ``LINETAP_LINE_BASE_URL`` points it elsewhere. Several accounts have several prefixes.
        """
        token, base_url = from_environment(prefix, os.environ)
        if base_url is not None:
            options.setdefault("base_url", base_url)
        return cls(token, **options)

    async def close(self) -> None:
        """Closes the connections, except those of a session that was handed in; the next call opens new ones."""
        await self._transport.close()

    async def __aenter__(self) -> types.Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def followers(self, *, page_size: int = 1000, start: str | None = None) -> AsyncFollowers:
        """The ids of the people who follow the account, lazily; errors come at the first step.

        As :meth:`linetap.LineClient.followers`, with ``async for``.
        https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
        """
        return AsyncFollowers(self._transport, checked.followers(page_size, start))

    async def push(
        self,
        to: str,
        messages: types.Messages,
        *,
        notification_disabled: bool = False,
        aggregation_unit: str | None = None,
        retry_key: UUID | str | None = None,
    ) -> types.PushResult:
        """Sends 1 to 5 messages to one user, group or room, under a retry key. As :meth:`linetap.LineClient.push`.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        return await self._transport.do(
            checked.push(
                to,
                messages,
                notification_disabled=notification_disabled,
                aggregation_unit=aggregation_unit,
                retry_key=retry_key,
            )
        )

    async def multicast(
        self,
        to: Sequence[str],
        messages: types.Messages,
        *,
        notification_disabled: bool = False,
        aggregation_unit: str | None = None,
        retry_key: UUID | str | None = None,
    ) -> types.SendResult:
        """Sends the same 1 to 5 messages to 1 to 500 users (no groups or rooms); who is named twice gets them once.

        https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
        """
        return await self._transport.do(
            checked.multicast(
                to,
                messages,
                notification_disabled=notification_disabled,
                aggregation_unit=aggregation_unit,
                retry_key=retry_key,
            )
        )

    def push_each(
        self,
        deliveries: Iterable[types.Delivery] | AsyncIterable[types.Delivery],
        *,
        in_flight: int = IN_FLIGHT,
        ordered: bool = False,
        journal: str | types.Path | None = None,
        use_multicast: bool = False,
        on_outcome: Callable[[types.DeliveryOutcome], object] | None = None,
    ) -> AsyncGenerator[types.DeliveryOutcome, None]:
        """Sends many deliveries, drawn lazily, and gives the outcome of each as it comes.

        ``deliveries`` may be an async iterable. Leave the loop early inside ``contextlib.aclosing``: then no more
        is sent, and what is in flight is waited for. As :meth:`linetap.LineClient.push_each`.
        """
        options = bulk_options(
            deliveries,
            allow_async=True,
            in_flight=in_flight,
            ordered=ordered,
            journal=journal,
            use_multicast=use_multicast,
            on_outcome=on_outcome,
        )
        return self._push_each(deliveries, options)

    async def push_many(
        self,
        deliveries: Iterable[types.Delivery] | AsyncIterable[types.Delivery],
        *,
        in_flight: int = IN_FLIGHT,
        journal: str | types.Path | None = None,
        use_multicast: bool = False,
        progress: Progress = None,
        on_outcome: Callable[[types.DeliveryOutcome], object] | None = None,
    ) -> types.SendReport:
        """Sends many deliveries and tells what became of them. As :meth:`linetap.LineClient.push_many`.

        ``deliveries`` may be an async iterable. Where the task is cancelled no more is sent, what is in flight is
        waited for, and every outcome is entered in the journal before the cancellation goes on; the
        ``CancelledError`` has the ``report``, and a second cancellation ends the waiting. A journal's flush to the
        disk happens in the event loop. ``on_outcome`` is a plain function.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        options = bulk_options(
            deliveries,
            allow_async=True,
            in_flight=in_flight,
            journal=journal,
            use_multicast=use_multicast,
            on_outcome=on_outcome,
        )
        with reporting(progress, total=length_of(deliveries), unit="deliveries") as tick:
            from linetap.line.bulk.tasks import run

            bulk = options.start(tick, self._transport.clock, time, fresh_key)
            async for _ in run(self._transport, bulk, options, deliveries):
                pass
            return bulk.counter.report()

    async def _push_each(
        self, deliveries: Iterable[types.Delivery] | AsyncIterable[types.Delivery], options: types.BulkOptions
    ) -> AsyncGenerator[types.DeliveryOutcome, None]:
        from linetap.line.bulk.tasks import run

        bulk = options.start(lambda more: None, self._transport.clock, time, fresh_key)
        async with aclosing(run(self._transport, bulk, options, deliveries)) as outcomes:
            async for outcome in outcomes:
                yield outcome

    async def validate_push(self, messages: types.Messages) -> tuple[Problem, ...]:
        """What LINE itself finds wrong with the messages; () is fine. Nothing is sent to anybody.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
        """
        return await self._transport.do(checked.validate_push(messages))

    async def profile(self, user_id: str) -> types.LineProfile | None:
        """Who a user id belongs to; None where LINE does not tell (404: unknown, not a friend, blocked).

        https://developers.line.biz/en/reference/messaging-api/#get-profile
        """
        return await self._transport.do(checked.profile(user_id))

    async def bot_info(self) -> types.BotInfo:
        """The account itself: the cheapest call that proves a token.

        https://developers.line.biz/en/reference/messaging-api/#get-bot-info
        """
        from linetap.line.api import account

        return await self._transport.do(account.bot_info())

    async def quota(self) -> types.Quota:
        """The month's messages: limit, used and remaining. Two requests; ``used`` is approximate.

        https://developers.line.biz/en/reference/messaging-api/#get-quota
        """
        from linetap.line.api import account
        from linetap.line.api.account_results import Quota

        limit = await self._transport.do(account.quota_limit())
        return Quota(limit, await self._transport.do(account.quota_used()))

    async def unit_statistics(self, unit: str, since: date, until: date) -> types.UnitStatistics:
        """Impressions and clicks of the messages sent under ``aggregation_unit``; up to 31 days, of UTC+9.

        https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
        """
        return await self._transport.do(checked.unit_statistics(unit, since, until))

    async def issue_link_token(self, user_id: str) -> str:
        """A token (one use, 10 minutes) that begins the linking of a person's account with yours.

        https://developers.line.biz/en/reference/messaging-api/#issue-link-token
        """
        return await self._transport.do(checked.issue_link_token(user_id))

    async def request(
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
        """Any endpoint linetap does not name; raises like the others. As :meth:`linetap.LineClient.request`."""
        return await self._transport.do(
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
