"""``LineClient``: LINE's endpoints as methods."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date
from time import time
from typing import Any
from uuid import UUID

from linetap.display.progress import Progress, length_of, reporting
from linetap.errors import Problem
from linetap.http.options import check_options
from linetap.http.sync import ClientOptions, SyncTransport
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


class Followers:
    """The followers of an account: iterate for their ids (str), or over ``pages()``.

    Nothing is fetched before the first step. Each iteration walks anew from the start.
    """

    def __init__(self, transport: SyncTransport, first: Operation[types.FollowerPage]) -> None:
        self._transport, self._first = transport, first

    def pages(self) -> Iterator[types.FollowerPage]:
        """Page by page; a page's ``next`` is where ``followers(start=...)`` goes on, within 24 hours."""
        return self._transport.pages(self._first)

    def __iter__(self) -> Iterator[str]:
        for page in self.pages():
            yield from page.user_ids

    def __repr__(self) -> str:
        return f"Followers({dict(self._first.request.params)})"


class LineClient(LineClientBase[SyncTransport]):
    """LINE's Messaging API for one channel.

    ``channel_access_token``: a token made in the console, or ``StatelessToken(channel_id, channel_secret)``,
    which issues 15-minute tokens as they are needed. Thread-safe, safe after a fork; nothing is sent before a
    method is called. Wrong arguments are a ``BadArgument`` with all that is wrong, before anything is sent.

    https://developers.line.biz/en/reference/messaging-api/
    """

    def __init__(self, channel_access_token: str | TokenProvider, **options: types.Unpack[ClientOptions]) -> None:
        check_options(self, options, ClientOptions)
        base_url = options.pop("base_url", None)
        rest: Any = options  # what the type does not know: base_url has been taken out
        self._transport = SyncTransport(
            hosts(base_url), token_provider(channel_access_token), service="line", paces=PACES, **rest
        )
        self._address = base_url or HOSTS["api"]

    @classmethod
    def from_env(cls, prefix: str = "LINETAP_", **options: types.Unpack[ClientOptions]) -> types.Self:
        """A client from the environment.

        It reads ``LINETAP_LINE_CHANNEL_ACCESS_TOKEN``, or ``..._CHANNEL_ID`` and ``..._CHANNEL_SECRET``.
        ``LINETAP_LINE_BASE_URL`` points it elsewhere. Several accounts have several prefixes.
        """
        token, base_url = from_environment(prefix, os.environ)
        if base_url is not None:
            options.setdefault("base_url", base_url)
        return cls(token, **options)

    def close(self) -> None:
        """Closes the connections, except those of a session that was handed in; the next call opens new ones."""
        self._transport.close()

    def __enter__(self) -> types.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def followers(self, *, page_size: int = 1000, start: str | None = None) -> Followers:
        """The ids of the people who follow the account, lazily; errors come at the first step.

        ``page_size``: ids a request, 1 to 1,000. ``start``: the ``next`` of an earlier page, to go on from there.
        People who blocked the account are left out. An id may come twice when people follow meanwhile.

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

        A retry key is made before the first attempt and kept for all, so nothing arrives twice; give your own
        (``retry_key_for("order", 17)``) to make a repeated run harmless too, within 24 hours. Accepted is not
        delivered: who blocked the account gets nothing, and LINE does not tell.

        Raises ``BadArgument``, ``QuotaExceeded`` (the month is used up), ``NoResponse`` (with the retry key), ...

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        return self._transport.do(
            checked.push(
                to,
                messages,
                notification_disabled=notification_disabled,
                aggregation_unit=aggregation_unit,
                retry_key=retry_key,
            )
        )

    def multicast(
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
        return self._transport.do(
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
        deliveries: Iterable[types.Delivery],
        *,
        in_flight: int = IN_FLIGHT,
        ordered: bool = False,
        journal: str | types.Path | None = None,
        use_multicast: bool = False,
        on_outcome: Callable[[types.DeliveryOutcome], object] | None = None,
    ) -> Generator[types.DeliveryOutcome, None, None]:
        """Sends many deliveries, drawn lazily, and gives the outcome of each as it comes.

        Leaving the loop sends no more and waits for what is in flight. Arguments as for :meth:`push_many`;
        ``ordered`` gives the outcomes in the order of the deliveries.
        """
        options = bulk_options(
            deliveries,
            in_flight=in_flight,
            ordered=ordered,
            journal=journal,
            use_multicast=use_multicast,
            on_outcome=on_outcome,
        )
        return self._push_each(deliveries, options)

    def push_many(
        self,
        deliveries: Iterable[types.Delivery],
        *,
        in_flight: int = IN_FLIGHT,
        journal: str | types.Path | None = None,
        use_multicast: bool = False,
        progress: Progress = None,
        on_outcome: Callable[[types.DeliveryOutcome], object] | None = None,
    ) -> types.SendReport:
        """Sends many deliveries and tells what became of them; a delivery that is wrong stops no other.

        Args:
            deliveries: any iterable of ``Delivery``, drawn lazily: memory does not grow with it.
            in_flight: requests at once, 1 to 512. A second takes at most ``in_flight`` / latency of them.
            journal: a file that keeps what is about to be sent. Run again with it after a crash: who was served
                is not served again, and what was in flight is asked again under its key while LINE remembers
                it (24 hours); later it is told as no_response and never sent again. A delivery is known again by
                recipient and content, or by its own ``retry_key`` where it has one. One file for each send.
            use_multicast: send deliveries of the same messages as multicasts of up to 500 users. A multicast reaches
                friends alone; a push also reaches who wrote to the account within seven days.
            progress: True for a bar (extra ``progress``), or ``callable(done, total)``.
            on_outcome: called with every :class:`DeliveryOutcome`; the report keeps the first 10,000 failures.

        Raises:
            QuotaExceeded, Unauthorized, Forbidden: it would be the same for everybody else.
            NoResponse, ServerError, TooManyRequests: so many sends in a row used up their attempts.
            In all cases no more is drawn, what is in flight is waited for, and ``error.report`` has the counts.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        options = bulk_options(
            deliveries, in_flight=in_flight, journal=journal, use_multicast=use_multicast, on_outcome=on_outcome
        )
        with reporting(progress, total=length_of(deliveries), unit="deliveries") as tick:
            from linetap.line.bulk.threads import run

            bulk = options.start(tick, self._transport.clock, time, fresh_key)
            for _ in run(self._transport, bulk, options, deliveries):
                pass
            return bulk.counter.report()

    def _push_each(
        self, deliveries: Iterable[types.Delivery], options: types.BulkOptions
    ) -> Generator[types.DeliveryOutcome, None, None]:
        from linetap.line.bulk.threads import run

        bulk = options.start(lambda more: None, self._transport.clock, time, fresh_key)
        yield from run(self._transport, bulk, options, deliveries)

    def validate_push(self, messages: types.Messages) -> tuple[Problem, ...]:
        """What LINE itself finds wrong with the messages; () is fine. Nothing is sent to anybody.

        https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
        """
        return self._transport.do(checked.validate_push(messages))

    def profile(self, user_id: str) -> types.LineProfile | None:
        """Who a user id belongs to; None where LINE does not tell (404: unknown, not a friend, blocked).

        https://developers.line.biz/en/reference/messaging-api/#get-profile
        """
        return self._transport.do(checked.profile(user_id))

    def bot_info(self) -> types.BotInfo:
        """The account itself: the cheapest call that proves a token.

        https://developers.line.biz/en/reference/messaging-api/#get-bot-info
        """
        from linetap.line.api import account

        return self._transport.do(account.bot_info())

    def quota(self) -> types.Quota:
        """The month's messages: limit, used and remaining. Two requests; ``used`` is approximate.

        https://developers.line.biz/en/reference/messaging-api/#get-quota
        """
        from linetap.line.api import account
        from linetap.line.api.account_results import Quota

        limit = self._transport.do(account.quota_limit())
        return Quota(limit, self._transport.do(account.quota_used()))

    def unit_statistics(self, unit: str, since: date, until: date) -> types.UnitStatistics:
        """Impressions and clicks of the messages sent under ``aggregation_unit``; up to 31 days, of UTC+9.

        LINE counts for 14 days after a send, tells nothing below 20 people, and answers 60 such calls an hour.

        https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
        """
        return self._transport.do(checked.unit_statistics(unit, since, until))

    def issue_link_token(self, user_id: str) -> str:
        """A token (one use, 10 minutes) that begins the linking of a person's account with yours.

        https://developers.line.biz/en/reference/messaging-api/#issue-link-token
        """
        return self._transport.do(checked.issue_link_token(user_id))

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
        """Any endpoint linetap does not name; raises like the others.

        ``host="api-data"`` for content; ``repeatable=True`` where sending it twice is harmless (every GET is), so
        that it is repeated after a lost answer. A ``retry_key`` is for broadcast and narrowcast, where a 409 is
        success and comes back as the answer; LINE refuses a key elsewhere.
        """
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
