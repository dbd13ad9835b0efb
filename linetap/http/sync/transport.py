"""The driver over requests: runs the plans of :mod:`linetap.http.call`. What only some need is loaded when they do."""

from __future__ import annotations

import os
import random as _random
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from linetap.http.call import AttemptResult, Outcome, Send, Sleep, Token
from linetap.http.headers import checked_width, unsendable
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.transport_base import WIDEST, BaseTransport
from linetap.http.types import Credentials, Operation

if TYPE_CHECKING:
    import requests
    from typing_extensions import Self

    from linetap.http.sync.session import Channel

T = TypeVar("T")
Item = TypeVar("Item")


# Held while requests is loaded, and while forking: a child forked in the midst of it would wait for ever.
_loading = threading.RLock()


def _channel(session: requests.Session | None, clock: Callable[[], float]) -> Channel:
    # requests is half of what there is to load: it comes with the first driver, so not in the midst of a call.
    with _loading:
        from linetap.http.sync.session import Channel

    return Channel(session, clock)


class ClientOptions(TypedDict, total=False):
    """The keyword options that every client takes."""

    timeout: Timeout
    """How long one attempt may take: connect 5 s, read 30 s."""
    retry: RetryPolicy
    """How patient one call is: 5 attempts, 120 s."""
    pace: Pace | None
    """A pace over all endpoints together; may be shared by clients."""
    session: requests.Session | None
    """Your own session: its proxies, certificates, adapters, headers and hooks are honoured."""
    app_info: str | None
    """Added to the ``User-Agent``, such as ``"shop/2.1"``."""
    base_url: str
    """The service's address, where it is not the vendor's own: a sandbox, a gateway."""
    clock: Callable[[], float]
    """A steady clock in seconds; for tests."""
    sleep: Callable[[float], object]
    """Waits as many seconds; for tests."""
    random: Callable[[], float]
    """Numbers from 0 to 1; for tests."""


class _Desk:
    """The one place where credentials are had: one thread at a time, so that they are issued once."""

    def __init__(self, authority: Credentials) -> None:
        self.authority = authority
        self.lock = threading.Lock()

    def token(self, driver: SyncTransport, stale: Mapping[str, str] | None) -> Mapping[str, str] | None:
        with self.lock:
            if stale is not None and not self.authority.refused(stale):
                return None
            now = driver.clock()
            if (headers := self.authority.headers(now)) is None and (issue := self.authority.issue()) is not None:
                self.authority.issued(driver.do(issue), now)
                headers = self.authority.headers(now)
            return headers


