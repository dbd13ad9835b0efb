"""The bookkeeping of a bulk run, without threads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.errors import BadRequest, NoResponse, invalid
from linetap.http.bulk import BulkOptions, BulkRun
from linetap.http.call import Outcome
from linetap.http.rate_limit import EndpointLimiter
from tests.http.fake_transport import operation


def run(items: Any, in_flight: int = 3, ordered: bool = False, **more: Any) -> BulkRun[Any, Any]:
    """A run whose operations all pass one gate."""
    gate = more.pop("gate", EndpointLimiter())
    make = more.pop("make", lambda item: operation(path=f"/{item}"))
    options = BulkOptions(make, lambda _: gate, in_flight, ordered, more.get("before_send"), more.get("on_outcome"))
    return BulkRun(iter(items), options)


def draw(book: BulkRun[Any, Any]) -> Any:
    """The next operation to start, as the transports request it; None without a free slot or an item."""
    while book.has_capacity:
        for item in book.next_item():
            if (started := book.start(item)) is not None:
                return started
    return None


@given(
    count=st.integers(0, 30),
    in_flight=st.integers(1, 6),
    ordered=st.booleans(),
    choices=st.lists(st.integers(0, 5), min_size=60, max_size=60),
)
def test_calls_finish_in_any_order(count: int, in_flight: int, ordered: bool, choices: list[int]) -> None:
    """In whichever order calls finish, each item is read, settled and yielded once, and never too many at a time."""
    settled: list[int] = []
    book = run(range(count), in_flight, ordered, on_outcome=lambda o: settled.append(o.item))
    handed, consumed, out, picks = [], 0, [], iter(choices)
    while not book.finished():
        handed += [outcome.item for outcome in book.ready()]
        while (step := draw(book)) is not None:
            out.append(step[0])
            consumed += 1
            assert consumed - len(handed) <= in_flight
        if out:
            number = out.pop(next(picks) % len(out))
            book.settle(number, number * 2, None)

    assert sorted(handed) == sorted(settled) == list(range(count))
    assert handed == sorted(handed) or not ordered


def test_a_reduced_concurrency_starts_fewer_calls() -> None:
    """No more calls are started than the limiter's concurrency at that moment."""
    gate = EndpointLimiter()
    book = run(range(9), 4, gate=gate)
    first = [draw(book) for _ in range(4)]
    assert None not in first
    gate.rate_limited(0.0, 1.0)
    for number in range(3):
        book.settle(number, None, None)
    list(book.ready())

    assert draw(book) is not None
    assert draw(book) is None


@pytest.mark.parametrize("may_have_arrived", [True, False])
def test_every_item_is_settled_at_the_end(may_have_arrived: bool) -> None:
    """At the end of a run every item read is settled once: by its result, as not sent, or as one that may have
    arrived.
    """
    settled: list[Outcome[Any, Any]] = []
    book = run("abc", on_outcome=settled.append)
    for _ in range(3):
        draw(book)
    book.settle(0, "x", None)
    book.settle_left({1: ("y", None)}, may_have_arrived)

    assert [(outcome.item, outcome.result) for outcome in settled] == [("a", "x"), ("b", "y"), ("c", None)]
    error = settled[2].error
    assert isinstance(error, NoResponse)
    assert error.may_have_arrived is may_have_arrived


def test_a_failing_journal_hides_no_outcome() -> None:
    """Where settling one item fails, the others are settled all the same, and the failure is raised."""
    settled: list[Any] = []

    def journal(outcome: Outcome[Any, Any]) -> None:
        settled.append(outcome.item)
        if outcome.item == "a":
            raise OSError("disk full")

    book = run("abc", on_outcome=journal)
    for _ in range(3):
        draw(book)
    with pytest.raises(OSError, match="disk full"):
        book.settle_left({}, False)

    assert settled == ["a", "b", "c"]
    assert book.in_flight == 0


def test_an_item_that_cannot_be_made() -> None:
    """A LinetapError of make is the item's outcome, and nothing is intended for it."""
    intended: list[Any] = []

    def make(item: str) -> Any:
        raise invalid("to", "is a LINE id", item)

    book = run("a", make=make, before_send=lambda item, op: intended.append(item))

    assert draw(book) is None
    (outcome,) = book.ready()
    assert (outcome.ok, intended, book.finished()) == (False, [], True)


@pytest.mark.parametrize("where", ["make", "before_send"])
def test_an_item_that_failed_before_sending_is_reported_as_not_sent(where: str) -> None:
    """A full disk under a journal or a bug in make ends the run; the item at which it failed was read, so it is
    reported.
    """

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("bug")

    settled: list[Outcome[Any, Any]] = []
    book = run("ab", on_outcome=settled.append, **{where: fail})

    assert draw(book) is None
    assert [outcome.item for outcome in settled] == ["a"]
    assert isinstance(settled[0].error, NoResponse)
    assert settled[0].error.may_have_arrived is False
    with pytest.raises(ZeroDivisionError):
        book.raise_if_failed()


def test_a_bug_of_a_worker_is_raised_at_the_end() -> None:
    """An exception that is none of ours stops the drawing and is raised after the other outcomes."""
    book = run("abc", 2)
    draw(book)
    draw(book)
    book.settle(0, None, ZeroDivisionError("bug"))
    assert draw(book) is None
    book.settle(1, None, BadRequest("no"))
    assert [outcome.item for outcome in book.ready()] == ["b"]

    assert book.finished()
    try:
        book.raise_if_failed()
    except ZeroDivisionError:
        return
    raise AssertionError("the bug was swallowed")


def test_outcomes_have_results_or_errors() -> None:
    """A settled call is yielded with its item, its result or its error."""
    book = run("ab", ordered=True)
    draw(book)
    draw(book)
    error = NoResponse("gone")
    book.settle(1, None, error)
    assert not book.has_ready
    book.settle(0, 5, None)

    assert list(book.ready()) == [Outcome("a", 5), Outcome("b", None, error)]
