"""The input of a bulk run in a thread of its own."""

from __future__ import annotations

import contextvars
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from linetap import Delivery, LineClient, ProfileRecord
from linetap.http.bulk import Pending
from linetap.http.sync.source import ThreadedSource
from linetap.sandbox import Sandbox
from tests.http.sync.transports import new_transport, operation
from tests.loopback import Loopback


def _all(source: ThreadedSource[Any]) -> Iterator[Any]:
    for item in source:
        if isinstance(item, Pending):
            woken = threading.Event()
            item.call_when_set(woken.set)
            assert woken.wait(10)
        else:
            yield item


def test_items_come_in_their_order_and_end() -> None:
    """Every item is given once, in order, and after the last one the end, again and again."""
    source = ThreadedSource(iter(range(100)))

    assert list(_all(source)) == list(range(100))
    assert list(_all(source)) == []


def test_one_item_is_read_for_each_request() -> None:
    """The input is not read ahead of what is requested."""
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    source = _all(ThreadedSource(items()))
    for _ in range(3):
        next(source)

    assert read == [0, 1, 2]


def test_an_exception_of_the_input_is_raised_where_it_is_read() -> None:
    """Also one that is no Exception: Ctrl-C in a signal handler of the input, for example."""

    def items() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    source = _all(ThreadedSource(items()))
    assert next(source) == 1
    with pytest.raises(KeyboardInterrupt):
        next(source)


def test_the_input_has_the_callers_context() -> None:
    """The input reads the context variables of the code that started the run."""
    job = contextvars.ContextVar("job", default="none")
    job.set("spring sale")

    assert list(_all(ThreadedSource(job.get() for _ in range(2)))) == ["spring sale"] * 2


def test_an_item_read_at_the_end_is_returned() -> None:
    """An item that arrived while the run was ending is returned by close, so that it can be reported."""
    go, read = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        go.wait(10)
        yield 7

    source = ThreadedSource(items())
    pending = next(source)
    assert isinstance(pending, Pending)
    pending.call_when_set(read.set)
    go.set()
    assert read.wait(10)

    assert source.close() == [7]


def test_outcomes_do_not_wait_for_the_input() -> None:
    """An outcome is given while the input waits for its next item: here the input waits for that very outcome."""
    box = Sandbox(port=0)
    with box:
        first, second = box.line.add_followers(2)
        found = threading.Event()

        def orders() -> Iterator[Delivery]:
            yield Delivery(first, "first")
            assert found.wait(10)
            yield Delivery(second, "second")

        with LineClient(box.channel_access_token, base_url=box.line_url) as line:
            report = line.push_many(orders(), on_outcome=lambda outcome: found.set())

    assert (report.sent, report.ok) == (2, True)


def test_a_bulk_run_carries_the_callers_context() -> None:
    """The threads of a bulk run see the caller's context variables, as a single call does."""
    job = contextvars.ContextVar("job", default="none")
    seen: list[str] = []
    job.set("spring sale")

    def read(response: Any) -> None:
        seen.append(job.get())

    with Loopback() as server:
        transport = new_transport(server)
        list(transport.run_bulk(lambda n: operation(read=read), range(3), in_flight=2))
        transport.close()

    assert seen == ["spring sale"] * 3


def test_a_cursor_is_opened_inside_of_the_generator() -> None:
    """Deliveries are read in another thread: a cursor of the caller's thread is its error, and nothing is sent."""
    with Sandbox() as box, closing(sqlite3.connect(":memory:")) as outside:
        [user_id] = box.line.add_followers(1)
        select = f"SELECT '{user_id}', 'hello'"

        def inside() -> Iterator[Delivery]:
            with closing(sqlite3.connect(":memory:")) as database:
                yield from (Delivery(*row) for row in database.execute(select))

        line = box.line_client()
        with pytest.raises(sqlite3.ProgrammingError, match="thread"):
            line.push_many(Delivery(*row) for row in outside.execute(select))
        assert box.line.inbox(user_id) == []
        assert line.push_many(inside()).sent == 1
        assert line.push_many([Delivery(*row) for row in outside.execute(select)]).sent == 1


def test_records_are_read_in_the_callers_thread() -> None:
    """Uploads iterate over the records in the thread of the caller."""
    threads: set[int] = set()

    def records() -> Iterator[ProfileRecord]:
        for number in range(5):
            threads.add(threading.get_ident())
            yield ProfileRecord(f"a{number}", {"x": 1})

    with Sandbox() as box:
        report = box.clevertap_client().upload_profiles(records(), batch_size=2)

    assert (report.processed, threads) == (5, {threading.get_ident()})
