"""Pace and endpoint limiter: rate, concurrency, and the pause after a 429."""

from __future__ import annotations

import threading
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.errors import BadArgument
from linetap.http.rate_limit import EndpointLimiter, Pace


def _busiest_second(departures: list[float]) -> int:
    return max(bisect_left(departures, at + 1.0) - number for number, at in enumerate(departures))


@given(
    per_second=st.integers(1, 60),
    gaps=st.lists(st.floats(0, 0.5) | st.just(0.0), min_size=1, max_size=300),
)
def test_no_second_has_more_requests_than_the_limit(per_second: int, gaps: list[float]) -> None:
    """Without a burst, no one-second window has more requests than the pace allows, however calls arrive."""
    pace, now, departures = Pace(per_second), 0.0, []
    for gap in gaps:
        now += gap
        departures.append(pace.reserve(now))

    assert departures == sorted(departures)
    assert _busiest_second(departures) <= per_second


@pytest.mark.parametrize("per_second", [10, 200, 2000])
def test_under_load_the_pace_is_used_up(per_second: int) -> None:
    """Where there is always a call waiting, departures come within 3 % of the limit."""
    pace = Pace(per_second)
    departures = [pace.reserve(0.0) for _ in range(per_second * 3)]
    rate = (len(departures) - 1) / (departures[-1] - departures[0])

    assert per_second * 0.97 <= rate <= per_second * 1.03
    assert _busiest_second(departures) == per_second


def test_late_calls_catch_up_a_little() -> None:
    """Calls up to 10 ms late do not lower the rate; later ones do."""
    pace = Pace(2000)
    first = [pace.reserve(0.0) for _ in range(100)]
    late = [pace.reserve(first[-1] + 0.008) for _ in range(16)]
    assert late == pytest.approx([first[-1] + 0.008] * 16)

    later = [pace.reserve(late[-1] + 1.0) for _ in range(100)]
    assert sum(at > later[0] + 1e-9 for at in later) == 100 - 21


def test_a_burst_is_sent_at_once_after_an_idle_time() -> None:
    """With a burst, that many are sent together, and the rest at the pace."""
    pace = Pace(10, burst=3)

    assert [round(pace.reserve(50.0), 9) for _ in range(5)] == [50.0, 50.0, 50.0, 50.1, 50.2]


def test_a_pace_below_one_a_second() -> None:
    """Sixty an hour is one a minute."""
    pace = Pace(60 / 3600)

    assert [pace.reserve(0.0) for _ in range(3)] == pytest.approx([0.0, 60.0, 120.0])


@pytest.mark.parametrize("per_second", [0, -1, float("nan"), float("inf"), True, "10", None])
def test_a_wrong_pace_is_rejected(per_second: float) -> None:
    """A pace that is no number above 0 is rejected, by its name."""
    with pytest.raises(BadArgument, match=r"pace\.per_second"):
        Pace(per_second)


@pytest.mark.parametrize("burst", [0, 1.5, True, "2"])
def test_a_wrong_burst_is_rejected(burst: int) -> None:
    """A burst is a whole number from 1."""
    with pytest.raises(BadArgument, match=r"pace\.burst"):
        Pace(5, burst)


def test_a_fresh_pace_shares_nothing() -> None:
    """A copy has the same limits and none of the reservations."""
    pace = Pace(1, burst=1)
    pace.reserve(0.0)

    assert pace.fresh().reserve(0.0) == 0.0
    assert pace.reserve(0.0) == 1.0
    assert (repr(Pace(2)), repr(Pace(2, burst=3))) == ("Pace(2)", "Pace(2, burst=3)")


