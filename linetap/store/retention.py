"""How long recipients and bodies are stored: what stays after that is a keyed hash, the outcome and the time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Protocol

from linetap.store.sends import OPEN
from linetap.store.sqlite_file import Store

KEEP_PAYLOAD = timedelta(days=7)
"""Recipients of settled requests are stored this long. Bodies of settled requests are deleted with the response."""
HASH_SIZE = 16  # bytes


def hash_key(store: Store) -> bytes:
    """The key of a file's hashes: random, stored in the file, so that two files have nothing in common."""
    found = store.meta("hash_key")
    if found is None:
        found = os.urandom(32).hex()
        store.set_meta("hash_key", found)
    return bytes.fromhex(found)


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """A hash of an id (or of an id and a body) that says nothing without the file's key."""
    digest = blake2b(key=key, digest_size=HASH_SIZE)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()


class _Updates(Protocol):
    def update(self, changes: Mapping[str, str], where: str, values: Iterable[Sequence[Any]]) -> int: ...


def drop_payloads(sends: _Updates, *, before: int) -> int:
    """Deletes the recipients and bodies of requests that were settled before a time; gives how many."""
    where = f"state <> {OPEN} AND recipients IS NOT NULL AND settled_at < ?1"
    return sends.update({"recipients": "NULL", "body": "NULL"}, where, [(before,)])
