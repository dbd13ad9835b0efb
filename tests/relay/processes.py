"""A backend of real processes: gunicorn with three workers, two senders, and a thread that kills and stops them."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from linetap.campaign.campaign import Campaign
from linetap.fields import ProfileField
from linetap.http.policy import RetryPolicy
from linetap.http.rate_limit import Pace
from linetap.line.client import LineClient
from linetap.relay import Outbox, OutboxSender, PostgresOutbox, Relay
from linetap.relay.base_outbox import BaseOutbox
from linetap.sandbox import Sandbox
from tests.relay.postgres_server import Server

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "s3cret-of-the-relay-0123456789"
SALE = Campaign("sale").with_text("Hello " + ProfileField("Name", default="you"))
RATE = 60
"""Requests a second of ``paced_sender``."""
_END = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s ORDER BY random() LIMIT %s
"""
_END_LOCKS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE application_name = %s AND locktype = 'advisory' AND query LIKE 'SELECT%%'
"""
_PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


def outbox() -> Outbox | PostgresOutbox:
    """The outbox of a process: its file, or its schema and address, are in the environment."""
    if "OUTBOX_DSN" not in os.environ:
        return Outbox(os.environ["OUTBOX"])
    import psycopg

    return PostgresOutbox(lambda: psycopg.connect(os.environ["OUTBOX_DSN"]), schema=os.environ["OUTBOX"], timeout=5)


def app() -> object:
    """What gunicorn serves."""
    return Relay(outbox(), secret=SECRET).wsgi


def sender(box: BaseOutbox | None = None) -> OutboxSender:
    """The sender of ``python -m linetap.relay run``; a slow machine must not make a repeat a new message."""
    line = LineClient.from_env(retry=RetryPolicy(attempts=2, first_wait=0.001, longest_wait=0.002))
    return OutboxSender(box or outbox(), line, SALE, repeat_within=timedelta(hours=12), in_flight=8)


class SlotPace(Pace):
    """A pace that remembers, for each thread, the time that it reserved last."""

    slots = threading.local()

    def reserve(self, now: float) -> float:
        self.slots.at = super().reserve(now)
        return self.slots.at


def paced_sender() -> OutboxSender:
    """A sender whose requests have the time that its pace reserved for them, by the machine's monotonic clock."""
    line = LineClient.from_env()
    send = line._transport._send

    def with_slot(step: Any, operation: Any, short: bool) -> Any:
        request = evolve(operation.request, headers={**operation.request.headers, "X-Slot": str(SlotPace.slots.at)})
        return send(step, evolve(operation, request=request), short)

    line._transport._send = with_slot  # type: ignore[method-assign]
    return OutboxSender(outbox(), line, SALE, pace=SlotPace(RATE), in_flight=32)


class Backend:
    """The processes of one brand."""

    def __init__(
        self,
        folder: Path,
        box: Sandbox,
        sender: str = "tests.relay.processes:sender",
        postgres: Server | None = None,
    ) -> None:
        self.path, self.postgres, self.schema = folder / "outbox.sqlite", postgres, ""
        self.store = {"OUTBOX": str(self.path)}
        """Environment variables: where the outbox is."""
        if postgres is not None:
            self.schema = postgres.new_schema()
            dsn = f"{postgres.dsn()} application_name={self.schema}"
            self.store = {"OUTBOX": self.schema, "OUTBOX_DSN": dsn}
            with PostgresOutbox(postgres.connect, schema=self.schema) as made:
                made.migrate()
        self._env = {**os.environ, **box.env, **self.store, "PYTHONUNBUFFERED": "1"}
        self._sender = sender
        self._web: subprocess.Popen[str] | None = None
        self.senders: list[subprocess.Popen[str]] = []
        self.url = ""

    def start_web(self) -> None:
        """Starts gunicorn, and waits until it listens."""
        command = ["gunicorn", "--workers", "3", "--bind", "127.0.0.1:0", "--timeout", "300"]
        self._web = self._started(*command, "tests.relay.processes:app()", stderr=subprocess.PIPE)
        assert self._web.stderr is not None
        for line in self._web.stderr:
            if found := _PORT.search(line):
                self.url = f"http://127.0.0.1:{found[1]}/clevertap"
                break
        assert self.url
        self._reader = threading.Thread(target=self._web.stderr.read)  # the pipe must not fill
        self._reader.start()

    def start_sender(self) -> None:
        """Starts one more sender."""
        self.senders.append(self._started("linetap.relay", "run", self._sender, stderr=subprocess.DEVNULL))

    def workers(self) -> list[int]:
        """The processes of gunicorn's workers."""
        assert self._web is not None
        pid = self._web.pid
        return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> None:
        """Ends every process, and waits for it."""
        for process in [*self.senders, *([self._web] if self._web else [])]:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._web is not None and self._web.stderr is not None:
            self._reader.join()
            self._web.stderr.close()

    def _started(self, *command: str, stderr: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )


