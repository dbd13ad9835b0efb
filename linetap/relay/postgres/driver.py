"""One connection, of psycopg 3 or psycopg2: everything in which the two differ is in this file.

A connection is in autocommit mode; BEGIN and COMMIT are statements like others. A statement that takes longer than its
time limit ends with the connection: without it, a socket whose other end is gone blocks for good.
"""

from __future__ import annotations

import inspect
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import attrs

from linetap.errors import LinetapError, invalid, literal_text
from linetap.relay.postgres.failures import READ_ONLY, Failure, connect_words
from linetap.relay.storage import LostConnection

EXAMPLE = "such as connect=lambda: psycopg.connect(os.environ['DATABASE_URL'])"
"""The remedy for a wrong ``connect``."""
_LOOK_EVERY = 0.5  # seconds
T = TypeVar("T")
# A peer that is gone is noticed after 10 + 3 * 5 seconds, and unacknowledged data after 25.
_KEEPALIVE = (
    ("SO_KEEPALIVE", 1),
    ("TCP_KEEPIDLE", 10),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 25_000),
)


class Source:
    """The caller's function that makes connections. Its repr has no secret: error trackers read local variables."""

    __slots__ = ("_connect",)

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect

    def __repr__(self) -> str:
        return "<a function that connects>"

    @property
    def is_callable(self) -> bool:
        """Whether it is a function at all."""
        return callable(self._connect)

    @property
    def given(self) -> str:
        """What was passed in, without its value: a text may be an address with a password."""
        return literal_text(f"a value of type {type(self._connect).__name__}")

    def open(self) -> Link:
        """A new connection; raises ``StorageError`` without the driver's text, which may contain the address."""
        words = ""
        try:
            return Link(self._connect())
        except LinetapError:
            raise
        except Failure:
            words = "the connection that connect() returned was closed or lost"
        except Exception as error:  # noqa: BLE001 - the driver's own classes
            words = connect_words(error)
        # outside of the except clause: the frames of the driver's error contain the password
        raise LostConnection(f"Postgres: {words}")


@attrs.frozen
class Result:
    """The result of a statement."""

    rows: list[tuple[Any, ...]]
    count: int
    """Rows that it changed."""
    tag: str = ""
    """The server's command tag, such as ``COMMIT``."""


class Link:
    """One connection. One thread uses it at a time."""

    broken = False

    def __init__(self, connection: Any) -> None:
        kind = _driver(connection)
        if kind is None or inspect.iscoroutinefunction(connection.rollback):
            raise invalid(
                "connect",
                "must return a connection of psycopg or psycopg2 that is not asynchronous",
                type(connection),
                EXAMPLE,
            )
        if (other := _IN_USE.setdefault(id(connection), self)) is not self and not other.broken:
            # Two threads, or two transactions, on one connection would end each other's.
            rule = "must return a new connection each time that it is called"
            raise invalid("connect", rule, literal_text("one that is in use"), "do not share a connection")
        _IN_USE[id(connection)] = self
        self.deadline: float | None = None
        self._pid = os.getpid()
        self._connection = connection
        self._run(lambda: _prepare(connection, kind))
        # A copy of the socket: its number is not given to another file while the driver closes its own.
        self._file: int = self._run(connection.fileno)
        self._socket = socket.socket(fileno=os.dup(self._file))
        _keep_alive(self._socket)
        _WATCH.add(self)

    def __repr__(self) -> str:
        return "<a connection>"

    def run(self, sql: str, values: Any = None, *, limit: float | None = None) -> Result:
        """Runs one statement; raises ``Failure``."""
        return self._run(lambda: self._execute(sql, values), limit)

    def close(self) -> None:
        """Closes the connection; after a fork it is the parent's."""
        self.broken = True
        if os.getpid() == self._pid:
            with suppress(Exception):  # it is closed all the same
                self._connection.close()
            self._socket.close()

    def abort(self) -> None:
        """Ends a statement that waits, from another thread: reading from the socket ends."""
        self.broken = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def after_fork(self) -> None:
        """In a child: closes its copy of the socket, and sends the server nothing."""
        self.broken = True
        _ABANDONED.append(self._connection)
        with suppress(OSError):
            if os.fstat(self._file).st_ino == os.fstat(self._socket.fileno()).st_ino:
                os.close(self._file)
        self._socket.close()

    def _execute(self, sql: str, values: Any) -> Result:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            rows = [tuple(map(_plain, row)) for row in cursor.fetchall()] if cursor.description else []
            return Result(rows, cursor.rowcount, cursor.statusmessage or "")

    def _run(self, act: Callable[[], T], limit: float | None = None) -> T:
        self.deadline = None if limit is None else time.monotonic() + limit
        try:
            return act()
        except Exception as error:
            if _driver(error) is None and not isinstance(error, (ValueError, TypeError)):
                raise
            failure = _failure(error, self._is_closed())
        except BaseException:  # Ctrl-C in the middle of a statement: what the server still sends is unknown
            self.broken = True
            raise
        finally:
            self.deadline = None
        self.broken = self.broken or failure.lost or failure.state in READ_ONLY
        raise failure

    def _is_closed(self) -> bool:
        return self.broken or bool(self._connection.closed)


