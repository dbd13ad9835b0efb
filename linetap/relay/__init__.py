"""Delivery from the user's own backend: the relay, the outbox and the sender. Names are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.relay.calls import InboundCall as InboundCall
    from linetap.relay.credentials import UNAUTHENTICATED as UNAUTHENTICATED
    from linetap.relay.feedback import Feedback as Feedback
    from linetap.relay.outbox import Outbox as Outbox
    from linetap.relay.postgres.outbox import PostgresOutbox as PostgresOutbox
    from linetap.relay.relay import Relay as Relay
    from linetap.relay.responses import RelayResponse as RelayResponse
    from linetap.relay.sender import OutboxSender as OutboxSender
    from linetap.relay.values import AuditEntry as AuditEntry
    from linetap.relay.values import DeadLetter as DeadLetter
    from linetap.relay.values import EntryOutcome as EntryOutcome
    from linetap.relay.values import HistoryEntry as HistoryEntry
    from linetap.relay.values import OutboxStatus as OutboxStatus
    from linetap.relay.values import PerPerson as PerPerson
    from linetap.relay.values import SenderReport as SenderReport

# Module -> its public names. The imports above say the same to type checkers; tests/test_layout.py compares them.
_MODULES = {
    "linetap.relay.calls": "InboundCall",
    "linetap.relay.credentials": "UNAUTHENTICATED",
    "linetap.relay.feedback": "Feedback",
    "linetap.relay.outbox": "Outbox",
    "linetap.relay.postgres.outbox": "PostgresOutbox",
    "linetap.relay.relay": "Relay",
    "linetap.relay.responses": "RelayResponse",
    "linetap.relay.sender": "OutboxSender",
    "linetap.relay.values": ("AuditEntry DeadLetter EntryOutcome HistoryEntry OutboxStatus PerPerson SenderReport"),
}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
