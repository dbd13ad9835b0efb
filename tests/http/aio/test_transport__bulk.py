"""Bulk runs over tasks: bounded, lazy, in order or not, and nothing lost however they end."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="the extra `async` is not installed")

from linetap.errors import BadArgument, BadRequest, LinetapError, NoResponse, invalid
from linetap.http.aio.transport import _TaskRun
from linetap.http.bulk import BulkOptions, BulkRun
from linetap.http.call import Outcome
from linetap.http.policy import RetryPolicy
from linetap.http.rate_limit import EndpointLimiter
from linetap.http.types import Operation
from tests.http.aio.test_transport import new_transport
from tests.http.sync.transports import operation
from tests.loopback import Loopback, Seen, reply

pytestmark = pytest.mark.asyncio


def echo(item: Any) -> Operation[Any]:
    """An operation that gets its own path."""
    return operation(f"/{item}", read=lambda response: response.content.decode(), endpoint="POST /x")


def say(sock: Any, seen: Seen) -> None:
    sock.sendall(reply(body=seen.target[1:].encode()))


async def spread(items: Any) -> AsyncIterator[Any]:
    """The same items, from an async source."""
    for item in items:
        await asyncio.sleep(0)
        yield item


SOURCES = pytest.mark.parametrize("source", [iter, spread], ids=["iterable", "async iterable"])


@SOURCES
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("in_flight", [1, 3, 50])
async def test_every_item_has_one_outcome(in_flight: int, ordered: bool, source: Any) -> None:
    """Each item is yielded once, with its own result; in the items' order if ordered."""
    with Loopback(say) as server:
        one = new_transport(server)
        run = one.run_bulk(echo, source(range(30)), in_flight=in_flight, ordered=ordered)
        found = [(outcome.item, outcome.result) async for outcome in run]
        await one.close()

    assert (found if ordered else sorted(found)) == [(n, str(n)) for n in range(30)]


async def test_as_many_at_once_as_asked_for() -> None:
    """in_flight calls run at the same time, and never more."""
    meet = threading.Barrier(4, timeout=10)

    def together(sock: Any, seen: Seen) -> None:
        meet.wait()
        say(sock, seen)

    with Loopback(together) as server:
        one = new_transport(server)
        assert len([outcome async for outcome in one.run_bulk(echo, range(12), in_flight=4)]) == 12
        await one.close()

        assert server.connections == 4


@SOURCES
async def test_items_are_read_lazily(source: Any) -> None:
    """At most in_flight items are read beyond the outcomes yielded, from an endless source too."""
    count = 0

    def items() -> Iterator[int]:
        nonlocal count
        for count in itertools.count(1):  # noqa: UP028 - the count is looked at
            yield count

    with Loopback(say) as server:
        one = new_transport(server)
        handed_over = 0
        async with aclosing(one.run_bulk(echo, source(items()), in_flight=3)) as run:  # type: ignore[type-var]
            async for _ in run:
                handed_over += 1
                assert count <= handed_over + 3
                if handed_over == 20:
                    break
        await one.close()


async def test_errors_are_outcomes() -> None:
    """What is rejected or cannot even be made is the outcome of that item, and the others go on."""

    def make(item: Any) -> Operation[Any]:
        if item == "wrong":
            raise invalid("to", "is a LINE id", item)
        return echo(item)

    def respond(sock: Any, seen: Seen) -> None:
        sock.sendall(reply(400) if seen.target == "/rejected" else reply(body=b"fine"))

    with Loopback(respond) as server:
        one = new_transport(server)
        outcomes = {o.item: o async for o in one.run_bulk(make, ["a", "wrong", "rejected", "b"], in_flight=2)}
        await one.close()

    assert isinstance(outcomes["wrong"].error, BadArgument)
    assert isinstance(outcomes["rejected"].error, BadRequest)
    assert [outcomes[name].result for name in "ab"] == ["fine", "fine"]


class Held:
    """A server that responds to the first request only, until it is released."""

    def __init__(self) -> None:
        self.arrived, self.leave = threading.Semaphore(0), threading.Event()

    def __call__(self, sock: Any, seen: Seen) -> None:
        if seen.target != "/0":
            self.arrived.release()
            self.leave.wait(10)
        say(sock, seen)

    async def full(self, count: int) -> None:
        """Waits until that many requests are held."""
        for _ in range(count):
            await asyncio.to_thread(self.arrived.acquire, timeout=10)


@SOURCES
async def test_ending_the_loop_waits_for_calls_in_flight(source: Any) -> None:
    """Ending the loop early sends nothing more, waits for the calls in flight, and reports the outcome of every item
    read.
    """
    held, consumed = Held(), 0
    settled: dict[Any, Outcome[Any, Any]] = {}

    def items() -> Iterator[int]:
        nonlocal consumed
        for consumed in range(1, 101):
            yield consumed - 1

    with Loopback(held) as server:
        one = new_transport(server)
        run = one.run_bulk(echo, source(items()), in_flight=3, on_outcome=lambda o: settled.update({o.item: o}))
        async with aclosing(run) as outcomes:  # type: ignore[type-var]
            async for outcome in outcomes:
                assert outcome.item == 0
                await held.full(1)
                held.leave.set()
                break
        await one.close()
        sent = {int(seen.target[1:]) for seen in server.seen}

    assert sorted(settled) == list(range(consumed))
    assert sent == {item for item, outcome in settled.items() if outcome.ok}
    assert len(sent) <= 4