def _driver(thing: Any) -> str | None:
    """``psycopg`` or ``psycopg2``: the package of a connection's or an error's class, or of a base class of it."""
    for kind in type(thing).__mro__:
        name = kind.__module__.partition(".")[0]
        if name in ("psycopg", "psycopg2"):
            return name
    return None


def _prepare(connection: Any, kind: str) -> None:
    connection.rollback()
    connection.autocommit = True
    if kind == "psycopg":
        from psycopg.rows import tuple_row

        connection.prepare_threshold = None  # prepared statements do not work behind every pool of connections
        connection.row_factory = tuple_row
        if connection.info.encoding.replace("-", "").lower() != "utf8":
            connection.execute("SET client_encoding = 'UTF8'")
    else:
        from psycopg2.extensions import cursor  # type: ignore[import-untyped]

        connection.cursor_factory = cursor
        connection.set_client_encoding("UTF8")


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value  # psycopg2's bytea


def _failure(error: Exception, closed: bool) -> Failure:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    words = getattr(getattr(error, "diag", None), "message_primary", None) or ""
    names = {kind.__name__ for kind in type(error).__mro__}
    lost = closed or bool(names & {"OperationalError", "InterfaceError"} and state[:2] in ("", "08", "57"))
    return Failure(type(error).__name__, state, words, lost=lost and state != "57014")


def _keep_alive(connected: socket.socket) -> None:
    """TCP keepalives, whatever the connection string says: a machine that is gone is noticed."""
    if connected.family in (socket.AF_INET, socket.AF_INET6):
        for name, value in _KEEPALIVE:
            level = socket.SOL_SOCKET if name.startswith("SO_") else socket.IPPROTO_TCP
            if hasattr(socket, name):  # not every system has each of them
                connected.setsockopt(level, getattr(socket, name), value)


class _Watch:
    """One thread of the process that ends statements over their time limit."""

    def __init__(self) -> None:
        self._links: weakref.WeakSet[Link] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def add(self, link: Link) -> None:
        with self._lock:
            self._links.add(link)
            if self._thread is None or self._pid != os.getpid() or not self._thread.is_alive():
                self._pid = os.getpid()
                self._thread = threading.Thread(target=self._look, name="linetap-postgres", daemon=True)
                self._thread.start()

    def forget_parent(self) -> None:
        """In a child: its connections are its own."""
        self.__init__()  # type: ignore[misc]

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY)
            now = time.monotonic()
            with self._lock:
                links = list(self._links)
            for link in links:
                deadline = link.deadline  # read once: another thread changes it
                if deadline is not None and now > deadline:
                    link.abort()
            del links


_WATCH = _Watch()
_IN_USE: weakref.WeakValueDictionary[int, Link] = weakref.WeakValueDictionary()  # by the id of the connection
_ABANDONED: list[Any] = []  # connections of the parent: closing them in a child would end the parent's
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_WATCH.forget_parent)
