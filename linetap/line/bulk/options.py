"""How a bulk send is asked for, begun and ended: what both clients share."""

from __future__ import annotations

import copy
import inspect
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from linetap.display.progress import Tick
from linetap.errors import invalid
from linetap.http.headers import checked_width
from linetap.http.transport_base import WIDEST
from linetap.line.bulk.counts import Tally
from linetap.line.bulk.report import Delivery, DeliveryOutcome
from linetap.line.bulk.requests import Journal
from linetap.line.bulk.run import Bulk

# So many sends in a row without an answer, each after all its attempts, and the run ends: nobody is there.
_PATIENCE = 10


@attrs.frozen
class Wanted:
    """How a bulk send was asked for."""

    in_flight: int
    ordered: bool = False
    journal: str | Path | None = None
    use_multicast: bool = False
    on_outcome: Callable[[DeliveryOutcome], object] | None = None

    def checked(self, deliveries: Any, awaits: bool) -> Wanted:
        """Finds at the call what could never run."""
        _check_deliveries(deliveries, awaits)
        checked_width(self.in_flight, WIDEST)
        if self.use_multicast and self.ordered:
            raise invalid("ordered", "is not given with use_multicast: who shares a message is sent to together", True)
        journal: Any = self.journal
        if journal is not None and not (isinstance(journal, (str, Path)) and str(journal)):
            raise invalid("journal", "is the path of a file", self.journal)
        if self.on_outcome is not None and not callable(self.on_outcome):
            raise invalid("on_outcome", "is a callable(outcome)", self.on_outcome)
        if inspect.iscoroutinefunction(self.on_outcome) or inspect.iscoroutinefunction(_calling(self.on_outcome)):
            remedy = "write it with def; to await for each outcome, take `async for outcome in line.push_each(...)`"
            raise invalid("on_outcome", "is a plain function: it is called, and never awaited", self.on_outcome, remedy)
        return self

    def begin(
        self, tick: Tick, clock: Callable[[], float], now: Callable[[], float], new_key: Callable[[], str]
    ) -> Bulk:
        """Opens the journal and begins to count."""
        tally = Tally(patience=max(_PATIENCE, self.in_flight), clock=clock, tick=tick, on_outcome=self.on_outcome)
        return Bulk(tally=tally, journal=self._opened(now), use_multicast=self.use_multicast, new_key=new_key)

    def _opened(self, now: Callable[[], float]) -> Journal | None:
        if self.journal is None:
            return None
        from linetap.line.bulk.journal import Journal as Kept  # SQLite is loaded where there is a journal

        return Kept(self.journal, now)


def _check_deliveries(deliveries: Any, awaits: bool) -> None:
    rule = "are an iterable of Delivery(to, messages)"
    if isinstance(deliveries, (str, bytes, dict, Delivery)):
        raise invalid("deliveries", rule, deliveries)
    if isinstance(deliveries, Iterable) or (awaits and isinstance(deliveries, AsyncIterable)):
        return
    remedy = "AsyncLineClient draws from an async iterable" if isinstance(deliveries, AsyncIterable) else ""
    raise invalid("deliveries", rule, deliveries, remedy)


def _calling(on_outcome: object) -> object:
    """What runs where an object of a class of the caller's own is called."""
    return getattr(type(on_outcome), "__call__", None)  # noqa: B004 - not whether, but what


def fan_out(driver: Any, bulk: Bulk, wanted: Wanted, items: Any) -> Any:
    """Sends one round of a bulk run by either driver."""
    return driver.fan_out(
        bulk.make,
        items,
        in_flight=wanted.in_flight,
        ordered=wanted.ordered,
        intend=bulk.intend,
        settled=bulk.settled,
    )


@contextmanager
def ending(bulk: Bulk) -> Iterator[None]:
    """However a run ends, its journal is closed and its report says so; what ends it early carries the report."""
    try:
        with closing(bulk):
            try:
                yield
            except BaseException as error:
                bulk.tally.stop(error)  # before the journal is closed: what is held and never sent tells why
                raise
    except GeneratorExit:
        raise
    except BaseException as error:
        bulk.tally.stop(error)
        with suppress(TypeError):
            vars(error)["report"] = bulk.tally.report()
        raise
    _raise_if_stopped(bulk)


def _raise_if_stopped(bulk: Bulk) -> None:
    if bulk.tally.stopped_by is not None:
        # A copy: the report holds the error itself, and a circle does not pickle.
        error: Any = copy.copy(bulk.tally.stopped_by)
        error.report = bulk.tally.report()
        raise error
