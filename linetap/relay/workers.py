"""The threads that send: each takes one request, sends it with all its attempts, and passes on how it ended."""

from __future__ import annotations

import json
import logging
import queue
import threading
from typing import Any

import attrs

from linetap.errors import LinetapError
from linetap.line.api.messaging import push_encoded
from linetap.line.client import LineClient
from linetap.relay.options import Allow
from linetap.relay.schema import HELD, SUPPRESSED
from linetap.relay.tables import Entry

_LOG = logging.getLogger("linetap.relay")


@attrs.frozen(eq=False)
class Claim:
    """An entry whose request is on the disk and may be sent."""

    entry: Entry
    key: str
    first: bool
    """False where it was sent before, without a response."""


@attrs.frozen
class Finished:
    """How a claim ended."""

    claim: Claim
    error: LinetapError | None = None
    request_id: str | None = None
    denied: tuple[int, str] | None = None
    """``allow`` did not let it be sent: the state, and the reason."""


class Workers:
    """As many threads as requests are in flight. ``start`` and ``finished`` are called by one thread."""

    def __init__(self, line: LineClient, allow: Allow | None, most: int) -> None:
        self._line, self._allow, self._most = line, allow, most
        self._tasks: queue.SimpleQueue[Claim | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Finished | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self.in_flight: dict[int, Claim] = {}
        """The claims that have not ended, by the number of their entry."""

    def start(self, claim: Claim) -> None:
        """Gives a claim to a thread; at most ``most`` may be in flight."""
        self.in_flight[claim.entry.id] = claim
        if len(self._threads) < min(len(self.in_flight), self._most):
            thread = threading.Thread(target=self._work, name=f"linetap-relay-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._tasks.put(claim)

    def finished(self, wait: float) -> list[Finished]:
        """What has ended since the last call; waits so many seconds for the first one."""
        found: list[Finished] = []
        try:
            first = self._done.get(timeout=wait) if wait > 0 else self._done.get_nowait()
            while True:
                found += [first] if first is not None else []
                first = self._done.get_nowait()
        except queue.Empty:
            pass
        for each in found:
            self.in_flight.pop(each.claim.entry.id, None)
        return found

    def wake(self) -> None:
        """Ends the waiting of ``finished``."""
        self._done.put(None)

    def stop(self) -> list[Finished]:
        """Nothing more is sent; waits for the requests in flight and gives how they ended."""
        self._stop.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()
        return self.finished(0)

    def _work(self) -> None:
        while (claim := self._tasks.get()) is not None:
            self._done.put(self._send(claim))

    def _send(self, claim: Claim) -> Finished:
        try:
            if (denied := self._denied(claim)) is not None:
                return Finished(claim, denied=denied)
            entry = claim.entry
            operation = push_encoded(entry.user_id, entry.body, retry_key=claim.key)
            result = self._line._transport._run(operation, self._stop)
            return Finished(claim, request_id=result.request_id)
        except LinetapError as error:
            return Finished(claim, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, the request may have been sent
            _LOG.exception("a request ended with an unexpected error")
            return Finished(claim, LinetapError(f"{type(error).__name__} while the request was sent"))

    def _denied(self, claim: Claim) -> tuple[int, str] | None:
        """What ``allow`` says, just before the request."""
        if self._allow is None:
            return None
        payload = claim.entry.payload
        try:
            said: Any = self._allow(claim.entry.user_id, json.loads(payload) if payload is not None else None)
        except Exception as error:  # noqa: BLE001 - a function of the user's
            _LOG.warning("allow raised: the entry is held", exc_info=True)
            return HELD, f"allow raised {type(error).__name__}"
        if said is True or said is None:
            return None if said is True else (HELD, "allow returned None: return True, False or a reason")
        if said is False or isinstance(said, str):
            return SUPPRESSED, said or "allow returned False"
        return HELD, f"allow returned a {type(said).__name__}: return True, False or a reason"
