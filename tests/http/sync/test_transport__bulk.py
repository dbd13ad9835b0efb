"""Bulk runs over threads: bounded, lazy, in order or not, and nothing lost however they end."""

from __future__ import annotations

import atexit
import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from linetap.errors import BadArgument, BadRequest, NoResponse, invalid
from linetap.http.call import Outcome
from linetap.http.policy import RetryPolicy
from linetap.http.sync.bulk import ThreadRun
from linetap.http.types import Operation
from tests.http.sync.transports import new_transport, operation
from tests.loopback import CUT, Loopback, Seen, reply


def echo(item: Any) -> Operation[Any]:
    """An operation that gets its own path."""
    return operation(f"/{item}", read=lambda response: response.content.decode(), endpoint="POST /x")


def say(sock: Any, seen: Seen) -> None:
    sock.sendall(reply(body=seen.target[1:].encode()))


class Drawn:
    """Items that count how many of them were consumed."""

    def __init__(self, items: Any) -> None:
        self.items, self.count = iter(items), 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        item = next(self.items)
        self.count += 1
        return item


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("in_flight", [1, 3, 50])
def test_every_item_has_one_outcome(in_flight: int, ordered: bool) -> None:
    """Each item is yielded once, with its own result; in the items' order if ordered."""
    with Loopback(say) as server:
        one = new_transport(server)
        outcomes = list(one.run_bulk(echo, range(30), in_flight=in_flight, ordered=ordered))
        one.close()

    found = [(outcome.item, outcome.result) for outcome in outcomes]
    assert (found if ordered else sorted(found)) == [(n, str(n)) for n in range(30)]


def test_no_items_no_thread() -> None:
    """Nothing to do is done at once."""
    before = threading.active_count()

    assert list(new_transport("http://localhost:1").run_bulk(echo, [], in_flight=4)) == []
    assert threading.active_count() == before


def test_as_many_at_once_as_asked_for() -> None:
    """in_flight calls run at the same time, and never more."""
    meet, now, most, lock = threading.Barrier(4, timeout=10), 0, 0, threading.Lock()

    def together(sock: Any, seen: Seen) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        meet.wait()
        with lock:
            now -= 1
        say(sock, seen)

    with Loopback(together) as server:
        one = new_transport(server)
        assert len(list(one.run_bulk(echo, range(12), in_flight=4))) == 12
        one.close()
        assert server.connections == 4

    assert most == 4


@pytest.mark.parametrize("ordered", [True, False])
def test_items_are_read_lazily(ordered: bool) -> None:
    """At most in_flight items are read beyond the outcomes yielded, from an endless source too."""
    items = Drawn(itertools.count())
    with Loopback(say) as server:
        one = new_transport(server)
        run = one.run_bulk(echo, items, in_flight=3, ordered=ordered)
        assert items.count == 0
        for handed_over in range(1, 20):
            next(run)
            assert items.count <= handed_over + 3
        run.close()  # type: ignore[attr-defined]
        one.close()


def test_errors_are_outcomes() -> None:
    """What is rejected, no_response or cannot even be made is the outcome of that item, and the others go on."""

    def make(item: Any) -> Operation[Any]:
        if item == "wrong":
            raise invalid("to", "is a LINE id", item)
        return echo(item)

    def respond(sock: Any, seen: Seen) -> None:
        sock.sendall(reply(400) if seen.target == "/rejected" else reply(body=b"fine"))

    with Loopback(respond) as server:
        one = new_transport(server)
        outcomes = {o.item: o for o in one.run_bulk(make, ["a", "wrong", "rejected", "b"], in_flight=2)}
        one.close()

    assert isinstance(outcomes["wrong"].error, BadArgument)
    assert isinstance(outcomes["rejected"].error, BadRequest)
    assert [outcomes[name].result for name in "ab"] == ["fine", "fine"]


@pytest.mark.parametrize("in_flight", [0, -1, 513, True, 1.5, "4", None])
def test_a_wrong_width_is_rejected(in_flight: Any) -> None:
    """in_flight is a whole number from 1 to 512, and is judged at the call, not at the first step."""
    with pytest.raises(BadArgument, match="in_flight"):
        new_transport("http://localhost").run_bulk(echo, [1], in_flight=in_flight)


