"""CleverTap allows three calls of an endpoint at once: others wait in the client and are not rejected."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from linetap import NoResponse, RetryPolicy
from linetap.clevertap import concurrency, operations
from linetap.clevertap.concurrency import ConcurrencySlots
from linetap.http.sync import SyncTransport, interrupt
from linetap.http.types import Headers, Request, Response
from tests import loops
from tests.clevertap.service import client, taken


class Crowd:
    """Counts how many calls run at once."""

    def __init__(self) -> None:
        self.lock, self.now, self.most, self.all = threading.Lock(), 0, 0, 0

    def come(self) -> None:
        with self.lock:
            self.now, self.all = self.now + 1, self.all + 1
            self.most = max(self.most, self.now)

    def go(self) -> None:
        with self.lock:
            self.now -= 1


def test_threads_that_share_a_client_are_three_at_a_time() -> None:
    """With any number of threads, at most three calls of an endpoint run at once."""
    crowd, three = Crowd(), threading.Barrier(3, timeout=20)

    def response(number: int, path: str, body: Any) -> Any:
        crowd.come()
        three.wait()
        crowd.go()
        return 200, {"status": "success", "record": {}}

    clevertap, _ = client(response)
    others = clevertap.with_options()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda i: (others if i % 2 else clevertap).profile(identity=f"{i}"), range(60)))

    assert (crowd.most, crowd.all) == (3, 60)


def test_tasks_that_share_a_client_are_three_at_a_time() -> None:
    """The same for tasks, in one event loop after the other."""
    pytest.importorskip("aiohttp", reason="needs linetap[async]")
    from linetap import AsyncCleverTapClient

    crowd = Crowd()

    async def exchange(*request: Any) -> Response:
        crowd.come()
        for _ in range(5):
            await asyncio.sleep(0)
        crowd.go()
        return Response(200, Headers({}), b'{"status": "success", "record": {}}')

    clevertap = AsyncCleverTapClient("TEST-ACCT-1", "secret-passcode", region="sg1")
    clevertap._transport._exchange = exchange

    async def ask() -> None:
        await asyncio.gather(*(clevertap.with_options().profile(identity=f"{i}") for i in range(60)))

    for _ in range(2):
        loops.run(ask())

    assert (crowd.most, crowd.all) == (3, 120)


def test_waiting_for_a_place_is_part_of_the_calls_time() -> None:
    """A call without a slot in its time raises that nothing was sent; a slot is released in any case."""
    now, asked, go = [0.0], threading.Semaphore(0), threading.Event()

    def response(number: int, path: str, body: Any) -> Any:
        asked.release()
        assert go.wait(20)
        return 200, {"status": "success", "record": {}}

    clevertap, service = client(response, clock=lambda: now[0], retry=RetryPolicy(total=10))
    places: ConcurrencySlots[Any] = clevertap._transport._slots
    waits = threading.Event()

    class Told(threading.BoundedSemaphore().__class__):  # type: ignore[misc]
        def acquire(self, blocking: bool = True, timeout: float | None = None) -> Any:
            if blocking:
                waits.set()
            return super().acquire(blocking, timeout)

    places._make = Told
    with ThreadPoolExecutor(4) as pool:
        first = [pool.submit(clevertap.profile, identity=f"{i}") for i in range(3)]
        for _ in first:
            assert asked.acquire(timeout=20)
        late = pool.submit(clevertap.profile, identity="late")
        assert waits.wait(20)
        now[0] = 10.0
        go.set()
        with pytest.raises(NoResponse, match="nothing was sent") as caught:
            late.result(20)
    assert not caught.value.may_have_arrived
    assert len(service.calls) == 3
    now[0] = 0.0
    for _ in range(5):
        clevertap.profile(identity="again")


def test_a_call_without_a_slot_ends_with_its_own_time() -> None:
    """While all slots are in use, a call ends when its own time ends."""
    clevertap, service = client(taken, retry=RetryPolicy(total=0.01))
    place = clevertap._transport._slots.of(clevertap_operation("/1/profile.json"))
    for _ in range(3):
        place.acquire()

    with pytest.raises(NoResponse, match="nothing was sent"):
        clevertap.profile(identity="late")
    assert service.calls == []
    place.release()
    assert place.acquire(blocking=False)


def test_a_task_that_gets_no_place_in_time_waits_no_longer() -> None:
    """The same for a task, whether its time ends or it is cancelled; no slot is lost."""
    pytest.importorskip("aiohttp", reason="needs linetap[async]")
    from linetap import AsyncCleverTapClient

    async def ask() -> None:
        async with AsyncCleverTapClient("TEST-ACCT-1", "secret-passcode", region="sg1") as clevertap:
            held = asyncio.Event()

            async def exchange(*request: Any) -> Response:
                await held.wait()
                return Response(200, Headers({}), b'{"status": "success", "record": {}}')

            clevertap._transport._exchange = exchange
            first = [asyncio.ensure_future(clevertap.profile(identity=f"{i}")) for i in range(3)]
            await asyncio.sleep(0)
            hurried = clevertap.with_options(retry=RetryPolicy(total=0.01))
            with pytest.raises(NoResponse, match="nothing was sent"):
                await hurried.profile(identity="late")
            left = asyncio.ensure_future(clevertap.profile(identity="left"))
            await asyncio.sleep(0)
            left.cancel()
            held.set()
            await asyncio.gather(*first, *(clevertap.profile(identity="again") for _ in range(5)))
            with pytest.raises(asyncio.CancelledError):
                await left

    asyncio.run(ask())


class Busy(threading.BoundedSemaphore):
    """Has no slot at first; a call that waits gets one."""

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        return blocking and super().acquire(blocking, timeout)


def interrupted(call: Callable[[], object], step: int) -> bool:
    """Whether Ctrl-C came at this step of the modules for slots, Ctrl-C and locks during the call."""
    left, before = step, sys.gettrace()
    modules = {concurrency.__file__, interrupt.__file__, threading.__file__}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in modules:
            return None
        frame.f_trace_opcodes = True
        left -= 1
        if left == 0:
            signal.raise_signal(signal.SIGINT)
        return trace

    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("kind", [threading.BoundedSemaphore, Busy])
def test_ctrl_c_loses_no_place(kind: type[threading.BoundedSemaphore], monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C at any step of taking or releasing a slot, all three slots are free."""
    monkeypatch.setattr(SyncTransport, "do", lambda *_: None)
    driver, asked = client(taken)[0]._transport, clevertap_operation("/1/profile.json")
    driver._slots._make = kind
    place, steps = driver._slots.of(asked), 1
    while interrupted(lambda: driver.do(asked), steps):
        assert place._value == 3, steps
        steps += 1
    assert steps > 100


def test_a_fork_and_another_endpoint_have_slots_of_their_own() -> None:
    """Slots used by a parent's threads are free in its child; uploads and other endpoints have their own slots."""
    clevertap, _ = client(taken)
    places = clevertap._transport._slots
    held = [places.of(clevertap_operation("/1/profile.json")) for _ in range(3)]
    for place in held:
        place.acquire()

    assert not places.of(clevertap_operation("/1/profile.json")).acquire(blocking=False)
    assert places.of(clevertap_operation("/1/counts/profiles.json")).acquire(blocking=False)
    uploads = places.of(clevertap_operation("/1/upload"))
    assert [uploads.acquire(blocking=False) for _ in range(16)] == [True] * 15 + [False]

    clevertap._transport._after_fork()
    assert places.of(clevertap_operation("/1/profile.json")).acquire(blocking=False)


def clevertap_operation(path: str) -> Any:
    return operations.raw(Request("GET", path), repeatable=True)
