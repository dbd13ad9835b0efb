"""What gunicorn serves in the benchmark of response times, and the sender that runs beside it.

``bare`` stores the same row as the relay, under the same lock, by one INSERT of sqlite3, and checks nothing: no
credentials, no size, no JSON.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from linetap import Campaign, LineClient, ProfileField
from linetap.relay import Outbox, OutboxSender, Relay
from linetap.store.checksums import checksum

SECRET = "s3cret-of-the-relay-0123456789"
_OK = b'{"ok": true}'
Application = Callable[[Any, Any], Iterable[bytes]]


def relay() -> Application:
    """The relay."""
    return Relay(Outbox(os.environ["OUTBOX"]), secret=SECRET).wsgi


def bare() -> Application:
    """A handler without linetap: the sender reads what it stores."""
    path = os.environ["OUTBOX"]
    lock = os.open(f"{path}-lock", os.O_CREAT | os.O_RDWR, 0o600)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")

    def handle(environ: Any, start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        row = (uuid4().hex, "", "campaign", "7", int(time.time() * 1000), 0, body)
        given = (*row, checksum(row))
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?)", given)
            sums = "UPDATE totals SET rows = rows + 1, checksums = checksums + ? WHERE name = 'calls'"
            db.execute(sums, (given[-1],))
            db.execute("COMMIT")
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(_OK)))])
        return [_OK]

    return handle


def sender() -> OutboxSender:
    """The sender, for ``python -m linetap.relay run``."""
    sale = Campaign("sale").with_text("Hello " + ProfileField("Name", default="you"))
    return OutboxSender(Outbox(os.environ["OUTBOX"]), LineClient.from_env(), sale)
