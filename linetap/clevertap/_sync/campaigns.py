"""Generated from ``linetap/clevertap/campaigns.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from linetap.clevertap.campaigns import create, listing, report, stop, trigger
from linetap.clevertap.models import CampaignCreated, CampaignReport, CampaignSummary, WebhookCampaign
from linetap.http.group import Group

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport


class Campaigns(Group):
    """Campaigns of one account: ``clevertap.campaigns``."""

    _transport: SyncTransport

    def create(self, campaign: WebhookCampaign) -> CampaignCreated:
        """Creates a webhook campaign that posts CleverTap's own payload; not repeated after a lost response.

        A custom body must be entered in the dashboard: the API has no field for one.
        https://developer.clevertap.com/docs/create-campaign-api
        """
        return self._transport.do(create(campaign))

    def trigger(self, campaign_id: str, to: Sequence[str], values: Mapping[str, Any]) -> None:
        """Starts a published external-trigger campaign for some identities; not repeated after a lost response.

        ``values`` fill the body's ``TriggerField``: strings, or lists and mappings of strings.
        https://developer.clevertap.com/docs/external-trigger-api
        """
        self._transport.do(trigger(campaign_id, to, values))

    def list(self, since: date, until: date) -> tuple[CampaignSummary, ...]:
        """The campaigns scheduled in these days; those made in the dashboard may be missing.

        https://developer.clevertap.com/docs/get-campaigns-api
        """
        return self._transport.do(listing(since, until))

    def report(self, campaign_id: str) -> CampaignReport:
        """The figures of a campaign. Raises ``Conflict`` while it has not ended.

        https://developer.clevertap.com/docs/get-campaign-report-api
        """
        return self._transport.do(report(campaign_id))

    def stop(self, campaign_id: str) -> None:
        """Stops a scheduled campaign. https://developer.clevertap.com/docs/stop-scheduled-campaign-api"""
        self._transport.do(stop(campaign_id))
