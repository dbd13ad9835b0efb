"""A bulk send in a process of its own that is killed, by SIGKILL, at its k-th moment.

``python -m tests.line.bulk.kill_points JOURNAL PEOPLE KILL_AT KIND``: a moment is before and after each commit, each
request, and each outcome; 0 lets the run end well and prints how many moments there were.
KIND says where the deliveries come from: ``list`` or ``iterator``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from linetap import Delivery, LineClient
from linetap.http.policy import RetryPolicy
from linetap.line.bulk.journal import Journal
from linetap.store.sqlite_file import Store
from tests.sync.kill_points import Moments


def main() -> None:
    journal, people, kill_at, kind = sys.argv[1:]
    moments = Moments(int(kill_at))
    for owner, names in ((Store, ("commit",)), (Journal, ("before_send", "accepted", "unfinished", "close"))):
        for name in names:
            setattr(owner, name, moments.around(getattr(owner, name)))
    given = [Delivery(user, f"for {user}") for user in Path(people).read_text("utf-8").split()]
    with LineClient.from_env(retry=RetryPolicy(attempts=3, first_wait=0.001)) as line:
        line.push_many(given if kind == "list" else iter(given), journal=journal, in_flight=8)
    print(moments.count)


if __name__ == "__main__":
    main()
