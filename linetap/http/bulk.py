"""State of a bulk run, the same for threads and for asyncio: no I/O, no waiting, used by one thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import attrs

from linetap.errors import LinetapError, NoResponse
from linetap.http.call import Outcome
from linetap.http.call_errors import not_sent
from linetap.http.rate_limit import EndpointLimiter
from linetap.http.types import Operation

T = TypeVar("T")
Item = TypeVar("Item")
Result = tuple[Any, "BaseException | None"]


@attrs.frozen
class BulkOptions(Generic[Item, T]):
    """How a bulk run makes its requests and reports their outcomes."""

    make: Callable[[Item], Operation[T]]
    """The operation of an item."""
    limiter_of: Callable[[Operation[T]], EndpointLimiter]
    in_flight: int
    ordered: bool = False
    before_send: Callable[[Item, Operation[T]], object] | None = None
    """Called before an item is sent."""
    on_outcome: Callable[[Outcome[Item, T]], object] | None = None
    """Called once for every item taken from the input."""


class Pending:
    """What an input gives instead of an item while it has none: the run goes on and asks again when it is set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._wake: Callable[[], object] | None = None

    def set(self) -> None:
        """The input has an item, or has ended."""
        with self._lock:
            self._is_set, wake = True, self._wake
        if wake is not None:
            wake()

    def call_when_set(self, wake: Callable[[], object]) -> None:
        """Call ``wake`` once the input has an item: now, or in the thread that calls ``set``."""
        with self._lock:
            is_set, self._wake = self._is_set, wake
        if is_set:
            wake()


class BulkRun(Generic[Item, T]):
    """The items of a bulk run: taken from the input, in flight, finished and given to the caller."""

    def __init__(self, items: Iterator[Item], options: BulkOptions[Item, T]) -> None:
        self._items = items
        self._options = options
        self._limiters: set[EndpointLimiter] = set()
        self._number = 0
        self._next = 0
        self._in_flight: dict[int, tuple[Item, Operation[T]]] = {}
        self._outcomes: dict[int, Outcome[Item, T]] = {}
        self._reported: set[int] = set()
        self._exhausted = False
        self._error: BaseException | None = None

    @property
    def in_flight(self) -> int:
        """The number of calls in flight."""
        return len(self._in_flight)

    def finished(self) -> bool:
        """Whether no item is in flight, no outcome waits for the caller and the input has ended."""
        return self._exhausted and not self._in_flight and not self._outcomes

    @property
    def has_capacity(self) -> bool:
        """Whether one more item may be taken from the input now."""
        if self._exhausted:
            return False
        most = self._options.in_flight
        allowed = min((limiter.concurrency for limiter in self._limiters), default=most)
        running = len(self._in_flight)
        return running < min(allowed, most) and running + len(self._outcomes) < most

    def next_item(self) -> tuple[Item, ...]:
        """The next item of the input, or none if it has ended."""
        try:
            return (next(self._items),)
        except StopIteration:
            self.end()
        except Exception as error:  # noqa: BLE001 - raised at the end of the run
            self.end(error)
        return ()

    def start(self, item: Item) -> tuple[int, Operation[T]] | None:
        """The number and operation of an item from the input; None if it has its outcome already."""
        number = self._number
        self._number += 1
        operation = self._operation(number, item)
        if operation is None:
            return None
        self._in_flight[number] = (item, operation)
        return number, operation

    def reject_item(self, item: Item) -> None:
        """An item taken from the input during shutdown: report it as not sent."""
        try:
            error = not_sent(self._options.make(item))
        except LinetapError as bad_item:
            error = bad_item
        self._number += 1
        self._keep(self._number - 1, Outcome(item, None, error))

    def end(self, error: BaseException | None = None) -> None:
        """Take no more items. The error is raised after all outcomes of items in flight."""
        self._exhausted = True
        self._error = self._error or error

    def settle(self, number: int, result: T | None, error: BaseException | None) -> None:
        """Store the result or error of a call."""
        item, _ = self._in_flight[number]
        try:
            if error is None or isinstance(error, LinetapError):
                self._keep(number, Outcome(item, result, error))
            else:
                self.end(error)
        except Exception:
            self._in_flight.pop(number, None)
            raise
        # Not in a finally: after a KeyboardInterrupt before this line, the end of the run settles the item.
        self._in_flight.pop(number, None)

    def settle_left(self, results: Mapping[int, Result], may_have_arrived: bool) -> None:
        """At the end of a run that was left early: settle each item that is not settled yet.

        An item without a result was never started or, with ``may_have_arrived``, its response was not waited for. If
        ``on_outcome`` raises, the other items are still reported; the error is raised at the end.
        """
        failed: BaseException | None = None
        for number, (_, operation) in list(self._in_flight.items()):
            result, error = results.get(number) or (None, not_sent(operation, may_have_arrived))
            try:
                self.settle(number, result, error)
            except BaseException as raised:  # noqa: BLE001 - raised below, also a KeyboardInterrupt in a callback
                failed = failed or raised
        if failed is not None:
            raise failed

    @property
    def has_ready(self) -> bool:
        """Whether an outcome may be given to the caller now."""
        return self._next in self._outcomes if self._options.ordered else bool(self._outcomes)

    def ready(self) -> Iterator[Outcome[Item, T]]:
        """The outcomes that may be given to the caller now."""
        while self.has_ready:
            number = self._next if self._options.ordered else next(iter(self._outcomes))
            self._next = number + 1
            yield self._outcomes.pop(number)

    def raise_if_failed(self) -> None:
        """Raise the exception of the input or of the caller's code, if any."""
        if self._error is not None:
            raise self._error

    def _operation(self, number: int, item: Item) -> Operation[T] | None:
        options = self._options
        try:
            operation = options.make(item)
            if options.before_send is not None:
                options.before_send(item, operation)
        except LinetapError as error:
            self._keep(number, Outcome(item, None, error))
            return None
        except Exception as error:  # noqa: BLE001 - raised at the end of the run
            self.end(error)
            if options.on_outcome is not None:  # reported, but not given to the caller, which gets the exception itself
                why = "the run ended with an exception in the caller's code before this request was sent"
                options.on_outcome(Outcome(item, None, NoResponse(why, may_have_arrived=False)))
            return None
        limiter = options.limiter_of(operation)
        if limiter not in self._limiters:
            limiter.widen(options.in_flight)
            self._limiters.add(limiter)
        return operation

    def _keep(self, number: int, outcome: Outcome[Item, T]) -> None:
        self._outcomes[number] = outcome
        if self._options.on_outcome is not None and number not in self._reported:
            self._reported.add(number)  # an outcome whose callback raised is not reported again
            self._options.on_outcome(outcome)
        self._reported.discard(number)
