"""A bulk send: which requests a stream of deliveries becomes, and what their outcomes mean. No I/O of its own.

The drivers' ``fan_out`` draws from :meth:`Bulk.parcels`, makes each request by :meth:`Bulk.make`, and calls
:meth:`Bulk.intend` before its first byte and :meth:`Bulk.settled` after it; the sync and the async client share
all of this.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, TypeAlias

from linetap.errors import BadArgument, BadRequest, NoResponse, Rejected, TooManyRequests, invalid
from linetap.http.call import Outcome
from linetap.http.types import Operation
from linetap.line.api.results import PushResult
from linetap.line.bulk.bodies import Bodies
from linetap.line.bulk.counts import Tally
from linetap.line.bulk.multicast import Folder
from linetap.line.bulk.report import Delivery, DeliveryOutcome
from linetap.line.bulk.requests import ACCEPTED, EXPIRED, OPEN, Addressed, Journal, NothingToSend, Parcel, Part, Settled

Item: TypeAlias = "Parcel | Settled"

_EXPIRED = "sent more than 24 hours ago without an answer: it may have arrived, and is not sent again"
_OPEN = "an earlier run sent it without an answer, and asking again under its key gave none either"


class Bulk:
    """One run of ``push_many`` or ``push_each``."""

    def __init__(
        self, *, tally: Tally, journal: Journal | None, use_multicast: bool, new_key: Callable[[], str]
    ) -> None:
        self.tally = tally
        self._journal = journal
        self._folder = Folder() if use_multicast else None
        self._new_key = new_key
        self._bodies = Bodies()
        self._again: deque[Parcel] = deque()
        self._flying: set[str] = set()
        self._told: dict[Item, list[DeliveryOutcome]] = {}

    # What goes out ---------------------------------------------------------------------------------------

    def left_behind(self) -> Iterator[Item]:
        """Requests of an earlier run whose answer nobody saw, to be asked again under their keys first of all."""
        for found in self._journal.unfinished() if self._journal else ():
            if self.tally.stopped_by is None:
                yield Parcel(found.recipients, found.tail, found.key)

    def rounds(self, deliveries: Iterable[Delivery]) -> Iterator[Iterator[Item]]:
        """One fan_out each: what an earlier run left, the deliveries, and what had to be split up at the end."""
        yield self.left_behind()
        yield self.parcels(deliveries)
        while self._again:
            yield self.rest()

    def parcels(self, deliveries: Iterable[Delivery]) -> Iterator[Item]:
        """The requests that the deliveries become; no more are drawn once the run is stopped."""
        source = iter(deliveries)
        while self.tally.stopped_by is None:
            yield from self._split_up()
            try:
                delivery = next(source)
            except StopIteration:
                break
            yield from self._take(delivery)
        yield from self.rest()

    async def rounds_async(self, deliveries: Iterable[Delivery] | AsyncIterable[Delivery]) -> AsyncIterator[Any]:
        """The same where the deliveries may come from an async source."""
        yield self.left_behind()
        if isinstance(deliveries, AsyncIterable):
            yield self.parcels_async(deliveries)
        else:
            yield self.parcels(deliveries)
        while self._again:
            yield self.rest()

    async def parcels_async(self, deliveries: AsyncIterable[Delivery]) -> AsyncIterator[Item]:
        """The same from an async source."""
        source = deliveries.__aiter__()
        while self.tally.stopped_by is None:
            for item in self._split_up():
                yield item
            try:
                delivery = await source.__anext__()
            except StopAsyncIteration:
                break
            for item in self._take(delivery):
                yield item
        for item in self.rest():
            yield item

    def rest(self) -> Iterator[Item]:
        """What is still held: groups that did not fill up, and parts of multicasts that are sent anew."""
        for group in self._folder.rest() if self._folder else ():
            yield from self._sealed(group)
        yield from self._split_up()

    def _split_up(self) -> Iterator[Item]:
        while self._again:
            yield from self._unless_stopped(self._again.popleft())

    def _take(self, delivery: object) -> Iterable[Item]:
        if not isinstance(delivery, Delivery):
            raise invalid("deliveries", "are Delivery(to, messages)", delivery)
        try:
            tail = self._bodies.tail(delivery)
        except BadArgument as error:
            return [Settled(DeliveryOutcome(delivery, error=error, attempted=False))]
        part = self._journal.draw(delivery, tail) if self._journal else None
        known = None if part is None or part.key in self._flying else _known(delivery, part)
        if known is not None:
            return [Settled(known)]
        addressed = Addressed(delivery, tail, None if part is None else part.place)
        if self._folder is None:
            return self._sealed([addressed])
        return [item for group in self._folder.add(addressed) for item in self._sealed(group)]

    def _sealed(self, group: list[Addressed]) -> list[Item]:
        first = group[0]
        key = first.delivery.retry_key if len(group) == 1 else None
        to = tuple(part.delivery.to for part in group)
        return self._unless_stopped(Parcel(to, first.tail, key or self._new_key(), tuple(group)))

    def _unless_stopped(self, parcel: Parcel) -> list[Item]:
        reason = self.tally.stopped_by
        if reason is None:
            return [parcel]
        return [Settled(DeliveryOutcome(part.delivery, error=reason, attempted=False)) for part in parcel.parts]

    # What the driver asks --------------------------------------------------------------------------------

    def make(self, item: Item) -> Operation[Any]:
        """The request of an item."""
        if isinstance(item, Settled):
            raise NothingToSend
        return item.operation()

    def intend(self, item: Item, operation: Operation[Any]) -> None:
        """Called before the first byte: the journal has the send on disk when this returns."""
        if isinstance(item, Parcel):
            self._flying.add(item.key)
            if self._journal is not None and item.parts:
                places = [part.place for part in item.parts if part.place is not None]
                self._journal.intend(item.key, item.to, item.tail, places)

    def settled(self, outcome: Outcome[Item, Any]) -> None:
        """Called once for every item that was drawn, whatever became of the run."""
        item = outcome.item
        if isinstance(item, Settled):
            self._tell(item, [item.outcome])
            return
        self._flying.discard(item.key)
        try:
            self._enter(item, outcome)
        finally:  # a journal on a full disk does not hide what was sent
            self._judged(item, outcome)

    def _judged(self, item: Parcel, outcome: Outcome[Item, Any]) -> None:
        self.tally.judge(outcome.error)
        if isinstance(outcome.error, BadRequest) and len(item.parts) > 1:
            self._tell(item, self._apart(item, outcome.error))
            return
        self._tell(
            item, [DeliveryOutcome(p.delivery, outcome.result, outcome.error, _left(outcome)) for p in item.parts]
        )

    def told(self, item: Item) -> list[DeliveryOutcome]:
        """What became of an item's deliveries, once."""
        return self._told.pop(item, [])

    def close(self) -> None:
        """Lets go of the journal; what is held and was never sent is told as such."""
        held = [part for group in (self._folder.rest() if self._folder else ()) for part in group]
        held += [part for parcel in self._again for part in parcel.parts]
        self._again.clear()
        reason = self.tally.stopped_by
        try:
            self.tally.add([DeliveryOutcome(part.delivery, error=reason, attempted=False) for part in held])
        finally:
            if self._journal is not None:
                self._journal.close()

    # What an outcome means -------------------------------------------------------------------------------

    def _tell(self, item: Item, outcomes: list[DeliveryOutcome]) -> None:
        if item in self._told:
            return  # a callback raised while it was told, and the driver, leaving, settles it again
        self._told[item] = outcomes
        self.tally.add(outcomes)

    def _enter(self, item: Parcel, outcome: Outcome[Item, Any]) -> None:
        if self._journal is None:
            return
        if outcome.result is not None:
            self._journal.accepted(item.key, outcome.result.request_id)
        elif not _left(outcome) and item.parts:
            self._journal.unsent(item.key)
        elif isinstance(outcome.error, BadRequest) or (isinstance(outcome.error, Rejected) and item.parts):
            # Of a request whose first answer was lost, other refusals (401, 429) say nothing: it may have been taken.
            self._journal.refused(item.key)

    def _apart(self, item: Parcel, error: BadRequest) -> list[DeliveryOutcome]:
        """LINE refused a multicast for somebody in it, and sent to nobody: the others are sent to anew.

        Where it names whom, they are refused and the rest goes again; where it does not, each goes alone.
        https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
        """
        named = {int(found) for found in re.findall(r"\bto\[(\d+)\]", f"{error.message} {error.details}")}
        guilty = [part for number, part in enumerate(item.parts) if number in named]
        others = [part for number, part in enumerate(item.parts) if number not in named]
        for group in [others] if guilty and others else [[part] for part in others]:
            to = tuple(part.delivery.to for part in group)
            self._again.append(Parcel(to, item.tail, self._new_key(), tuple(group)))
        return [DeliveryOutcome(part.delivery, error=error) for part in guilty]


def _left(outcome: Outcome[Item, Any]) -> bool:
    """Whether anything of the request can have reached LINE."""
    error = outcome.error
    if isinstance(error, TooManyRequests):
        return error.attempts > 0  # without one, an earlier request was refused and held this one back
    return not (isinstance(error, NoResponse) and not error.may_have_arrived)


def _known(delivery: Delivery, part: Part) -> DeliveryOutcome | None:
    """The outcome of a delivery that the journal has done with; None where it is to be sent."""
    if part.state == ACCEPTED:
        result = PushResult(request_id=part.request_id, already_accepted=True, attempts=0, retry_key=part.key)
        return DeliveryOutcome(delivery, result, attempted=False)
    if part.state in (OPEN, EXPIRED):
        error = NoResponse(_OPEN if part.state == OPEN else _EXPIRED, operation="line.push", retry_key=part.key)
        return DeliveryOutcome(delivery, error=error, attempted=False)
    return None
