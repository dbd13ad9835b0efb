"""``enqueue(cursor=)``: rows in the transaction of the caller, by each library that people use."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from linetap.errors import BadArgument, StorageError
from linetap.line.api.retry_keys import retry_key_for
from linetap.line.bulk.delivery import Delivery
from linetap.relay import Outbox, PostgresOutbox
from tests.relay.conftest import Backend
from tests.relay.postgres_server import PASSWORD, Server
from tests.relay.test_outbox import USERS

HELLO = [Delivery(user, "Hello") for user in USERS[:3]]


class Undo(Exception):
    """Rolls the transaction of a test back."""


@pytest.fixture
def outbox(postgres: Server) -> Iterator[PostgresOutbox]:
    with PostgresOutbox(postgres.connect, schema=postgres.new_schema()) as made:
        made.migrate()
        yield made


@contextmanager
def _psycopg(server: Server) -> Iterator[Any]:
    with server.connect() as connection, connection.cursor() as cursor:
        yield cursor


@contextmanager
def _psycopg_dict_rows(server: Server) -> Iterator[Any]:
    from psycopg.rows import dict_row

    with server.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        yield cursor


@contextmanager
def _psycopg2(server: Server) -> Iterator[Any]:
    connection = server.connect("psycopg2")
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def _sqlalchemy(server: Server, driver: str) -> Iterator[Any]:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    orm = pytest.importorskip("sqlalchemy.orm")
    url = f"postgresql+{driver}://postgres:{PASSWORD}@127.0.0.1:{server.port}/postgres"
    engine = sqlalchemy.create_engine(url)
    try:
        with orm.Session(engine) as session, session.begin():
            yield session.connection().connection.cursor()
    finally:
        engine.dispose()


@contextmanager
def _django(server: Server) -> Iterator[Any]:
    if importlib.util.find_spec("django") is None:
        pytest.skip("Django is not installed")
    import django
    from django.conf import settings
    from django.db import connections, transaction

    if not settings.configured:
        settings.configure(DATABASES={"default": {}}, USE_TZ=True)
        django.setup()
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": "127.0.0.1"}
    connections.settings["outbox"] = connections.configure_settings(
        {"default": {}, "outbox": {**database, "PASSWORD": PASSWORD, "PORT": server.port}}
    )["outbox"]
    try:
        with transaction.atomic(using="outbox"), connections["outbox"].cursor() as cursor:
            yield cursor
    finally:
        connections["outbox"].close()
        del connections["outbox"]


LIBRARIES: dict[str, Any] = {
    "psycopg": _psycopg,
    "psycopg, rows as dictionaries": _psycopg_dict_rows,
    "psycopg2": _psycopg2,
    "SQLAlchemy with psycopg": lambda server: _sqlalchemy(server, "psycopg"),
    "SQLAlchemy with psycopg2": lambda server: _sqlalchemy(server, "psycopg2"),
    "Django": _django,
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_rows_are_part_of_the_callers_transaction(postgres: Server, outbox: PostgresOutbox, library: str) -> None:
    """A rollback stores no row and a commit all; before it nothing is seen; the count of new rows is right."""
    order = Delivery(USERS[5], "Order 17", retry_key_for("order", 17))
    with pytest.raises(Undo), LIBRARIES[library](postgres) as cursor:
        assert outbox.enqueue([*HELLO, order], cursor=cursor) == 4
        assert outbox.status().waiting == 0
        raise Undo
    assert outbox.status().waiting == 0
    with LIBRARIES[library](postgres) as cursor:
        assert outbox.enqueue([*HELLO, order, order], cursor=cursor, urgent=True) == 4
        assert outbox.enqueue([order], cursor=cursor) == 0
        assert asyncio.run(outbox.enqueue_async(HELLO, cursor=cursor, campaign="news")) == 3
        assert outbox.status().waiting == 0
    assert (outbox.status().waiting, outbox.status().urgent) == (7, 4)


def test_an_asynchronous_cursor_is_awaited(postgres: Server, outbox: PostgresOutbox) -> None:
    """A cursor of psycopg's AsyncConnection works with enqueue_async, and is rejected by enqueue."""
    import psycopg

    async def act() -> None:
        connection = await psycopg.AsyncConnection.connect(postgres.dsn())
        async with connection, connection.cursor() as cursor:
            with pytest.raises(BadArgument, match="enqueue_async"):
                outbox.enqueue(HELLO, cursor=cursor)
            assert await outbox.enqueue_async(HELLO, cursor=cursor) == 3
            await connection.rollback()
            assert await outbox.enqueue_async(HELLO[:2], cursor=cursor) == 2
            with pytest.raises(BadArgument) as raised:
                await outbox.enqueue_async([HELLO[0], Delivery(USERS[1], "")], cursor=cursor)
            assert raised.value.report == 1

    asyncio.run(act())
    assert outbox.status().waiting == 3


