"""The options of a bulk send, its start and its end: shared by the two clients."""

from __future__ import annotations

import copy
import inspect
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from linetap.display.progress import Tick
from linetap.errors import invalid
from linetap.http.options import MAX_IN_FLIGHT, check_in_flight
from linetap.line.bulk.counts import OutcomeCounter
from linetap.line.bulk.delivery import Delivery, DeliveryOutcome
from linetap.line.bulk.requests import Journal
from linetap.line.bulk.run import BulkSend

# After this many requests in a row without success, each after all its attempts, the run ends: LINE is unreachable.
_MAX_FAILURES_IN_A_ROW = 10


@attrs.frozen
class BulkOptions:
    """The options of ``push_many`` and ``push_each``."""

    in_flight: int
    ordered: bool = False
    journal: str | Path | None = None
    keep_payload: timedelta | None = None
    use_multicast: bool = False
    on_outcome: Callable[[DeliveryOutcome], object] | None = None
    only_to: frozenset[str] | None = None

    def checked(self, deliveries: Any, allow_async: bool) -> BulkOptions:
        """Raises ``BadArgument`` at the call for arguments that cannot work."""
        _check_deliveries(deliveries, allow_async)
        check_in_flight(self.in_flight, MAX_IN_FLIGHT)
        if self.use_multicast and self.ordered:
            rule = "must not be given with use_multicast: recipients of the same messages are sent to together"
            raise invalid("ordered", rule, True)
        journal: Any = self.journal
        if journal is not None and not (isinstance(journal, (str, Path)) and str(journal)):
            raise invalid("journal", "must be the path of a file", self.journal)
        self._check_keep_payload()
        _check_callback(self.on_outcome)
        return self

    def _check_keep_payload(self) -> None:
        kept: Any = self.keep_payload
        if kept is not None and not (isinstance(kept, timedelta) and kept >= timedelta(0)):
            raise invalid("keep_payload", "must be a timedelta of 0 or more", kept, "write timedelta(days=7)")
        if kept is not None and self.journal is None:
            raise invalid("keep_payload", "must not be given without journal", kept, "only a journal stores recipients")

    def start(
        self, tick: Tick, clock: Callable[[], float], now: Callable[[], float], new_key: Callable[[], str]
    ) -> BulkSend:
        """Opens the journal and starts to count."""
        counter = OutcomeCounter(
            max_failures=max(_MAX_FAILURES_IN_A_ROW, self.in_flight), clock=clock, tick=tick, on_outcome=self.on_outcome
        )
        journal = self._open_journal(now)
        return BulkSend(
            counter=counter,
            journal=journal,
            use_multicast=self.use_multicast,
            new_key=new_key,
            only_to=self.only_to,
        )

    def _open_journal(self, now: Callable[[], float]) -> Journal | None:
        if self.journal is None:
            return None
        from linetap.line.bulk.journal import Journal as FileJournal  # SQLite is imported only for a journal

        options = {} if self.keep_payload is None else {"keep_payload": self.keep_payload}
        return FileJournal(self.journal, now, **options)


def _check_deliveries(deliveries: Any, allow_async: bool) -> None:
    rule = "must be an iterable of Delivery(to, messages)"
    if isinstance(deliveries, (str, bytes, dict, Delivery)):
        raise invalid("deliveries", rule, deliveries)
    if isinstance(deliveries, Iterable) or (allow_async and isinstance(deliveries, AsyncIterable)):
        return
    remedy = "use AsyncLineClient for an async iterable" if isinstance(deliveries, AsyncIterable) else ""
    raise invalid("deliveries", rule, deliveries, remedy)


def _check_callback(on_outcome: object) -> None:
    if on_outcome is None:
        return
    if not callable(on_outcome):
        raise invalid("on_outcome", "must be a callable(outcome)", on_outcome)
    call = getattr(type(on_outcome), "__call__", None)  # noqa: B004 - the method itself, which may be async
    if inspect.iscoroutinefunction(on_outcome) or inspect.iscoroutinefunction(call):
        remedy = "write it with def; to await for each outcome, use `async for outcome in line.push_each(...)`"
        rule = "must be a plain function: it is called, and never awaited"
        raise invalid("on_outcome", rule, on_outcome, remedy)


def send_pass(transport: Any, bulk: BulkSend, options: BulkOptions, items: Any) -> Any:
    """Sends one pass of a bulk send over either transport."""
    return transport.run_bulk(
        bulk.make,
        items,
        in_flight=options.in_flight,
        ordered=options.ordered,
        before_send=bulk.before_send,
        on_outcome=bulk.on_outcome,
    )


@contextmanager
def closing_run(bulk: BulkSend) -> Iterator[None]:
    """Closes the journal at every end of a run; the error that ends it early carries the report."""
    try:
        with closing(bulk):
            try:
                yield
            except BaseException as error:
                bulk.counter.stop(error)  # before the journal is closed: requests that were not sent get this reason
                raise
    except GeneratorExit:
        raise
    except BaseException as error:
        bulk.counter.stop(error)
        with suppress(TypeError):
            vars(error)["report"] = bulk.counter.report()
        raise
    _raise_if_stopped(bulk)


def _raise_if_stopped(bulk: BulkSend) -> None:
    if bulk.counter.stopped_by is not None:
        # A copy: the report contains the error itself, and a cycle cannot be pickled.
        error: Any = copy.copy(bulk.counter.stopped_by)
        error.report = bulk.counter.report()
        raise error
