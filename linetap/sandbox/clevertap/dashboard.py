"""What only CleverTap's dashboard offers, not its API: saving webhooks, publishing campaigns."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
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
from linetap.sandbox.clevertap.state import CleverTapState, Profile, StoredCampaign, WebhookTemplate
from linetap.sandbox.core.service import SharedState
from linetap.sandbox.liquid import Template


class Dashboard(CleverTapState):
    """The account with its webhooks and campaigns."""

    def __init__(self, world: SharedState, send: Send) -> None:
        super().__init__(world)
        self.dispatcher = Dispatcher(self, send)
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
        when: str = "now",
    ) -> Publication:
        """Publishes a campaign with a custom body: one webhook call for each profile of the segment.

        ``event`` is a name and properties (a live campaign); ``when="external trigger"`` waits for trigger calls.
        Raises ``LiquidError`` for a body that the dashboard would not take, ``KeyError`` for an unknown template.
        """
        campaign = self.store(name, self.templates[template_id].template_id, body_text=str(body_text))
        if when != "now":
            Template(str(body_text), self.readings)
            campaign.status = "waiting for triggers"
            return self.publications.setdefault(campaign.campaign_id, Publication(campaign.campaign_id))
        group = frozenset(segment) if isinstance(segment, (list, tuple, set)) else segment
        publication = self.run(campaign, [p for p in self.each() if chosen(group, p)], event=event)
        campaign.status = "completed"
        return publication

    def publish_variables(
        self,
        template_id: str,
        segment: Segment = None,
        *,
        name: str = "Campaign",
        **variables: Any,
    ) -> Publication:
        """Publishes in the body mode "Profile variables & custom key-value pairs"; see :class:`Variables`."""
        campaign = self.store(name, self.templates[template_id].template_id)
        return self.run_variables(campaign, Variables(**variables), segment)

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
        publication = self.publications.setdefault(campaign.campaign_id, Publication(campaign.campaign_id))
        people = [p for p in self.each() if chosen(segment, p)]
        template = self.templates[str(campaign.template_id)]
        self._note(campaign, publication, self.dispatcher.each(template, people, write))
        campaign.status = "completed"
        return publication

    def run(
        self,
        campaign: StoredCampaign,
        people: Iterable[Profile],
        *,
        event: tuple[str, Mapping[str, Any]] | None = None,
        trigger: Mapping[str, Any] | None = None,
    ) -> Publication:
        publication = self.publications.setdefault(campaign.campaign_id, Publication(campaign.campaign_id))
        template = self.templates[str(campaign.template_id)]
        sent = self.dispatcher.publish(campaign, template, people, event=event, trigger=trigger)
        return self._note(campaign, publication, sent)

    def run_variables(self, campaign: StoredCampaign, variables: Variables, segment: Segment = None) -> Publication:
        publication = self.publications.setdefault(campaign.campaign_id, Publication(campaign.campaign_id))
        template = self.templates[str(campaign.template_id)]
        people = [p for p in self.each() if chosen(segment, p)]
        self._note(campaign, publication, self.dispatcher.broadcast(campaign.campaign_id, template, people, variables))
        campaign.status = "completed"
        return publication

    def _note(self, campaign: StoredCampaign, publication: Publication, sent: Iterable[Delivery]) -> Publication:
        for one in sent:
            publication.deliveries.append(one)
            campaign.sent += one.status == STREAMED
        return publication


def basic_header(user: str, password: str) -> dict[str, str]:
    """The header of Basic authentication (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
