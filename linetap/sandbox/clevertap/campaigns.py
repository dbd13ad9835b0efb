"""CleverTap's campaign endpoints, and what only its dashboard offers (``/sandbox/``).

https://developer.clevertap.com/docs/create-campaign-api https://developer.clevertap.com/docs/external-trigger-api
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from linetap.http.types import Response
from linetap.sandbox.clevertap.dashboard import Dashboard
from linetap.sandbox.clevertap.dispatcher import Publication
from linetap.sandbox.clevertap.payloads import WEBHOOK_FIELDS, Variables
from linetap.sandbox.clevertap.queries import query
from linetap.sandbox.clevertap.runs import Plan
from linetap.sandbox.clevertap.schedule import moments
from linetap.sandbox.clevertap.state import Profile, StoredCampaign, WebhookTemplate, fail, read_body, rejection
from linetap.sandbox.core.service import Call, Rejected, json_response
from linetap.sandbox.liquid import LiquidError

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
# The fields of a campaign by API that the sandbox acts upon. Labels change nothing that is sent.
_FIELDS = frozenset(
    "name target_mode webhook_endpoint_name webhook_fields webhook_key_value where segment when labels"  # noqa: SIM905
    " estimate_only skip_estimate respect_frequency_caps".split()
)
_LIMITS = ("users_limit_overall", "upper_cap_for_target_segment", "users_limit_per_run")
_FLAGS = ("estimate_only", "skip_estimate", "respect_frequency_caps")
_NOT_YET: dict[str, tuple[int, dict[str, Any]]] = {
    "200 fail": (200, {"status": "fail", "error": "This target hasn't been completed"}),
    "200 success": (200, {"status": "success", "error": "This target hasn't been completed", "code": 200}),
    "409": (409, {"status": "fail", "error": "This target hasn't been completed", "code": 409}),
    "500": (500, {"status": "fail", "error": "This target has no result as of yet", "code": 500}),
}


def create(box: Dashboard, call: Call) -> Response:
    """``target_mode: webhook`` only: a campaign created by API sends CleverTap's own payload, never a custom body."""
    body = read_body(call)
    if body.get("target_mode") != "webhook":
        raise rejection("the sandbox implements campaigns with target_mode webhook only", 501)
    template, variables = _checked(box, body)
    later = moments(box, body.get("when"))
    people = _people(box, body)
    created: dict[str, Any] = {"status": "success"}
    if not body.get("skip_estimate"):
        created["estimates"] = {"webhook": len(people())}
    if body.get("estimate_only"):
        return json_response(200, created)
    campaign = box.store(body["name"], template.template_id, request=body)
    overall = min((body[name] for name in _LIMITS[:2] if body.get(name) is not None), default=None)
    capped = body.get("respect_frequency_caps", True) is not False
    plan = Plan(people, moments=later, most_overall=overall, most_per_run=body.get(_LIMITS[2]), respects_caps=capped)
    box.run_variables(campaign, variables, plan)
    return json_response(200, {**created, "id": campaign.campaign_id})


def _checked(box: Dashboard, body: Mapping[str, Any]) -> tuple[WebhookTemplate, Variables]:
    given = {name for name, value in body.items() if value not in (None, False, "", [], {})}
    if unknown := sorted(given - _FIELDS - set(_LIMITS)):
        raise rejection(f"the sandbox does not act upon {', '.join(unknown)}: nothing was done"[:300], 501)
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        raise rejection("name is required")
    for name in _FLAGS:
        if body.get(name) not in (None, True, False):
            raise rejection(f"{name} must be true or false")
    for name in _LIMITS:
        value = body.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise rejection(f"{name} must be an integer of at least 1")
    template = next((t for t in box.templates.values() if t.name == body.get("webhook_endpoint_name")), None)
    if template is None:
        raise rejection("webhook_endpoint_name is not a saved webhook")
    return template, _variables(box, body)


def _variables(box: Dashboard, body: Mapping[str, Any]) -> Variables:
    fields = body.get("webhook_fields")
    if fields is None:
        fields = None if box.readings.no_webhook_fields == "all" else []
    elif not isinstance(fields, list) or any(not isinstance(one, str) or one not in WEBHOOK_FIELDS for one in fields):
        raise rejection(f"webhook_fields must be a list of {', '.join(WEBHOOK_FIELDS)}")
    pairs = {} if body.get("webhook_key_value") is None else body["webhook_key_value"]
    if not isinstance(pairs, Mapping):
        raise rejection("webhook_key_value must be an object")
    return Variables(pairs, fields=fields)


