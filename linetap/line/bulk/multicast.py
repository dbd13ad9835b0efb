"""Folding: deliveries of the same messages, gathered into multicasts of up to 500 people."""

from __future__ import annotations

from collections.abc import Iterator

from linetap.line.api.rates import MULTICAST_RECIPIENTS
from linetap.line.bulk.requests import Addressed

# How far a folding run reads ahead: it bounds memory where everybody's messages are their own.
READ_AHEAD = 5 * MULTICAST_RECIPIENTS


class Folder:
    """Gathers by body; gives a group when it is full, when somebody would stand in it twice, or to make room."""

    def __init__(self) -> None:
        self._groups: dict[bytes, dict[str, Addressed]] = {}
        self._held = 0

    def add(self, addressed: Addressed) -> Iterator[list[Addressed]]:
        """Takes one delivery; gives the groups that are to go now."""
        tail, to = addressed.tail, addressed.delivery.to
        if not to.startswith("U") or addressed.delivery.retry_key is not None:
            yield [addressed]
            return
        if to in self._groups.get(tail, ()):
            yield self._take(tail)
        self._groups.setdefault(tail, {})[to] = addressed
        self._held += 1
        if len(self._groups[tail]) == MULTICAST_RECIPIENTS:
            yield self._take(tail)
        elif self._held >= READ_AHEAD:
            yield self._take(max(self._groups, key=lambda each: len(self._groups[each])))

    def rest(self) -> Iterator[list[Addressed]]:
        """All that is still held."""
        while self._groups:
            yield self._take(next(iter(self._groups)))

    def _take(self, tail: bytes) -> list[Addressed]:
        group = list(self._groups.pop(tail).values())
        self._held -= len(group)
        return group
