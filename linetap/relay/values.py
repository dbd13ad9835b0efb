"""What an outbox and a sender report, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from linetap.errors import invalid


def _count(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid("PerPerson.messages", "must be an integer of at least 1", value)


@attrs.frozen(init=False)
class PerPerson:
    """A limit of messages to one person: ``PerPerson(20, hours=1)``. The time has the arguments of ``timedelta``."""

    messages: int = attrs.field(validator=_count)
    within: timedelta

    def __init__(self, messages: int, **within: float) -> None:
        try:
            time = timedelta(**within)
        except (TypeError, ValueError, OverflowError):
            raise invalid("PerPerson", "must have a time, such as hours=1", within) from None
        if time < timedelta(seconds=1):
            raise invalid("PerPerson", "must have a time of at least one second, such as hours=1", within)
        self.__attrs_init__(messages, time)  # pyright: ignore[reportAttributeAccessIssue]


@attrs.frozen
class DeadLetter:
    """An entry that ended without an accepted push: one person of a call, or one enqueued delivery."""

    id: int
    state: str
    """``rejected``, ``repeat``, ``held``, ``skipped``, ``suppressed``, ``cancelled``, ``expired`` or ``in doubt``."""
    reason: str
    campaign: str
    """Its name; empty where the call named no campaign that was found."""
    target: str
    """CleverTap's ``targetId``; empty for an enqueued delivery."""
    user_id: str | None = attrs.field(repr=False)
    """The LINE user id; None where it is unknown or no longer stored."""
    received_at: datetime
    replayable: bool
    """Whether :meth:`Outbox.replay` takes it without ``even_expired``."""


@attrs.frozen
class HistoryEntry:
    """One entry of one user, with its outcome."""

    id: int
    state: str
    reason: str
    campaign: str
    version: str
    """The fingerprint of the campaign that was rendered; empty where none was."""
    target: str
    received_at: datetime
    settled_at: datetime | None
    retry_key: str | None
    request_id: str | None
    """LINE's request id of the accepted push; LINE's support asks for it."""


@attrs.frozen
class AuditEntry:
    """One use of an emergency control."""

    at: datetime
    who: str
    action: str
    campaign: str
    """Empty where the action was for all campaigns, or for one user."""
    reason: str
    rows: int
    """How many entries it changed."""


@attrs.frozen
class OutboxStatus:
    """The state of one channel of an outbox."""

    calls: int
    """Webhook calls that the sender has not read yet."""
    entries: Mapping[str, int]
    """State -> number of entries; see the runbook in docs/relay.md."""
    urgent: int
    """Urgent entries among those that are queued."""
    oldest: datetime | None
    """When the oldest call or entry arrived that is still to be sent; None where there is none."""
    controls: Mapping[str, str]
    """Campaign -> ``paused: reason`` or ``cancelled: reason``; the key ``*`` is for all campaigns."""
    sender: str | None
    """The process of the leading sender; None where no sender has ever run."""
    sender_seen_at: datetime | None
    """When the leading sender last wrote; more than a minute ago: it does not run."""
    paused_until: datetime | None
    """The sender tries again at this time: LINE rejected everything, or could not be reached."""
    paused_reason: str
    feedback: Mapping[str, int] = attrs.field(factory=dict)
    """State -> number of uploads to CleverTap; empty without ``feedback=``."""

    @property
    def waiting(self) -> int:
        """Calls and entries that are still to be sent."""
        return self.calls + sum(self.entries.get(state, 0) for state in ("queued", "sending", "unrouted"))

    def __str__(self) -> str:
        lines = [f"waiting: {self.waiting:,} ({self.calls:,} calls, {self.urgent:,} urgent)"]
        lines += [f"  {state}: {count:,}" for state, count in self.entries.items()]
        lines += [f"oldest: {self.oldest.isoformat()}"] if self.oldest else []
        lines += [f"{campaign}: {words}" for campaign, words in self.controls.items()]
        seen = self.sender_seen_at.isoformat() if self.sender_seen_at else "never"
        lines += [f"sender: {self.sender or 'none'}, seen {seen}"]
        lines += [f"paused until {self.paused_until.isoformat()}: {self.paused_reason}"] if self.paused_until else []
        lines += [f"feedback {state}: {count:,}" for state, count in self.feedback.items()]
        return "\n".join(lines)


@attrs.frozen
class EntryOutcome:
    """The outcome of one entry, as ``on_outcome`` receives it."""

    id: int
    state: str
    reason: str
    campaign: str
    target: str
    user_id: str | None = attrs.field(repr=False)
    received_at: datetime
    urgent: bool


@attrs.frozen
class SenderReport:
    """What one run of a sender did."""

    outcomes: Mapping[str, int]
    """State -> number of entries that ended in this run."""
    remaining: int
    """Calls and entries that are still to be sent: paused, not due yet, or out of time."""
    led: bool
    """False where this run did nothing: another sender had the channel, or the database could not be used."""
    stopped_by: str = ""
    """Why the run ended early; empty where it did not."""

    @property
    def ok(self) -> bool:
        """Everything was sent or has an outcome."""
        return self.led and not self.remaining and not self.stopped_by
