"""The sandbox's clock, and what is due on it."""

from __future__ import annotations

import threading

import pytest

from linetap.sandbox import Clock


def test_what_is_due_happens_at_its_own_moment_in_order() -> None:
    """One long step passes each moment in order, and the clock shows that moment while the action runs."""
    clock, seen = Clock(start=0), list[float]()
    for moment in (20, 5, 10):
        clock.at(moment, lambda: seen.append(clock.now()))

    clock.advance(seconds=15)
    assert (seen, clock.now()) == ([5, 10], 15)
    clock.advance(seconds=5)
    assert (seen, clock.now()) == ([5, 10, 20], 20)


def test_an_action_can_plan_another_one_and_move_the_clock() -> None:
    """A repetition within one step happens within it; an action that needs time moves the clock further."""
    clock, seen = Clock(start=0), list[float]()

    def again() -> None:
        seen.append(clock.now())
        clock.advance(seconds=1)
        clock.at(clock.now() + 9, again)

    clock.at(10, again)
    clock.advance(seconds=35)

    assert seen == [10, 20, 30]
    assert clock.now() == 38


def test_what_is_in_the_past_happens_at_once_on_the_next_step() -> None:
    """An action for a moment that has passed does not move the clock back."""
    clock, seen = Clock(start=100), list[float]()
    clock.at(50, lambda: seen.append(clock.now()))

    clock.run_due()

    assert (seen, clock.now(), clock.has_due) == ([100], 100, False)


def test_a_moving_source() -> None:
    """With a clock that moves by itself, run_due does what its source has passed."""
    now, seen = [0.0], list[str]()
    clock = Clock(source=lambda: now[0])
    clock.at(10, lambda: seen.append("due"))

    clock.run_due()
    assert seen == []
    now[0] = 11
    assert clock.has_due
    clock.run_due()

    assert seen == ["due"]


def test_steps_of_several_threads_add_up() -> None:
    """No step of another thread is lost, and each action is done once."""
    clock, seen = Clock(start=0), list[int]()
    for number in range(100):
        clock.at(number, lambda number=number: seen.append(number))  # type: ignore[misc]

    def advance() -> None:
        for _ in range(50):
            clock.advance(seconds=1)

    threads = [threading.Thread(target=advance) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert clock.now() == 200
    assert sorted(seen) == list(range(100))


def test_the_clock_does_not_go_back() -> None:
    """A negative step is an error."""
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(seconds=-1)
