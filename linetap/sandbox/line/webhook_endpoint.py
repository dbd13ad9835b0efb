"""LINE's webhook endpoint: its address, and LINE's test of it; and replies to events.

https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, Route, json_response
from linetap.sandbox.line.sending import error, read_body, rejection

_LONGEST = 500


def get(line: Any, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information"""
    if line.webhook_url is None:
        return error(404, "Webhook endpoint not found")
    return json_response(200, {"endpoint": line.webhook_url, "active": line.webhook_active})


def change(line: Any, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url"""
    line.webhook_url = _url(read_body(call).get("endpoint"))
    return json_response(200, {})


def test(line: Any, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint

    The signed request goes to ``line.webhook_receiver``, which returns a status; without one there is no server.
    """
    given = read_body(call).get("endpoint")
    if given is None and line.webhook_url is None:
        return error(404, "Webhook endpoint not found")
    if given is not None:
        _url(given)
    status = 0 if line.webhook_receiver is None else int(line.webhook_receiver(line.webhooks.request()))
    success = 200 <= status < 300
    reason = "OK" if success else "ERROR_STATUS_CODE" if status > 0 else "COULD_NOT_CONNECT"
    at = datetime.fromtimestamp(line.clock.now(), timezone.utc)
    found = {
        "success": success,
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "statusCode": status,
        "reason": reason,
        "detail": f"{status}" if status > 0 else "Failure to connect",
    }
    return json_response(200, found)


def _url(value: object) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme != "https" or not parts.hostname or len(str(value)) > _LONGEST:
        raise rejection(400, "Invalid webhook endpoint URL")
    return str(value)


_PATH = "/v2/bot/channel/webhook/endpoint"
ROUTES = (
    Route("webhook_endpoint", "GET", _PATH, get, rate=1000 / 60),
    Route("set_webhook_endpoint", "PUT", _PATH, change, rate=1000 / 60),
    Route("webhook_test", "POST", "/v2/bot/channel/webhook/test", test, rate=60 / 3600),
)
