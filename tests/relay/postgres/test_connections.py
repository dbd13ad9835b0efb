"""Connections that are lost, silent or never made; forks; and secrets in what is raised then."""

from __future__ import annotations

import gc
import os
import pickle
import traceback
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import linetap
from linetap.errors import BadArgument, LinetapError, StorageError
from linetap.line.bulk.delivery import Delivery
from linetap.relay import PostgresOutbox
from linetap.relay.postgres.failures import Failure, problem
from linetap.relay.storage import LostConnection
from tests.relay.postgres.proxy import forwarding
from tests.relay.postgres_server import PASSWORD, Server
from tests.relay.test_outbox import USERS, call

PACKAGE = str(Path(linetap.__file__).parent)

HELLO = [Delivery(USERS[0], "Hello")]
DRIVERS = ("psycopg", "psycopg2")


@pytest.fixture
def schema(postgres: Server) -> str:
    name = postgres.new_schema()
    with PostgresOutbox(postgres.connect, schema=name) as owner:
        owner.migrate()
    return name


def terminate(server: Server, application: str) -> int:
    """Ends the connections of an application, as an administrator or a failover does."""
    sql = "SELECT count(*) FROM (SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {}) found"
    return int(server.sql(sql.format("application_name = %s"), (application,))[0][0])


def named(server: Server, driver: str, name: str, port: int | None = None) -> Any:
    """A connection that the server knows by a name."""
    connection = server.connect(driver, port=port)
    with connection.cursor() as cursor:
        cursor.execute(f"SET application_name = '{name}'")
    connection.commit()
    return connection


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_connection_that_was_lost_while_idle_is_replaced(postgres: Server, schema: str, driver: str) -> None:
    """After the server ended the connections each method works, without an error and without a row too many."""
    name = f"idle_{driver}_{schema}"
    with PostgresOutbox(partial(named, postgres, driver, name), schema=schema) as outbox:
        outbox.status()
        for act in (outbox.status, lambda: outbox.enqueue(HELLO), lambda: outbox.receive(call()), outbox.pause):
            assert terminate(postgres, name) >= 1
            act()
        status = outbox.status()
        assert (status.calls, status.entries, dict(status.controls)) == (1, {"queued": 1}, {"*": "paused: "})


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_transaction_that_was_lost_is_not_repeated(postgres: Server, schema: str, driver: str) -> None:
    """When the connection ends inside a transaction, nothing is stored, the error says so, and the next one works."""
    name = f"inside_{driver}_{schema}"
    with PostgresOutbox(partial(named, postgres, driver, name), schema=schema) as outbox:
        tables = outbox._tables
        with (
            pytest.raises(StorageError, match="the connection was lost; nothing was stored"),
            tables.store.transaction(),
        ):
            tables.write_audit("pause", "sale", "", 0)
            terminate(postgres, name)
            tables.write_audit("pause", "sale", "", 0)
        assert outbox.audit() == ()
        with (
            pytest.raises(StorageError, match="not known whether"),
            tables.store.transaction(),
        ):
            tables.write_audit("pause", "sale", "", 0)
            terminate(postgres, name)
        assert outbox.audit() == ()
        outbox.pause()
        assert len(outbox.audit()) == 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_connection_that_is_made_closed_is_a_storage_error(postgres: Server, schema: str, driver: str) -> None:
    """Where connect() returns a connection that is closed already, every method raises StorageError."""

    def connect() -> Any:
        connection = postgres.connect(driver)
        connection.close()
        return connection

    with PostgresOutbox(connect, schema=schema) as outbox:
        for act in (outbox.status, lambda: outbox.enqueue(HELLO), outbox.pause):
            with pytest.raises(StorageError, match="closed or lost"):
                act()


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_failed_statement_is_never_committed_as_fine(postgres: Server, schema: str, driver: str) -> None:
    """A transaction in which a statement failed raises, also where that error was caught inside of it."""
    with PostgresOutbox(lambda: postgres.connect(driver), schema=schema) as outbox:
        tables = outbox._tables
        with pytest.raises(StorageError, match="nothing was stored"), tables.store.transaction():
            tables.write_audit("pause", "sale", "", 0)
            with suppress(StorageError):
                tables.store.one("SELECT 1 / 0 FROM no_such_table")
        assert outbox.audit() == ()
        outbox.pause()
        assert len(outbox.audit()) == 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_that_became_read_only_is_not_used_again(postgres: Server, schema: str, driver: str) -> None:
    """After a failover a connection to the former primary is not used again: the next call connects to the new one."""
    made: list[Any] = []

    def connect() -> Any:
        made.append(postgres.connect(driver))
        return made[-1]

    with PostgresOutbox(connect, schema=schema) as outbox:
        outbox.status()
        with made[0].cursor() as cursor:  # what a former primary is
            cursor.execute("SET default_transaction_read_only = on")
        with pytest.raises(StorageError, match="connect to the primary"):
            outbox.receive(call())
        assert outbox.receive(call()) is True


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_shared_connection_is_rejected(postgres: Server, schema: str, driver: str) -> None:
    """A function that returns a connection that is in use raises BadArgument; the first user goes on."""
    shared = postgres.connect(driver)
    with PostgresOutbox(lambda: shared, schema=schema) as first, PostgresOutbox(lambda: shared, schema=schema) as other:
        with first._tables.store.transaction():
            first._tables.write_audit("pause", "sale", "", 0)
            with pytest.raises(BadArgument, match="must return a new connection"):
                other.status()
        assert len(first.audit()) == 1


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_sender_goes_on_after_a_conflict(state: str) -> None:
    """Where the server ended a transaction because of another one, a sender tries again after the error."""
    failure = Failure("SerializationFailure", state, "", lost=False)
    assert isinstance(problem(failure), LostConnection)


