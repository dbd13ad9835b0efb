"""The options of a sender, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta, tzinfo
from typing import Any

import attrs

from linetap.campaign.campaign import Campaign
from linetap.errors import BadArgument, invalid
from linetap.http.options import MAX_IN_FLIGHT, check_in_flight
from linetap.http.rate_limit import Pace
from linetap.relay.feedback import Feedback
from linetap.relay.schedule import SendWindow, seconds_of, send_window
from linetap.relay.values import EntryOutcome, PerPerson

Allow = Callable[[str, Mapping[str, Any] | None], "bool | str"]
Occurrence = Callable[[Mapping[str, Any], Mapping[str, Any]], str]


@attrs.frozen
class SenderOptions:
    """How a sender works; the arguments of ``OutboxSender``."""

    urgent: frozenset[str]
    repeat_within: timedelta
    occurrence: Occurrence | None
    expires_after: float
    window: SendWindow | None
    allow: Allow | None
    fuse: PerPerson | None
    reserve: int
    in_flight: int
    feedback: Feedback | None
    on_outcome: Callable[[EntryOutcome], object] | None
    zone: tzinfo | None


def sender_options(
    *,
    urgent: Any,
    repeat_within: Any,
    occurrence: Any,
    expires_after: Any,
    send_window_: Any,
    allow: Any,
    fuse: Any,
    reserve: Any,
    in_flight: Any,
    feedback: Any,
    on_outcome: Any,
    zone: Any,
) -> SenderOptions:
    """Raises ``BadArgument`` for an option that cannot work."""
    for name, given in (("occurrence", occurrence), ("allow", allow), ("on_outcome", on_outcome)):
        if given is not None and not callable(given):
            raise invalid(name, "must be a callable or None", given)
    if zone is not None and not isinstance(zone, tzinfo):
        raise invalid("zone", 'must be a time zone, such as ZoneInfo("Asia/Tokyo"), or None', zone)
    if fuse is not None and not isinstance(fuse, PerPerson):
        raise invalid("fuse", "must be a PerPerson or None", fuse, "such as PerPerson(20, hours=1)")
    if feedback is not None and not isinstance(feedback, Feedback):
        raise invalid("feedback", "must be a Feedback or None", feedback, "such as Feedback(clevertap)")
    if isinstance(reserve, bool) or not isinstance(reserve, int) or reserve < 0:
        raise invalid("reserve", "must be a number of messages, at least 0", reserve)
    seconds_of("repeat_within", repeat_within)
    return SenderOptions(
        urgent=_urgent(urgent),
        repeat_within=repeat_within,
        occurrence=occurrence,
        expires_after=seconds_of("expires_after", expires_after),
        window=send_window(send_window_),
        allow=allow,
        fuse=fuse,
        reserve=reserve,
        in_flight=check_in_flight(in_flight, MAX_IN_FLIGHT),
        feedback=feedback,
        on_outcome=on_outcome,
        zone=zone,
    )


def pace_of(given: Any) -> Pace | None:
    """The ``pace`` argument."""
    if given is None or isinstance(given, Pace):
        return given
    try:
        return Pace(given)
    except BadArgument:
        rule = "must be a number of requests a second greater than 0, a Pace, or None"
        raise invalid("pace", rule, given, "such as pace=500") from None


def _urgent(given: Any) -> frozenset[str]:
    """Names of campaigns, or campaigns, or target ids."""
    if isinstance(given, (str, Campaign)) or not isinstance(given, Iterable):
        raise invalid("urgent", "must be a sequence of campaigns or their names", given, "write [campaign]")
    found = [each.name if isinstance(each, Campaign) else each for each in given]
    for each in found:
        if isinstance(each, bool) or not isinstance(each, (str, int)):
            raise invalid("urgent", "must contain only campaigns, names or target ids", each)
    return frozenset(map(str, found))
