"""Many webhook calls and a sender in one process: how large the log beside the file gets, and how much memory it takes.

``python -m tests.relay.many_calls OUTBOX CALLS``: prints the largest log in bytes, and the growth of the memory in KiB
after the first fifth of the calls. LINE's address is in the environment.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from array import array
from pathlib import Path

from linetap.line.client import LineClient
from linetap.relay import EntryOutcome, Outbox, OutboxSender, Relay
from tests.relay.conftest import SALE

SECRET = "s3cret-of-the-relay-0123456789"
_HEADERS = {"Authorization": f"Bearer {SECRET}"}
_THREADS = 4


def body(number: int) -> bytes:
    """A call of one person, about as large as CleverTap's."""
    person = {"LineID": f"U{number:032x}", "Name": "Mei", "Note": "x" * 1200}
    return json.dumps({"targetId": 7, "profiles": [{"identity": str(number), "profileData": person}]}).encode()


def resident() -> int:
    """The memory of this process in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    path, calls = sys.argv[1], int(sys.argv[2])
    log, sent, ended = Path(f"{path}-wal"), threading.Event(), [0]
    relay, sizes, memory = Relay(Outbox(path), secret=SECRET), array("q", [0]), [0]

    def on_outcome(outcome: EntryOutcome) -> None:
        assert outcome.state == "accepted", outcome
        ended[0] += 1
        if ended[0] == calls // 5:
            memory[0] = resident()
        if ended[0] == calls:
            sent.set()

    def call(first: int) -> None:
        for number in range(first, calls, _THREADS):
            assert relay.handle(body(number), _HEADERS).status == 200
            sizes.append(log.stat().st_size if log.exists() else 0)

    with LineClient.from_env() as line:
        sender = OutboxSender(Outbox(path), line, SALE, in_flight=16, on_outcome=on_outcome).start()
        threads = [threading.Thread(target=call, args=(number,)) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sent.wait(600)
        print(max(sizes), resident() - memory[0])
        sender.stop()


if __name__ == "__main__":
    main()