@pytest.mark.ci
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_silent_connection_ends_after_the_timeout(postgres: Server, schema: str, driver: str) -> None:
    """Where the other end says nothing any more, a call ends with an error; later calls work."""
    with forwarding(postgres.port) as proxy:
        connect = partial(named, postgres, driver, "silent", proxy.port)
        with PostgresOutbox(connect, schema=schema, timeout=1) as outbox:
            outbox.enqueue(HELLO)
            proxy.forwards.clear()
            with pytest.raises(StorageError):
                outbox.enqueue(HELLO)
            proxy.forwards.set()
            assert outbox.enqueue(HELLO) == 1
            assert outbox.status().waiting in (2, 3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_store_is_used_after_a_fork(postgres: Server, schema: str, driver: str) -> None:
    """A child connects anew; the connection of the parent goes on, also when the child has ended."""
    with PostgresOutbox(lambda: postgres.connect(driver), schema=schema) as outbox:
        outbox.enqueue(HELLO)
        child = os.fork()
        if child == 0:
            done = 1
            try:
                outbox.enqueue(HELLO)
                gc.collect()
                done = 0
            finally:
                os._exit(done)
        assert os.waitpid(child, 0)[1] == 0
        own = outbox._store._idle[:]
        assert outbox.status().waiting == 2
        assert outbox._store._idle == own  # it was not replaced


def test_a_closed_outbox_says_so(postgres: Server, schema: str) -> None:
    """After close each method raises BadArgument."""
    outbox = PostgresOutbox(postgres.connect, schema=schema)
    outbox.status()
    outbox.close()
    with pytest.raises(BadArgument, match="must be open"):
        outbox.status()


@pytest.mark.parametrize("wrong", [None, "host=127.0.0.1", 3])
def test_connect_must_be_a_function(wrong: object) -> None:
    """An address instead of a function raises, and is not in the error: it may contain the password."""
    with pytest.raises(BadArgument, match="connect must") as raised:
        PostgresOutbox(wrong)  # type: ignore[arg-type]
    assert "127.0.0.1" not in str(raised.value)
    assert f"a value of type {type(wrong).__name__}" in str(raised.value)
    assert "psycopg.connect(" in str(raised.value)


def test_a_missing_environment_variable_is_named_as_the_cause() -> None:
    """A KeyError of ``connect`` says that a key or an environment variable does not exist."""
    with pytest.raises(StorageError, match="environment variable"):
        PostgresOutbox(lambda: {}["DATABASE_URL"]).status()


@pytest.mark.parametrize("made", [object(), "connection"])
def test_connect_must_return_a_connection(made: object) -> None:
    """What is no connection of psycopg or psycopg2 raises."""
    with pytest.raises(BadArgument, match="psycopg"):
        PostgresOutbox(lambda: made).status()


@pytest.mark.parametrize("timeout", [0, True, "5", 1e9, float("nan")])
def test_timeouts_are_checked(timeout: Any) -> None:
    """A timeout that cannot work raises."""
    with pytest.raises(BadArgument, match="timeout must"):
        PostgresOutbox(lambda: None, timeout=timeout)


def test_text_that_postgres_cannot_store(postgres: Server, schema: str) -> None:
    """NUL is stored as U+FFFD and found again; a lone surrogate is rejected, and nothing is stored."""
    with PostgresOutbox(postgres.connect, schema=schema) as outbox:
        outbox.pause("a\0b", "c\0d")
        assert dict(outbox.status().controls) == {"a\ufffdb": "paused: c\ufffdd"}
        outbox.resume("a\0b")
        assert not outbox.status().controls
        with pytest.raises(BadArgument, match="lone surrogates"):
            outbox.enqueue(HELLO, campaign="\ud800")
        assert outbox.status().waiting == 0


# Secrets -------------------------------------------------------------------------------------------------


def _ways_to_fail(server: Server) -> Iterator[tuple[str, Any]]:
    import psycopg
    import psycopg2

    good = server.dsn()
    wrong = good.replace(PASSWORD, PASSWORD + "x")
    closed = good.replace(f"port={server.port}", "port=1")
    for driver in (psycopg.connect, psycopg2.connect):
        yield "rejected", partial(driver, wrong)
        yield "no server", partial(driver, closed)
        yield "no connection was made", partial(driver, f"postgres//user:{PASSWORD}@127.0.0.1")
        yield "no connection was made", partial(driver, good.replace("user=", f"sslmode={PASSWORD} user="))
    yield "migrate", partial(psycopg.connect, good)
    yield "migrate", partial(psycopg2.connect, good)


def _texts(error: BaseException | None) -> Iterator[str]:
    """Everything that an error tracker stores: texts, causes, and the repr of local variables of linetap's frames."""
    while error is not None:
        yield repr(error) + str(error)
        yield "".join(traceback.format_exception(error))
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename.startswith(PACKAGE) or "psycopg" in frame.f_code.co_filename:
                yield repr(frame.f_locals)
        error = error.__cause__ or error.__context__


def test_no_error_contains_the_password(postgres: Server) -> None:
    """Wrong passwords, closed ports, malformed addresses and missing tables: the password is in no text and frame."""
    for expected, connect in _ways_to_fail(postgres):
        outbox = PostgresOutbox(connect, schema="nothing_here")
        with pytest.raises(LinetapError, match=expected) as raised:
            outbox.status()
        seen = [repr(outbox), *_texts(raised.value), pickle.dumps(raised.value).decode("latin-1")]
        assert not [text for text in seen if PASSWORD in text], expected
    with pytest.raises(BadArgument) as wrong:
        PostgresOutbox(partial(print, PASSWORD), schema="Wrong")
    assert not [text for text in _texts(wrong.value) if PASSWORD in text]