class Arrivals:
    """Counts requests that reach LINE: ``arrived`` is the ``wait`` of a fault of the sandbox."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._arrived, self._over = 0, False

    def arrived(self) -> None:
        """A request has reached LINE: the sandbox calls it while the request is in flight."""
        with self._changed:
            self._arrived += 1
            self._changed.notify_all()

    def until(self, is_true: Callable[[], bool], timeout: float) -> bool:
        """Waits until something is true, which is checked with each request; False after ``timeout``."""
        with self._changed:
            return self._changed.wait_for(is_true, timeout)

    def more(self, count: int, timeout: float) -> bool:
        """Waits for so many further requests, or until ``timeout`` where everything is stopped."""
        last = self._arrived + count
        return self.until(lambda: self._over or self._arrived >= last, timeout)


class Chaos(Arrivals):
    """Kills and stops processes at random requests to LINE, by a seed."""

    def __init__(self, backend: Backend, chance: random.Random) -> None:
        super().__init__()
        self._backend, self._chance = backend, chance
        self._thread = threading.Thread(target=self._run)
        self.did: list[str] = []
        """What was done, for the message of a test that fails."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Does it during the block; after it every process runs."""
        self._thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            self._thread.join()

    def _run(self) -> None:
        actions = [self._kill_sender, self._stop_sender, self._replace_lock, self._kill_worker, self._stop_worker]
        actions += [self._end_connections] if self._backend.postgres else []
        while not self._over:
            self.more(self._chance.randrange(1, 6), timeout=5)
            action = self._chance.choice(actions)
            self.did.append(action.__name__)
            action()

    def _kill_sender(self) -> None:
        number = self._chance.randrange(len(self._backend.senders))
        killed = self._backend.senders.pop(number)
        killed.kill()
        killed.wait()
        self._backend.start_sender()

    def _stop_sender(self) -> None:
        with self._stopped(self._chance.choice(self._backend.senders).pid):
            self.more(3, timeout=0.5)

    def _replace_lock(self) -> None:
        """A sender is stopped while its lock is lost: the other becomes the leader."""
        with self._stopped(self._chance.choice(self._backend.senders).pid):
            if self._backend.postgres:
                self._backend.postgres.sql(_END_LOCKS, (self._backend.schema,))
            for file in self._backend.path.parent.glob("*-leader-*"):
                file.unlink(missing_ok=True)
            self.more(6, timeout=2)

    def _end_connections(self) -> None:
        """As after a failover: the server ends one connection, or all of them."""
        assert self._backend.postgres is not None
        most = self._chance.choice([1, 1, 100])
        self._backend.postgres.sql(_END, (self._backend.schema, most))

    def _kill_worker(self) -> None:
        self._signal(self._worker(), signal.SIGKILL)

    def _stop_worker(self) -> None:
        with self._stopped(self._worker()):
            self.more(2, timeout=0.5)

    def _worker(self) -> int:
        found = self._backend.workers()
        return self._chance.choice(found) if found else 0

    @contextmanager
    def _stopped(self, pid: int) -> Iterator[None]:
        self._signal(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(pid, signal.SIGCONT)

    def _signal(self, pid: int, number: int) -> None:
        with suppress(ProcessLookupError):
            if pid:
                os.kill(pid, number)
