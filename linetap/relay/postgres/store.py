# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""The store of an outbox in Postgres: connections, transactions and statements.

Transactions of one channel run one at a time, as in a SQLite file: each takes an advisory lock first, which ends with
it. So the rules of the relay are the same in both stores. What web workers and callers write (calls, new entries) is
added without that lock, in one statement or in the caller's own transaction, and waits for no sender.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from linetap.errors import FileLocked, StorageError, invalid, literal_text
from linetap.relay.postgres import schema as versions
from linetap.relay.postgres.driver import Link, Result, Source
from linetap.relay.postgres.failures import Conflict, Failure, problem
from linetap.relay.postgres.lock import AdvisoryLock
from linetap.relay.postgres.rows import PlainRows, entry_statements
from linetap.relay.postgres.statements import bound, to_postgres
from linetap.relay.postgres.transactions import begin_statement, checked, commit, lock_number, roll_back
from linetap.relay.storage import LeaderLock, TableRows
from linetap.store.formats import CheckedTable
from linetap.store.rows import Row

MOST_CONNECTIONS = 4
"""Connections of one outbox in one process, besides that of a leader's lock."""
_OLDEST = 13_00_00
_TRIES = 5  # of a transaction that the server ended because of another one
T = TypeVar("T")


class _ThreadState(threading.local):
    """The transaction of a thread."""

    link: Link | None = None


