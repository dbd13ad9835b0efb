"""What every outbox does, whatever stores its rows: webhook calls and messages in, outcomes and controls out."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from typing_extensions import Self

from linetap.errors import BadArgument, invalid
from linetap.line.bulk.bodies import BodyCache
from linetap.line.bulk.delivery import Delivery
from linetap.relay import emergency, erase, reports, schema
from linetap.relay.calls import InboundCall
from linetap.relay.tables import Tables
from linetap.relay.values import AuditEntry, DeadLetter, HistoryEntry, OutboxStatus
from linetap.store.sends import BLOCK

ENQUEUED = "enqueued"
"""The campaign of deliveries that are enqueued without the name of one."""


class BaseOutbox:
    """Calls and messages of one LINE channel: what :class:`Outbox` and :class:`PostgresOutbox` have in common."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @property
    def channel(self) -> str | None:
        """The channel's name, as it was passed in."""
        return self._tables.channel or None

    def close(self) -> None:
        """Closes the store."""
        self._tables.store.close()

    def __enter__(self) -> Self:
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
        row = (call.id, self._tables.channel, call.kind, call.route, call.arrived_ms, schema.NEW, call.body)
        return self._tables.calls.add([row]) > 0

    def enqueue(
        self,
        deliveries: Iterable[Delivery],
        *,
        urgent: bool = False,
        campaign: str = ENQUEUED,
        cursor: Any = None,
    ) -> int:
        """Stores messages that a sender is to send, and gives how many are new.

        A delivery with a ``retry_key`` is stored once for each key, however often and from however many processes it
        is enqueued, and also after LINE's 24 hours: ``retry_key_for("order", 17)`` sends one message for an order.

        Args:
            deliveries: any iterable, such as ``campaign.deliveries(...)``. It is read lazily and stored in blocks.
            urgent: sent before all others, also outside ``send_window``.
            campaign: the name that pause, cancel and history use.
            cursor: a cursor of your own connection, for a :class:`PostgresOutbox` in the same database: the rows are
                part of your transaction, which is never committed here. Errors of your driver are raised as they are.

        Raises:
            BadArgument: a delivery is wrong. Those before it are stored; ``error.report`` is the number of new ones.
        """
        insert = self._insert if cursor is None else self._inserting(cursor)
        stored = 0
        blocks = self._blocks(deliveries, urgent, campaign)
        try:
            for block in blocks:
                stored += insert(block)
        except BadArgument as error:
            error.report = stored
            raise
        return stored

    async def enqueue_async(
        self,
        deliveries: Iterable[Delivery],
        *,
        urgent: bool = False,
        campaign: str = ENQUEUED,
        cursor: Any = None,
    ) -> int:
        """:meth:`enqueue` in a thread, so that the event loop goes on.

        ``cursor`` may be one of an asynchronous connection of psycopg, too: its statements are awaited.
        """
        if cursor is None or not inspect.iscoroutinefunction(getattr(cursor, "execute", None)):
            options: dict[str, Any] = {"urgent": urgent, "campaign": campaign, "cursor": cursor}
            return await asyncio.to_thread(self.enqueue, deliveries, **options)
        return await self._enqueue_awaited(cursor, self._blocks(deliveries, urgent, campaign))

    def _blocks(self, deliveries: Any, urgent: bool, campaign: Any) -> Iterator[list[dict[str, Any]]]:
        """The columns of the deliveries, some hundred at a time; those before a wrong one come before its error."""
        _check_enqueue(deliveries, campaign)
        return self._read_blocks(deliveries, urgent, campaign)

    def _read_blocks(self, deliveries: Any, urgent: bool, campaign: str) -> Iterator[list[dict[str, Any]]]:
        block, bodies, wrong = [], BodyCache(), None
        try:
            for delivery in deliveries:
                block.append(self._new_row(delivery, bodies, urgent, campaign))
                if len(block) >= 8 * BLOCK:
                    yield block
                    block = []
        except BadArgument as error:
            wrong = error
        if block:
            yield block
        if wrong is not None:
            raise wrong

    def _new_row(self, delivery: Any, bodies: BodyCache, urgent: bool, campaign: str) -> dict[str, Any]:
        if not isinstance(delivery, Delivery):
            raise invalid("deliveries", "must contain only Delivery(to, messages)", delivery)
        tables = self._tables
        return {
            "channel": tables.channel,
            "lane": schema.URGENT if urgent else schema.NORMAL,
            "state": schema.QUEUED,
            "campaign": campaign,
            "arrived_ms": int(tables.now() * 1000),
            "user_hash": tables.user_hash(delivery.to),
            "user_id": delivery.to,
            "own_key": delivery.retry_key,
            "body": bodies.body_without_recipient(delivery),
        }

    def _insert(self, block: list[dict[str, Any]]) -> int:
        return self._tables.store.add_entries(self._tables.channel, block)

    def _inserting(self, cursor: Any) -> Any:
        """The function that stores a block by a cursor of the caller's."""
        return self._no_cursor(cursor)

    async def _enqueue_awaited(self, cursor: Any, blocks: Iterator[list[dict[str, Any]]]) -> int:
        return self._no_cursor(cursor)

    def _no_cursor(self, cursor: Any) -> NoReturn:
        fix = "use a PostgresOutbox, in the database of the cursor"
        raise invalid("cursor", "must be None for an outbox in a file", type(cursor), fix)

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

    def resume(self, campaign: str | None = None) -> bool:
        """Ends the pause or the cancellation of a campaign; gives whether there was one.

        None ends only what was made for all campaigns.
        """
        return emergency.resume(self._tables, campaign)

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
        """Erases a user from the whole store, a file down to its bytes; gives the number of rows that named them.

        What waits for the user is not sent. A call of many people that is not read yet loses this person only.
        """
        return erase.forget(self._tables, user_id)


def _check_enqueue(deliveries: Any, campaign: Any) -> None:
    if isinstance(deliveries, (Delivery, str, bytes, dict)) or not hasattr(deliveries, "__iter__"):
        raise invalid("deliveries", "must be an iterable of Delivery(to, messages)", deliveries)
    if not isinstance(campaign, str) or campaign in ("", "*"):
        raise invalid("campaign", "must be a name that is not empty and not '*'", campaign)
