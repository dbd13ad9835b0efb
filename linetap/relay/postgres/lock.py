"""The leader's lock in Postgres: an advisory lock in a transaction that stays open on a connection of its own.

The server ends it with the connection. It is asked each second, and the server ends a transaction that was not asked
for half a minute: so after a process was stopped, or a machine is gone, another sender becomes the
leader.
Being the leader is not enough to send: the fencing number decides (:mod:`linetap.relay.leader`).
"""

from __future__ import annotations

import os
import threading
from typing import Any, Final, Protocol

from linetap.relay.postgres.driver import Link
from linetap.relay.postgres.failures import Failure, problem

ASK_EVERY: Final = 1.0  # seconds
_RESPONSE_WITHIN = 5.0  # seconds
# The role's own limits do not apply to this transaction. Names that a server does not know are not set.
_BEGIN = """
BEGIN;
SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout');
SET LOCAL tcp_keepalives_idle = 10;
SET LOCAL tcp_keepalives_interval = 5;
SET LOCAL tcp_keepalives_count = 3;
SET LOCAL idle_in_transaction_session_timeout = '{lease}s'
"""
LEASE = 30
"""Seconds after which the server ends the lock of a process that does not ask."""


class Connections(Protocol):
    """Where the lock gets its connection from."""

    def borrow(self) -> Link: ...

    def give_back(self, link: Link) -> None: ...


class AdvisoryLock:
    """The lock of one channel of one schema."""

    def __init__(self, connections: Connections, number: int) -> None:
        self._connections, self._number = connections, number
        self._link: Link | None = None
        self._lost, self._ended = False, threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self) -> bool:
        """Takes the lock if no other connection of the database has it; gives whether it did."""
        link, got, found = self._connections.borrow(), False, None
        try:
            link.run(_BEGIN.format(lease=LEASE), limit=_RESPONSE_WITHIN)
            got = link.run(f"SELECT pg_try_advisory_xact_lock({self._number})", limit=_RESPONSE_WITHIN).rows[0][0]
        except Failure as failure:
            found = problem(failure)
        finally:
            if not got:
                self._give_back(link)
        if found is not None:
            raise found
        if got:
            self._link = link
            self._thread = threading.Thread(target=self._ask, args=(link,), name="linetap-lead", daemon=True)
            self._thread.start()
        return bool(got)

    def is_lost(self) -> bool:
        """Whether the connection was lost, and the lock with it."""
        return self._lost

    def release(self) -> None:
        """Ends the transaction."""
        link, self._link = self._link, None
        if link is not None and self._thread is not None:
            self._ended.set()
            self._thread.join()
            self._give_back(link)

    def after_fork(self) -> None:
        """In a child: the lock stays the parent's."""
        self._link, self._lost = None, True

    def _ask(self, link: Link) -> None:
        owner: Any = os.getpid()
        while not self._ended.wait(ASK_EVERY) and os.getpid() == owner:
            try:
                link.run("SELECT 1", limit=_RESPONSE_WITHIN)
            except Failure:
                link.broken = self._lost = True
                return

    def _give_back(self, link: Link) -> None:
        if not link.broken:
            try:
                link.run("ROLLBACK", limit=_RESPONSE_WITHIN)
            except Failure:
                link.broken = True
        self._connections.give_back(link)