def test_more_than_one_statement_is_one_transaction(postgres: Server, outbox: PostgresOutbox) -> None:
    """Thousands of rows are written in blocks, by one transaction of the caller's."""
    many = (Delivery(USERS[n % 39], f"sale {n}") for n in range(2_000))
    with pytest.raises(Undo), postgres.connect() as connection, connection.cursor() as cursor:
        assert outbox.enqueue(many, cursor=cursor) == 2_000
        raise Undo
    assert outbox.status().waiting == 0


def test_a_row_that_commits_late_is_sent(postgres: Server, backend_in_postgres: Backend) -> None:
    """A row with a lower number than rows that were sent before is sent as soon as its transaction commits."""
    backend, users = backend_in_postgres, backend_in_postgres.users
    outbox = backend.outbox()
    slow = postgres.connect()
    outbox.enqueue([Delivery(users[0], "slow")], cursor=slow.cursor())
    outbox.enqueue([Delivery(users[1], "fast")])
    assert backend.drain().outcomes == {"accepted": 1}
    slow.commit()
    slow.close()
    assert backend.drain().outcomes == {"accepted": 1}
    first, second = outbox.history(users[0])[0].id, outbox.history(users[1])[0].id
    assert first < second
    assert (backend.texts(0), backend.texts(1)) == (["slow"], ["fast"])


def test_a_key_is_stored_once_by_concurrent_transactions(postgres: Server, outbox: PostgresOutbox) -> None:
    """A second transaction with the same key waits for the first, and stores nothing where that commits."""
    order = Delivery(USERS[0], "Order 17", retry_key_for("order", 17))
    for ends_well, expected in ((False, 1), (True, 0)):
        first = postgres.connect()
        with first.cursor() as cursor:
            outbox.enqueue([order], cursor=cursor)
        counts: list[int] = []
        second = threading.Thread(target=lambda counts=counts: counts.append(outbox.enqueue([order])))
        second.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%entries%'"
        while postgres.sql(waiting) != [(1,)] and second.is_alive():
            pass
        if ends_well:
            first.commit()
        else:
            first.rollback()
        second.join(30)
        first.close()
        assert counts == [expected]
        postgres.sql(f"DELETE FROM {outbox.schema}.entries")


def test_transactions_that_wait_for_each_other_are_repeated(postgres: Server, outbox: PostgresOutbox) -> None:
    """Threads that enqueue the same keys in opposite orders store each key once; none of them fails."""
    orders = [Delivery(USERS[n % 39], "x", retry_key_for("order", n)) for n in range(400)]
    counts: list[int] = []

    def act(part: list[Delivery]) -> None:
        counts.append(sum(outbox.enqueue(part[at : at + 50]) for at in range(0, 400, 50)))

    threads = [threading.Thread(target=act, args=(part,)) for part in (orders, orders[::-1]) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(counts), sum(counts), outbox.status().waiting) == (4, 400, 400)


def test_errors_of_the_callers_transaction_are_the_drivers(postgres: Server, outbox: PostgresOutbox) -> None:
    """Code that repeats a transaction looks for its driver's errors; a missing schema is found before."""
    import psycopg

    with postgres.connect() as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg.errors.DivisionByZero):
            cursor.execute("SELECT 1 / 0")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            outbox.enqueue(HELLO, cursor=cursor)
        connection.rollback()
        with (
            PostgresOutbox(postgres.connect, schema="nothing_here") as other,
            pytest.raises(StorageError, match="migrate"),
        ):
            other.enqueue(HELLO, cursor=cursor)


def test_a_file_takes_no_cursor(postgres: Server, outbox: PostgresOutbox, tmp_path: Any) -> None:
    """An outbox in a file rejects a cursor, and names what takes one; so does Postgres for what is no cursor."""
    with Outbox(tmp_path / "outbox.sqlite") as file, postgres.connect() as connection:
        with pytest.raises(BadArgument, match="PostgresOutbox"):
            file.enqueue(HELLO, cursor=connection.cursor())
        with pytest.raises(BadArgument, match="cursor must"):
            asyncio.run(file.enqueue_async(HELLO, cursor=connection.cursor()))
    with pytest.raises(BadArgument, match=r"cursor must(?s:.*)session.connection\(\).connection.cursor\(\)"):
        outbox.enqueue(HELLO, cursor="cursor")
