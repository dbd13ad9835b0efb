"""``clevertap.campaigns``: create, trigger, list, report and stop campaigns.

https://developer.clevertap.com/docs/create-campaign-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from linetap.clevertap import limits
from linetap.clevertap.checked import ids, text
from linetap.clevertap.models import CampaignCreated, CampaignReport, CampaignSummary, WebhookCampaign, span
from linetap.clevertap.operations import operation, post
from linetap.clevertap.responses import (
    not_ended_or_error,
    read_campaign_created,
    read_campaign_report,
    read_campaigns,
    read_done,
)
from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr
from linetap.http.group import Group
from linetap.http.types import Idempotency, Operation

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = ["AsyncCampaigns"]


def create(campaign: object) -> Operation[CampaignCreated]:
    """``POST /1/targets/create.json``. https://developer.clevertap.com/docs/create-campaign-api"""
    if not isinstance(campaign, WebhookCampaign):
        found = literal_text(type(campaign).__name__)
        raise invalid("campaign", "must be a WebhookCampaign", found, page=limits.CAMPAIGN_PAGE)
    read = partial(read_campaign_created, estimate_only=campaign.estimate_only)
    return operation("clevertap.campaigns.create", post("/1/targets/create.json", campaign_body(campaign)), read)


def campaign_body(campaign: WebhookCampaign) -> dict[str, Any]:
    """The JSON of a webhook campaign; parts of it are not on CleverTap's page.

    The page documents name, where, when and estimate_only; ``target_mode: webhook`` and the three ``webhook_``
    fields come from the code of several other clients.
    """
    body: dict[str, Any] = {
        "name": campaign.name,
        "target_mode": "webhook",
        "webhook_endpoint_name": campaign.template,
        "webhook_fields": list(campaign.fields),
        "webhook_key_value": dict(campaign.key_values),
        "when": campaign.when,
    }
    body |= campaign.segment()
    body |= {"estimate_only": True} if campaign.estimate_only else {}
    return body | dict(campaign.extra)


def trigger(campaign_id: str, to: Sequence[str], values: Any) -> Operation[None]:
    """``POST /1/send/externaltrigger.json``. https://developer.clevertap.com/docs/external-trigger-api"""
    page = limits.TRIGGER_PAGE
    users = ids("to", to, page)
    try:
        problems = list(_leaves(values, "values")) if isinstance(values, Mapping) else []
    except RecursionError:
        found = literal_text("a mapping with too many levels")
        raise invalid("values", "must be plain JSON", found, page=page) from None
    if not isinstance(values, Mapping):
        problems.append(Problem("values", "must be a mapping", type(values).__name__, page))
    if not 0 < len(users) <= limits.USERS_PER_TRIGGER:
        rule = f"must have 1 to {limits.USERS_PER_TRIGGER} identities"
        problems.append(Problem("to", rule, f"{len(users)}", page, "make one call for each part"))
    if problems:
        raise BadArgument(problems=problems)
    number = text("campaign_id", campaign_id, page)
    body = {"to": {"identity": list(users)}, "campaign_id": number, "ExternalTrigger": dict(values)}
    return operation("clevertap.campaigns.trigger", post("/1/send/externaltrigger.json", body), read_done)


def _leaves(value: object, path: str) -> Iterator[Problem]:
    if isinstance(value, str):
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}[{short_repr(key)}]")
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for i, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{i}]")
    else:
        rule = "must be a string, or a list or mapping of strings"
        yield Problem(path, rule, short_repr(value), limits.TRIGGER_PAGE, "pass str(...) of it")


def listing(since: date, until: date) -> Operation[tuple[CampaignSummary, ...]]:
    """``POST /1/targets/list.json``. https://developer.clevertap.com/docs/get-campaigns-api"""
    request = post("/1/targets/list.json", span(since, until))
    return operation("clevertap.campaigns.list", request, read_campaigns, repeat=Idempotency.SAFE)


def report(campaign_id: Any) -> Operation[CampaignReport]:
    """``POST /1/targets/result.json``. https://developer.clevertap.com/docs/get-campaign-report-api"""
    request = post("/1/targets/result.json", {"id": _number(campaign_id)})
    return operation(
        "clevertap.campaigns.report",
        request,
        read_campaign_report,
        repeat=Idempotency.SAFE,
        read_error=not_ended_or_error,
        reads_server_errors=True,
    )


def stop(campaign_id: Any) -> Operation[None]:
    """``POST /1/targets/stop.json``. https://developer.clevertap.com/docs/stop-scheduled-campaign-api"""
    request = post("/1/targets/stop.json", {"id": _number(campaign_id)})
    return operation("clevertap.campaigns.stop", request, read_done, repeat=Idempotency.SAFE)


def _number(campaign_id: Any) -> int | str:
    given = text("campaign_id", str(campaign_id) if type(campaign_id) is int else campaign_id, limits.CAMPAIGNS_PAGE)
    # CleverTap's samples have ids as numbers.
    return int(given) if given.isdecimal() and given.isascii() else given


class AsyncCampaigns(Group):
    """Campaigns of one account: ``clevertap.campaigns``."""

    _transport: AsyncTransport

    async def create(self, campaign: WebhookCampaign) -> CampaignCreated:
        """Creates a webhook campaign that posts CleverTap's own payload; not repeated after a lost response.

        A custom body must be entered in the dashboard: the API has no field for one.
        https://developer.clevertap.com/docs/create-campaign-api
        """
        return await self._transport.do(create(campaign))

    async def trigger(self, campaign_id: str, to: Sequence[str], values: Mapping[str, Any]) -> None:
        """Starts a published external-trigger campaign for some identities; not repeated after a lost response.

        ``values`` fill the body's ``TriggerField``: strings, or lists and mappings of strings.
        https://developer.clevertap.com/docs/external-trigger-api
        """
        await self._transport.do(trigger(campaign_id, to, values))

    async def list(self, since: date, until: date) -> tuple[CampaignSummary, ...]:
        """The campaigns scheduled in these days; those made in the dashboard may be missing.

        https://developer.clevertap.com/docs/get-campaigns-api
        """
        return await self._transport.do(listing(since, until))

    async def report(self, campaign_id: str) -> CampaignReport:
        """The figures of a campaign. Raises ``Conflict`` while it has not ended.

        https://developer.clevertap.com/docs/get-campaign-report-api
        """
        return await self._transport.do(report(campaign_id))

    async def stop(self, campaign_id: str) -> None:
        """Stops a scheduled campaign. https://developer.clevertap.com/docs/stop-scheduled-campaign-api"""
        await self._transport.do(stop(campaign_id))
