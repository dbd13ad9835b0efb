"""How soon the relay responds under an open loop, with a sender running, beside a handler that only stores the body."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from linetap.relay import Outbox
from tests.benchmarks.responding import SECRET
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, row

RATE = 100
"""Calls a second: both survive it on two cores, with the sender, LINE's side and the calling side on them too."""
_CALLERS = 32
_LARGEST_LOG = 20 << 20  # bytes
_PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")
_ROOT = Path(__file__).parents[2]


def rows(quick: bool) -> Iterable[Row]:
    """Ratios of the response times of 3 workers, each measured from the time at which the call was due."""
    seconds, rounds = (3, 1) if quick else (20, 3)
    half, nearly, logs = [], [], []
    with serve(latency=0.05) as line, tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            took, log = _measured("relay", Path(folder) / f"relay{number}", line, seconds)
            peer, _ = _measured("bare", Path(folder) / f"bare{number}", line, seconds)
            half.append(statistics.median(took) / statistics.median(peer))
            nearly.append(_p99(took) / _p99(peer))
            logs.append(log / _LARGEST_LOG)
            for name, each in (("relay", took), ("bare", peer)):
                said = f"p50 {statistics.median(each) * 1000:.1f} ms, p99 {_p99(each) * 1000:.1f} ms"
                print(f"{name}: {len(each)} calls, {RATE} a second: {said}", file=sys.stderr)
    what, against = f"relay response, {RATE} calls a second, sender running", "bare handler, same lock"
    yield row(f"{what}, p50", against, half, "<= 2.0")
    yield row(f"{what}, p99", against, nearly, "<= 2.0")
    yield row(f"{what}, largest log", "20 MB", logs, "<= 1.0")


def _measured(way: str, path: Path, line: str, seconds: float) -> tuple[list[float], int]:
    """The seconds of each call, and the largest size of the log."""
    Outbox(path).close()
    env = {**os.environ, "OUTBOX": str(path), "LINETAP_LINE_BASE_URL": line}
    env |= {"LINETAP_LINE_CHANNEL_ACCESS_TOKEN": "t" * 100}
    with _running(["linetap.relay", "run", "tests.benchmarks.responding:sender"], env), _gunicorn(way, env) as port:
        _calls(port, 2 * RATE, 0)  # warm: imports, connections, the leader
        return _calls(port, int(RATE * seconds), 2 * RATE), Path(f"{path}-wal").stat().st_size


def _calls(port: int, count: int, first: int) -> list[float]:
    """Calls at fixed times, whether the ones before were responded to or not; the seconds of each."""
    took: list[float] = []
    begun, numbers, lock = time.perf_counter() + 0.1, iter(range(count)), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due = begun + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            _call(port, first + number)
            took.append(time.perf_counter() - due)

    threads = [threading.Thread(target=work) for _ in range(_CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == count
    return took


def _call(port: int, number: int) -> None:
    person = {"LineID": f"U{number:032x}", "Name": "Mei", "Note": "x" * 1200}
    body = json.dumps({"targetId": 7, "profiles": [{"identity": str(number), "profileData": person}]})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/", body, {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200, response.read()
    connection.close()


@contextmanager
def _running(command: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=_ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()


@contextmanager
def _gunicorn(way: str, env: dict[str, str]) -> Iterator[int]:
    command = ["gunicorn", "--workers", "3", "--bind", "127.0.0.1:0", f"tests.benchmarks.responding:{way}()"]
    with _running(command, env) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := _PORT.search(line):
                yield int(found[1])
                return
        raise AssertionError("gunicorn does not listen")


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98]
