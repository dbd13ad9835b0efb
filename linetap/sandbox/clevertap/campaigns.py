"""CleverTap's campaign endpoints, and what only its dashboard offers (``/sandbox/``).

https://developer.clevertap.com/docs/create-campaign-api https://developer.clevertap.com/docs/external-trigger-api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from linetap.http.types import Response
from linetap.sandbox.clevertap.dashboard import Dashboard
from linetap.sandbox.clevertap.dispatcher import Publication
from linetap.sandbox.clevertap.payloads import Variables
from linetap.sandbox.clevertap.state import StoredCampaign, fail, read_body, rejection
from linetap.sandbox.core.service import Call, Rejected, json_response
from linetap.sandbox.liquid import LiquidError

_FIELDS = {"profile-attributes", "tokens", "identities"}


def create(box: Dashboard, call: Call) -> Response:
    """``target_mode: webhook`` only: a campaign created by API sends CleverTap's own payload, never a custom body."""
    body = read_body(call)
    if body.get("target_mode") != "webhook":
        raise rejection("the sandbox implements campaigns with target_mode webhook only", 501)
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        raise rejection("name is required")
    template = next((t for t in box.templates.values() if t.name == body.get("webhook_endpoint_name")), None)
    if template is None:
        raise rejection("webhook_endpoint_name is not a saved webhook")
    if not set(body.get("webhook_fields") or ()) <= _FIELDS:
        raise rejection(f"webhook_fields are of {sorted(_FIELDS)}")
    if not re.fullmatch(r"now|\d{8} \d\d:\d\d", str(body.get("when", "now"))):
        raise rejection("when is 'now' or 'YYYYMMDD HH:MM'")
    estimates = {"webhook": sum(1 for _ in box.each())}
    if body.get("estimate_only"):
        return json_response(200, {"status": "success", "estimates": estimates})
    campaign = box.store(body["name"], template.template_id, request=body)
    if body.get("when", "now") == "now":
        box.run_variables(campaign, Variables(body.get("webhook_key_value") or {}))
    return json_response(200, {"status": "success", "id": campaign.campaign_id, "estimates": estimates})


def stop(box: Dashboard, call: Call) -> Response:
    """https://developer.clevertap.com/docs/stop-scheduled-campaign-api"""
    _campaign(box, read_body(call).get("id")).status = "stopped"
    return json_response(200, {"status": "success"})


def listed(box: Dashboard, call: Call) -> Response:
    """https://developer.clevertap.com/docs/get-campaigns-api - the container's name is an assumption of the sandbox."""
    body = read_body(call)
    since, until = (_date(box, body, name) for name in ("from", "to"))
    found = [c for c in box.campaigns.values() if since <= int(c.at[:8]) <= until]
    targets = [{"id": c.campaign_id, "name": c.name, "scheduled_on": c.at, "status": c.status} for c in found]
    return json_response(200, {"status": "success", "targets": targets})


def result(box: Dashboard, call: Call) -> Response:
    """https://developer.clevertap.com/docs/get-campaign-report-api"""
    campaign = _campaign(box, read_body(call).get("id"))
    if campaign.status != "completed":
        return fail("This target hasn't been completed")
    return json_response(200, {"status": "success", "result": {"sent": campaign.sent, "clicked": 0}})


def external_trigger(box: Dashboard, call: Call) -> Response:
    """Sends a campaign that was published in the dashboard for external triggers; leaf values are strings."""
    body = read_body(call)
    campaign = _campaign(box, body.get("campaign_id"))
    if campaign.status != "waiting for triggers":
        return fail("The campaign is not triggered externally")
    values = body.get("ExternalTrigger") or {}
    if not isinstance(values, Mapping) or not _strings(values):
        return fail("The values of ExternalTrigger must be strings")
    people = [found for name, value in _addressed(box, body.get("to")) if (found := box.find(**{name: value}))]
    box.run(campaign, people, trigger=values)
    return json_response(200, {"status": "success", "message": "Added to queue for processing"})


def _addressed(box: Dashboard, to: Any) -> list[tuple[str, str]]:
    names = {"identity": "identity", "email": "email", "objectId": "object_id"}
    if not isinstance(to, Mapping) or not set(to) <= names.keys() or not to:
        raise rejection("to holds identity, email or objectId")
    return [(names[name], str(value)) for name, values in to.items() for value in values]


def _strings(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_strings, value.values()))
    return all(map(_strings, value)) if isinstance(value, list) else isinstance(value, str)


def _campaign(box: Dashboard, campaign_id: Any) -> StoredCampaign:
    try:
        return box.campaigns[int(campaign_id)]
    except (KeyError, TypeError, ValueError):
        raise Rejected(fail("No such campaign")) from None


def _date(box: Dashboard, body: Mapping[str, Any], name: str) -> int:
    if not re.fullmatch(r"\d{8}", str(body.get(name))):
        raise rejection(f"{name} is YYYYMMDD")
    return int(body[name])


# What only the dashboard offers --------------------------------------------------------------------------


def save_template(box: Dashboard, call: Call) -> Response:
    """Settings > Channels > Webhooks > + Add Webhook, the test call on Create included."""
    body = read_body(call)
    method, headers = body.get("method", "POST"), body.get("headers", {})
    if method not in ("POST", "GET", "PUT", "DELETE") or not isinstance(headers, Mapping):
        raise rejection("method is POST, GET, PUT or DELETE, and headers an object")
    if not all(isinstance(body.get(name), str) and body[name].strip() for name in ("name", "url")):
        raise rejection("name and url are required")
    if any(template.name == body["name"] for template in box.templates.values()):
        raise Rejected(fail("A webhook of this name exists", 409))
    tested = box.dispatcher.test_call(body["url"], method, headers)
    if tested != 200 and box.readings.template_test == "only on 200":
        return fail(f"The test call returned {tested}, not 200: the webhook is not saved", 400)
    saved = box.add_template(body["name"], body["url"], method=method, headers=headers, tested=tested)
    return json_response(200, {"status": "success", "id": saved.template_id, "test": {"status": tested}})


def publish(box: Dashboard, call: Call) -> Response:
    """A dashboard campaign over HTTP: ``body``, ``template_id`` and optionally ``segment``, ``event``, ``name``."""
    body = read_body(call)
    given: dict[str, Any] = {name: body[name] for name in ("segment", "name", "when") if name in body}
    if event := body.get("event"):
        given["event"] = (event["name"], event.get("properties", {}))
    try:
        publication = box.publish(body["body"], body["template_id"], **given)
    except (KeyError, LiquidError) as wrong:
        return fail(f"{type(wrong).__name__}: {wrong}", 400)
    told = [
        {"identity": one.identity, "status": one.status, "attempts": one.attempts} for one in publication.deliveries
    ]
    return json_response(200, {"status": "success", **_summary(publication), "deliveries": told})


def _summary(publication: Publication) -> dict[str, Any]:
    return {"campaign_id": publication.campaign_id, "counts": publication.counts}