class SyncTransport(BaseTransport):
    """Calls one service's endpoints. Thread-safe, and safe after a fork; the constructor does no I/O.

    ``hosts`` are the service's addresses by the names that requests use, ``paces`` the limits of endpoints by
    ``Operation.gate_key``. A session handed in is used as it is and stays its owner's to close.
    """

    def __init__(
        self,
        hosts: Mapping[str, str],
        authority: Credentials,
        *,
        service: str,
        paces: Mapping[str, Pace] | None = None,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        pace: Pace | None = None,
        session: requests.Session | None = None,
        app_info: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        random: Callable[[], float] = _random.random,
    ) -> None:
        super().__init__(
            hosts,
            service=service,
            paces=paces,
            timeout=timeout,
            retry=retry,
            pace=pace,
            app_info=app_info,
            clock=clock,
            random=random,
        )
        self._sleep = sleep
        self._desk = _Desk(authority)
        self._channel = _channel(session, clock)
        _drivers.add(self)

    def do(self, operation: Operation[T]) -> T:
        """One call, with all its attempts; what the operation reads from the answer, or a ``LinetapError``."""
        return self._run(operation, None)

    def pages(self, operation: Operation[T]) -> Iterator[T]:
        """This page and all that follow, each fetched when it is asked for."""
        step: Operation[T] | None = operation
        while step is not None:
            page = self.do(step)
            yield page
            step = step.then(page) if step.then is not None else None

    def fan_out(
        self,
        make: Callable[[Item], Operation[T]],
        items: Iterable[Item],
        *,
        in_flight: int,
        ordered: bool = False,
        intend: Callable[[Item, Operation[T]], object] | None = None,
        settled: Callable[[Outcome[Item, T]], object] | None = None,
    ) -> Iterator[Outcome[Item, T]]:
        """Does the operations of many items, at most ``in_flight`` (1 to 512) at once, and gives what came of each.

        Items are drawn as there is room for them, never more than ``in_flight`` beyond the outcomes already given.
        Outcomes come as they are ready, or in the order of the items with ``ordered``. After refusals for being
        too much, fewer run at once for a while.

        ``intend`` is called before an item is sent, ``settled`` once for every item drawn, both in the thread that
        iterates. Leaving the loop, an error of ``items`` or Ctrl-C send nothing more and wait for what is in
        flight: ``settled`` sees those outcomes too. A ``LinetapError`` of ``make`` is that item's outcome.
        """
        checked_width(in_flight, WIDEST)
        from linetap.http.bulk import BulkRun
        from linetap.http.sync.bulk import Threads

        run: BulkRun[Item, T] = BulkRun(make, iter(items), self._gates.of, in_flight, ordered, intend, settled)
        return Threads(self._run, run, self.service).outcomes()

    def wait(self, seconds: float) -> None:
        """Waits as this driver's calls wait: for asking again after an answer that was not ready."""
        self._wait(seconds, None)

    def with_options(self, *, timeout: Timeout | None = None, retry: RetryPolicy | None = None) -> Self:
        """A driver with other limits, which shares this one's connections, gates and credentials."""
        other = super().with_options(timeout=timeout, retry=retry)
        _drivers.add(other)
        return other

    def close(self) -> None:
        """Closes the connections, except those of a session that was handed in."""
        self._channel.close()

    def _run(self, operation: Operation[T], stop: threading.Event | None) -> T:
        plan = self._plan(operation)
        try:
            step = next(plan)
            while True:
                step = plan.send(self._act(step, operation, stop))
        except StopIteration as done:
            result: T = done.value
            return result

    def _act(self, step: Token | Sleep | Send, operation: Operation[Any], stop: threading.Event | None) -> Any:
        if isinstance(step, Send):
            return self._send(step, operation)
        if isinstance(step, Token):
            return self._desk.token(self, step.stale)
        return self._wait(step.seconds, stop)

    def _send(self, step: Send, operation: Operation[Any]) -> AttemptResult:
        begun = self.clock()
        request, envelope = operation.request, self._envelope
        try:
            target = request.target
        except UnicodeEncodeError:  # a lone surrogate in it
            raise unsendable(operation) from None
        answer = self._channel.send(
            request.method,
            envelope.hosts[request.host],
            target,
            envelope.headers(operation),
            step.token,
            request.content,
            self._limits(step, begun)[:2],
            step.deadline,
        )
        if answer is None:
            raise unsendable(operation)
        self._log(operation, step, answer, begun)
        return answer

    def _wait(self, seconds: float, stop: threading.Event | None) -> bool:
        """Waits; True where the run is being stopped, which also ends the waiting."""
        if self._sleep is not None:
            self._sleep(seconds)
        elif stop is None:
            time.sleep(seconds)
        else:
            stop.wait(seconds)
        return stop is not None and stop.is_set()

    def _after_fork(self) -> None:
        self._channel.after_fork()
        self._gates.after_fork()
        self._desk.lock = threading.Lock()


_drivers: weakref.WeakSet[SyncTransport] = weakref.WeakSet()


def _after_fork() -> None:
    for driver in list(_drivers):
        driver._after_fork()


def _before_fork() -> None:
    """Waits for rooms that another thread is importing: their locks would stay shut in the child for ever."""
    # A room is among the modules only once its file is found; its lock, which Python keeps to itself, is shut before.
    sought = getattr(sys.modules.get("importlib._bootstrap"), "_module_locks", ())
    for name in [name for name in (*sys.modules, *sought) if name.startswith("linetap.")]:
        import_module(name)


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
    # requests takes longest to load: no thread begins that between the look above and the fork itself.
    os.register_at_fork(before=_loading.acquire, after_in_parent=_loading.release, after_in_child=_loading.release)
