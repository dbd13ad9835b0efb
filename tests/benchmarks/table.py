"""Measuring by interleaved rounds, and the table that the results are printed in."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs


@attrs.frozen
class Row:
    """One ratio: ours divided by the peer's, so below 1 is cheaper (or, for rates, slower)."""

    what: str
    """Such as ``push, CPU per call``."""
    peer: str
    """Who is compared with: ``line-bot-sdk``."""
    ratio: float
    low: float
    high: float
    goal: str = ""
    """What was promised: ``<= 0.6``."""

    @property
    def kept(self) -> bool:
        """Whether the goal is met; a row without a goal has none to miss."""
        if not self.goal:
            return True
        sign, bound = self.goal.split()
        return self.ratio <= float(bound) if sign == "<=" else self.ratio >= float(bound)


def compare(
    what: str,
    variants: Mapping[str, Callable[[], object]],
    *,
    goals: Mapping[str, str] | None = None,
    rounds: int = 9,
    clock: Callable[[], float] = time.process_time,
    rate: bool = False,
) -> list[Row]:
    """Time every variant once a round, in shuffled order; the first variant is ours.

    Ratios are taken round by round, so that a slow second of the machine hits both sides. ``rate=True`` turns
    them around (how many more a second). Returns one row per peer.
    """
    took: dict[str, list[float]] = {name: [] for name in variants}
    order = list(variants)
    for call in variants.values():
        call()  # warm: connections, caches, first imports
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            took[name].append(_once(variants[name], clock))
    ours, *peers = variants
    flip = -1 if rate else 1
    return [
        row(
            what,
            peer,
            [(a / b) ** flip for a, b in zip(took[ours], took[peer], strict=True)],
            (goals or {}).get(peer, ""),
        )
        for peer in peers
    ]


def row(what: str, peer: str, ratios: Sequence[float], goal: str = "") -> Row:
    """A row from ratios that were taken elsewhere: their median, and the middle half as its spread."""
    ordered = sorted(ratios)
    quarter = len(ordered) // 4
    return Row(what, peer, statistics.median(ordered), ordered[quarter], ordered[-1 - quarter], goal)


def _once(call: Callable[[], object], clock: Callable[[], float]) -> float:
    gc.collect()
    gc.disable()
    try:
        began = clock()
        call()
        return max(clock() - began, 1e-9)
    finally:
        gc.enable()


def table(rows: Iterable[Row]) -> str:
    """The rows as Markdown, as docs/performance.md shows them."""
    lines = ["| what | against | ratio (middle half) | promised |", "|---|---|---|---|"]
    for r in rows:
        promise = f"{r.goal}{'' if r.kept else ' **missed**'}"
        lines.append(f"| {r.what} | {r.peer} | **{r.ratio:.2f}** ({r.low:.2f}-{r.high:.2f}) | {promise} |")
    return "\n".join(lines)
