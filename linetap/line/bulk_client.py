"""The bulk sends of ``LineClient``.

Generated from ``linetap/line/bulk_async_client.py`` by ``nox -s generate``; do not edit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from time import time

from linetap.display.progress import Progress, length_of, reporting
from linetap.http.sync.transport import SyncTransport
from linetap.line import lazy_types as types
from linetap.line.api.retry_keys import fresh_key
from linetap.line.client_base import LineClientBase
from linetap.line.client_options import IN_FLIGHT, bulk_options


class BulkClient(LineClientBase[SyncTransport]):
    """The methods of a client that send many deliveries."""

    def push_each(
        self,
        deliveries: Iterable[types.Delivery],
        *,
        in_flight: int = IN_FLIGHT,
        ordered: bool = False,
        journal: str | types.Path | None = None,
        keep_payload: types.timedelta | None = None,
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
            keep_payload=keep_payload,
            use_multicast=use_multicast,
            on_outcome=on_outcome,
            only_to=self._only_to,
        )
        return self._push_each(deliveries, options)

    def push_many(
        self,
        deliveries: Iterable[types.Delivery],
        *,
        in_flight: int = IN_FLIGHT,
        journal: str | types.Path | None = None,
        keep_payload: types.timedelta | None = None,
        use_multicast: bool = False,
        progress: Progress = None,
        on_outcome: Callable[[types.DeliveryOutcome], object] | None = None,
    ) -> types.SendReport:
        """Sends many deliveries and returns a report; a wrong delivery does not stop the others.

        Args:
            deliveries: any iterable of ``Delivery``, read lazily: memory does not grow with it.
            in_flight: requests at once, 1 to 512. The rate is at most ``in_flight`` / latency per second.
            journal: a file that stores each request before it is sent; use one for each send. Run again with it after
                a crash: what LINE accepted is not sent again; requests without a response are repeated under their
                keys for 24 hours, then count as no_response. A ``retry_key``, or recipient and content, identify one.
            keep_payload: how long the journal stores recipients after LINE's response; None: 7 days.
            use_multicast: send the same messages as multicasts of up to 500 users. A multicast reaches only
                followers; a push also reaches users who wrote to the account within seven days.
            progress: True for a bar (extra ``progress``), or ``callable(done, total)``.
            on_outcome: a plain function, called with every :class:`DeliveryOutcome`; the report has 10,000 failures.

        Raises:
            QuotaExceeded, Unauthorized, Forbidden: the error would be the same for every later recipient.
            NoResponse, ServerError, TooManyRequests: many requests in a row used up their attempts.
            In all cases nothing more is read, the requests in flight are waited for, and ``error.report`` has the
            counts. So has the ``KeyboardInterrupt`` of Ctrl-C.

        https://developers.line.biz/en/reference/messaging-api/#send-push-message
        """
        options = bulk_options(
            deliveries,
            allow_async=False,
            in_flight=in_flight,
            journal=journal,
            keep_payload=keep_payload,
            use_multicast=use_multicast,
            on_outcome=on_outcome,
            only_to=self._only_to,
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
