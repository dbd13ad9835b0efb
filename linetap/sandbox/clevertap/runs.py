"""The runs of campaigns: at once, later and repeated; capped, throttled, stopped.

https://docs.clevertap.com/docs/messaging-frequency-caps
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from linetap.sandbox.clevertap.dispatcher import STREAMED, Delivery, Publication
from linetap.sandbox.clevertap.schedule import text
from linetap.sandbox.clevertap.state import CleverTapState, Profile, StoredCampaign

CAPPED = "Frequency Caps Exceeded"
CUT_OFF = "Campaign cut-off reached"
STOPPED = "Campaign stopped"
_FIVE_MINUTES = 300
_THREE_DAYS = 3 * 86_400
_DAY = 86_400


@dataclass
class Plan:
    """Which profiles a campaign reaches, how it posts, and when."""

    people: Callable[[], Iterable[Profile]]
    post: Callable[[Sequence[Profile]], Iterable[Delivery]] = lambda people: ()
    moments: Iterator[float] | None = None
    """The later runs; None is one run at once."""
    most_overall: int | None = None
    most_per_run: int | None = None
    respects_caps: bool = True
    pending: int = field(default=0, init=False)
    """Runs that are scheduled or not at their end."""
    reached: int = field(default=0, init=False)


class Runs:
    """Runs campaigns by the account's clock."""

    def __init__(self, box: CleverTapState) -> None:
        self._box = box

    def begin(self, campaign: StoredCampaign, plan: Plan, publication: Publication) -> None:
        """Runs the campaign at once, or when the clock passes its moments."""
        if plan.moments is None:
            plan.pending = 1
            self._run(campaign, plan, publication)
        elif not self._later(campaign, plan, publication):
            campaign.status = "completed"

    def _later(self, campaign: StoredCampaign, plan: Plan, publication: Publication) -> bool:
        at = next(plan.moments, None) if plan.moments is not None else None
        if at is None:
            return False
        plan.pending += 1
        campaign.at = text(self._box, at)
        self._box.clock.at(at, lambda: self._due(campaign, plan, publication))
        return True

    def _due(self, campaign: StoredCampaign, plan: Plan, publication: Publication) -> None:
        if campaign.status == "stopped":
            return
        self._later(campaign, plan, publication)
        self._run(campaign, plan, publication)

    def _run(self, campaign: StoredCampaign, plan: Plan, publication: Publication) -> None:
        campaign.status = "running"
        people = list(plan.people())
        left = None if plan.most_overall is None else max(0, plan.most_overall - plan.reached)
        people = people[: _least(left, plan.most_per_run)]
        plan.reached += len(people)
        self._batch(campaign, plan, publication, people, self._box.clock.now() + _THREE_DAYS)

    def _batch(
        self, campaign: StoredCampaign, plan: Plan, publication: Publication, people: list[Profile], ends: float
    ) -> None:
        """One group of a throttled run; the next one follows after five minutes, until the third day."""
        now = self._box.clock.now()
        if campaign.status == "stopped" or now > ends:
            status = STOPPED if campaign.status == "stopped" else CUT_OFF
            self._note(campaign, publication, [Delivery(profile.identity, status) for profile in people])
            people = []
        size = self._box.throttle or len(people)
        self._note(campaign, publication, self._posted(plan, people[:size]))
        if rest := people[size:]:
            self._box.clock.at(now + _FIVE_MINUTES, lambda: self._batch(campaign, plan, publication, rest, ends))
            return
        plan.pending -= 1
        if plan.pending == 0 and campaign.status == "running":
            campaign.status = "completed"

    def _posted(self, plan: Plan, people: list[Profile]) -> Iterable[Delivery]:
        allowed = [profile for profile in people if not plan.respects_caps or self._within_cap(profile)]
        kept = {profile.object_id for profile in allowed}
        yield from (Delivery(one.identity, CAPPED) for one in people if one.object_id not in kept)
        if self._box.frequency_cap is not None:
            for profile in allowed:
                self._box.contacts.setdefault(profile.object_id, []).append(self._box.clock.now())
        if allowed:
            yield from plan.post(allowed)

    def _within_cap(self, profile: Profile) -> bool:
        if self._box.frequency_cap is None:
            return True
        most, days = self._box.frequency_cap
        now = self._box.clock.now()
        return sum(now - at < days * _DAY for at in self._box.contacts.get(profile.object_id, ())) < most

    def _note(self, campaign: StoredCampaign, publication: Publication, sent: Iterable[Delivery]) -> None:
        for one in sent:
            publication.deliveries.append(one)
            campaign.sent += one.status == STREAMED


def _least(*given: int | None) -> int | None:
    return min((one for one in given if one is not None), default=None)
