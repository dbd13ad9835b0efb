"""The transport over aiohttp (extra ``async``): the same call steps, and bulk runs over tasks; also on uvloop."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import random as _random
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

from linetap.http.bulk import BulkOptions, BulkRun
from linetap.http.call import Outcome, Send, Sleep
from linetap.http.call_errors import AttemptResult, cannot_be_sent, not_sent
from linetap.http.headers import is_valid_http
from linetap.http.options import MAX_IN_FLIGHT, MONOTONIC, check_in_flight
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.transport_base import BaseTransport
from linetap.http.types import Credentials, Operation

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")
Item = TypeVar("Item")


def _session_module() -> Any:
    """Import the aiohttp part on first use, so that importing the client class does not need aiohttp."""
    try:
        from linetap.http.aio import session as aio_session
    except ModuleNotFoundError as error:
        raise ImportError(f"the async clients need {error.name}: pip install 'linetap[async]'") from error
    return aio_session


class AsyncClientOptions(TypedDict, total=False):
    """The keyword options that every async client takes; the same as those of the other clients."""

    timeout: Timeout
    """How long one attempt may take: connect 5 s, read 30 s."""
    retry: RetryPolicy
    """How often and how long one call is retried: 5 attempts, 120 s."""
    pace: Pace | None
    """A rate limit for all endpoints together; several clients may share it."""
    session: aiohttp.ClientSession | None
    """Your own session: its connector, proxies, headers and traces are used."""
    app_info: str | None
    """Added to the ``User-Agent``, such as ``"shop/2.1"``."""
    base_url: str
    """The service's address if it is not the vendor's own: a sandbox, a gateway."""
    clock: Callable[[], float]
    """A steady clock in seconds; for tests."""
    sleep: Callable[[float], object]
    """Waits that many seconds; awaited if it returns an awaitable. For tests."""
    random: Callable[[], float]
    """Numbers from 0 to 1; for tests."""


class AsyncTransport(BaseTransport):
    """Calls one service's endpoints from one event loop at a time; the constructor does no I/O.

    Arguments are those of :class:`linetap.http.sync.SyncTransport`; ``session`` is an ``aiohttp.ClientSession``.
    """

    def __init__(
        self,
        hosts: Mapping[str, str],
        credentials: Credentials,
        *,
        service: str,
        paces: Mapping[str, Pace] | None = None,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        pace: Pace | None = None,
        session: aiohttp.ClientSession | None = None,
        app_info: str | None = None,
        clock: Callable[[], float] = MONOTONIC,
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
        self._credentials = credentials
        module = _session_module()
        self._sessions = module.LoopSessions(session)
        self._exchange = module.send

    def do(self, operation: Operation[T]) -> Coroutine[Any, Any, T]:
        """One call with all its attempts: returns what the operation reads, or raises a ``LinetapError``."""
        return self._run(operation, None)

    async def pages(self, operation: Operation[T]) -> AsyncIterator[T]:
        """This page and all later ones, each fetched when the caller asks for it."""
        step: Operation[T] | None = operation
        while step is not None:
            page = await self.do(step)
            yield page
            step = step.next_page(page) if step.next_page is not None else None

    def run_bulk(
        self,
        make: Callable[[Item], Operation[T]],
        items: Iterable[Item] | AsyncIterable[Item],
        *,
        in_flight: int,
        ordered: bool = False,
        before_send: Callable[[Item, Operation[T]], object] | None = None,
        on_outcome: Callable[[Outcome[Item, T]], object] | None = None,
    ) -> AsyncIterator[Outcome[Item, T]]:
        """Send the operations of many items, as ``SyncTransport.run_bulk`` does; ``items`` may be an async iterable.

        If the task that iterates is cancelled, nothing more is sent and requests in flight are completed, so that
        ``on_outcome`` receives every outcome. A second cancellation ends the waiting; the requests still in flight
        are reported as ones that may have arrived. Iterate inside ``contextlib.aclosing`` if you leave the loop early.
        """
        check_in_flight(in_flight, MAX_IN_FLIGHT)
        source: Any = items
        is_async = hasattr(source, "__aiter__")
        options = BulkOptions(make, self._limiters.of, in_flight, ordered, before_send, on_outcome)
        run: BulkRun[Item, T] = BulkRun(iter(()) if is_async else iter(source), options)
        return _TaskRun(self, run, source.__aiter__() if is_async else None).outcomes()

    async def wait(self, seconds: float) -> None:
        """Wait in the same way as this transport's calls: before asking again for a result that is not ready."""
        await self._wait(seconds, None)

    async def close(self) -> None:
        """Close the connections, except those of a session that was passed as an argument."""
        await self._sessions.close()

    async def _run(self, operation: Operation[T], stop: asyncio.Event | None) -> T:
        steps = self._steps(operation)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Send):
                    started = self.clock()
                    result = await self._sending(step, operation, started)
                    step = steps.send(self._received(operation, step, result, started))
                elif isinstance(step, Sleep):
                    step = steps.send(await self._wait(step.seconds, stop))
                elif step.rejected is None and (token := self._credentials.headers(self.clock())) is not None:
                    step = steps.send(token)  # fast path: no await, so no other task can run in between
                else:
                    step = steps.send(await self._token(step.rejected))
        except StopIteration as done:
            value: T = done.value
            return value

    def _sending(self, step: Send, operation: Operation[Any], started: float) -> Coroutine[Any, Any, AttemptResult]:
        service, request = self._headers, operation.request
        own = service.own(operation, step.token)
        try:
            valid = is_valid_http(request.method, request.target, own)
        except UnicodeEncodeError:  # a lone surrogate in the target
            valid = False
        if not valid:
            raise cannot_be_sent(operation)
        seconds, headers = self._seconds(step, started), {**service.fixed(operation), **own}
        exchange: Coroutine[Any, Any, AttemptResult] = self._exchange(
            self._sessions, service.hosts[request.host], request, headers, seconds
        )
        return exchange

    async def _token(self, rejected: Mapping[str, str] | None) -> Mapping[str, str] | None:
        credentials = self._credentials
        async with self._sessions.current().lock:
            if rejected is not None and not credentials.rejected(rejected):
                return None
            now = self.clock()
            if (headers := credentials.headers(now)) is None and (issue := credentials.issue()) is not None:
                credentials.issued(await self.do(issue), now)
                headers = credentials.headers(now)
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


