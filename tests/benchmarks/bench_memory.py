"""push_many over HTTP: the memory for ten times the messages, by threads and by tasks, with and without a journal.

Each way is a process of its own, which reads its resident memory while it iterates over the messages: so the journal's
SQLite, buffers and stacks of threads are counted too.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from linetap import AsyncLineClient, Delivery, LineClient
from linetap.line import SendReport
from tests.benchmarks.sends import texts, unpaced
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, row

ROOT = Path(__file__).parents[2]
WAYS = ("sync", "async")
# Memory that is a disk spares a journal its flushes, one a message, and the run its minutes.
FAST = next((str(path) for path in [Path("/dev/shm")] if path.is_dir()), None)


def rows(quick: bool) -> Iterable[Row]:
    """Peak resident memory of a whole run, over that of its first tenth."""
    count = 10_000 if quick else 100_000
    with serve() as url, tempfile.TemporaryDirectory(dir=FAST) as space:
        for way in WAYS:
            for journal in (None, Path(space, way)):
                found = peaks(way, url, count, journal)
                name = f"{'async ' if way == 'async' else ''}push_many over HTTP{', journal' if journal else ''}"
                what = f"{name}, peak memory of {count:,} messages"
                megabytes = f"{found.first / 2**20:.1f} MB, then {found.whole / 2**20:.1f} MB"
                print(f"  {what}: {megabytes}, {found.kept:+,} blocks", file=sys.stderr, flush=True)
                yield row(what, f"{count // 10:,}", [found.whole / found.first], "<= 1.1")


@attrs.frozen
class Peaks:
    """The memory that a run used."""

    first: int
    """The most bytes resident during its first tenth."""
    whole: int
    """The peak during the whole run; a heap shared by threads grows a little, though no message is stored."""
    kept: int
    """How many more blocks of Python's live near its end than after its first tenth."""


def peaks(way: str, url: str, count: int, journal: Path | None) -> Peaks:
    """Sends messages in a separate process, and returns its peak memory."""
    command = [sys.executable, "-m", __name__, way, url, str(count), str(journal or "")]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return Peaks(*json.loads(run.stdout))


class _Watched:
    """Deliveries; records the memory while they are read."""

    def __init__(self, count: int) -> None:
        import psutil  # the module itself is imported by tests, where it may be absent

        self.count, self.me = count, psutil.Process()
        self.seen: list[int] = []
        self.blocks: list[int] = []

    def __iter__(self) -> Iterator[Delivery]:
        for number, each in enumerate(texts(self.count)):
            if number % (self.count // 100) == 0:
                self.look()
            if number in (self.count // 10, self.count - 1):
                gc.collect()
                self.blocks.append(sys.getallocatedblocks())
            yield Delivery(*each)

    def look(self) -> None:
        self.seen.append(self.me.memory_info().rss)


def _by_threads(url: str, given: Iterable[Delivery], journal: str | None) -> SendReport:
    with unpaced(LineClient("token", base_url=url)) as line:
        return line.push_many(given, journal=journal)


async def _by_tasks(url: str, given: Iterable[Delivery], journal: str | None) -> SendReport:
    async with unpaced(AsyncLineClient("token", base_url=url)) as line:
        return await line.push_many(given, journal=journal)


def _main(way: str, url: str, count: int, journal: str | None) -> None:
    given = _Watched(count)
    report = asyncio.run(_by_tasks(url, given, journal)) if way == "async" else _by_threads(url, given, journal)
    given.look()
    assert report.sent == count
    first = given.seen[: len(given.seen) // 10 + 1]
    print(json.dumps([max(first), max(given.seen), given.blocks[1] - given.blocks[0]]))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] or None)
