"""Requests to LINE that must not be sent twice: one table and one set of rules. Nothing here touches a file.

The push journal uses it now, the relay's sender uses it too. A row is written before the first byte of its request
is sent; the response decides its state. https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
"""

from __future__ import annotations

import enum

from linetap.errors import BadRequest, FileLocked, LinetapError, NoResponse, Rejected, StorageError, TooManyRequests
from linetap.store.formats import CheckedTable

OPEN, ACCEPTED, REJECTED, EXPIRED = range(4)
"""The states of a request; open: there was no response so far; expired: it may have arrived, and is not sent again."""
STATES = ("open", "accepted", "rejected", "expired")

KEY_LIFETIME = 24 * 3600
"""Seconds for which LINE stores a retry key, from its first request."""
KEY_MARGIN = 600
"""A key is not used in its last seconds: a call may wait, and be repeated, for some minutes."""
BLOCK = 64
"""Requests that are written together, with one flush to the disk."""

SENDS = CheckedTable(
    "sends",
    key=("key",),
    columns=("key", "state", "started_at", "settled_at", "recipients", "hashes", "body", "request_id"),
)
SCHEMA = """
    CREATE TABLE sends (
        key TEXT PRIMARY KEY,
        state INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        settled_at INTEGER,
        recipients TEXT,
        hashes BLOB NOT NULL,
        body BLOB,
        request_id TEXT,
        checksum INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX open_sends ON sends (started_at) WHERE state = 0;
    CREATE INDEX sends_with_payload ON sends (settled_at) WHERE state <> 0 AND recipients IS NOT NULL
"""
"""``started_at``, ``settled_at``: seconds since 1970. ``recipients``: a JSON list, NULL once it is no longer stored.
``hashes``: 16 bytes for each recipient (see :mod:`linetap.store.retention`). ``body``: without the recipients."""


class Meaning(enum.Enum):
    """What a response, or its absence, means for a request."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """LINE itself says that it sent nothing; a later run may try again under another key."""
    NOT_SENT = "not sent"
    """No byte left: as if the request had never been made."""
    UNKNOWN = "unknown"
    """It may have been accepted: it is sent again under its key, and only while LINE stores the key."""


def meaning(error: LinetapError | None, *, first_run: bool) -> Meaning:
    """What the end of a request means.

    Args:
        error: None for a success (also 409: accepted before).
        first_run: False where an earlier run sent the request and got no response. Then only 400 settles it: a 401
            or 429 of today says nothing about the earlier attempt.
    """
    if error is None:
        return Meaning.ACCEPTED
    if not may_have_been_sent(error):
        return Meaning.NOT_SENT if first_run else Meaning.UNKNOWN
    if isinstance(error, BadRequest) or (isinstance(error, Rejected) and first_run and not error.may_have_arrived):
        return Meaning.REJECTED
    return Meaning.UNKNOWN


def may_have_been_sent(error: LinetapError | None) -> bool:
    """Whether any part of the request can have reached LINE."""
    if isinstance(error, (StorageError, FileLocked)):
        return False  # it could not be written down before its first byte
    if isinstance(error, TooManyRequests):
        return error.attempts > 0  # 0: an earlier request was rejected, and this one was not sent
    return not (isinstance(error, NoResponse) and not error.may_have_arrived)


def usable_from(now: float) -> tuple[int, int]:
    """The first and last ``started_at`` of requests whose key may be used now.

    The age of a request that was started in the future is unknown: the clock was set back meanwhile.
    """
    return int(now - KEY_LIFETIME + KEY_MARGIN), int(now + KEY_MARGIN)
