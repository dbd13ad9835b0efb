"""Groups deliveries of the same messages into multicasts of up to 500 users."""

from __future__ import annotations

from collections.abc import Iterator

from linetap.line.api.rates import MULTICAST_RECIPIENTS
from linetap.line.bulk.requests import PreparedDelivery

# How many deliveries are read ahead: this limits memory where each user has messages of their own.
READ_AHEAD = 5 * MULTICAST_RECIPIENTS


class MulticastGroups:
    """Groups by body. A group is returned when it is full, before it has a recipient twice, or to free memory."""

    def __init__(self) -> None:
        self._groups: dict[bytes, dict[str, PreparedDelivery]] = {}
        self._count = 0

    def add(self, prepared: PreparedDelivery) -> Iterator[list[PreparedDelivery]]:
        """Adds one delivery; yields the groups that must be sent now."""
        body, to = prepared.body, prepared.delivery.to
        if not to.startswith("U") or prepared.delivery.retry_key is not None:
            yield [prepared]
            return
        if to in self._groups.get(body, ()):
            yield self._pop(body)
        self._groups.setdefault(body, {})[to] = prepared
        self._count += 1
        if len(self._groups[body]) == MULTICAST_RECIPIENTS:
            yield self._pop(body)
        elif self._count >= READ_AHEAD:
            yield self._pop(max(self._groups, key=lambda each: len(self._groups[each])))

    def remaining(self) -> Iterator[list[PreparedDelivery]]:
        """All groups that are not full."""
        while self._groups:
            yield self._pop(next(iter(self._groups)))

    def _pop(self, body: bytes) -> list[PreparedDelivery]:
        group = list(self._groups.pop(body).values())
        self._count -= len(group)
        return group
