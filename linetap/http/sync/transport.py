"""The transport over requests: carries out the steps of :mod:`linetap.http.call`."""

from __future__ import annotations

import os
import random as _random
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

from linetap.errors import invalid
from linetap.http.call import GetToken, Outcome, Send, Sleep
from linetap.http.call_errors import AttemptResult, cannot_be_sent
from linetap.http.headers import is_valid_http
from linetap.http.options import MAX_IN_FLIGHT, MONOTONIC, check_in_flight
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import Pace
from linetap.http.sync.request import HttpRequest, Limits, Progress
from linetap.http.transport_base import BaseTransport
from linetap.http.types import Credentials, Operation

if TYPE_CHECKING:
    import requests
    from typing_extensions import Self

    from linetap.http.sync.session import HttpSender

T = TypeVar("T")
Item = TypeVar("Item")


# Held while requests is imported and while the process forks: a child forked during the import would hang.
_loading = threading.RLock()


def _new_sender(session: requests.Session | None, clock: Callable[[], float], path: object) -> HttpSender:
    if path not in ("auto", "stock"):
        raise invalid("transport", "must be 'auto' or 'stock'", path)
    # requests is half of the import time: it is imported with the first transport, not during a call.
    with _loading:
        from linetap.http.sync.session import HttpSender

    return HttpSender(session, clock, path == "stock")


class ClientOptions(TypedDict, total=False):
    """The keyword options that every client takes."""

    timeout: Timeout
    """How long one attempt may take: connect 5 s, read 30 s."""
    retry: RetryPolicy
    """How often and how long one call is retried: 5 attempts, 120 s."""
    pace: Pace | None
    """A rate limit for all endpoints together; several clients may share it."""
    session: requests.Session | None
    """Your own session: its proxies, certificates, adapters, headers and hooks are used."""
    transport: Literal["auto", "stock"]
    """``"stock"``: bulk runs use requests and urllib3 too. ``"auto"``: a shorter path if no tool has replaced them."""
    app_info: str | None
    """Added to the ``User-Agent``, such as ``"shop/2.1"``."""
    base_url: str
    """The service's address if it is not the vendor's own: a sandbox, a gateway."""
    clock: Callable[[], float]
    """A steady clock in seconds; for tests."""
    sleep: Callable[[float], object]
    """Waits that many seconds; for tests."""
    random: Callable[[], float]
    """Numbers from 0 to 1; for tests."""