def test_ending_the_loop_waits_for_calls_in_flight() -> None:
    """Ending the loop early sends nothing more, waits for the calls in flight, and reports the outcome of every item
    read.
    """
    arrived, leave = threading.Semaphore(0), threading.Event()

    def late(sock: Any, seen: Seen) -> None:
        if seen.target != "/0":
            arrived.release()
            leave.wait(10)
        say(sock, seen)

    settled: list[Outcome[Any, Any]] = []
    items = Drawn(range(100))
    with Loopback(late) as server:
        one = new_transport(server)
        for outcome in one.run_bulk(echo, items, in_flight=3, on_outcome=settled.append):
            assert outcome.item == 0
            for _ in range(2):
                arrived.acquire(timeout=10)
            leave.set()
            break
        consumed = items.count
        one.close()
        sent = len(server.seen)

    assert sorted(outcome.item for outcome in settled) == list(range(consumed))
    assert all(outcome.ok for outcome in settled)
    assert sent == consumed <= 4


def test_leaving_wakes_those_who_wait() -> None:
    """A call that waits before its next attempt does not make leaving take as long; nothing more is sent for it."""
    settled: dict[Any, Any] = {}
    waiting = threading.Event()

    def respond(sock: Any, seen: Seen) -> None:
        if seen.target == "/slow":
            sock.sendall(reply(503))
            waiting.set()
        else:
            waiting.wait(10)
            say(sock, seen)

    with Loopback(respond) as server:
        import time

        one = new_transport(server, sleep=None, clock=time.monotonic, retry=RetryPolicy(first_wait=60, longest_wait=60))
        run = one.run_bulk(echo, ["slow", "quick"], in_flight=2, on_outcome=lambda o: settled.update({o.item: o}))
        assert next(run).item == "quick"
        run.close()  # type: ignore[attr-defined]
        one.close()
        assert [seen.target for seen in server.seen].count("/slow") == 1

    assert not settled["slow"].ok


def test_an_error_of_the_items_loses_no_outcome() -> None:
    """When reading the items fails, the calls in flight are still yielded, and then the error is raised."""

    def items() -> Iterator[int]:
        yield from range(5)
        raise RuntimeError("the file ended")

    got: list[int] = []
    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(RuntimeError, match="the file ended"):
            got.extend(outcome.item for outcome in one.run_bulk(echo, items(), in_flight=8))
        one.close()

    assert sorted(got) == [0, 1, 2, 3, 4]


def test_a_bug_in_making_is_raised_after_the_rest() -> None:
    """An exception that is no LinetapError is not swallowed into an outcome."""

    def make(item: int) -> Operation[Any]:
        return echo(item if item < 3 else 1 / 0)

    got: list[int] = []
    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(ZeroDivisionError):
            got.extend(outcome.item for outcome in one.run_bulk(make, range(9), in_flight=2))
        one.close()

    assert sorted(got) == [0, 1, 2]


def test_an_interrupt_loses_no_outcome() -> None:
    """Ctrl-C while waiting for a response waits for the calls in flight, reports their outcomes, and is raised."""
    settled: list[Any] = []

    def items() -> Iterator[int]:
        yield from range(3)
        raise KeyboardInterrupt

    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(KeyboardInterrupt):
            list(one.run_bulk(echo, items(), in_flight=8, on_outcome=lambda outcome: settled.append(outcome)))
        one.close()

    assert sorted(outcome.item for outcome in settled) == [0, 1, 2]


def test_an_interrupt_before_a_call_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item that was read at Ctrl-C but not given to a thread is reported as not sent."""
    real, calls = ThreadRun._add_thread, itertools.count()

    def hire(self: Any) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(ThreadRun, "_add_thread", hire)
    settled: dict[Any, Any] = {}
    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(KeyboardInterrupt):
            list(one.run_bulk(echo, range(9), in_flight=5, on_outcome=lambda o: settled.update({o.item: o})))
        one.close()
        assert {seen.target for seen in server.seen} <= {"/0", "/1"}

    assert set(settled) == {0, 1, 2}
    assert isinstance(settled[2].error, NoResponse)
    assert not settled[2].error.may_have_arrived


def test_a_second_interrupt_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second Ctrl-C ends the wait; calls still in flight are reported as ones that may have arrived."""
    arrived, leave = threading.Semaphore(0), threading.Event()
    settled: dict[Any, Any] = {}
    left: list[Any] = []

    def late(sock: Any, seen: Seen) -> None:
        arrived.release()
        leave.wait(10)
        say(sock, seen)

    def items() -> Iterator[int]:
        yield 1
        arrived.acquire(timeout=10)
        raise KeyboardInterrupt

    def impatient(self: Any) -> None:
        left.append(self)
        raise KeyboardInterrupt

    real = ThreadRun._stop_threads
    monkeypatch.setattr(ThreadRun, "_stop_threads", impatient)
    with Loopback(late) as server:
        one = new_transport(server)
        with pytest.raises(KeyboardInterrupt):
            list(one.run_bulk(echo, items(), in_flight=2, on_outcome=lambda o: settled.update({o.item: o})))
        leave.set()
        atexit.unregister(left[0]._stop_threads)
        real(left[0])
        one.close()

    assert isinstance(settled[1].error, NoResponse)
    assert settled[1].error.may_have_arrived


