"""The driver over aiohttp (extra ``async``): the same plans, and bulk runs over tasks; also on uvloop."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import random as _random
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

from linetap.http.bulk import BulkRun
from linetap.http.call import AttemptResult, Outcome, Send, Sleep
from linetap.http.headers import checked_width, stopped, unsendable
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.transport_base import WIDEST, BaseTransport
from linetap.http.types import Credentials, Operation

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")
Item = TypeVar("Item")


def _session_room() -> Any:
    """The room that needs aiohttp, looked for when a driver is made: the clients' names are there without it."""
    try:
        from linetap.http.aio import session as aio_session
    except ModuleNotFoundError as error:
        raise ImportError(f"the async clients need {error.name}: pip install 'linetap[async]'") from error
    return aio_session


class AsyncClientOptions(TypedDict, total=False):
    """The keyword options that every async client takes; they mean what they mean to the others."""

    timeout: Timeout
    """How long one attempt may take: connect 5 s, read 30 s."""
    retry: RetryPolicy
    """How patient one call is: 5 attempts, 120 s."""
    pace: Pace | None
    """A pace over all endpoints together; may be shared by clients."""
    session: aiohttp.ClientSession | None
    """Your own session: its connector, proxies, headers and traces are honoured."""
    app_info: str | None
    """Added to the ``User-Agent``, such as ``"shop/2.1"``."""
    base_url: str
    """The service's address, where it is not the vendor's own: a sandbox, a gateway."""
    clock: Callable[[], float]
    """A steady clock in seconds; for tests."""
    sleep: Callable[[float], object]
    """Waits as many seconds, awaited where it is awaitable; for tests."""
    random: Callable[[], float]
    """Numbers from 0 to 1; for tests."""


class AsyncTransport(BaseTransport):
    """Calls one service's endpoints from one event loop at a time; the constructor does no I/O.

    Arguments are those of :class:`linetap.http.sync.SyncTransport`; ``session`` is an ``aiohttp.ClientSession``.
    """

    def __init__(
        self,
        hosts: Mapping[str, str],
        authority: Credentials,
        *,
        service: str,
        paces: Mapping[str, Pace] | None = None,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        pace: Pace | None = None,
        session: aiohttp.ClientSession | None = None,
        app_info: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        random: Callable[[], float] = _random.random,
    ) -> None:
        super().__init__(
            hosts,
            service=service,
            paces=paces,
            timeout=timeout,
            retry=retry,
            pace=pace,
            app_info=app_info,
            clock=clock,
            random=random,
        )
        self._sleep = sleep
        self._authority = authority
        room = _session_room()
        self._home = room.Home(session)
        self._exchange = room.send

    def do(self, operation: Operation[T]) -> Coroutine[Any, Any, T]:
        """One call, with all its attempts; what the operation reads from the answer, or a ``LinetapError``."""
        return self._run(operation, None)

    async def pages(self, operation: Operation[T]) -> AsyncIterator[T]:
        """This page and all that follow, each fetched when it is asked for."""
        step: Operation[T] | None = operation
        while step is not None:
            page = await self.do(step)
            yield page
            step = step.then(page) if step.then is not None else None

    def fan_out(
        self,
        make: Callable[[Item], Operation[T]],
        items: Iterable[Item] | AsyncIterable[Item],
        *,
        in_flight: int,
        ordered: bool = False,
        intend: Callable[[Item, Operation[T]], object] | None = None,
        settled: Callable[[Outcome[Item, T]], object] | None = None,
    ) -> AsyncIterator[Outcome[Item, T]]:
        """Sends the operations of many items, as ``SyncTransport.fan_out`` does; ``items`` may be an async iterable.

        Where the task that iterates is cancelled, nothing more is sent and what is in flight is waited for, so
        that ``settled`` sees every outcome; a second cancellation ends the waiting, and what was still in flight is
        told as perhaps arrived. Iterate inside ``contextlib.aclosing`` where you leave the loop early.
        """
        checked_width(in_flight, WIDEST)
        source: Any = items
        fed = hasattr(source, "__aiter__")
        drawn = iter(()) if fed else iter(source)
        run: BulkRun[Item, T] = BulkRun(make, drawn, self._gates.of, in_flight, ordered, intend, settled)
        return _Tasks(self, run, source.__aiter__() if fed else None).outcomes()

    async def wait(self, seconds: float) -> None:
        """Waits as this driver's calls wait: for asking again after an answer that was not ready."""
        await self._wait(seconds, None)

    async def close(self) -> None:
        """Closes the connections, except those of a session that was handed in."""
        await self._home.close()

    async def _run(self, operation: Operation[T], stop: asyncio.Event | None) -> T:
        plan = self._plan(operation)
        try:
            step = next(plan)
            while True:
                if isinstance(step, Send):
                    begun = self.clock()
                    answer = await self._sending(step, operation, begun)
                    step = plan.send(self._sent(step, operation, answer, begun))
                elif isinstance(step, Sleep):
                    step = plan.send(await self._wait(step.seconds, stop))
                elif step.stale is None and (token := self._authority.headers(self.clock())) is not None:
                    step = plan.send(token)  # nobody has to wait, so nobody can come between
                else:
                    step = plan.send(await self._token(step.stale))
        except StopIteration as done:
            result: T = done.value
            return result

    def _sending(
        self, step: Send, operation: Operation[Any], begun: float
    ) -> Coroutine[Any, Any, AttemptResult | None]:
        envelope, headers = self._envelope, self._envelope.headers(operation)
        headers.update(step.token)
        limits = self._limits(step, begun)
        exchange: Coroutine[Any, Any, AttemptResult | None] = self._exchange(
            self._home, envelope.hosts[operation.request.host], operation.request, headers, limits
        )
        return exchange

    def _sent(self, step: Send, operation: Operation[Any], answer: AttemptResult | None, begun: float) -> AttemptResult:
        if answer is None:
            raise unsendable(operation)
        self._log(operation, step, answer, begun)
        return answer

    async def _token(self, stale: Mapping[str, str] | None) -> Mapping[str, str] | None:
        authority = self._authority
        async with self._home.here().lock:
            if stale is not None and not authority.refused(stale):
                return None
            now = self.clock()
            if (headers := authority.headers(now)) is None and (issue := authority.issue()) is not None:
                authority.issued(await self.do(issue), now)
                headers = authority.headers(now)
            return headers

    async def _wait(self, seconds: float, stop: asyncio.Event | None) -> bool:
        if self._sleep is not None:
            slept = self._sleep(seconds)
            if inspect.isawaitable(slept):
                await slept
        elif stop is None:
            await asyncio.sleep(seconds)
        else:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)
        return stop is not None and stop.is_set()


