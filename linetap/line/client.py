"""``LineClient``: LINE's endpoints as methods.

Generated from ``linetap/line/async_client.py`` by ``nox -s generate``; do not edit.
"""

from __future__ import annotations

import os
from collections.abc import (
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import closing
from time import time
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from linetap.display.progress import Progress, length_of, reporting
from linetap.errors import Problem
from linetap.http.options import check_options
from linetap.http.raw import RawResponse, recorded
from linetap.http.sync.transport import ClientOptions, SyncTransport
from linetap.http.types import Operation, Response
from linetap.line import lazy_types as types
from linetap.line.api import checked
from linetap.line.api.retry_keys import fresh_key
from linetap.line.client_base import LineClientBase
from linetap.line.client_options import HOSTS, IN_FLIGHT, PACES, bulk_options, hosts, token_provider
from linetap.line.environment import from_environment
from linetap.line.tokens import TokenProvider

P = ParamSpec("P")
T = TypeVar("T")


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


class LineClient(LineClientBase[SyncTransport]):
    """LINE's Messaging API for one channel.

    ``channel_access_token``: a token from the console, or ``StatelessToken(channel_id, channel_secret)``, which
    issues 15-minute tokens when they are needed. Wrong arguments raise ``BadArgument`` with all problems before
    anything is sent; the constructor sends nothing.

    Thread-safe, and safe after a fork. Close it with ``with`` or ``close()``.

    https://developers.line.biz/en/reference/messaging-api/
    """

    def __init__(
        self,
        channel_access_token: str | TokenProvider,
        **options: types.Unpack[ClientOptions],
    ) -> None:
        check_options(self, options, ClientOptions)
        base_url = options.pop("base_url", None)
        rest: Any = options  # the type does not express that base_url was removed
        self._transport = SyncTransport(
            hosts(base_url), token_provider(channel_access_token), service="line", paces=PACES, **rest
        )
        self._address = base_url or HOSTS["api"]

    @classmethod
    def from_env(cls, prefix: str = "LINETAP_", **options: types.Unpack[ClientOptions]) -> types.Self:
        """A client from environment variables.

        It reads ``LINETAP_LINE_CHANNEL_ACCESS_TOKEN``, or ``..._CHANNEL_ID`` and ``..._CHANNEL_SECRET``, and the
        address ``LINETAP_LINE_BASE_URL``. Use another prefix for each further account.
        """
        token, base_url = from_environment(prefix, os.environ)
        if base_url is not None:
            options.setdefault("base_url", base_url)
        return cls(token, **options)

    def close(self) -> None:
        """Closes the connections, except those of a session that you passed in; the next call opens new ones."""
        self._transport.close()

    def __enter__(self) -> types.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def insight(self) -> types.Insight:
        """Statistics of messages and followers."""
        return types.Insight(self._transport)

    @property
    def tokens(self) -> types.Tokens:
        """Channel access tokens, and tokens that link a user's account."""
        return types.Tokens(self._transport)

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
        return self._transport.do(
            checked.push(
                to,
                messages,
                notification_disabled=notification_disabled,
                aggregation_unit=aggregation_unit,
                retry_key=retry_key,
            )
        )

    def push_delivery(self, delivery: types.Delivery) -> types.PushResult:
        """Sends one delivery completely: with its options and its retry key. Raises the errors of :meth:`push`.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        return self._transport.do(checked.push_delivery(delivery))

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
        """Sends many deliveries, read lazily, and yields the outcome of each.

        Arguments as for :meth:`push_many`; with ``ordered`` the outcomes have the order of the deliveries. After
        an early end of the loop nothing more is sent, and the requests in flight are waited for.
        """
        options = bulk_options(
            deliveries,
            allow_async=False,
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
        """Sends many deliveries and returns a report; a wrong delivery does not stop the others.

        Args:
            deliveries: any iterable of ``Delivery``. It is read lazily, so that memory does not grow with it.
            in_flight: requests at once, 1 to 512. The rate is at most ``in_flight`` / latency per second.
            journal: a file that stores each request before it is sent. Run again with it after a crash: deliveries
                that LINE accepted are not sent again, and requests without a response are repeated under their
                keys within 24 hours, and count as no_response after that. A delivery is recognized by recipient
                and content, or by its ``retry_key`` where it has one. Use one file for each send.
            use_multicast: send deliveries of the same messages as multicasts of up to 500 users. A multicast
                reaches only followers; a push also reaches users who wrote to the account within seven days.
            progress: True for a bar (extra ``progress``), or ``callable(done, total)``.
            on_outcome: called with every :class:`DeliveryOutcome` ; the report stores the first 10,000 failures.

        Raises:
            QuotaExceeded, Unauthorized, Forbidden: the error would be the same for every later recipient.
            NoResponse, ServerError, TooManyRequests: many requests in a row used up their attempts.
            In all cases nothing more is read, the requests in flight are waited for, and ``error.report`` has the
            counts. The same holds for Ctrl-C: ``KeyboardInterrupt`` has the ``report``.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        options = bulk_options(
            deliveries,
            allow_async=False,
            in_flight=in_flight,
            journal=journal,
            use_multicast=use_multicast,
            on_outcome=on_outcome,
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
        with closing(run(self._transport, bulk, options, deliveries)) as outcomes:
            for outcome in outcomes:
                yield outcome

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

    def with_raw_response(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        """Calls a method of this client or of its groups, and returns its value with status, headers and request id.

        ``line.with_raw_response(line.push, user_id, "Hello")``. The arguments are those of the method.
        """
        call, responses = recorded(method)
        return RawResponse(call(*args, **kwargs), tuple(responses))
