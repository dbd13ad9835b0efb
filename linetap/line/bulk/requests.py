"""The parts of a bulk send, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import attrs

from linetap.errors import LinetapError
from linetap.http.types import Operation
from linetap.line.api import messaging
from linetap.line.api.results import PushResult, SendResult
from linetap.line.bulk.delivery import Delivery, DeliveryOutcome

RowKey = tuple[bytes, int]
"""A delivery's row in the journal: its identity, and its number among the deliveries of that identity (from 1)."""


@attrs.frozen
class JournalEntry:
    """What the journal has stored about a delivery."""

    row_key: RowKey
    state: int | None = None
    """A state of :mod:`linetap.store.sends`; None: never sent."""
    key: str = ""
    request_id: str | None = None


@attrs.frozen
class UnfinishedRequest:
    """A request of an earlier run that got no response."""

    key: str
    recipients: tuple[str, ...]
    tail: bytes


class Journal(Protocol):
    """The journal as a bulk send uses it; :mod:`linetap.line.bulk.journal` is the implementation."""

    def unfinished(self) -> list[UnfinishedRequest]: ...

    def find(self, delivery: Delivery, tail: bytes) -> JournalEntry: ...

    def plan(self, key: str, recipients: Sequence[str], tail: bytes, row_keys: Iterable[RowKey]) -> None: ...

    def enter(self) -> None: ...

    def before_send(self, key: str, recipients: Sequence[str], tail: bytes, row_keys: Iterable[RowKey]) -> None: ...

    def accepted(self, key: str, request_id: str | None) -> None: ...

    def rejected(self, key: str) -> None: ...

    def not_sent(self, key: str) -> None: ...

    def close(self) -> None: ...


@attrs.frozen(eq=False)
class PreparedDelivery:
    """A delivery that passed all checks: its body without the recipient, and its row in the journal."""

    delivery: Delivery
    body: bytes
    row_key: RowKey | None = None


@attrs.frozen(eq=False)
class PendingRequest:
    """One request that is not sent yet: a push to one recipient, or a multicast to several."""

    to: tuple[str, ...]
    body: bytes
    """Without the recipients."""
    key: str
    deliveries: tuple[PreparedDelivery, ...] = ()
    """In the order of ``to``; empty for a request of an earlier run."""

    def operation(self) -> Operation[PushResult] | Operation[SendResult]:
        """The request as an operation."""
        if len(self.to) == 1:
            return messaging.push_encoded(self.to[0], self.body, retry_key=self.key)
        return messaging.multicast_encoded(self.to, self.body, retry_key=self.key)


@attrs.frozen(eq=False)
class KnownOutcome:
    """A delivery whose outcome is known without sending; it is among the requests so that the order is kept."""

    outcome: DeliveryOutcome


class AlreadySettled(LinetapError):
    """The item needs no request; the transport never passes this error to a user."""
