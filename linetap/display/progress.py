"""Progress of a long operation: ``progress=True`` for a bar, or a callable of your own.

The bar is tqdm's (extra ``progress``), which works in terminals and notebooks. Without tqdm, a line on standard
error is updated.
"""

from __future__ import annotations

import operator
import sys
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import TextIO, TypeAlias

from linetap.errors import invalid

Progress: TypeAlias = "bool | Callable[[int, int | None], object] | None"
"""``True``: a bar. A callable is called with the number done so far and the total (None if not known)."""
Tick: TypeAlias = Callable[[int], None]
"""A callable that is called with the number of further items done."""


@contextmanager
def reporting(progress: Progress, *, total: int | None = None, unit: str = "items") -> Iterator[Tick]:
    """Show the progress of the ``with`` block: ``with reporting(progress, unit="profiles") as tick: tick(n)``."""
    if progress is None or progress is False:
        yield _nothing
    elif progress is True:
        with _bar(total, unit) as tick:
            yield tick
    elif callable(progress):
        yield _counting(progress, total)
    else:
        raise invalid("progress", "must be True, a callable(done, total) or None", progress)


def length_of(items: object) -> int | None:
    """The number of items, if it is known without iterating (``len``, or an iterator's length hint); None otherwise."""
    if isinstance(items, Sized):
        return len(items)
    hint = operator.length_hint(items, 0) if isinstance(items, Iterator) else 0
    return hint or None  # 0 is the hint of an iterator that does not know


def _nothing(more: int) -> None:
    pass


def _counting(report: Callable[[int, int | None], object], total: int | None) -> Tick:
    done = 0

    def tick(more: int) -> None:
        nonlocal done
        done += more
        report(done, total)

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

        def advance(more: int) -> None:
            bar.update(more)

        yield advance


@contextmanager
def _line(total: int | None, unit: str, out: TextIO, clock: Callable[[], float]) -> Iterator[Tick]:
    done, shown_at = 0, clock()

    def show() -> None:
        out.write(f"\r{done:,} of {total:,} {unit}" if total is not None else f"\r{done:,} {unit}")
        out.flush()

    def tick(more: int) -> None:
        nonlocal done, shown_at
        done += more
        if (now := clock()) - shown_at >= 0.5:  # often enough to watch, rarely enough not to slow the operation
            shown_at = now
            show()

    try:
        yield tick
    finally:
        show()
        out.write("\n")