class PostgresStore:
    """The tables of one schema, as one channel uses them. Thread-safe, and safe after a fork."""

    def __init__(self, source: Source, schema: str, channel: str, timeout: float) -> None:
        self.schema, self._channel, self._timeout = schema, channel, timeout
        self._source = source
        self._facts: dict[str, str] = {}
        self._closed = False
        self._reset()
        _STORES.add(self)

    def __repr__(self) -> str:
        return f"<PostgresStore {self.schema}>"

    def _reset(self) -> None:
        self._mine, self._lock, self._slots = _ThreadState(), threading.Lock(), threading.Semaphore(MOST_CONNECTIONS)
        self._idle: list[Link] = []
        self._links: list[Link] = []
        self._owner = os.getpid()
        self._end = weakref.finalize(self, _close_all, self._links)

    # Statements ------------------------------------------------------------------------------------------

    def rows(self, sql: str, values: Sequence[Any] = (), *, unlimited: bool = False) -> list[Row]:
        """All rows of a query at once; ``unlimited``: it may read the whole table, and has no time limit."""
        limit = None if unlimited else self._timeout
        return self._run(sql, bound(sql, values), limit).rows

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Runs one statement that writes; gives the number of rows that it changed."""
        given = bound(sql, values)
        with self.transaction():
            return self._run(sql, given, self._timeout).count

    def insert_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> int:
        """Runs statements that add rows by their keys; gives how many were added. They wait for no transaction.

        One statement is a transaction of its own; after a lost connection it runs again.
        """
        if self._mine.link is None and len(statements) == 1 and self.facts()["synchronous_commit"] != "off":
            return self._add(statements)
        return self.add_all(statements)

    def add_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> int:
        """:meth:`insert_all` in one transaction. One that the server ended because of another one runs again."""
        if self._mine.link is not None:
            return self._add(statements)
        for _ in range(_TRIES - 1):
            with suppress(Conflict), self._transaction(""):
                return self._add(statements)
        with self._transaction(""):
            return self._add(statements)

    def _add(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> int:
        return sum(self._run(sql, bound(sql, values), self._timeout).count for sql, values in statements)

    def _run(self, sql: str, values: Any, limit: float | None) -> Result:
        """In the transaction of this thread; else as a transaction of its own, which is harmless to repeat."""
        text = to_postgres(sql, self.schema)
        if (link := self._mine.link) is not None:
            return checked(partial(link.run, text, values, limit=limit))
        with self._slots:
            link, result = self._first(lambda link: link.run(text, values, limit=limit))
            self.give_back(link)
        return result

    # Transactions ----------------------------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, and one at a time in the channel. Nested ones join the outer one."""
        shared, own = lock_number(self.schema), lock_number(self.schema, self._channel)
        return self._transaction(f"SELECT pg_advisory_xact_lock_shared({shared}), pg_advisory_xact_lock({own})")

    def exclusive(self) -> AbstractContextManager[None]:
        """A transaction that runs while no channel has another one."""
        return self._transaction(f"SELECT pg_advisory_xact_lock({lock_number(self.schema)})")

    @contextmanager
    def _transaction(self, lock: str) -> Iterator[None]:
        mine = self._mine
        if mine.link is not None:
            yield
            return
        statement = begin_statement(lock, self._timeout)
        with self._slots:
            link, _ = self._first(lambda link: link.run(statement, limit=self._timeout))
            mine.link = link
            try:
                yield
                if self._mine is not mine:
                    raise FileLocked("the transaction belongs to the process before the fork: begin it again")
                commit(link, self._timeout)
            except BaseException:
                roll_back(link)
                raise
            finally:
                mine.link = None
                self.give_back(link)

    def _first(self, act: Callable[[Link], T]) -> tuple[Link, T]:
        """The first statement on a connection. An idle one may have been lost since: then on a new one."""
        link = self.borrow()
        try:
            return link, act(link)
        except Failure as failure:
            self._roll_back_and_give(link)
            found = None if failure.lost else problem(failure)
        except BaseException:
            self._roll_back_and_give(link)
            raise
        if found is not None:
            raise found
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()
        link = self.borrow()
        try:
            return link, checked(lambda: act(link))
        except BaseException:
            self._roll_back_and_give(link)
            raise

    def _roll_back_and_give(self, link: Link) -> None:
        roll_back(link)
        self.give_back(link)

    # Connections -----------------------------------------------------------------------------------------

    def borrow(self) -> Link:
        """An idle connection, or a new one. Give it back."""
        if os.getpid() != self._owner:
            self.after_fork()  # a fork that did not call Python's hooks
        if self._closed:
            raise invalid("outbox", "must be open", literal_text("one that was closed"), "make another one")
        link = self._open()
        if not self._facts:
            try:
                self._facts = checked(partial(self._read_facts, link))
            except BaseException:
                self.give_back(link)
                raise
        return link

    def _open(self) -> Link:
        with self._lock:
            while self._idle:
                if not (link := self._idle.pop()).broken:
                    return link
                link.close()
        link = self._source.open()
        with self._lock:
            self._links[:] = [*(each for each in self._links if not each.broken), link]
        return link

    def _read_facts(self, link: Link) -> dict[str, str]:
        """What does not change: the key of the hashes, and a setting. Checks the version of the tables."""
        sql = "SELECT key, value FROM meta UNION ALL SELECT 'synchronous_commit', current_setting('synchronous_commit')"
        found: dict[str, str] = dict(link.run(to_postgres(sql, self.schema), limit=self._timeout).rows)
        versions.check_version(found)
        return found

    def give_back(self, link: Link) -> None:
        """Its transaction has ended."""
        with self._lock:
            if not (link.broken or self._closed):
                self._idle.append(link)
                return
        link.close()

    def facts(self) -> dict[str, str]:
        """What was read with the first connection: see :meth:`_read_facts`."""
        if not self._facts:
            self.give_back(self.borrow())
        return self._facts

    def run_script(self, script: str) -> None:
        """Runs a script that begins and ends its own transaction."""
        link = self._open()
        try:
            settings = "SELECT current_setting('server_encoding'), current_setting('server_version_num')::int"
            [(encoding, version)] = checked(partial(link.run, settings, limit=self._timeout)).rows
            if encoding != "UTF8" or version < _OLDEST:
                words = f"the database must be UTF8, of Postgres 13 or newer (got {encoding}, {version})"
                raise StorageError(f"Postgres: {words}")
            checked(partial(link.run, script))
        finally:
            self._roll_back_and_give(link)
        self._facts = {}

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for link in idle:
            link.close()

    def after_fork(self) -> None:
        """In a child: it connects anew at its next use."""
        self._end.detach()
        for link in self._links:
            link.after_fork()
        self._reset()

    # What the relay needs --------------------------------------------------------------------------------

    def table(self, table: CheckedTable) -> TableRows:
        """The rows of one table."""
        return PlainRows(self, table)

    def hash_key(self) -> bytes:
        """The key of the hashes of user ids."""
        return bytes.fromhex(self.facts()["hash_key"])

    def new_ids(self, table: str, count: int) -> Sequence[int]:
        """Numbers of a sequence: two transactions never get the same ones."""
        sql = f"SELECT nextval('\"{self.schema}\".{table}_id_seq') FROM generate_series(1, ?)"
        return sorted(row[0] for row in self.rows(sql, (count,)))

    def add_entries(self, channel: str, entries: Sequence[dict[str, Any]]) -> int:
        """Stores those whose own key is new in their channel, also where other transactions add the same keys."""
        return self.add_all(list(entry_statements(entries)))

    def leader_lock(self, channel: str) -> LeaderLock:
        """An advisory lock in a transaction of its own."""
        return AdvisoryLock(self, lock_number(self.schema, channel, "leader"))

    def erase_bytes(self, user_id: str) -> None:
        """Nothing: Postgres removes earlier versions of rows by VACUUM."""


def _close_all(links: list[Link]) -> None:
    for link in links:
        link.close()


_STORES: weakref.WeakSet[PostgresStore] = weakref.WeakSet()


def _after_fork() -> None:
    for store in list(_STORES):
        store.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
