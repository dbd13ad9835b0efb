"""One timer for all exchanges of a loop: only an exchange without data for too long is cut."""

from __future__ import annotations

import asyncio
import contextvars
import math
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

aiohttp = pytest.importorskip("aiohttp", reason="the extra `async` is not installed")

from linetap.errors import NoResponse  # noqa: E402
from linetap.http.aio.session import LoopSessions  # noqa: E402
from linetap.http.aio.timeouts import Connector, RequestTimer, TimerWheel  # noqa: E402
from linetap.http.policy import RetryPolicy, Timeout  # noqa: E402
from tests.http.aio.test_transport import new_transport  # noqa: E402
from tests.http.sync.transports import operation  # noqa: E402
from tests.loopback import Loopback, Seen, reply  # noqa: E402

ONCE = RetryPolicy(attempts=1)


class Timer:
    """A timer of the loop below."""

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call, self.cancelled = at, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """The parts of an event loop that a timer needs; its clock moves only when it is advanced."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(at, call))
        return self.timers[-1]

    def call_soon(self, call: Callable[..., None], *given: Any) -> None:
        call(*given)

    @property
    def waiting(self) -> list[Timer]:
        return [timer for timer in self.timers if not timer.cancelled]

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for timer in self.waiting:
            if timer.at <= self.now:
                timer.cancelled = True
                timer.call()


class Connection:
    """A connection that can be cut; one that was given back has no transport any more."""

    def __init__(self) -> None:
        self.transport: Any = self
        self.aborted = 0

    def abort(self) -> None:
        self.aborted += 1


def begun(wheel: TimerWheel, read: float, left: float) -> tuple[RequestTimer, Connection]:
    wait, connection = RequestTimer(wheel, read, left), Connection()
    wait.enter()
    wait.begin(connection)
    return wait, connection


def watched() -> tuple[Loop, TimerWheel]:
    loop: Any = Loop()
    return loop, TimerWheel(loop)


def test_a_silent_exchange_is_cut_at_its_time_limit() -> None:
    """An exchange is cut once, after its seconds without data; another one with a longer limit continues."""
    loop, wheel = watched()
    one, first = begun(wheel, 5.0, 60.0)
    other, second = begun(wheel, 9.0, 60.0)

    loop.advance(4.9)
    assert (one.late, first.aborted) == (False, 0)
    loop.advance(0.2)
    assert (one.late, first.aborted, other.late) == (True, 1, False)
    loop.advance(10.0)
    assert (first.aborted, second.aborted, other.late) == (1, 1, True)


def test_received_data_restarts_the_read_timeout_within_the_total() -> None:
    """Each piece of data restarts the read timeout, but the total does not change."""
    loop, wheel = watched()
    wait, connection = begun(wheel, 5.0, 12.0)
    for _ in range(3):
        loop.advance(3.9)
        assert not wait.late
        wait.touch()

    loop.advance(0.4)
    assert (wait.late, connection.aborted) == (True, 1)


def test_a_thousand_exchanges_have_one_timer() -> None:
    """However many begin and end, one timer waits at most; and where all have ended, it looks and sets no other."""
    loop, wheel = watched()
    waits = [begun(wheel, 30.0, 120.0)[0] for _ in range(1000)]
    assert len(loop.timers) == 1
    for wait in waits:
        wait.leave()
    loop.advance(31.0)

    assert (len(loop.timers), loop.waiting) == (1, [])


def test_an_earlier_time_limit_moves_the_timer() -> None:
    """An exchange with a shorter limit than all others moves the timer forward, and there is still only one timer."""
    loop, wheel = watched()
    begun(wheel, 30.0, 120.0)
    hasty, connection = begun(wheel, 1.0, 120.0)

    assert [timer.at for timer in loop.waiting] == [101.0]
    loop.advance(1.0)
    assert (hasty.late, connection.aborted) == (True, 1)
    assert [timer.at for timer in loop.waiting] == [130.0]


def test_a_returned_connection_is_not_cut() -> None:
    """An exchange that has ended cuts nothing: another exchange may use its connection."""
    loop, wheel = watched()
    wait, connection = begun(wheel, 1.0, 120.0)
    connection.transport = None

    loop.advance(2.0)

    assert (wait.late, connection.aborted) == (True, 0)


def test_a_closed_watch_sets_no_timer() -> None:
    """Nothing of it is left in the loop."""
    loop, wheel = watched()
    begun(wheel, 1.0, 120.0)

    wheel.close()

    assert loop.waiting == []


def test_an_exchange_may_end_in_another_context() -> None:
    """What is left of a task is closed wherever the garbage is collected; its exchange is watched no more."""
    _, wheel = watched()
    wait = RequestTimer(wheel, 5.0, 60.0)
    contextvars.copy_context().run(wait.enter)
    wait.begin(Connection())

    wait.leave()

    assert wheel.timers == set()


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_cut_exchange_is_reported_as_late_and_not_repeated(method: str) -> None:
    """Silence ends as "no response in time", for a GET too, which aiohttp by itself would have sent again."""

    def never(sock: Any, seen: Seen) -> None:
        sock.recv(1)

    with Loopback(reply(), never) as server:
        one = new_transport(server, timeout=Timeout(read=0.05), retry=ONCE)
        await one.do(operation())
        with pytest.raises(NoResponse, match="in time"):
            await one.do(operation(method=method))
        await one.close()

        assert len(server.seen) == 2


@pytest.mark.asyncio
async def test_a_body_that_stops_half_way_is_reported_as_late() -> None:
    """Silence within a body ends as silence before it does, and its connection is not used again."""

    def half(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
        sock.recv(1)

    with Loopback(half, reply()) as server:
        one = new_transport(server, timeout=Timeout(read=0.05), retry=ONCE)
        with pytest.raises(NoResponse, match="in time"):
            await one.do(operation())
        assert await one.do(operation()) == {}
        await one.close()

        assert server.connections == 2


@pytest.mark.asyncio
async def test_a_body_up_to_the_end_of_its_connection_is_not_ended_by_a_cut() -> None:
    """A body that was cut is reported as late, also where only the connection's end marks its end."""

    def open_ended(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n{}")
        sock.recv(1)

    with Loopback(open_ended) as server:
        one = new_transport(server, timeout=Timeout(read=0.05), retry=ONCE)
        with pytest.raises(NoResponse, match="in time"):
            await one.do(operation())
        await one.close()


@pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
def test_data_that_arrived_while_the_loop_was_blocked_is_read(kind: str) -> None:
    """A response that waits in its socket is read before its time limit is checked, in either order of the loop."""
    asked, held, come, rest = (threading.Event() for _ in range(4))

    def in_two(sock: Any, seen: Seen) -> None:
        asked.set()
        held.wait(10)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
        come.set()
        rest.wait(10)
        sock.sendall(b"}")

    async def held_up(server: Loopback) -> Any:
        one = new_transport(server, retry=ONCE)
        task = asyncio.ensure_future(one.do(operation()))
        await asyncio.get_running_loop().run_in_executor(None, asked.wait, 10)
        wheel = one._sessions.current()._wheel
        (wait,) = wheel.timers
        wait.due = 0.0
        wheel._schedule(0.0)
        held.set()
        come.wait(10)  # nothing runs in this loop meanwhile
        asyncio.get_running_loop().call_later(0.0, rest.set)
        response = await task
        await one.close()
        return response

    loop = pytest.importorskip(kind, reason=f"{kind} is not installed").new_event_loop()
    with Loopback(in_two) as server:
        try:
            assert loop.run_until_complete(held_up(server)) == {}
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("leaving", ["another loop", "close"])
async def test_an_exchange_keeps_its_time_limit_to_its_end(leaving: str) -> None:
    """Neither closing a client nor using it in a second loop removes an exchange's time limit."""
    home, cut = LoopSessions(None), asyncio.Event()
    connection: Any = Connection()
    connection.abort = cut.set
    _, wait = home.current().timeouts((1.0, 0.001, 60.0), 0)

    async def elsewhere() -> None:
        home.current()

    wait.enter()
    wait.begin(connection)
    if leaving == "close":
        await home.close()
    else:
        thread = threading.Thread(target=lambda: asyncio.run(elsewhere()))
        thread.start()
        thread.join()  # this loop stands still until the other has ended
    await asyncio.wait_for(cut.wait(), 10)
    wait.leave()

    assert wait.late


@pytest.mark.asyncio
async def test_a_call_waiting_for_a_slot_ends_when_the_client_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that was not cancelled ends with a LinetapError where Python reports who cancelled; a cancelled one ends
    as cancelled.
    """
    monkeypatch.setattr("linetap.http.aio.session.MAX_IN_FLIGHT", 1)
    asked = threading.Event()

    def never(sock: Any, seen: Seen) -> None:
        asked.set()
        sock.recv(1)

    with Loopback(never) as server:
        one = new_transport(server, retry=ONCE)
        first, second, third = (asyncio.ensure_future(one.do(operation())) for _ in range(3))
        await asyncio.get_running_loop().run_in_executor(None, asked.wait, 10)
        third.cancel()
        await one.close()
        ends = await asyncio.gather(first, second, third, return_exceptions=True)

    found = NoResponse if sys.version_info >= (3, 11) else asyncio.CancelledError
    assert [type(end) for end in ends] == [NoResponse, found, asyncio.CancelledError]


@pytest.mark.asyncio
async def test_a_long_body_is_read_whole() -> None:
    """A body of many pieces, which had not come with its head, is what the service sent."""
    body = b'{"n": "' + b"x" * 3_000_000 + b'"}'
    with Loopback(reply(body=body)) as server:
        one = new_transport(server)
        assert len((await one.do(operation()))["n"]) == 3_000_000
        await one.do(operation())
        await one.close()

        assert server.connections == 1


@pytest.mark.asyncio
async def test_who_keeps_the_times() -> None:
    """The wheel for a small request of our own session; aiohttp where it has to be exact or the session is theirs."""
    limits = (5.0, 30.0, 120.0)
    ours = LoopSessions(None).current()
    timeout, wait = ours.timeouts(limits, 100)
    assert (timeout.total, timeout.connect, timeout.sock_connect, timeout.sock_read) == (None, 90, 5.0, None)
    assert wait.due - asyncio.get_running_loop().time() <= 120.0

    async with aiohttp.ClientSession() as session:
        for place, given, size in (
            (ours, limits, 1_000_000),
            (ours, (5.0, 20.0, 20.0), 100),
            (ours, (0.3, 0.1, 0.9), 100),  # whole seconds are all that aiohttp accepts for the pool: None is no limit
            (LoopSessions(session).current(), limits, 100),
        ):
            timeout, _ = place.timeouts(given, size)
            assert (timeout.total, timeout.sock_connect, timeout.sock_read) == (given[2], *given[:2])


@pytest.mark.asyncio
async def test_the_connector_serves_others_too() -> None:
    """A request that no exchange of ours is behind gets its connection as from aiohttp's own."""
    with Loopback() as server:
        async with (
            aiohttp.ClientSession(connector=Connector(limit=1)) as session,
            session.get(f"{server.url}/") as response,
        ):
            assert response.status == 200


def test_an_endless_wait_has_no_silence() -> None:
    """Where aiohttp keeps the silence, the wheel keeps the whole alone."""
    loop, wheel = watched()
    wait, _ = begun(wheel, math.inf, 10.0)

    loop.advance(9.9)
    assert not wait.late
    loop.advance(0.1)
    assert wait.late
