"""Progress of long work: ``progress=True`` for a bar, or a callable of your own.

The bar is tqdm's (extra ``progress``), which draws itself in scripts and notebooks alike. Without tqdm a
line on standard error is kept up to date instead.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import TextIO, TypeAlias

from linetap.errors import invalid

Progress: TypeAlias = "bool | Callable[[int, int | None], object] | None"
"""``True``: a bar. A callable: called with what is done so far and the total, or None where it is not known."""
Tick: TypeAlias = Callable[[int], None]
"""Called with how many more are done."""


@contextmanager
def reporting(progress: Progress, *, total: int | None = None, unit: str = "items") -> Iterator[Tick]:
    """Shows the progress of what happens inside: ``with reporting(progress, unit="profiles") as tick: tick(n)``."""
    if progress is None or progress is False:
        yield _nothing
    elif progress is True:
        with _bar(total, unit) as tick:
            yield tick
    elif callable(progress):
        yield _counting(progress, total)
    else:
        raise invalid("progress", "is True, a callable(done, total) or None", progress)


def length_of(things: object) -> int | None:
    """How many there are, where that is known without drawing them."""
    return len(things) if isinstance(things, Sized) else None


def _nothing(more: int) -> None:
    pass


def _counting(tell: Callable[[int, int | None], object], total: int | None) -> Tick:
    done = 0

    def tick(more: int) -> None:
        nonlocal done
        done += more
        tell(done, total)

    return tick


@contextmanager
def _bar(total: int | None, unit: str) -> Iterator[Tick]:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        with _line(total, unit, sys.stderr, time.monotonic) as tick:
            yield tick
        return
    with tqdm(total=total, unit=f" {unit}", unit_scale=False) as bar:

        def drawn(more: int) -> None:
            bar.update(more)

        yield drawn


@contextmanager
def _line(total: int | None, unit: str, out: TextIO, clock: Callable[[], float]) -> Iterator[Tick]:
    done, shown_at = 0, clock()

    def show() -> None:
        out.write(f"\r{done:,} of {total:,} {unit}" if total is not None else f"\r{done:,} {unit}")
        out.flush()

    def tick(more: int) -> None:
        nonlocal done, shown_at
        done += more
        if (now := clock()) - shown_at >= 0.5:  # often enough to watch, seldom enough to cost nothing
            shown_at = now
            show()

    try:
        yield tick
    finally:
        show()
        out.write("\n")
