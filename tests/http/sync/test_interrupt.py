"""Ctrl-C during a bulk run: a real signal, at the worst moments."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from linetap.http.call import Outcome
from linetap.http.sync.interrupt import DeferInterrupt
from tests.http.sync.test_transport__bulk import echo, say
from tests.http.sync.transports import new_transport
from tests.loopback import Loopback

pytestmark = pytest.mark.usefixtures("ctrl_c")


def interrupt() -> None:
    """A real Ctrl-C, here and now."""
    signal.raise_signal(signal.SIGINT)


def test_it_waits_for_the_end_of_the_block() -> None:
    """The block is run to its end, and then the interrupt is raised."""
    done = []

    with pytest.raises(KeyboardInterrupt), DeferInterrupt():
        interrupt()
        done.append("the rest")

    assert done == ["the rest"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_is_not_swallowed_by_an_error() -> None:
    """An error of the block does not make the interrupt forgotten."""
    with pytest.raises(KeyboardInterrupt) as caught, DeferInterrupt():
        interrupt()
        raise ValueError("of the block")

    assert isinstance(caught.value.__context__, ValueError)


def test_a_users_own_handler_is_kept() -> None:
    """A user's own signal handler is not replaced."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with DeferInterrupt():
            interrupt()
    finally:
        signal.signal(signal.SIGINT, before)

    assert seen == [signal.SIGINT]


def test_other_threads_take_no_part() -> None:
    """Signals come to the main thread alone: elsewhere the block is only a block."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with DeferInterrupt():
                pass
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert not errors


@pytest.mark.parametrize("moment", ["intended", "hired", "settled"])
def test_at_the_worst_moment_nothing_is_lost(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call in flight at Ctrl-C is waited for and reported once, and no thread remains."""
    found: list[Outcome[Any, Any]] = []
    intended: list[int] = []
    start = threading.Thread.start
    before = set(threading.enumerate())

    def hired(thread: threading.Thread) -> None:
        start(thread)
        if moment == "hired" and thread.name.startswith("linetap-") and len(intended) == 3:
            interrupt()  # the thread runs, and is not in the list yet

    def intend(item: int, _: object) -> None:
        intended.append(item)
        if moment == "intended" and item == 2:
            interrupt()  # the journal has it, and nobody has it to send yet

    def settled(outcome: Outcome[Any, Any]) -> None:
        if moment == "settled" and not found:
            interrupt()  # nothing is counted yet
        found.append(outcome)

    monkeypatch.setattr(threading.Thread, "start", hired)
    with Loopback(say) as server:
        one = new_transport(server)
        before |= set(threading.enumerate())
        with pytest.raises(KeyboardInterrupt):
            list(one.run_bulk(echo, range(100), in_flight=4, before_send=intend, on_outcome=settled))
        left = [
            thread for thread in threading.enumerate() if thread.name.startswith("linetap-") and thread not in before
        ]
        one.close()
        sent = sorted(int(seen.target[1:]) for seen in server.seen)

    assert not left
    assert sorted(outcome.item for outcome in found) == intended
    assert sent == sorted(outcome.item for outcome in found if outcome.ok)
