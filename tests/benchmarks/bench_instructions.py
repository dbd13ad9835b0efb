"""Instructions per call under valgrind, of the hot paths of the other benchmarks, where times vary too much.

Counted is what the process executes, without the kernel's part of sockets and files. The promises are those given
for CPU. Without valgrind the benchmark says so, and has no rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext

import attrs

from tests.benchmarks import bench_bodies, bench_followers, bench_push, bench_push_async
from tests.benchmarks.instructions import counted, tell, valgrind
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, row

Works = Mapping[str, Callable[[], object]]
CALLS = 40
BODIES = 30


@contextmanager
def _pushes(url: str) -> Iterator[Works]:
    yield bench_push.serial(url, CALLS)


@contextmanager
def _async_pushes(url: str) -> Iterator[Works]:
    with bench_push_async.opened(url) as (loop, ways):
        yield bench_push_async.serial(loop, ways, CALLS)


def _bodies(ours: Callable[[], bytes], theirs: Callable[[], bytes]) -> Callable[[str], AbstractContextManager[Works]]:
    return lambda _: nullcontext(bench_bodies.many(ours, theirs, BODIES))


@attrs.frozen
class Kind:
    """What is counted, in a process of its own."""

    what: str
    goals: Mapping[str, str]
    works: Callable[[str], AbstractContextManager[Works]]
    """From the server's address; linetap's is the first."""
    times: int
    """How many calls a work is."""


KINDS = [
    Kind("push", bench_push.GOALS, _pushes, CALLS),
    Kind("async push", bench_push_async.GOALS, _async_pushes, CALLS),
    Kind(bench_followers.WHAT, bench_followers.GOALS, bench_followers.walks, bench_followers.PAGES),
]
# What bodies may cost is promised in time.
KINDS += [Kind(what, {}, _bodies(ours, theirs), BODIES) for what, ours, theirs, _ in bench_bodies.BODIES]


def rows(quick: bool) -> Iterable[Row]:
    """The ratio of instructions of every kind; two processes side by side."""
    if valgrind() is None:
        print("instructions: valgrind is absent, nothing is counted (Debian: apt install valgrind)", file=sys.stderr)
        return
    with serve(pages=bench_followers.PAGES) as url, ThreadPoolExecutor(2) as pool:
        rounds = "1" if quick else "3"
        asked = [pool.submit(counted, "-m", __name__, str(number), url, rounds) for number in range(len(KINDS))]
        for kind, each in zip(KINDS, asked, strict=True):
            yield from _told(kind, each.result())


def _told(kind: Kind, counts: Mapping[str, list[int]]) -> Iterator[Row]:
    each = ", ".join(f"{name} {min(found) // kind.times:,}" for name, found in counts.items())
    print(f"  {kind.what}, instructions a call: {each}", file=sys.stderr, flush=True)
    (_, ours), *peers = counts.items()
    for peer, theirs in peers:
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        yield row(f"{kind.what}, instructions", peer, ratios, kind.goals.get(peer, ""))


if __name__ == "__main__":
    with KINDS[int(sys.argv[1])].works(sys.argv[2]) as works:
        tell(works, rounds=int(sys.argv[3]))
