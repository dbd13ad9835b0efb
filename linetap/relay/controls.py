"""Whether one entry is sent now: the decision, without any I/O."""

from __future__ import annotations

import enum

import attrs

from linetap.relay.values import PerPerson


class Verdict(enum.Enum):
    """What happens to an entry that is due."""

    SEND = "send"
    WAIT = "wait"
    """It stays as it is."""
    PAUSE = "pause"
    """It stays queued, and its campaign is paused: too many messages to one person."""
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    IN_DOUBT = "in doubt"
    """It may have been accepted already, and must not be sent again."""


@attrs.frozen
class Facts:
    """What is known about an entry that is due."""

    now: float
    arrived: float
    first: bool = True
    """False where it was sent before, without a response."""
    usable: bool = True
    """Whether LINE still stores its key."""
    may_expire: bool = True
    control: tuple[str, str] | None = None
    """``paused`` or ``cancelled``, and the reason."""
    suppressed: str | None = None
    """The reason for which nothing is sent to its user."""
    recent: int = 0
    """Messages to its user in the time of the fuse."""


def decide(facts: Facts, expires_after: float, fuse: PerPerson | None) -> tuple[Verdict, str]:
    """What happens to the entry, and why.

    What was sent without a response is sent again under its key only, and is never reported as not sent.
    """
    action, reason = facts.control or ("", "")
    if not facts.first and not facts.usable:
        return Verdict.IN_DOUBT, "no response for 24 hours: LINE no longer stores the key"
    ended = [
        (action == "cancelled", Verdict.CANCELLED, reason),
        (facts.suppressed is not None, Verdict.SUPPRESSED, facts.suppressed or "suppressed"),
    ]
    for applies, verdict, why in ended:
        if applies and not facts.first:
            return Verdict.IN_DOUBT, f"{verdict.value} after a request without a response: {why}"
        if applies:
            return verdict, why
    if action == "paused":
        return Verdict.WAIT, reason
    if not facts.first:
        return Verdict.SEND, ""
    if facts.may_expire and facts.now - facts.arrived > expires_after:
        return Verdict.EXPIRED, "not sent in time"
    if fuse is not None and facts.recent >= fuse.messages:
        return Verdict.PAUSE, f"fuse: one user would get more than {fuse.messages} messages in {fuse.within}"
    return Verdict.SEND, ""