class _TaskRun(Generic[Item, T]):
    """A bulk run over tasks. All bookkeeping is done by the task that iterates."""

    def __init__(self, transport: AsyncTransport, run: BulkRun[Item, T], source: AsyncIterator[Item] | None) -> None:
        self._transport, self._run, self._source = transport, run, source
        self._stop = asyncio.Event()
        self._results: dict[int, tuple[T | None, BaseException | None]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._fetching: asyncio.Future[Item] | None = None
        self._done: asyncio.Queue[int | None] = asyncio.Queue()
        """Numbers of finished calls; None when the source has an item."""

    async def outcomes(self) -> AsyncIterator[Outcome[Item, T]]:
        run = self._run
        try:
            while not run.finished():
                for outcome in run.ready():
                    yield outcome
                self._start()
                if (run.in_flight or self._fetching is not None) and not run.has_ready:
                    self._take(await self._done.get())
            run.raise_if_failed()
        finally:
            await self._stop_tasks()

    def _start(self) -> None:
        if self._source is None:
            while self._run.has_capacity:
                for item in self._run.next_item():
                    self._start_task(item)
        elif self._fetching is None and self._run.has_capacity:
            self._fetching = asyncio.ensure_future(self._source.__anext__())
            self._fetching.add_done_callback(lambda _: self._done.put_nowait(None))

    def _start_task(self, item: Item) -> None:
        if (started := self._run.start(item)) is not None:
            self._tasks[started[0]] = asyncio.ensure_future(self._work(*started))

    def _take(self, number: int | None) -> None:
        if number is not None:
            self._settle(number)
        elif self._fetching is not None:
            self._fetched(self._fetching)

    def _fetched(self, fetched: asyncio.Future[Item]) -> None:
        self._fetching = None
        try:
            self._start_task(fetched.result())
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
                raise not_sent(operation)
            result = await self._transport._run(operation, self._stop)
            self._results[number] = (result, None)
        except asyncio.CancelledError:
            self._results[number] = (None, not_sent(operation, may_have_arrived=True))
            raise
        except Exception as error:  # noqa: BLE001 - passed to the task that iterates
            self._results[number] = (None, error)
        finally:
            self._done.put_nowait(number)

    async def _stop_tasks(self) -> None:
        self._stop.set()
        try:
            await self._stop_fetching()
            await self._all_done()
        except asyncio.CancelledError:
            for task in self._tasks.values():
                task.cancel()
            await self._all_done()
            raise
        finally:
            # Cancelled again while the cancelled tasks were ending: their results are unknown.
            unseen = not all(task.done() for task in self._tasks.values())
            self._run.settle_left(self._results, may_have_arrived=unseen)

    async def _stop_fetching(self) -> None:
        if self._fetching is not None:
            fetched = self._fetching
            fetched.cancel()
            await asyncio.wait([fetched])
            self._fetching = None
            if not fetched.cancelled() and fetched.exception() is None:
                self._run.reject_item(fetched.result())

    async def _all_done(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values())
