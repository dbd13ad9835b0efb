"""The pieces a bulk send is made of, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import attrs

from linetap.errors import LinetapError
from linetap.http.types import Operation
from linetap.line.api import messaging
from linetap.line.api.results import PushResult, SendResult
from linetap.line.bulk.report import Delivery, DeliveryOutcome

OPEN, ACCEPTED, REFUSED, EXPIRED = range(4)
"""What the journal knows of a send; open: without an answer so far."""

Place = tuple[bytes, int]
"""Which delivery of a journal: its identity, and the how-manieth of that identity it is."""


@attrs.frozen
class Part:
    """What the journal knows of a delivery that is drawn."""

    place: Place
    state: int | None = None
    """None: never sent."""
    key: str = ""
    request_id: str | None = None


@attrs.frozen
class Unfinished:
    """A request of an earlier run whose answer nobody saw."""

    key: str
    recipients: tuple[str, ...]
    tail: bytes


class Journal(Protocol):
    """What a bulk send asks of its journal: :mod:`linetap.line.bulk.journal` has the only one."""

    def unfinished(self) -> list[Unfinished]: ...

    def draw(self, delivery: Delivery, tail: bytes) -> Part: ...

    def intend(self, key: str, recipients: Sequence[str], tail: bytes, places: Iterable[Place]) -> None: ...

    def accepted(self, key: str, request_id: str | None) -> None: ...

    def refused(self, key: str) -> None: ...

    def unsent(self, key: str) -> None: ...

    def close(self) -> None: ...


@attrs.frozen(eq=False)
class Addressed:
    """A delivery that was checked: its body but the recipient, and its place in the journal."""

    delivery: Delivery
    tail: bytes
    place: Place | None = None


@attrs.frozen(eq=False)
class Parcel:
    """One request to be: a push to one, or a multicast to several."""

    to: tuple[str, ...]
    tail: bytes
    key: str
    parts: tuple[Addressed, ...] = ()
    """Whose it is, in the order of ``to``; empty for one that an earlier run left behind."""

    def operation(self) -> Operation[PushResult] | Operation[SendResult]:
        """The request."""
        if len(self.to) == 1:
            return messaging.push_encoded(self.to[0], self.tail, retry_key=self.key)
        return messaging.multicast_encoded(self.to, self.tail, retry_key=self.key)


@attrs.frozen(eq=False)
class Settled:
    """A delivery whose outcome is known without sending; it stands among the parcels to keep its turn."""

    outcome: DeliveryOutcome


class NothingToSend(LinetapError):
    """Tells the driver that an item needs no request; never seen by a user."""