class _Tasks(Generic[Item, T]):
    """A bulk run over tasks; all its bookkeeping happens in the task that iterates."""

    def __init__(self, driver: AsyncTransport, run: BulkRun[Item, T], source: AsyncIterator[Item] | None) -> None:
        self._driver, self._run, self._source = driver, run, source
        self._stop = asyncio.Event()
        self._results: dict[int, tuple[T | None, BaseException | None]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._fed: asyncio.Future[Item] | None = None
        self._done: asyncio.Queue[int | None] = asyncio.Queue()
        """Numbers of calls that ended; None where the source gave an item."""

    async def outcomes(self) -> AsyncIterator[Outcome[Item, T]]:
        run = self._run
        try:
            while not run.finished():
                for outcome in run.ready():
                    yield outcome
                self._start()
                if (run.running or self._fed is not None) and not run.has_ready:
                    self._take(await self._done.get())
            run.raise_if_broken()
        finally:
            await self._leave()

    def _start(self) -> None:
        if self._source is None:
            while self._run.has_room:
                for item in self._run.next_item():
                    self._begin(item)
        elif self._fed is None and self._run.has_room:
            self._fed = asyncio.ensure_future(self._source.__anext__())
            self._fed.add_done_callback(lambda _: self._done.put_nowait(None))

    def _begin(self, item: Item) -> None:
        if (started := self._run.start(item)) is not None:
            self._tasks[started[0]] = asyncio.ensure_future(self._work(*started))

    def _take(self, number: int | None) -> None:
        if number is not None:
            self._settle(number)
        elif self._fed is not None:
            self._feed(self._fed)

    def _feed(self, fed: asyncio.Future[Item]) -> None:
        self._fed = None
        try:
            self._begin(fed.result())
        except StopAsyncIteration:
            self._run.end()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - raised at the end of the run
            self._run.end(error)

    def _settle(self, number: int) -> None:
        self._tasks.pop(number, None)
        if number in self._results:
            self._run.settle(number, *self._results.pop(number))

    async def _work(self, number: int, operation: Operation[T]) -> None:
        try:
            if self._stop.is_set():
                raise stopped(operation)
            result = await self._driver._run(operation, self._stop)
            self._results[number] = (result, None)
        except asyncio.CancelledError:
            self._results[number] = (None, stopped(operation, may_have_arrived=True))
            raise
        except Exception as error:  # noqa: BLE001 - handed to the task that iterates
            self._results[number] = (None, error)
        finally:
            self._done.put_nowait(number)

    async def _leave(self) -> None:
        self._stop.set()
        try:
            await self._stop_feeding()
            await self._all_done()
        except asyncio.CancelledError:
            for task in self._tasks.values():
                task.cancel()
            await self._all_done()
            raise
        finally:
            # Cancelled once more while those that were cancelled came to their end: nobody knows of them.
            unseen = not all(task.done() for task in self._tasks.values())
            self._run.settle_left(self._results, may_have_arrived=unseen)

    async def _stop_feeding(self) -> None:
        if self._fed is not None:
            fed = self._fed
            fed.cancel()
            await asyncio.wait([fed])
            self._fed = None
            if not fed.cancelled() and fed.exception() is None:
                self._run.turn_back(fed.result())

    async def _all_done(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values())