class _TokenLock:
    """Gets the credentials, one thread at a time, so that they are issued once."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.lock = threading.Lock()

    def token(self, transport: SyncTransport, rejected: Mapping[str, str] | None) -> Mapping[str, str] | None:
        with self.lock:
            if rejected is not None and not self.credentials.rejected(rejected):
                return None
            now = transport.clock()
            if (headers := self.credentials.headers(now)) is None and (issue := self.credentials.issue()) is not None:
                self.credentials.issued(transport.do(issue), now)
                headers = self.credentials.headers(now)
            return headers


class SyncTransport(BaseTransport):
    """Calls one service's endpoints. Thread-safe, and safe after a fork; the constructor does no I/O.

    ``hosts``: the service's addresses by the host names of requests. ``paces``: the limits of endpoints by
    ``Operation.rate_limit_key``. A session passed as an argument is used as it is; the caller closes it.
    """

    def __init__(
        self,
        hosts: Mapping[str, str],
        credentials: Credentials,
        *,
        service: str,
        paces: Mapping[str, Pace] | None = None,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
        pace: Pace | None = None,
        session: requests.Session | None = None,
        transport: Literal["auto", "stock"] = "auto",
        app_info: str | None = None,
        clock: Callable[[], float] = MONOTONIC,
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
        self._token_lock = _TokenLock(credentials)
        self._sender = _new_sender(session, clock, transport)
        _transports.add(self)

    def do(self, operation: Operation[T]) -> T:
        """One call with all its attempts: returns what the operation reads, or raises a ``LinetapError``."""
        return self._run(operation)

    def pages(self, operation: Operation[T]) -> Iterator[T]:
        """This page and all later ones, each fetched when the caller asks for it."""
        short = self._sender.may_be_short()
        step: Operation[T] | None = operation
        while step is not None:
            page = self._page(step, short)
            yield page
            step = step.next_page(page) if step.next_page is not None else None

    def run_bulk(
        self,
        make: Callable[[Item], Operation[T]],
        items: Iterable[Item],
        *,
        in_flight: int,
        ordered: bool = False,
        before_send: Callable[[Item, Operation[T]], object] | None = None,
        on_outcome: Callable[[Outcome[Item, T]], object] | None = None,
    ) -> Iterator[Outcome[Item, T]]:
        """Send the operations of many items, at most ``in_flight`` (1 to 512) at once, and return the outcome of each.

        Items are taken from the input as soon as they can be sent, never more than ``in_flight`` ahead of the outcomes
        that the caller has received. Outcomes are in the order of completion or, with ``ordered``, of the items. After
        429s fewer requests are in flight for a while.

        ``before_send`` is called before an item is sent, ``on_outcome`` once for every item taken from the input, both
        in the thread that iterates. If the loop is left, if ``items`` raises, or on Ctrl-C, nothing more is sent and
        requests in flight are completed; ``on_outcome`` receives their outcomes too. A ``LinetapError`` raised by
        ``make`` is the outcome of its item.
        """
        check_in_flight(in_flight, MAX_IN_FLIGHT)
        from linetap.http.bulk import BulkOptions, BulkRun
        from linetap.http.sync.bulk import ThreadRun

        options = BulkOptions(make, self._limiters.of, in_flight, ordered, before_send, on_outcome)
        run: BulkRun[Item, T] = BulkRun(iter(items), options)
        call = partial(self._run, short=self._sender.may_be_short())
        return ThreadRun(call, run, self.service).outcomes()

    def wait(self, seconds: float) -> None:
        """Wait in the same way as this transport's calls: before asking again for a result that is not ready."""
        self._wait(seconds, None)

    def _copy(self) -> Self:
        other = super()._copy()
        _transports.add(other)
        return other

    def close(self) -> None:
        """Close the connections, except those of a session that was passed as an argument."""
        self._sender.close()

    def _page(self, operation: Operation[T], short: bool) -> T:
        return self._run(operation, short=short)

    def _run(self, operation: Operation[T], stop: threading.Event | None = None, short: bool = False) -> T:
        steps = self._steps(operation)
        try:
            step = next(steps)
            while True:
                step = steps.send(self._act(step, operation, stop, short))
        except StopIteration as done:
            result: T = done.value
            return result

    def _act(
        self, step: GetToken | Sleep | Send, operation: Operation[Any], stop: threading.Event | None, short: bool
    ) -> Any:
        if isinstance(step, Send):
            return self._send(step, operation, short)
        if isinstance(step, GetToken):
            return self._token_lock.token(self, step.rejected)
        return self._wait(step.seconds, stop)

    def _send(self, step: Send, operation: Operation[Any], short: bool) -> AttemptResult:
        started = self.clock()
        request, service = operation.request, self._headers
        try:
            target = request.target
        except UnicodeEncodeError:  # a lone surrogate in it
            raise cannot_be_sent(operation) from None
        connect, read, _ = self._seconds(step, started)
        limits = Limits(connect, read, step.deadline, self.clock)
        own = service.own(operation, step.token)
        if not is_valid_http(request.method, target, own):
            raise cannot_be_sent(operation)
        base, headers = service.hosts[request.host], {**service.fixed(operation), **own}
        attempt = HttpRequest(request.method, base, target, headers, request.content, limits, step.token, Progress())
        result = self._sender.send(attempt, short)
        if result is None:
            raise cannot_be_sent(operation)
        return self._received(operation, step, result, started)

    def _wait(self, seconds: float, stop: threading.Event | None) -> bool:
        """Wait; True if the run is being stopped, which also ends the waiting."""
        if self._sleep is not None:
            self._sleep(seconds)
        elif stop is None:
            time.sleep(seconds)
        else:
            stop.wait(seconds)
        return stop is not None and stop.is_set()

    def _after_fork(self) -> None:
        self._sender.after_fork()
        self._limiters.after_fork()
        self._token_lock.lock = threading.Lock()


_transports: weakref.WeakSet[SyncTransport] = weakref.WeakSet()


def _after_fork() -> None:
    for transport in list(_transports):
        transport._after_fork()


def _before_fork() -> None:
    """Wait for modules that another thread is importing: their locks would never be released in the child."""
    # A module appears in sys.modules only after its file is found, but its (private) import lock is taken earlier.
    being_imported = getattr(sys.modules.get("importlib._bootstrap"), "_module_locks", ())
    for name in [name for name in (*sys.modules, *being_imported) if name.startswith("linetap.")]:
        import_module(name)


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
    # requests takes longest to import: no thread starts that between the check above and the fork.
    os.register_at_fork(before=_loading.acquire, after_in_parent=_loading.release, after_in_child=_loading.release)
