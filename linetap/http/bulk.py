"""The bookkeeping of a bulk run, the same over threads and over asyncio: no I/O, no waiting, one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from linetap.errors import LinetapError, NoResponse
from linetap.http.call import Outcome
from linetap.http.headers import stopped
from linetap.http.rate_limit import EndpointLimiter
from linetap.http.types import Operation

T = TypeVar("T")
Item = TypeVar("Item")
Result = tuple[Any, "BaseException | None"]


class BulkRun(Generic[Item, T]):
    """Which items are drawn, running, done and handed over."""

    def __init__(
        self,
        make: Callable[[Item], Operation[T]],
        items: Iterator[Item],
        gate_of: Callable[[Operation[T]], EndpointLimiter],
        in_flight: int,
        ordered: bool,
        intend: Callable[[Item, Operation[T]], object] | None,
        settled: Callable[[Outcome[Item, T]], object] | None,
    ) -> None:
        self.in_flight = in_flight
        self._make, self._items, self._gate_of = make, items, gate_of
        self._ordered, self._intend, self._settled = ordered, intend, settled
        self._gates: set[EndpointLimiter] = set()
        self._number = 0
        self._next = 0
        self._running: dict[int, tuple[Item, Operation[T]]] = {}
        self._outcomes: dict[int, Outcome[Item, T]] = {}
        self._told: set[int] = set()
        self._dry = False
        self._broken: BaseException | None = None

    @property
    def running(self) -> int:
        """How many calls are in flight."""
        return len(self._running)

    def finished(self) -> bool:
        """Whether nothing runs, waits to be handed over or is left to draw."""
        return self._dry and not self._running and not self._outcomes

    @property
    def has_room(self) -> bool:
        """Whether one more item may be drawn now."""
        if self._dry:
            return False
        widest = min((gate.slots for gate in self._gates), default=self.in_flight)
        running = len(self._running)
        return running < min(widest, self.in_flight) and running + len(self._outcomes) < self.in_flight

    def next_item(self) -> tuple[Item, ...]:
        """The next item, or none where the items have come to their end."""
        try:
            return (next(self._items),)
        except StopIteration:
            self.end()
        except Exception as error:  # noqa: BLE001 - raised at the end of the run
            self.end(error)
        return ()

    def start(self, item: Item) -> tuple[int, Operation[T]] | None:
        """The operation of an item that was drawn; None where it has its outcome already."""
        number = self._number
        self._number += 1
        operation = self._operation(number, item)
        if operation is None:
            return None
        self._running[number] = (item, operation)
        return number, operation

    def turn_back(self, item: Item) -> None:
        """An item that was drawn while the run was being left: it is told of as unsent."""
        try:
            error = stopped(self._make(item))
        except LinetapError as wrong:
            error = wrong
        self._number += 1
        self._keep(self._number - 1, Outcome(item, None, error))

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more is drawn; an error is raised once all that was in flight is handed over."""
        self._dry = True
        self._broken = self._broken or error

    def settle(self, number: int, result: T | None, error: BaseException | None) -> None:
        """Takes what came of a call."""
        item, _ = self._running[number]
        try:
            if error is None or isinstance(error, LinetapError):
                self._keep(number, Outcome(item, result, error))
            else:
                self.end(error)
        except Exception:
            self._running.pop(number, None)
            raise
        # Not in a finally: Ctrl-C before it leaves the item to be settled at the end of the run.
        self._running.pop(number, None)

    def settle_left(self, results: Mapping[int, Result], may_have_arrived: bool) -> None:
        """At the end of a run that is left: settles what was drawn and is not settled yet.

        What has no result was never started, or, with ``may_have_arrived``, not waited for. A failing ``settled``
        does not keep the others from being told; its error is raised at the end.
        """
        failed: BaseException | None = None
        for number, (_, operation) in list(self._running.items()):
            result, error = results.get(number) or (None, stopped(operation, may_have_arrived))
            try:
                self.settle(number, result, error)
            except BaseException as wrong:  # noqa: BLE001 - raised below; Ctrl-C in a callback, too
                failed = failed or wrong
        if failed is not None:
            raise failed

    @property
    def has_ready(self) -> bool:
        """Whether an outcome may be handed over now."""
        return self._next in self._outcomes if self._ordered else bool(self._outcomes)

    def ready(self) -> Iterator[Outcome[Item, T]]:
        """The outcomes that may be handed over now."""
        while self.has_ready:
            number = self._next if self._ordered else next(iter(self._outcomes))
            self._next = number + 1
            yield self._outcomes.pop(number)

    def raise_if_broken(self) -> None:
        """Raises what the items raised, once all that was in flight is handed over."""
        if self._broken is not None:
            raise self._broken

    def _operation(self, number: int, item: Item) -> Operation[T] | None:
        try:
            operation = self._make(item)
            if self._intend is not None:
                self._intend(item, operation)
        except LinetapError as error:
            self._keep(number, Outcome(item, None, error))
            return None
        except Exception as error:  # noqa: BLE001 - raised at the end of the run
            self.end(error)
            if self._settled is not None:  # told, for it was drawn; not handed over, for the error itself is raised
                why = "an error of the caller's ended the run before the request could leave; nothing was sent"
                self._settled(Outcome(item, None, NoResponse(why, may_have_arrived=False)))
            return None
        gate = self._gate_of(operation)
        if gate not in self._gates:
            gate.widen(self.in_flight)
            self._gates.add(gate)
        return operation

    def _keep(self, number: int, outcome: Outcome[Item, T]) -> None:
        self._outcomes[number] = outcome
        if self._settled is not None and number not in self._told:
            self._told.add(number)  # one that raises is not told again when what is left is settled
            self._settled(outcome)
        self._told.discard(number)
