"""The pace of a sender: its rate, and what waits for it."""

from __future__ import annotations

import json
import threading
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.http.rate_limit import Pace
from linetap.line.bulk.delivery import Delivery
from linetap.relay import EntryOutcome, OutboxSender
from linetap.relay.schedule import Allowance
from tests.relay.conftest import SALE, Backend


@attrs.define
class Clock:
    """Moves by a wait of a thread, and by a step of the sender's loop, which reads it in the thread of the test."""

    step: float
    time: float = 100.0
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def now(self) -> float:
        with self.lock:
            if threading.current_thread() is threading.main_thread():
                self.time += self.step
            return self.time

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.time += seconds


@pytest.mark.parametrize(("of_client", "of_sender"), [(None, 20), (Pace(20), 500), (Pace(500), Pace(20))])
def test_the_lower_rate_applies(backend: Backend, of_client: Pace | None, of_sender: Any) -> None:
    """Of the client's pace and the sender's, no second has more requests than the lower one allows."""
    clock, starts = Clock(0.1), list[float]()
    line = backend.box.line_client(pace=of_client, clock=clock.now, sleep=clock.sleep)
    outbox = backend.outbox()
    outbox.enqueue([Delivery(user, "Hello") for user in backend.users[:45]])

    seen = line.with_options(on_attempt=lambda attempt: starts.append(clock.time))
    report = OutboxSender(outbox, seen, SALE, pace=of_sender, in_flight=1).drain()

    assert report.outcomes == {"accepted": 45}
    starts.sort()
    assert all(later - first >= 0.999 for first, later in zip(starts, starts[20:], strict=False))


def test_an_urgent_message_does_not_wait_for_the_pace_of_others(backend: Backend) -> None:
    """With a low pace few messages are claimed ahead, so that an urgent one that comes later is sent next."""
    clock, outbox = Clock(0.25), backend.outbox()
    line = backend.box.line_client(clock=clock.now, sleep=clock.sleep)
    outbox.enqueue([Delivery(user, f"sale {n}") for n, user in enumerate(backend.users[:12])], campaign="sale")
    late = threading.Event()

    def on_outcome(outcome: EntryOutcome) -> None:
        if not late.is_set():
            late.set()
            outbox.enqueue([Delivery(backend.users[50], "urgent")], urgent=True)

    report = OutboxSender(outbox, line, SALE, pace=4, in_flight=64, on_outcome=on_outcome).drain()

    assert report.outcomes == {"accepted": 13}
    order = [json.loads(call.content or b"")["messages"][0]["text"] for call in backend.box.journal.of("line.push")]
    assert order.index("urgent") <= 3


@given(st.floats(0.01, 5000), st.lists(st.tuples(st.floats(0, 10), st.integers(0, 1000)), max_size=30))
def test_claims_never_exceed_the_rate(per_second: float, steps: list[tuple[float, int]]) -> None:
    """Whatever is claimed when: no more than a quarter of a second's requests (at least one) beyond the rate."""
    time = [0.0]
    allowance = Allowance(per_second, lambda: time[0])
    claimed = 0
    for seconds, wanted in steps:
        time[0] += seconds
        count = min(wanted, allowance.available())
        assert count >= 0
        allowance.use(count)
        claimed += count
        assert claimed <= max(1.0, per_second * 0.25) + per_second * time[0] + 1e-6


@given(st.floats(-1000, 0))
def test_a_clock_that_goes_back_stops_nothing(seconds: float) -> None:
    """After a clock was set back, the next second allows the rate again."""
    time = [0.0]
    allowance = Allowance(4, lambda: time[0])
    allowance.use(allowance.available())
    time[0] += seconds
    assert allowance.available() == 0
    time[0] += 1
    assert allowance.available() == 1
