"""A sender in a separate process that is killed (SIGKILL) or stopped (SIGSTOP) at its k-th step.

``python -m tests.relay.kill_points OUTBOX KILL_AT [STOP]``: KILL_AT counts each request before and after it is made,
and each commit before and after it; 0 lets the drain end well, which prints the number of these steps. With the
environment variable FEEDBACK it uploads every outcome to CleverTap, too.
"""

from __future__ import annotations

import os
import signal
import sys

from linetap.clevertap import CleverTapClient
from linetap.http.policy import RetryPolicy
from linetap.http.sync import SyncTransport
from linetap.line.client import LineClient
from linetap.relay import Feedback, Outbox, OutboxSender
from linetap.store.sqlite_file import Store
from tests.relay.conftest import SALE
from tests.sync.kill_points import Moments


def main() -> None:
    path, kill_at = sys.argv[1], int(sys.argv[2])
    moments = Moments(kill_at, signal.SIGSTOP if "STOP" in sys.argv else signal.SIGKILL)
    SyncTransport._send = moments.around(SyncTransport._send)  # type: ignore[method-assign]
    Store.commit = moments.around(Store.commit)  # type: ignore[method-assign]
    retry = RetryPolicy(attempts=2, first_wait=0.001, longest_wait=0.002)
    with LineClient.from_env(retry=retry) as line, CleverTapClient.from_env(retry=RetryPolicy(attempts=1)) as clevertap:
        feedback = Feedback(clevertap, accepted=True) if "FEEDBACK" in os.environ else None
        report = OutboxSender(Outbox(path), line, SALE, in_flight=4, feedback=feedback).drain()
    print(moments.count, report.remaining)


if __name__ == "__main__":
    main()
