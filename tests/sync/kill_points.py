"""A sync in a separate process that is killed, by SIGKILL, at its k-th request or commit.

``python -m tests.sync.kill_points LEDGER KILL_AT``: KILL_AT counts each sending, each response, and each commit before
and after it is made; 0 lets the run end well, which prints the number of these moments and the report.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from linetap.clevertap import limits
from linetap.clevertap.client import CleverTapClient
from linetap.http.policy import RetryPolicy
from linetap.http.sync import SyncTransport
from linetap.line.client import LineClient
from linetap.store.sqlite_file import Store
from linetap.sync.follower_pages import FollowerPages
from linetap.sync.followers import sync_followers
from linetap.sync.identity import KnownFollowers

SIZE = 25
"""Followers in a page and in a batch: small, so that there are many steps to be killed at."""
IN_FLIGHT = 4
NIGHT = 1_767_225_600.0


class Moments:
    """Counts steps in all threads and sends a signal to the process at step k."""

    def __init__(self, kill_at: int, number: int = signal.SIGKILL) -> None:
        self.count, self._signal = 0, number
        self._kill_at = kill_at
        self._lock = threading.Lock()

    def step(self) -> None:
        with self._lock:
            self.count += 1
            if self.count == self._kill_at:
                os.kill(os.getpid(), self._signal)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            self.step()
            result = function(*args)
            self.step()
            return result

        return counted


def identity_of(line_id: str) -> str | None:
    """Identities from the LINE id's digits: every seventh is unknown, two share one, one is a placeholder."""
    number = int(line_id[-4:], 16)
    if number % 7 == 3:
        return None
    return {11: "shared-id", 12: "shared-id", 13: "null"}.get(number % 97, f"customer-{line_id[-8:]}")


def main() -> None:
    ledger, kill_at = sys.argv[1], int(sys.argv[2])
    moments = Moments(kill_at)
    SyncTransport._send = moments.around(SyncTransport._send)  # type: ignore[method-assign]
    Store.commit = moments.around(Store.commit)  # type: ignore[method-assign]
    limits.RECORDS_PER_UPLOAD = SIZE
    FollowerPages.__init__.__kwdefaults__["page_size"] = SIZE
    retry = RetryPolicy(attempts=4, first_wait=0.001, longest_wait=0.002)
    with LineClient.from_env(retry=retry) as line, CleverTapClient.from_env(retry=retry) as clevertap:
        report = sync_followers(
            line,
            clevertap,
            identity=KnownFollowers(identity_of, unknown="create"),
            ledger=ledger,
            in_flight=IN_FLIGHT,
            now=lambda: NIGHT,
        )
    print(json.dumps({"moments": moments.count, "states": report.states, "resent": report.resent}))


if __name__ == "__main__":
    main()
