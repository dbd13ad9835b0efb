"""The threads that send: each takes one request, sends it with all its attempts, and passes on how it ended."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs

from linetap.errors import LinetapError
from linetap.http.call_errors import not_sent
from linetap.line.api.messaging import push_encoded
from linetap.line.client import LineClient
from linetap.line.staging import NOT_LISTED
from linetap.relay.options import Allow
from linetap.relay.schema import HELD, NORMAL, SUPPRESSED, URGENT, reason_text
from linetap.relay.tables import Entry

_LOG = logging.getLogger("linetap.relay")
_GATHER = 0.003  # seconds without an end after which those so far are recorded: one flush for several


@attrs.frozen(eq=False)
class Claim:
    """An entry whose request is on the disk and may be sent."""

    entry: Entry
    key: str
    first: bool
    """False where it was sent before, without a response."""
    usable_until: float
    """The time until which LINE stores the key: a process that was stopped for a day must not send after it."""


@attrs.frozen
class Finished:
    """How a claim ended."""

    claim: Claim
    error: LinetapError | None = None
    request_id: str | None = None
    denied: tuple[int, str] | None = None
    """``allow`` did not let it be sent: the state, and the reason."""

    @property
    def accepted(self) -> bool:
        """LINE accepted it, now or before."""
        return self.error is None and self.denied is None


class Workers:
    """As many threads as requests are in flight. Every method is called by one thread.

    Some claims wait for a thread, so that no thread waits for the next transaction. An eighth of the threads send
    urgent messages alone.
    """

    def __init__(self, line: LineClient, allow: Allow | None, most: int, now: Callable[[], float]) -> None:
        self._line, self._allow, self._now = line, allow, now
        self._short = line._transport._sender.may_be_short()
        urgent_alone = 0 if most == 1 else max(1, most // 8)
        self._sizes = {NORMAL: most - urgent_alone, URGENT: urgent_alone}
        self._ahead = most if most > 1 else 0
        self._urgent: deque[Claim] = deque()
        self._normal: deque[Claim] = deque()
        # One signal for each claim, and one for each urgent claim; None ends a thread.
        self._signals: dict[int, queue.SimpleQueue[bool | None]] = {
            NORMAL: queue.SimpleQueue(),
            URGENT: queue.SimpleQueue(),
        }
        self._done: queue.SimpleQueue[Finished | None] = queue.SimpleQueue()
        self._threads: dict[int, list[threading.Thread]] = {NORMAL: [], URGENT: []}
        self._stop = threading.Event()
        self.in_flight: dict[int, Claim] = {}
        """The claims that have not ended, by the number of their entry."""

    def free(self, lane: int, taken: int) -> int:
        """How many claims of a lane may be made, where so many others were made and not started."""
        threads = self._sizes[NORMAL] + (self._sizes[URGENT] if lane == URGENT else 0)
        return threads + self._ahead - len(self.in_flight) - taken

    def start(self, claim: Claim) -> None:
        """Gives a claim to a thread, urgent ones first."""
        urgent = claim.entry.lane == URGENT
        self.in_flight[claim.entry.id] = claim
        (self._urgent if urgent else self._normal).append(claim)
        self._signal(claim)
        if not self._add_thread(NORMAL) and urgent:
            self._add_thread(URGENT)

    def _signal(self, claim: Claim) -> None:
        self._signals[NORMAL].put(True)
        if claim.entry.lane == URGENT:
            self._signals[URGENT].put(True)

    def _add_thread(self, lane: int) -> bool:
        """Starts a thread where there are fewer than claims, and fewer than the limit; gives whether it did."""
        threads = self._threads[lane]
        if sum(map(len, self._threads.values())) >= len(self.in_flight) or len(threads) >= self._sizes[lane]:
            return False
        name = f"linetap-relay-{lane}-{len(threads)}"
        threads.append(threading.Thread(target=self._work, args=(lane,), name=name, daemon=True))
        threads[-1].start()
        return True

    def withdraw(self, unwanted: Callable[[Entry], bool]) -> list[Claim]:
        """Takes back claims that still wait for a thread."""
        found: list[Claim] = []
        for claims in (self._urgent, self._normal):
            wanted: list[Claim] = []
            with suppress(IndexError):
                while True:
                    claim = claims.popleft()
                    (found if unwanted(claim.entry) else wanted).append(claim)
            claims.extend(wanted)
            for claim in wanted:  # a thread may have found nothing meanwhile
                self._signal(claim)
        for claim in found:
            self.in_flight.pop(claim.entry.id, None)
        return found

    def finished(self, wait: float) -> list[Finished]:
        """What has ended since the last call; waits so many seconds for the first one, and shortly for more."""
        found: list[Finished] = []
        try:
            first = self._done.get(timeout=wait) if wait > 0 else self._done.get_nowait()
            while True:
                found += [first] if first is not None else []
                more = wait > 0 and first is not None and len(found) < self._ahead // 8
                first = self._done.get(timeout=_GATHER) if more else self._done.get_nowait()
        except queue.Empty:
            pass
        for each in found:
            self.in_flight.pop(each.claim.entry.id, None)
        return found

    def wake(self) -> None:
        """Ends the waiting of ``finished``."""
        self._done.put(None)

    def halt(self) -> None:
        """Nothing more is sent."""
        self._stop.set()

    def stop(self) -> list[Finished]:
        """Nothing more is sent; waits for the requests in flight and gives how they ended."""
        self.halt()
        for lane, threads in self._threads.items():
            for _ in threads:
                self._signals[lane].put(None)
        for thread in (thread for threads in self._threads.values() for thread in threads):
            thread.join()
        return self.finished(0)

    def _work(self, lane: int) -> None:
        queues = (self._urgent, self._normal) if lane == NORMAL else (self._urgent,)
        while self._signals[lane].get() is not None:
            for each in queues:
                try:
                    claim = each.popleft()
                except IndexError:
                    continue
                self._done.put(self._send(claim))
                break

    def _send(self, claim: Claim) -> Finished:
        try:
            if not self._stop.is_set() and (denied := self._denied(claim)) is not None:
                return Finished(claim, denied=denied)
            entry = claim.entry
            operation = push_encoded(entry.user_id, entry.body, retry_key=claim.key)
            if self._stop.is_set() or self._now() >= claim.usable_until:
                raise not_sent(operation)
            result = self._line._transport._run(operation, self._stop, self._short)
            return Finished(claim, request_id=result.request_id)
        except LinetapError as error:
            return Finished(claim, error)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the request may have been sent; a claim must end
            _LOG.exception("a request ended with an unexpected error")
            return Finished(claim, LinetapError(f"{type(error).__name__} while the request was sent"))

    def _denied(self, claim: Claim) -> tuple[int, str] | None:
        """What ``only_to`` of the client and ``allow`` say, just before the request."""
        listed = self._line._only_to
        if listed is not None and claim.entry.user_id not in listed:
            return SUPPRESSED, NOT_LISTED
        if self._allow is None:
            return None
        payload = claim.entry.payload
        try:
            said: Any = self._allow(claim.entry.user_id, json.loads(payload) if payload is not None else None)
        except BaseException as error:  # noqa: BLE001 - a function of the user's; SystemExit would end the thread
            _LOG.warning("allow raised: the entry is held", exc_info=True)
            return HELD, f"allow raised {type(error).__name__}"
        if said is True or said is None:
            return None if said is True else (HELD, "allow returned None: return True, False or a reason")
        if said is False or isinstance(said, str):
            return SUPPRESSED, reason_text(said or "allow returned False")
        return HELD, f"allow returned a {type(said).__name__}: return True, False or a reason"


def push_rate(line: LineClient) -> float:
    """The lowest rate, in requests a second, that applies to the pushes of a client."""
    return line._transport._limiters.of(push_encoded("U", b"", retry_key="")).per_second
