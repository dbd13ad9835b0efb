"""What only CleverTap's dashboard offers, not its API: saving webhooks, publishing campaigns."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from linetap.sandbox.clevertap.dispatcher import (
    STREAMED,
    Delivery,
    Dispatcher,
    Publication,
    Segment,
    Send,
    chosen,
)
from linetap.sandbox.clevertap.payloads import Variables, Writer, post_action, reward
from linetap.sandbox.clevertap.runs import Plan, Runs
from linetap.sandbox.clevertap.schedule import moments
from linetap.sandbox.clevertap.state import CleverTapState, Profile, StoredCampaign, WebhookTemplate
from linetap.sandbox.core.service import Rejected, SharedState
from linetap.sandbox.liquid import Template

TRIGGERED = "external trigger"


class Dashboard(CleverTapState):
    """The account with its webhooks and campaigns."""

    def __init__(self, world: SharedState, send: Send) -> None:
        super().__init__(world)
        self.dispatcher = Dispatcher(self, send)
        self._runs = Runs(self)
        self.publications: dict[int, Publication] = {}

    def add_template(
        self,
        name: str,
        url: str,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        tested: int | None = None,
        basic: tuple[str, str] | None = None,
    ) -> WebhookTemplate:
        """A saved webhook, without the test call that the dashboard makes; ``basic`` is a user name and a password."""
        template_id = f"wh-{self.ids.number('template')}"
        sent = {**(headers or {}), **({} if basic is None else basic_header(*basic))}
        saved = WebhookTemplate(template_id, name, url, method, sent, tested)
        self.templates[template_id] = saved
        return saved

    def publish(
        self,
        body_text: str,
        template_id: str,
        segment: Segment = None,
        *,
        event: tuple[str, Mapping[str, Any]] | None = None,
        name: str = "Campaign",
        when: str | Mapping[str, Any] = "now",
    ) -> Publication:
        """Publishes a campaign with a custom body: one webhook call for each profile of the segment.

        ``event`` is a name and properties (a live campaign); ``when`` is a moment or a repetition as in the API,
        or ``external trigger``: the campaign waits for trigger calls.
        Raises ``LiquidError`` for a body that the dashboard would not take, ``KeyError`` for an unknown template.
        """
        Template(str(body_text), self.readings)
        later = None if when == TRIGGERED else self._moments(when)
        campaign = self.store(name, self.templates[template_id].template_id, body_text=str(body_text))
        if when == TRIGGERED:
            campaign.status = "waiting for triggers"
            return self._publication(campaign)

        def post(people: Iterable[Profile]) -> Iterable[Delivery]:
            return self.dispatcher.publish(campaign, self._template(campaign), people, event=event, trigger=None)

        return self._begin(campaign, Plan(self.members(segment), post, later))

    def publish_variables(
        self,
        template_id: str,
        segment: Segment = None,
        *,
        name: str = "Campaign",
        when: str | Mapping[str, Any] = "now",
        **variables: Any,
    ) -> Publication:
        """Publishes in the body mode "Profile variables & custom key-value pairs"; see :class:`Variables`.

        ``when`` is a moment or a repetition as in the API: the campaign runs when the clock passes it.
        """
        chosen_variables, later = Variables(**variables), self._moments(when)
        campaign = self.store(name, self.templates[template_id].template_id)
        return self.run_variables(campaign, chosen_variables, Plan(self.members(segment), moments=later))

    def publish_post_action(
        self, template_id: str, segment: Segment = None, *, name: str = "Push", payload: Mapping[str, Any]
    ) -> Publication:
        """The webhook calls after a delivered push campaign; ``payload``: title, body and kvs of the push.

        https://docs.clevertap.com/docs/post-action-webhooks
        """
        campaign = self.store(name, self.templates[template_id].template_id)
        return self._each(campaign, segment, lambda profile: post_action(campaign.campaign_id, profile, payload))

    def publish_reward(
        self,
        template_id: str,
        segment: Segment = None,
        *,
        name: str = "Reward",
        reward_values: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
    ) -> Publication:
        """The webhook calls of a custom reward: ``profiles`` is one object, and there is no ``targetId``."""
        campaign = self.store(name, self.templates[template_id].template_id)
        return self._each(campaign, segment, lambda profile: reward(profile, reward_values, metadata or {}))

    def _each(self, campaign: StoredCampaign, segment: Segment, write: Writer) -> Publication:
        def post(people: Iterable[Profile]) -> Iterable[Delivery]:
            return self.dispatcher.each(self._template(campaign), people, write)

        return self._begin(campaign, Plan(self.members(segment), post))

    def run_variables(self, campaign: StoredCampaign, variables: Variables, plan: Plan) -> Publication:
        """Runs a campaign in the mode of profile variables, for the people and at the moments of the plan."""

        def post(people: Iterable[Profile]) -> Iterable[Delivery]:
            return self.dispatcher.broadcast(campaign.campaign_id, self._template(campaign), people, variables)

        return self._begin(campaign, replace(plan, post=post))

    def trigger(self, campaign: StoredCampaign, people: Iterable[Profile], values: Mapping[str, Any]) -> None:
        """Sends a campaign that waits for triggers to these people."""
        publication = self._publication(campaign)
        sent = self.dispatcher.publish(campaign, self._template(campaign), people, event=None, trigger=values)
        for one in sent:
            publication.deliveries.append(one)
            campaign.sent += one.status == STREAMED

    def _moments(self, when: str | Mapping[str, Any]) -> Iterator[float] | None:
        try:
            return moments(self, when)
        except Rejected as wrong:
            raise ValueError(wrong.response.json()["error"]) from None

    def members(self, segment: Segment) -> Callable[[], list[Profile]]:
        """The profiles of a segment at the moment of the call."""
        group = segment
        if segment is not None and not callable(segment) and not isinstance(segment, Mapping):
            group = frozenset(segment)
        return lambda: [profile for profile in self.each() if chosen(group, profile)]

    def _begin(self, campaign: StoredCampaign, plan: Plan) -> Publication:
        publication = self._publication(campaign)
        self._runs.begin(campaign, plan, publication)
        return publication

    def _publication(self, campaign: StoredCampaign) -> Publication:
        return self.publications.setdefault(campaign.campaign_id, Publication(campaign.campaign_id))

    def _template(self, campaign: StoredCampaign) -> WebhookTemplate:
        return self.templates[str(campaign.template_id)]


def basic_header(user: str, password: str) -> dict[str, str]:
    """The header of Basic authentication (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
