"""``Outbox``: webhook calls and messages on disk, in one file that web workers and the sender of a machine share."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from linetap.errors import BadArgument, invalid
from linetap.line.bulk.bodies import BodyCache
from linetap.line.bulk.delivery import Delivery
from linetap.relay import emergency, erase, reports, schema
from linetap.relay.calls import InboundCall
from linetap.relay.tables import Tables, entry_row
from linetap.relay.values import AuditEntry, DeadLetter, HistoryEntry, OutboxStatus
from linetap.store.rows import Row
from linetap.store.sends import BLOCK

ENQUEUED = "enqueued"
"""The campaign of deliveries that are enqueued without the name of one."""


class Outbox:
    """Calls and messages of one LINE channel, in a SQLite file. Thread-safe, and safe after a fork.

    Any number of processes of one machine may use the file at once. What a method has stored is on the disk itself
    when it returns. The file must be on a disk of this machine, not on a network file system.

    Args:
        path: the file; it is made where it does not exist, readable by its owner alone.
        channel: a name of your own for the LINE channel, where one file has several. Each outbox sees its own rows.

    Raises:
        BadArgument: the file is of another program, or on a network file system.
        StorageError: the disk is full, or the file is damaged.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, channel: str | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._tables = Tables(path, channel, now)

    @property
    def channel(self) -> str | None:
        """The channel's name, as it was passed in."""
        return self._tables.channel or None

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self._tables.path)

    def __repr__(self) -> str:
        channel = f", channel={self.channel!r}" if self.channel else ""
        return f"Outbox({self._tables.path!r}{channel})"

    def close(self) -> None:
        """Closes the file."""
        self._tables.store.close()

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing ---------------------------------------------------------------------------------------------

    def receive(self, call: InboundCall) -> bool:
        """Stores a webhook call; when it returns, the call is on the disk. A ``Relay`` calls it.

        Returns False for a call whose ``id`` is stored already: a queue may deliver a message twice.
        """
        given: Any = call
        if not isinstance(given, InboundCall):
            raise invalid("call", "must be an InboundCall", call, "use InboundCall.from_json for text of a queue")
        tables = self._tables
        with tables.store.transaction():
            if tables.calls.get(call.id) is not None:
                return False
            row = (call.id, tables.channel, call.kind, call.route, call.arrived_ms, schema.NEW, call.body)
            tables.calls.insert([row])
        return True

    def enqueue(self, deliveries: Iterable[Delivery], *, urgent: bool = False, campaign: str = ENQUEUED) -> int:
        """Stores messages that a sender is to send, and gives how many are new.

        A delivery with a ``retry_key`` is stored once for each key, however often and from however many processes it
        is enqueued, and also after LINE's 24 hours: ``retry_key_for("order", 17)`` sends one message for an order.

        Args:
            deliveries: any iterable, such as ``campaign.deliveries(...)``. It is read lazily and stored in blocks.
            urgent: sent before all others, also outside ``send_window``.
            campaign: the name that pause, cancel and history use.

        Raises:
            BadArgument: a delivery is wrong. Those before it are stored; ``error.report`` is the number of new ones.
        """
        _check_enqueue(deliveries, campaign)
        stored, block, bodies = 0, [], BodyCache()
        try:
            for delivery in deliveries:
                block.append(self._new_row(delivery, bodies, urgent, campaign))
                if len(block) >= 8 * BLOCK:
                    stored += self._insert(block)
                    block = []
        except BadArgument as error:
            error.report = stored + self._insert(block)
            raise
        return stored + self._insert(block)

    async def enqueue_async(
        self, deliveries: Iterable[Delivery], *, urgent: bool = False, campaign: str = ENQUEUED
    ) -> int:
        """:meth:`enqueue` in a thread, so that the event loop goes on."""
        return await asyncio.to_thread(self.enqueue, deliveries, urgent=urgent, campaign=campaign)

    def _new_row(self, delivery: Any, bodies: BodyCache, urgent: bool, campaign: str) -> dict[str, Any]:
        if not isinstance(delivery, Delivery):
            raise invalid("deliveries", "must contain only Delivery(to, messages)", delivery)
        return {
            "channel": self._tables.channel,
            "lane": schema.URGENT if urgent else schema.NORMAL,
            "state": schema.QUEUED,
            "campaign": campaign,
            "user_hash": self._tables.user_hash(delivery.to),
            "user_id": delivery.to,
            "own_key": delivery.retry_key,
            "body": bodies.body_without_recipient(delivery),
        }

    def _insert(self, block: list[dict[str, Any]]) -> int:
        if not block:
            return 0
        tables = self._tables
        with tables.store.transaction():
            known = self._known_keys([values["own_key"] for values in block if values["own_key"]])
            first, arrived = tables.next_entry_id(), int(tables.now() * 1000)
            rows: list[Row] = []
            for values in block:
                key = values["own_key"]
                if key is None or key not in known:
                    known.add(key)
                    rows.append(entry_row(id=first + len(rows), arrived_ms=arrived, **values))
            tables.entries.insert(rows)
        return len(rows)

    def _known_keys(self, keys: list[str]) -> set[str | None]:
        found = self._tables.store.among("SELECT channel, own_key FROM entries WHERE own_key IN ({})", keys)
        return {key for channel, key in found if channel == self._tables.channel}

    # Reading ---------------------------------------------------------------------------------------------

    def status(self) -> OutboxStatus:
        """How much waits, how entries ended, which controls apply, and whether a sender runs."""
        return reports.status(self._tables)

    def dead_letters(self, *, reason: str | None = None) -> Iterator[DeadLetter]:
        """The entries that ended without an accepted push, oldest first, read lazily.

        Args:
            reason: a state such as ``"held"``, or the first words of a reason. Repeats are listed only with
                ``reason="repeat"``: to send one means that a user gets the same message again.
        """
        return reports.dead_letters(self._tables, reason)

    def history(self, user_id: str) -> tuple[HistoryEntry, ...]:
        """All entries of a user, oldest first, with their outcomes."""
        return reports.history(self._tables, user_id)

    def audit(self) -> tuple[AuditEntry, ...]:
        """Every pause, resume, cancel, replay, suppress and forget of this channel, oldest first."""
        return reports.audit(self._tables)

    # Emergency controls ----------------------------------------------------------------------------------

    def replay(self, entries: Iterable[DeadLetter | int], *, even_expired: bool = False) -> int:
        """Puts dead letters back in the queue, and gives how many.

        An entry of a webhook call is routed and rendered again, by the campaigns of today. Entries that are in doubt
        are never sent again. An entry that a sender finds older than its ``expires_after`` expires again.

        Args:
            entries: dead letters of :meth:`dead_letters`, or their ids.
            even_expired: also those that expired, whatever their age.
        """
        return emergency.replay(self._tables, entries, even_expired)

    def pause(self, campaign: str | None = None, reason: str = "") -> None:
        """Stops sending a campaign, or all of them; the entries stay queued. Only requests in flight are completed."""
        emergency.pause(self._tables, campaign, reason)

    def resume(self, campaign: str | None = None) -> None:
        """Ends the pause or the cancellation of a campaign. None ends only what was made for all campaigns."""
        emergency.resume(self._tables, campaign)

    def cancel(self, campaign: str | None, reason: str) -> int:
        """Ends all entries of a campaign (None: of all) that are not in flight, and those that arrive until ``resume``.

        Gives the number of entries that were waiting. They are dead letters: after ``resume`` they can be replayed.
        """
        return emergency.cancel(self._tables, campaign, reason)

    def suppress(self, user_id: str, reason: str) -> int:
        """Sends nothing more to a user, urgent messages included; gives how many entries were waiting for it."""
        return emergency.suppress(self._tables, user_id, reason)

    def unsuppress(self, user_id: str) -> bool:
        """Sends to a user again; gives whether they were suppressed."""
        return emergency.unsuppress(self._tables, user_id)

    def forget(self, user_id: str) -> int:
        """Erases a user from the whole file, down to its bytes; gives the number of rows that named them.

        What waits for the user is not sent. A call of many people that is not read yet loses this person only.
        """
        return erase.forget(self._tables, user_id)


def _check_enqueue(deliveries: Any, campaign: Any) -> None:
    if isinstance(deliveries, (Delivery, str, bytes, dict)) or not hasattr(deliveries, "__iter__"):
        raise invalid("deliveries", "must be an iterable of Delivery(to, messages)", deliveries)
    if not isinstance(campaign, str) or campaign in ("", "*"):
        raise invalid("campaign", "must be a name that is not empty and not '*'", campaign)


def forget(path: str | os.PathLike[str], user_id: str) -> int:
    """Erases a user from an outbox; ``linetap.forget`` calls it."""
    with Outbox(path) as outbox:
        return outbox.forget(user_id)