def _people(box: Dashboard, body: Mapping[str, Any]) -> Callable[[], list[Profile]]:
    """The profiles that match ``where``, found anew for each run; every profile without it."""
    segment = body.get("segment", "all")
    if segment != "all":
        raise rejection("the sandbox has no saved segments: use where, or segment 'all'", 501)
    where = body.get("where")
    if where is None:
        return lambda: list(box.each())
    if not isinstance(where, Mapping):
        raise rejection("where must be an object")
    if "segment" in body:
        raise rejection("where and segment must not be used together")
    matches = query(box, where, base_required=False)
    return lambda: [profile for profile in box.each() if matches(profile)]


def stop(box: Dashboard, call: Call) -> Response:
    """Scheduled and running ones: https://developer.clevertap.com/docs/stop-scheduled-campaign-api"""
    campaign = _campaign(box, read_body(call).get("id"))
    if campaign.status == "completed":
        return fail("The campaign has been completed", 400)
    campaign.status = "stopped"
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
        return json_response(*_NOT_YET[box.readings.no_result_yet])
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
    box.trigger(campaign, people, values)
    return json_response(200, {"status": "success", "message": "Added to queue for processing"})


def _addressed(box: Dashboard, to: Any) -> list[tuple[str, str]]:
    names = {"identity": "identity", "email": "email", "objectId": "object_id"}
    if not isinstance(to, Mapping) or not set(to) <= names.keys() or not to:
        raise rejection("to must have identity, email or objectId")
    if not all(isinstance(values, list) and all(isinstance(one, str) for one in values) for values in to.values()):
        raise rejection("identity, email and objectId must be lists of strings")
    return [(names[name], value) for name, values in to.items() for value in values]


def _strings(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_strings, value.values()))
    return all(map(_strings, value)) if isinstance(value, list) else isinstance(value, str)


def _campaign(box: Dashboard, campaign_id: Any) -> StoredCampaign:
    try:
        return box.campaigns[int(campaign_id)]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Rejected(fail("Invalid campaign id", 400)) from None


def _date(box: Dashboard, body: Mapping[str, Any], name: str) -> int:
    if not re.fullmatch(r"\d{8}", str(body.get(name))):
        raise rejection(f"{name} must be YYYYMMDD")
    return int(body[name])


# What only the dashboard offers --------------------------------------------------------------------------


def save_template(box: Dashboard, call: Call) -> Response:
    """Settings > Channels > Webhooks > + Add Webhook, the test call on Create included."""
    body = read_body(call)
    method, headers = body.get("method", "POST"), body.get("headers", {})
    if method not in ("POST", "GET", "PUT", "DELETE") or not isinstance(headers, Mapping):
        raise rejection("method must be POST, GET, PUT or DELETE, and headers an object")
    if not all(
        _HEADER_NAME.fullmatch(n) and isinstance(v, str) and _HEADER_VALUE.fullmatch(v) for n, v in headers.items()
    ):
        raise rejection("headers must be strings of printable ASCII characters")
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
    given = _publishing(body)
    try:
        publication = box.publish(body["body"], body["template_id"], **given)
    except (KeyError, ValueError, LiquidError) as wrong:
        return fail(f"{type(wrong).__name__}: {wrong}", 400)
    deliveries = [
        {"identity": one.identity, "status": one.status, "attempts": one.attempts} for one in publication.deliveries
    ]
    return json_response(200, {"status": "success", **_summary(publication), "deliveries": deliveries})


def _publishing(body: Mapping[str, Any]) -> dict[str, Any]:
    """The optional arguments of ``publish``."""
    if not isinstance(body.get("body"), str) or not isinstance(body.get("template_id"), str):
        raise rejection("body and template_id must be strings")
    given: dict[str, Any] = {name: body[name] for name in ("segment", "name", "when") if body.get(name) is not None}
    segment = given.get("segment", [])
    listed = isinstance(segment, list) and all(isinstance(one, str) for one in segment)
    if not (listed or isinstance(segment, Mapping)) or not isinstance(given.get("name", ""), str):
        raise rejection("segment must be a list of identities or an object, and name a string")
    if (event := body.get("event")) is not None:
        properties = event.get("properties", {}) if isinstance(event, Mapping) else None
        if not isinstance(properties, Mapping) or not isinstance(event.get("name"), str):
            raise rejection("event must have a name and an object properties")
        given["event"] = (event["name"], properties)
    return given


def _summary(publication: Publication) -> dict[str, Any]:
    return {"campaign_id": publication.campaign_id, "counts": publication.counts}