@SOURCES
async def test_a_cancelled_run_reports_every_outcome(source: Any) -> None:
    """A task that is cancelled while it iterates waits for the calls in flight, reports them, and ends as cancelled."""
    held, settled = Held(), []
    with Loopback(held) as server:
        one = new_transport(server)

        async def run() -> None:
            run_bulk = one.run_bulk(echo, source(range(1, 100)), in_flight=3, on_outcome=settled.append)
            async for _ in run_bulk:
                raise AssertionError("no response was sent yet")

        task = asyncio.create_task(run())
        await held.full(3)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        held.leave.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        await one.close()
        sent = sorted(int(seen.target[1:]) for seen in server.seen)

    assert sorted(outcome.item for outcome in settled) == sent == [1, 2, 3]
    assert all(outcome.ok for outcome in settled)


async def test_a_second_cancellation_ends_the_waiting() -> None:
    """A second cancellation ends the wait; calls still in flight are reported as ones that may have arrived."""
    held, settled = Held(), []
    with Loopback(held) as server:
        one = new_transport(server)

        async def run() -> None:
            async for _ in one.run_bulk(echo, range(1, 100), in_flight=2, on_outcome=settled.append):
                raise AssertionError("no response was sent yet")

        task = asyncio.create_task(run())
        await held.full(2)
        task.cancel()
        await turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        held.leave.set()
        await one.close()

    assert sorted(outcome.item for outcome in settled) == [1, 2]
    for outcome in settled:
        assert isinstance(outcome.error, NoResponse)
        assert outcome.error.may_have_arrived


async def test_after_a_third_cancellation_nothing_counts_as_not_sent() -> None:
    """Calls that are slow to cancel and are no longer waited for may have arrived."""
    closing = asyncio.Event()
    settled: list[Outcome[int, Any]] = []

    class Slow:
        async def _run(self, operation: Operation[Any], stop: asyncio.Event) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await closing.wait()

    book: BulkRun[int, Any] = BulkRun(
        iter(range(2)), BulkOptions(echo, lambda _: EndpointLimiter(), 2, on_outcome=settled.append)
    )
    slow: Any = Slow()

    async def run() -> None:
        async for _ in _TaskRun(slow, book, None).outcomes():
            raise AssertionError("no response was sent yet")

    task = asyncio.create_task(run())
    for _ in range(3):
        await turns()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    closing.set()

    assert [outcome.item for outcome in settled] == [0, 1]
    assert all(outcome.error.may_have_arrived for outcome in settled)


async def turns() -> None:
    """Lets the other tasks run a few steps."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_leaving_wakes_those_who_wait() -> None:
    """A call that waits before its next attempt does not make leaving take as long; nothing more is sent for it."""
    settled: dict[Any, Any] = {}

    def respond(sock: Any, seen: Seen) -> None:
        sock.sendall(reply(503) if seen.target == "/slow" else reply(body=b"quick"))

    with Loopback(respond) as server:
        one = new_transport(server, sleep=None, retry=RetryPolicy(first_wait=60, longest_wait=60))
        run = one.run_bulk(echo, ["slow", "quick"], in_flight=2, on_outcome=lambda o: settled.update({o.item: o}))
        async with aclosing(run) as outcomes:  # type: ignore[type-var]
            async for outcome in outcomes:
                assert outcome.item == "quick"
                break
        await one.close()
        assert [seen.target for seen in server.seen].count("/slow") <= 1

    assert isinstance(settled["slow"].error, LinetapError)


@SOURCES
async def test_an_error_of_the_items_loses_no_outcome(source: Any) -> None:
    """When reading the items fails, the calls in flight are still yielded, and then the error is raised."""

    def items() -> Iterator[int]:
        yield from range(5)
        raise RuntimeError("the file ended")

    got: list[int] = []
    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(RuntimeError, match="the file ended"):
            async for outcome in one.run_bulk(echo, source(items()), in_flight=8):
                got.append(outcome.item)  # noqa: PERF401
        await one.close()

    assert sorted(got) == [0, 1, 2, 3, 4]


async def test_a_bug_in_making_is_raised_after_the_rest() -> None:
    """An exception that is no LinetapError is not swallowed into an outcome."""

    def make(item: int) -> Operation[Any]:
        return echo(item if item < 3 else 1 / 0)

    got: list[int] = []
    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(ZeroDivisionError):
            async for outcome in one.run_bulk(make, range(9), in_flight=2):
                got.append(outcome.item)  # noqa: PERF401
        await one.close()

    assert sorted(got) == [0, 1, 2]


async def test_before_send_is_called_before_the_request() -> None:
    """before_send is called before the first byte of the request is sent, in the thread that iterates."""
    reported: list[str] = []

    def check(sock: Any, seen: Seen) -> None:
        sock.sendall(reply(200 if seen.target in reported else 400))

    with Loopback(check) as server:
        one = new_transport(server)
        run = one.run_bulk(echo, range(20), in_flight=4, before_send=lambda item, op: reported.append(op.request.path))
        assert all([outcome.ok async for outcome in run])
        await one.close()


@pytest.mark.parametrize("in_flight", [0, 513, True, None])
async def test_a_wrong_width_is_rejected(in_flight: Any) -> None:
    """in_flight is judged at the call, not at the first step."""
    with pytest.raises(BadArgument, match="in_flight"):
        new_transport("http://localhost").run_bulk(echo, [1], in_flight=in_flight)


async def test_a_callback_that_always_raises_hides_no_outcome() -> None:
    """Calls in flight when a callback raised are reported once, though the callback raises again for each."""
    settled: list[Any] = []

    def broken(outcome: Any) -> None:
        settled.append(outcome.item)
        raise ZeroDivisionError

    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(ZeroDivisionError):
            async for _ in one.run_bulk(echo, range(9), in_flight=4, on_outcome=broken):
                raise AssertionError("the first outcome was not reported of yet")
        await one.close()

        assert sorted(settled) == sorted(int(seen.target[1:]) for seen in server.seen)
