"""One process of the benchmark of shared files: threads that append rows until the time is up.

``python -m tests.benchmarks.appending WAY PATH SECONDS THREADS``: WAY is ``store`` (linetap's shared mode) or ``bare``
(one INSERT by sqlite3 under the same kind of lock). Prints the seconds that each append took, and the memory.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from uuid import uuid4

from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.rows import Rows
from linetap.store.sqlite_file import Store

_TABLE = "CREATE TABLE calls (id TEXT PRIMARY KEY, received_at INTEGER NOT NULL, body BLOB NOT NULL{}) WITHOUT ROWID"
CALLS = CheckedTable("calls", ("id",), ("id", "received_at", "body"))
FORMAT = StoreFormat("bench outbox", (_TABLE.format(", checksum INTEGER NOT NULL"),), (CALLS,))
BODY = os.urandom(1500)  # a webhook call about one profile


def by_store(path: str) -> Callable[[], object]:
    """Appends by linetap."""
    rows = Rows(Store(path, FORMAT, shared=True, durable=True), CALLS)
    return lambda: rows.insert([(uuid4().hex, 1_767_225_600, BODY)])


def by_hand(path: str) -> Callable[[], object]:
    """Appends by sqlite3, one writer at a time by flock; the same durability."""
    lock, turn = os.open(f"{path}-lock", os.O_CREAT | os.O_RDWR, 0o600), threading.Lock()
    fcntl.flock(lock, fcntl.LOCK_EX)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute(_TABLE.format("").replace("TABLE", "TABLE IF NOT EXISTS"))
    fcntl.flock(lock, fcntl.LOCK_UN)

    def append() -> None:
        with turn:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                db.execute("INSERT INTO calls VALUES (?, ?, ?)", (uuid4().hex, 1_767_225_600, BODY))
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)

    return append


def main() -> None:
    way, path, seconds, threads = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    append = {"store": by_store, "bare": by_hand}[way](path)
    took: list[float] = []
    memory: list[int] = []
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + seconds

    def work() -> None:
        while (begun := time.monotonic()) < end:
            append()
            took.append(time.monotonic() - begun)
            if len(took) in (200, 400):
                memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(json.dumps({"took": took, "grown_kb": memory[-1] - memory[0]}))


if __name__ == "__main__":
    main()
