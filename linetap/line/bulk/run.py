"""A bulk send: the requests that a stream of deliveries becomes, and the meaning of their outcomes. No I/O here.

The transports' ``run_bulk`` iterates over :meth:`BulkSend.requests`, makes each request by :meth:`BulkSend.make`,
and calls :meth:`BulkSend.before_send` before its first byte and :meth:`BulkSend.on_outcome` after it. The sync and
the async client share all of this.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any, TypeAlias

from linetap.errors import BadArgument, BadRequest, NoResponse, invalid
from linetap.http.bulk import Pending
from linetap.http.call import Outcome
from linetap.http.types import Operation
from linetap.line.api.results import PushResult
from linetap.line.bulk.bodies import BodyCache
from linetap.line.bulk.counts import OutcomeCounter
from linetap.line.bulk.delivery import Delivery, DeliveryOutcome
from linetap.line.bulk.multicast import MulticastGroups
from linetap.line.bulk.requests import (
    AlreadySettled,
    Journal,
    JournalEntry,
    KnownOutcome,
    PendingRequest,
    PreparedDelivery,
    RowKey,
)
from linetap.line.staging import not_listed
from linetap.store.sends import ACCEPTED, BLOCK, EXPIRED, OPEN, Meaning, may_have_been_sent, meaning

_READ_AHEAD = BLOCK // 2  # deliveries of an iterator that are in memory besides those in flight
_SLOW = 0.02  # seconds: a source that takes longer for a block is read one by one
Item: TypeAlias = "PendingRequest | KnownOutcome"

_EXPIRED = "sent more than 24 hours ago without a response: it may have arrived, and is not sent again"
_OPEN = "an earlier run sent it without a response, and a retry under its key got none either"


class BulkSend:
    """One run of ``push_many`` or ``push_each``."""

    def __init__(
        self,
        *,
        counter: OutcomeCounter,
        journal: Journal | None,
        use_multicast: bool,
        new_key: Callable[[], str],
        only_to: frozenset[str] | None = None,
    ) -> None:
        self.counter = counter
        self._journal = journal
        self._groups = MulticastGroups() if use_multicast else None
        self._new_key = new_key
        self._only_to = only_to
        self._bodies = BodyCache()
        self._split: deque[PendingRequest] = deque()
        self._in_flight: set[str] = set()
        self._resent: dict[str, PushResult] = {}
        self._outcomes: dict[Item, list[DeliveryOutcome]] = {}
        self._no_delivery_now: Any = None
        self.read_ahead: Callable[[], list[Delivery]] = list
        """Ends the reading of the deliveries; returns those that were read and not taken."""

    # The requests ----------------------------------------------------------------------------------------

    def unfinished_requests(self) -> Iterator[Item]:
        """Requests of an earlier run without a response; they are sent again first, under their keys."""
        for found in self._journal.unfinished() if self._journal else ():
            if self.counter.stopped_by is None and self._listed(*found.recipients):
                yield PendingRequest(found.recipients, found.tail, found.key)

    def passes(self, deliveries: Iterable[Delivery]) -> Iterator[Iterator[Item]]:
        """One run_bulk each: the requests of an earlier run, the deliveries, and multicasts that were split."""
        self.counter.source = deliveries
        yield self.unfinished_requests()
        yield self.requests(deliveries)
        while self._split:
            yield self.remaining()

    def requests(self, deliveries: Iterable[Delivery]) -> Iterator[Item]:
        """The requests of the deliveries; the iterable is not read any further once the run is stopped."""
        source = iter(deliveries)
        size = 1
        while self.counter.stopped_by is None:
            yield from self._split_requests()
            items, error, size = self._read_block(source, size, waits=not isinstance(deliveries, Sequence))
            yield from takewhile(lambda _: self.counter.stopped_by is None, items)
            if error is not None:
                raise error
            if self._no_delivery_now is not None:
                waiting, self._no_delivery_now = self._no_delivery_now, None
                yield waiting
            elif not items:
                break
        yield from self.remaining()

    def _read_block(
        self, source: Iterator[Delivery], size: int, *, waits: bool
    ) -> tuple[list[Item], Exception | None, int]:
        """The items of up to ``size`` deliveries, none at the end; an error of the source; the next size.

        What is read ahead enters the journal with one flush. A source that can wait is read ahead only while it is
        fast, so that no request waits for the next delivery.
        """
        items: list[Item] = []
        started, count, slow = self.counter.elapsed(), 0, False
        if self._journal is not None and not waits:
            size = BLOCK
        try:
            for delivery in source:
                if isinstance(delivery, Pending):
                    self._no_delivery_now = delivery
                    break
                items += self._prepare(delivery)
                count += 1
                slow = waits and self.counter.elapsed() - started > _SLOW
                if items and (slow or count >= size):
                    break
        except Exception as error:  # noqa: BLE001 - raised when the requests before it are sent
            return items, error, 1
        if self._journal is None:
            return items, None, 1
        if items:
            self._journal.enter()
        return items, None, max(1, count // 2) if slow else min(2 * count, _READ_AHEAD)

    async def passes_async(self, deliveries: Iterable[Delivery] | AsyncIterable[Delivery]) -> AsyncIterator[Any]:
        """The same for deliveries that may come from an async iterable."""
        self.counter.source = deliveries
        yield self.unfinished_requests()
        if isinstance(deliveries, AsyncIterable):
            yield self.requests_async(deliveries)
        else:
            yield self.requests(deliveries)
        while self._split:
            yield self.remaining()

    async def requests_async(self, deliveries: AsyncIterable[Delivery]) -> AsyncIterator[Item]:
        """The same from an async iterable."""
        source = deliveries.__aiter__()
        while self.counter.stopped_by is None:
            for item in self._split_requests():
                yield item
            try:
                delivery = await source.__anext__()
            except StopAsyncIteration:
                break
            for item in self._prepare(delivery):
                yield item
        for item in self.remaining():
            yield item

    def remaining(self) -> Iterator[Item]:
        """Groups that did not fill up, and parts of multicasts that were split."""
        for group in self._groups.remaining() if self._groups else ():
            yield from self._new_request(group)
        yield from self._split_requests()

    def _split_requests(self) -> Iterator[Item]:
        while self._split:
            yield from self._unless_stopped(self._split.popleft())

    def _prepare(self, delivery: object) -> Iterable[Item]:
        if not isinstance(delivery, Delivery):
            raise invalid("deliveries", "must contain only Delivery(to, messages)", delivery)
        try:
            body = self._bodies.body_without_recipient(delivery)
        except BadArgument as error:
            return [KnownOutcome(DeliveryOutcome(delivery, error=error, attempted=False))]
        if not self._listed(delivery.to):
            return [KnownOutcome(DeliveryOutcome(delivery, error=not_listed(), attempted=False))]
        entry = self._journal.find(delivery, body) if self._journal else None
        if entry is not None and (resent := self._resent.get(entry.key)) is not None:
            return [KnownOutcome(DeliveryOutcome(delivery, resent))]
        known = None if entry is None or entry.key in self._in_flight else _known(delivery, entry)
        if known is not None:
            return [KnownOutcome(known)]
        prepared = PreparedDelivery(delivery, body, None if entry is None else entry.row_key)
        if self._groups is None:
            return self._new_request([prepared])
        return [item for group in self._groups.add(prepared) for item in self._new_request(group)]

    def _listed(self, *recipients: str) -> bool:
        return self._only_to is None or self._only_to.issuperset(recipients)

    def _new_request(self, group: list[PreparedDelivery]) -> list[Item]:
        first = group[0]
        key = first.delivery.retry_key if len(group) == 1 else None
        to = tuple(prepared.delivery.to for prepared in group)
        request = PendingRequest(to, first.body, key or self._new_key(), tuple(group))
        if self._journal is not None:
            self._journal.plan(request.key, request.to, request.body, _row_keys(request))
        return self._unless_stopped(request)

    def _unless_stopped(self, request: PendingRequest) -> list[Item]:
        reason = self.counter.stopped_by
        if reason is None:
            return [request]
        return [
            KnownOutcome(DeliveryOutcome(prepared.delivery, error=reason, attempted=False))
            for prepared in request.deliveries
        ]

    # Called by the transport -----------------------------------------------------------------------------

    def make(self, item: Item) -> Operation[Any]:
        """The operation of an item."""
        if isinstance(item, KnownOutcome):
            raise AlreadySettled
        return item.operation()

    def before_send(self, item: Item, operation: Operation[Any]) -> None:
        """Called before the first byte: when it returns, the request is in the journal on disk."""
        if isinstance(item, PendingRequest):
            self._in_flight.add(item.key)
            if self._journal is not None and item.deliveries:
                self._journal.before_send(item.key, item.to, item.body, _row_keys(item))

    def on_outcome(self, outcome: Outcome[Item, Any]) -> None:
        """Called once for every item that was read, at every end of the run."""
        item = outcome.item
        if isinstance(item, KnownOutcome):
            self._count(item, [item.outcome])
            return
        self._in_flight.discard(item.key)
        if not item.deliveries and outcome.result is not None and not outcome.result.already_accepted:
            result = outcome.result  # an open request of an earlier run, which LINE accepts only now
            self._resent[item.key] = PushResult(
                request_id=result.request_id, attempts=result.attempts, retry_key=item.key
            )
        try:
            self._record(item, outcome)
        finally:  # a journal that cannot be written does not hide an outcome
            self._count_request(item, outcome)

    def _count_request(self, item: PendingRequest, outcome: Outcome[Item, Any]) -> None:
        self.counter.note_request(outcome.error)
        if isinstance(outcome.error, BadRequest) and len(item.deliveries) > 1:
            self._count(item, self._split_multicast(item, outcome.error))
            return
        attempted = may_have_been_sent(outcome.error)
        self._count(
            item, [DeliveryOutcome(p.delivery, outcome.result, outcome.error, attempted) for p in item.deliveries]
        )

    def take_outcomes(self, item: Item) -> list[DeliveryOutcome]:
        """The outcomes of an item's deliveries, once."""
        return self._outcomes.pop(item, [])

    def close(self) -> None:
        """Closes the journal; deliveries that were read and not sent are counted as not sent."""
        unsent = [prepared for group in (self._groups.remaining() if self._groups else ()) for prepared in group]
        unsent += [prepared for request in self._split for prepared in request.deliveries]
        self._split.clear()
        reason = self.counter.stopped_by
        left = [prepared.delivery for prepared in unsent]
        ahead: list[Any] = [*self.read_ahead()]
        left += [delivery for delivery in ahead if isinstance(delivery, Delivery)]
        try:
            self.counter.add([DeliveryOutcome(delivery, error=reason, attempted=False) for delivery in left])
        finally:
            if self._journal is not None:
                self._journal.close()

    # The meaning of an outcome ---------------------------------------------------------------------------

    def _count(self, item: Item, outcomes: list[DeliveryOutcome]) -> None:
        if item in self._outcomes:
            return  # the user's callback raised, and the transport, at its end, reports the item again
        self._outcomes[item] = outcomes
        self.counter.add(outcomes)

    def _record(self, item: PendingRequest, outcome: Outcome[Item, Any]) -> None:
        if self._journal is None:
            return
        ended = meaning(outcome.error, first_run=bool(item.deliveries))
        if ended is Meaning.ACCEPTED and outcome.result is not None:
            self._journal.accepted(item.key, outcome.result.request_id)
        elif ended is Meaning.NOT_SENT:
            self._journal.not_sent(item.key)
        elif ended is Meaning.REJECTED:
            self._journal.rejected(item.key)

    def _split_multicast(self, item: PendingRequest, error: BadRequest) -> list[DeliveryOutcome]:
        """LINE rejected a multicast because of some recipients, and sent to none: the others are sent to again.

        Where LINE names the recipients, these are rejected and the others are sent in one request; where it does
        not, each is sent alone.
        https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
        """
        named = {int(found) for found in re.findall(r"\bto\[(\d+)\]", f"{error.message} {error.details}")}
        rejected = [prepared for number, prepared in enumerate(item.deliveries) if number in named]
        others = [prepared for number, prepared in enumerate(item.deliveries) if number not in named]
        for group in [others] if rejected and others else [[prepared] for prepared in others]:
            to = tuple(prepared.delivery.to for prepared in group)
            self._split.append(PendingRequest(to, item.body, self._new_key(), tuple(group)))
        return [DeliveryOutcome(prepared.delivery, error=error) for prepared in rejected]


def _row_keys(request: PendingRequest) -> list[RowKey]:
    return [prepared.row_key for prepared in request.deliveries if prepared.row_key is not None]


def _known(delivery: Delivery, entry: JournalEntry) -> DeliveryOutcome | None:
    """The outcome of a delivery that the journal knows; None where it is to be sent."""
    if entry.state == ACCEPTED:
        result = PushResult(request_id=entry.request_id, already_accepted=True, attempts=0, retry_key=entry.key)
        return DeliveryOutcome(delivery, result, attempted=False)
    if entry.state in (OPEN, EXPIRED):
        error = NoResponse(_OPEN if entry.state == OPEN else _EXPIRED, operation="line.push", retry_key=entry.key)
        return DeliveryOutcome(delivery, error=error, attempted=False)
    return None