def test_an_unfinished_run_does_not_keep_the_interpreter() -> None:
    """At the interpreter's end an unfinished run waits for the calls in flight, and no longer."""
    script = """
import sys
from tests.loopback import Loopback
from tests.http.sync.transports import new_transport, operation
server = Loopback().__enter__()
one = new_transport(server)
run = one.run_bulk(lambda n: operation(f"/{n}"), range(100), in_flight=4)
print(next(run).ok)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "True"


def test_no_more_threads_than_calls() -> None:
    """A narrow source does not have a wide run start threads that have nothing to do."""
    before = threading.active_count()
    with Loopback(say) as server:
        one = new_transport(server)
        base = threading.active_count()
        run = one.run_bulk(echo, range(2), in_flight=100)
        next(run)
        assert threading.active_count() <= base + 2 + 2, "two workers, and the server's two connections"
        list(run)
        one.close()

    assert threading.active_count() == before


def test_before_send_is_called_before_the_request() -> None:
    """before_send is called before the first byte of the request is sent, in the thread that iterates."""
    reported: list[str] = []
    here = threading.get_ident()

    def intend(item: Any, op: Operation[Any]) -> None:
        assert threading.get_ident() == here
        reported.append(op.request.path)

    def check(sock: Any, seen: Seen) -> None:
        sock.sendall(reply(200 if seen.target in reported else 400))

    with Loopback(check) as server:
        one = new_transport(server)
        outcomes = list(one.run_bulk(echo, range(20), in_flight=4, before_send=intend))
        one.close()

    assert all(outcome.ok for outcome in outcomes)


def test_an_error_in_before_send_sends_nothing() -> None:
    """A journal that cannot be written stops the run before that item is sent."""

    def intend(item: Any, op: Operation[Any]) -> None:
        if item == 2:
            raise OSError("disk full")

    with Loopback(say) as server:
        one = new_transport(server)
        with pytest.raises(OSError, match="disk full"):
            list(one.run_bulk(echo, range(9), in_flight=1, before_send=intend))
        one.close()

        assert [seen.target for seen in server.seen] == ["/0", "/1"]


def test_429s_reduce_the_concurrency_of_a_run() -> None:
    """After 429s half as many calls run at once, and more again as calls are accepted."""
    meet, running = threading.Barrier(8, timeout=10), 0
    widths: list[tuple[int, int]] = []

    def respond(sock: Any, seen: Seen) -> None:
        if seen.target in early:
            early.remove(seen.target)
            meet.wait()
            sock.sendall(reply(429))
        else:
            say(sock, seen)

    def intend(item: Any, op: Operation[Any]) -> None:
        nonlocal running
        running += 1
        widths.append((running, one._limiters.of(op).concurrency))

    def settled(outcome: Outcome[Any, Any]) -> None:
        nonlocal running
        running -= 1

    early = {f"/{n}" for n in range(8)}
    with Loopback(respond) as server:
        one = new_transport(server, clock=lambda: 5.0, random=lambda: 0.0)
        outcomes = list(one.run_bulk(echo, range(100), in_flight=8, before_send=intend, on_outcome=settled))
        one.close()

    assert all(outcome.ok for outcome in outcomes)
    narrow = [concurrency for _, concurrency in widths[8:]]
    assert 4 <= min(narrow) < 8 == max(narrow)
    assert all(running <= concurrency for running, concurrency in widths[1:])


def test_a_lost_response_in_bulk() -> None:
    """A cut connection is tried again inside a bulk run as in a single call."""
    with Loopback(CUT, say) as server:
        one = new_transport(server)
        (outcome,) = one.run_bulk(echo, ["a"], in_flight=2)
        one.close()

        assert (outcome.result, len(server.seen)) == ("a", 2)
