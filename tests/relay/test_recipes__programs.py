"""The recipes of docs/relay-recipes.md, each with the real program: Celery and Redis, cron's command, metrics."""

from __future__ import annotations

import importlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import which
from threading import Event
from typing import Any

import pytest
import requests

from linetap.relay import Outbox
from linetap.sandbox import Sandbox
from tests.relay.test_recipes import HEADERS, RECIPES, ROOT, SECRET, body, needs, serving

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Redis and gunicorn are for POSIX")


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of a real Redis, at a socket file: paths of pytest are too long for one."""
    if which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    from redis import Redis
    from redis.exceptions import ConnectionError as NotYet

    with tempfile.TemporaryDirectory(prefix="r") as folder:
        path = f"{folder}/redis.sock"
        options = [
            "--port",
            "0",
            "--unixsocket",
            path,
            "--dir",
            folder,
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ]
        process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        try:
            eventually(lambda: process.poll() is None and _responds(Redis(unix_socket_path=path), NotYet))
            yield f"unix://{path}"
        finally:
            process.terminate()
            process.wait()


def _responds(redis: Any, not_yet: type[Exception]) -> bool:
    try:
        return bool(redis.ping())
    except not_yet:
        return False


def eventually(is_so: Callable[[], Any], tries: int = 12_000) -> None:
    """Waits for other processes, in steps of 10 ms."""
    waiting = Event()
    for _ in range(tries):
        if is_so():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not happen")


def written(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(RECIPES[name])


@contextmanager
def started(folder: Path, *command: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a group of its own, all of which is killed at the end."""
    values = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}", "RELAY_SECRET": SECRET, **env}
    with (folder / "log").open("ab") as log:
        arguments = [sys.executable, *command]
        process = subprocess.Popen(arguments, cwd=folder, env=values, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def received(box: Sandbox, users: list[str]) -> Counter[int]:
    return Counter(len(box.line.inbox(user)) for user in users)


@pytest.mark.ci
def test_celery_runs_the_drain_and_loses_nothing(tmp_path: Path) -> None:
    """Workers of ``-c 2`` and the whole Celery are killed while they drain: 300 of 300 are delivered, each once."""
    needs("celery", "redis")
    chance, count = random.Random(7), 300
    written(tmp_path, "brand.py", "app_celery.py")
    with redis_server() as url, Sandbox(port=0, latency=0.2) as box, Outbox(tmp_path / "outbox.sqlite") as outbox:
        users = box.line.add_followers(count)
        call_for(outbox, users)
        env = {**box.env, "REDIS_URL": url.replace("unix://", "redis+socket://"), "C_FORCE_ROOT": "1"}
        command = ("-m", "celery", "-A", "app_celery", "worker", "-B", "-c", "2", "-l", "WARNING")
        for number in range(4):
            box.faults.add("line.push", cut=chance.choice(["after", "before"]), times=3, after=chance.randrange(20))
            with started(tmp_path, *command, **env):
                goal = count * (number + 1) // 5
                eventually(lambda goal=goal: done(outbox) >= goal)
                if number % 2:  # the worker that drains; else all of Celery, at the end of this block
                    os.kill(leader(outbox), signal.SIGKILL)
                    eventually(lambda goal=goal: done(outbox) >= min(count, goal + 20))
            assert done(outbox) < count
        box.faults.clear()
        with started(tmp_path, *command, **env):
            eventually(lambda: not outbox.status().waiting, 20_000)
        assert outbox.status().entries == {"accepted": count}
        assert received(box, users) == {1: count}


def call_for(outbox: Outbox, users: list[str]) -> None:
    from linetap.relay import Relay

    relay = Relay(outbox, secret=SECRET)
    for at in range(0, len(users), 50):
        assert relay.handle(body(*users[at : at + 50]), HEADERS).status == 200


def done(outbox: Outbox) -> int:
    return outbox.status().entries.get("accepted", 0)


def leader(outbox: Outbox) -> int:
    found = re.search(r"process (\d+)", outbox.status().sender or "")
    assert found is not None
    return int(found[1])


@pytest.mark.ci
def test_a_queue_instead_of_a_disk(tmp_path: Path) -> None:
    """Calls go through a real Redis, and the process that reads them is killed: each message is delivered once."""
    needs("redis", "gunicorn")
    chance = random.Random(3)
    written(tmp_path, "brand.py", "queue_worker.py")
    session = requests.Session()
    session.trust_env = False
    with ExitStack() as stack:
        url = stack.enter_context(redis_server())
        box = stack.enter_context(Sandbox(port=0))
        outbox = stack.enter_context(Outbox(tmp_path / "outbox.sqlite"))
        users = box.line.add_followers(120)
        env = {"REDIS_URL": url, **box.env}
        (tmp_path / "web").mkdir()
        server = ("gunicorn", "--workers", "2", "--bind", "127.0.0.1:0", "app_queue:app")
        address = stack.enter_context(serving(tmp_path / "web", *server, senders=False, REDIS_URL=url))
        for at in range(0, 120, 2):
            assert session.post(address, body(*users[at : at + 2]), headers=HEADERS).status_code == 200
        for number in range(4):
            with started(tmp_path, "queue_worker.py", **env):
                goal = 12 * (number + 1) + chance.randrange(3)
                eventually(lambda goal=goal: outbox.status().calls >= goal)
        with started(tmp_path, "queue_worker.py", **env):
            eventually(lambda: outbox.status().calls == 60)
        with box.line_client() as line:
            from linetap import Campaign
            from linetap.relay import OutboxSender

            assert OutboxSender(outbox, line, Campaign("sale").with_text("Hello")).drain().ok
        assert received(box, users) == {1: 120}


def test_a_drain_by_cron(tmp_path: Path) -> None:
    """The script of cron sends what waits and ends with 0; with a token that LINE rejects it ends with 1."""
    written(tmp_path, "brand.py", "drain.py")
    with Sandbox(port=0) as box, Outbox(tmp_path / "outbox.sqlite") as outbox:
        users = box.line.add_followers(5)
        call_for(outbox, users)
        wrong = {**box.env, "LINETAP_LINE_CHANNEL_ACCESS_TOKEN": "revoked" * 10}
        with started(tmp_path, "drain.py", **wrong) as process:
            assert process.wait(60) == 1
        assert outbox.status().paused_reason.startswith("Unauthorized")
        outbox._tables.senders.update({"paused_until": "0"}, "TRUE", [()])  # an hour later
        with started(tmp_path, "drain.py", **box.env) as process:
            assert process.wait(60) == 0
        assert received(box, users) == {1: 5}


# Metrics -----------------------------------------------------------------------------------------------------


@pytest.fixture
def drained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Loads a recipe of metrics beside its brand.py, and drains two messages, one of them rejected, with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    with Sandbox(port=0) as box:
        for name, value in box.env.items():
            monkeypatch.setenv(name, value)

        def load(name: str) -> Any:
            written(tmp_path, "brand.py", f"{name}.py")
            module, brand = importlib.import_module(name), importlib.import_module("brand")
            call_for(brand.outbox, [*box.line.add_followers(2), f"U{'f' * 32}"])
            from linetap.relay import OutboxSender

            with box.line_client() as line:
                OutboxSender(brand.outbox, line, brand.sale, on_outcome=module.on_outcome).drain()
            call_for(brand.outbox, box.line.add_followers(1))
            return module

        yield load
        for name in ("brand", "metrics_otel", "metrics_prometheus"):
            sys.modules.pop(name, None)


def test_opentelemetry(drained: Callable[[str], Any]) -> None:
    """The real SDK reads the outcomes by state and campaign, and what waits."""
    needs("opentelemetry.sdk")
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
    drained("metrics_otel")
    found = {
        (metric.name, point.attributes.get("state")): point.value
        for resource in reader.get_metrics_data().resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }
    assert found["linetap.outcomes", "accepted"] == 2
    assert found["linetap.outcomes", "rejected"] == 1
    assert found["linetap.waiting", None] == 1
    assert found["linetap.oldest", None] >= 0


@pytest.mark.ci
def test_openmetrics(drained: Callable[[str], Any]) -> None:
    """Prometheus's own parser reads the text, with each state of the outbox."""
    needs("prometheus_client")
    from prometheus_client import REGISTRY
    from prometheus_client.openmetrics.exposition import generate_latest
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    drained("metrics_prometheus")
    text = generate_latest(REGISTRY).decode()
    found = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("linetap")
    }
    assert found["linetap_outcomes_total", "accepted"] == found["linetap_entries", "accepted"] == 2
    assert found["linetap_outcomes_total", "rejected"] == found["linetap_entries", "rejected"] == 1
    assert (found["linetap_waiting", None], found["linetap_paused", None]) == (1, 0)
    assert 0 <= found["linetap_sender_seen_seconds", None] < 60
