"""One leader in Postgres: whatever connection is lost, and whatever process stops, each message is sent once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from linetap.errors import LinetapError
from linetap.line.bulk.delivery import Delivery
from linetap.relay import EntryOutcome, OutboxSender, PostgresOutbox
from linetap.relay.postgres import lock
from tests.relay.conftest import SALE, Backend
from tests.relay.postgres.proxy import forwarding
from tests.relay.postgres_server import PASSWORD, Server

MESSAGES = 300
_LOCKS = "SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
_LEADER = f"{_LOCKS} WHERE l.locktype = 'advisory' AND l.granted AND a.query ~ '^(SELECT 1|SELECT pg_try)'"
_ASKED = "SELECT query_start FROM pg_stat_activity WHERE pid = %s"


def named(server: Server, name: str, port: int | None = None) -> Any:
    connection = server.connect(port=port)
    connection.execute(f"SET application_name = '{name}'")
    connection.commit()
    return connection


def leader(server: Server, names: list[str]) -> tuple[int, str] | None:
    """The server's process of the leader's lock, and the name of its sender."""
    found = [(pid, name) for pid, name in server.sql(_LEADER) if name in names]
    return found[0] if found else None


@contextmanager
def senders(backend: Backend, connects: dict[str, Callable[[], Any]], **options: Any) -> Iterator[Any]:
    """A sender for each name, in threads of this process; each reports to one list of outcomes."""
    outcomes: list[EntryOutcome] = []
    threads = []
    for connect in connects.values():
        outbox = PostgresOutbox(connect, schema=backend.schema, now=backend.now, timeout=2)
        threads.append(OutboxSender(outbox, backend.line(), SALE, on_outcome=outcomes.append, **options).start())
    try:
        yield outcomes
    finally:
        for thread in threads:
            thread.stop()


def until(is_true: Callable[[], Any], what: str) -> None:
    """Waits, by asking again; a test that waits for nothing ends after two minutes."""
    pause = threading.Event()
    for _ in range(2_400):
        if is_true():
            return
        pause.wait(0.05)
    raise AssertionError(f"this did not happen: {what}")


def sent(backend: Backend) -> Counter[str]:
    return Counter(text for number in range(60) for text in backend.texts(number))


def all_sent_once(backend: Backend) -> None:
    """Every message has arrived once, and its entry is accepted."""
    with backend.outbox() as outbox:
        until(lambda: outbox.status().entries == {"accepted": MESSAGES}, f"{outbox.status()}")
    assert sent(backend) == {f"sale {n}": 1 for n in range(MESSAGES)}


def enqueue(backend: Backend) -> None:
    with backend.outbox() as outbox:
        outbox.enqueue(Delivery(backend.users[n % 60], f"sale {n}") for n in range(MESSAGES))


def test_the_standby_does_nothing_until_the_leader_ends(backend_in_postgres: Backend) -> None:
    """A second sender of the channel does nothing; one of another channel, and of another schema, leads."""
    backend = backend_in_postgres
    first = OutboxSender(backend.outbox(), backend.line(), SALE).start()
    until(lambda: backend.outbox().status().sender, "the first one leads")
    assert not backend.drain().led
    assert backend.drain(outbox=backend.outbox("brand 2")).led
    first.stop()
    assert backend.drain().led


@pytest.mark.ci
@pytest.mark.parametrize("what", ["lock", "data"])
def test_ended_connections_send_nothing_twice(postgres: Server, backend_in_postgres: Backend, what: str) -> None:
    """While the server ends the leader's connections again and again, each message is sent once."""
    backend = backend_in_postgres
    names = [f"{what}_{number}_{backend.schema}" for number in range(2)]
    enqueue(backend)
    ended = Counter[str]()
    with senders(backend, {name: partial(named, postgres, name) for name in names}, in_flight=4) as outcomes:
        for count in range(30, MESSAGES, 30):
            until(lambda count=count: len(outcomes) >= count or sum(sent(backend).values()) >= count, "some are sent")
            found = leader(postgres, names)
            if found is None:
                continue
            others = f"SELECT pid FROM pg_stat_activity WHERE application_name = '{found[1]}' AND pid <> {found[0]}"
            pids = [found[0]] if what == "lock" else [pid for (pid,) in postgres.sql(others)]
            for pid in pids:
                postgres.sql("SELECT pg_terminate_backend(%s)", (pid,))
                ended[found[1]] += 1
        all_sent_once(backend)
    assert ended.total() >= 3, ended


