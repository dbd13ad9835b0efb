"""The durable store: a bulk send with a journal beside one without, and many processes that append to one file."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from unittest import mock

from linetap import Delivery, LineClient
from linetap.store.sqlite_file import Store
from tests.benchmarks.sends import texts, unpaced
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare, row

IN_FLIGHT = 128
_LATENCY = 0.05  # seconds
_LARGEST_LOG = 20 << 20  # bytes
_ROOT = Path(__file__).parents[2]


def rows(quick: bool) -> Iterable[Row]:
    """Ratios within one run. What bounds them: the journal's flushes of blocks; the flush of each commit."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _journal(Path(folder), quick)
        yield from _appending(Path(folder), quick)


def _journal(folder: Path, quick: bool) -> Iterable[Row]:
    sends, rounds, numbers = (600, 3, count()) if quick else (6000, 5, count())
    with serve(latency=_LATENCY) as url:
        line = unpaced(LineClient("token", base_url=url))

        def send(journal: Path | None, read_ahead: bool) -> None:
            given = (Delivery(*each) for each in texts(sends))
            report = line.push_many(list(given) if read_ahead else given, in_flight=IN_FLIGHT, journal=journal)
            assert report.sent == sends

        for name, read_ahead in (("a list", True), ("an iterator", False)):
            ways = {
                "with a journal": lambda ahead=read_ahead: send(folder / f"{next(numbers)}", ahead),
                "without": lambda ahead=read_ahead: send(None, ahead),
            }
            what = f"push_many of {name} with a journal, 50 ms, {IN_FLIGHT} in flight"
            yield from compare(
                f"{what}, time", ways, goals={"without": "<= 1.5"}, rounds=rounds, clock=time.perf_counter
            )
            yield from compare(f"{what}, CPU", ways, rounds=rounds)
            print(f"{what}: {_bound(ways['with a journal'], sends)}", file=sys.stderr)


def _bound(send: Callable[[], None], sends: int) -> str:
    """What bounds a bulk send with a journal: this process's CPU, the disk, or the round trips."""
    commits: list[float] = []
    commit = Store.commit

    def timed(store: Store) -> None:
        begun = time.perf_counter()
        commit(store)
        commits.append(time.perf_counter() - begun)

    with mock.patch.object(Store, "commit", timed):
        begun, cpu = time.perf_counter(), time.process_time()
        send()
        elapsed, cpu = time.perf_counter() - begun, time.process_time() - cpu
    parts = {"CPU": cpu, "the disk": sum(commits), "round trips": sends * _LATENCY / IN_FLIGHT}
    shown = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts.items())
    return f"{elapsed:.2f} s ({shown}; {len(commits)} commits): bounded by {max(parts, key=parts.__getitem__)}"


def _appending(folder: Path, quick: bool) -> Iterable[Row]:
    seconds, rounds = (2.0, 1) if quick else (20.0, 3)
    ratios, rates, logs, grown = [], [], [], []
    for number in range(rounds):
        ours, log, more = _run("store", folder / f"store{number}", seconds)
        bare, _, _ = _run("bare", folder / f"bare{number}", seconds)
        ratios.append(_p99(ours) / _p99(bare))
        rates.append(len(ours) / len(bare))
        logs.append(log / _LARGEST_LOG)
        grown.append(more / 1024)
        for name, took in (("linetap", ours), ("sqlite3", bare)):
            found = f"{len(took) / seconds:.0f} rows a second, p50 {_ms(took)} ms, p99 {_p99(took) * 1000:.1f} ms"
            print(f"4 processes of 4 threads, {name}: {found}", file=sys.stderr)
    what = "4 processes of 4 threads append"
    yield row(f"{what}, p99", "sqlite3 under the same lock", ratios, "<= 2.0")
    yield row(f"{what}, rows a second", "sqlite3 under the same lock", rates)
    yield row(f"{what}, largest log", "20 MB", logs, "<= 1.0")
    yield row(f"{what}, growth of memory after 200 rows", "1 MB", grown, "<= 4.0")


def _run(way: str, path: Path, seconds: float) -> tuple[list[float], int, int]:
    """The seconds of each append, the largest size of the log, the most that a process grew (KB)."""
    command = [sys.executable, "-m", "tests.benchmarks.appending", way, str(path), str(seconds), "4"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": _ROOT}
    processes = [subprocess.Popen(command, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    log, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.1)
        with suppress(FileNotFoundError):  # not made yet
            log = max(log, Path(f"{path}-wal").stat().st_size)
    found = [json.loads(process.communicate()[0]) for process in processes]
    return [each for one in found for each in one["took"]], log, max(one["grown_kb"] for one in found)


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98]


def _ms(took: list[float]) -> str:
    return f"{statistics.median(took) * 1000:.1f}"