def test_threads_share_one_pace() -> None:
    """Reservations made by many threads at once are all different and keep the pace."""
    pace, departures = Pace(500), []

    def reserve() -> None:
        departures.extend([pace.reserve(0.0) for _ in range(200)])

    threads = [threading.Thread(target=reserve) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert _busiest_second(sorted(departures)) == 500


def test_a_rejection_pauses_all_calls() -> None:
    """After a 429 no call is sent before the wait is over, and a slot reserved before is requested again."""
    gate = EndpointLimiter(Pace(1000))
    booked = gate.reserve(0.0)
    assert not gate.is_paused(lambda: booked)
    gate.rate_limited(0.0, 5.0)

    assert gate.is_paused(lambda: booked)
    assert gate.reserve(0.0) >= 5.0
    assert not gate.is_paused(lambda: gate.reserve(0.0))


def test_a_shorter_wait_does_not_end_the_pause() -> None:
    """The longest wait applies."""
    gate = EndpointLimiter()
    gate.rate_limited(0.0, 9.0)
    gate.rate_limited(0.0, 1.0)

    assert (gate.paused_until, gate.reserve(0.0)) == (9.0, 9.0)


def test_429s_of_calls_in_flight_count_once() -> None:
    """The 429s of calls that were in flight count as one, and halve the concurrency once."""
    gate = EndpointLimiter()
    gate.widen(32)
    for at in (10.0, 10.1, 10.4, 10.9):
        gate.rate_limited(at, 0.2)
    assert gate.concurrency == 16

    gate.rate_limited(20.0, 0.2)
    assert gate.concurrency == 8


def test_one_call_at_a_time_is_always_allowed() -> None:
    """However many 429s arrive, one call at a time is still allowed."""
    gate = EndpointLimiter()
    gate.widen(4)
    for burst in range(5):
        gate.rate_limited(burst * 100.0, 1.0)

    assert gate.concurrency == 1


def test_concurrency_grows_again_step_by_step() -> None:
    """After 429s each full round of accepted calls adds one slot, up to the concurrency set."""
    gate = EndpointLimiter()
    gate.widen(4)
    gate.rate_limited(0.0, 1.0)
    seen = []
    for _ in range(8):
        gate.succeeded()
        seen.append(gate.concurrency)

    assert seen == [2, 3, 3, 3, 4, 4, 4, 4]


def test_a_rejection_ends_the_round() -> None:
    """Calls accepted before a rejection do not count towards the next slot."""
    gate = EndpointLimiter()
    gate.widen(4)
    gate.rate_limited(0.0, 1.0)
    gate.succeeded()
    gate.rate_limited(0.5, 1.0)
    gate.succeeded()

    assert gate.concurrency == 2


def test_a_second_run_does_not_raise_a_reduced_concurrency() -> None:
    """A second bulk send does not raise a concurrency that 429s reduced, but may raise its maximum."""
    gate = EndpointLimiter()
    gate.widen(4)
    gate.rate_limited(0.0, 1.0)
    gate.widen(8)
    assert gate.concurrency == 2

    for _ in range(100):
        gate.succeeded()
    assert gate.concurrency == 8


def test_the_clients_pace_is_asked_last() -> None:
    """A slow endpoint's booking does not take turns of the pace that all endpoints share."""
    shared = Pace(10, burst=1)
    slow, quick = EndpointLimiter(Pace(1, burst=1), shared), EndpointLimiter(None, shared)
    slow.reserve(0.0)
    assert slow.reserve(0.0) == 1.0

    assert quick.reserve_client(quick.reserve(0.0)) == 0.0
    assert quick.reserve_client(quick.reserve(0.0)) == pytest.approx(0.1)


def test_after_a_fork_the_locks_are_new() -> None:
    """A lock that another thread of the parent held does not hang the child."""
    gate = EndpointLimiter(Pace(5), Pace(5))
    for lock in (gate._lock, gate._pace._lock, gate._shared._lock):  # type: ignore[union-attr]
        lock.acquire()
    gate.after_fork()
    gate.widen(3)

    assert gate.reserve_client(gate.reserve(1.0)) == 1.0


def test_a_pace_beyond_every_counter_never_waits() -> None:
    """A rate that is larger than any list can be is no limit, and raises nothing."""
    pace = Pace(10**40)
    assert [pace.reserve(5.0) for _ in range(3)] == [5.0, 5.0, 5.0]