@pytest.mark.ci
def test_a_silent_leader_is_followed(
    postgres: Server, backend_in_postgres: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nothing reaches the leader any more, the standby sends the rest; back again, the first sends nothing."""
    monkeypatch.setattr(lock, "LEASE", 3)
    backend = backend_in_postgres
    first, second = f"first_{backend.schema}", f"second_{backend.schema}"
    outbox = backend.outbox()
    with forwarding(postgres.port) as proxy:
        connects = {first: partial(named, postgres, first, proxy.port), second: partial(named, postgres, second)}
        with senders(backend, {first: connects[first]}, in_flight=4) as outcomes:
            until(lambda: leader(postgres, [first]), "the first one leads")
            with senders(backend, {second: connects[second]}, in_flight=4):
                enqueue(backend)
                until(lambda: len(outcomes) >= 20, "the first one sends")
                proxy.forwards.clear()
                until(lambda: leader(postgres, [second]), "the second one leads")
                proxy.forwards.set()
                all_sent_once(backend)
                assert (leader(postgres, [first, second]) or ("", ""))[1] == second
    assert outbox.status().waiting == 0


@pytest.mark.ci
def test_limits_of_the_role_do_not_end_the_lock(postgres: Server, backend_in_postgres: Backend) -> None:
    """A role whose sessions end after a tenth of a second without a statement stays the leader."""
    backend, role = backend_in_postgres, f"short_{backend_in_postgres.schema}"
    postgres.sql(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    limits = ("idle_in_transaction_session_timeout", "statement_timeout", "lock_timeout", "idle_session_timeout")
    for name in limits:
        if postgres.sql("SELECT 1 FROM pg_settings WHERE name = %s", (name,)):
            postgres.sql(f"ALTER ROLE {role} SET {name} = '{600 if name != limits[0] else 100}ms'")
    outcomes: list[EntryOutcome] = []
    outbox = PostgresOutbox(lambda: postgres.connect(user=role), schema=backend.schema, now=backend.now)
    thread = OutboxSender(outbox, backend.line(), SALE, on_outcome=outcomes.append).start()
    try:
        until(lambda: postgres.sql(_LEADER), "it leads")
        [(pid, _)] = postgres.sql(_LEADER)
        asked = set[Any]()
        until(lambda: asked.update(postgres.sql(_ASKED, (pid,))) or len(asked) > 3, "its lock is asked")
        assert [found for found, _ in postgres.sql(_LEADER)] == [pid]
        with backend.outbox() as web:
            web.enqueue([Delivery(backend.users[0], "Hello")])
        until(lambda: outcomes, "it sends")
    finally:
        thread.stop()
    assert [each.state for each in outcomes] == ["accepted"]


def test_a_sender_without_a_database_says_so(backend_in_postgres: Backend) -> None:
    """run and drain of a sender that has never connected raise; nothing is sent."""

    def connect() -> Any:
        raise ConnectionRefusedError("Connection refused")

    outbox = PostgresOutbox(connect, schema=backend_in_postgres.schema)
    sender = OutboxSender(outbox, backend_in_postgres.line(), SALE)
    for act in (sender.run, sender.drain):
        with pytest.raises(LinetapError, match="no server accepts connections"):
            act()


def test_a_drain_that_never_led_does_not_say_that_it_led(backend_in_postgres: Backend) -> None:
    """Where the first connection is lost while the lock is taken, drain reports ``led=False`` and why."""
    server, failures = backend_in_postgres.postgres, iter([True])
    assert server is not None

    def fails_once() -> Any:
        if next(failures, False):
            raise ConnectionRefusedError("Connection refused")
        return server.connect()

    with PostgresOutbox(fails_once, schema=backend_in_postgres.schema) as other:
        report = OutboxSender(other, backend_in_postgres.line(), SALE).drain()
    assert (report.led, "no server accepts connections" in report.stopped_by) == (False, True)
