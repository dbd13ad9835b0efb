"""``line.webhook_endpoint``: the address that LINE sends webhooks to.

https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from linetap.errors import invalid
from linetap.http.group import Group
from linetap.http.types import Operation, Response
from linetap.line.api.endpoint import get, nothing, send
from linetap.line.api.responses import error_info, json_object, parse_value

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = ["AsyncWebhookEndpoint", "WebhookEndpointInfo", "WebhookTest"]

# https://developers.line.biz/en/reference/messaging-api/#rate-limits
RATES: Mapping[str, tuple[int, int]] = {
    "GET /v2/bot/channel/webhook/endpoint": (1000, 60),
    "PUT /v2/bot/channel/webhook/endpoint": (1000, 60),
    "POST /v2/bot/channel/webhook/test": (60, 3600),
}
_PATH = "/v2/bot/channel/webhook/endpoint"
_SET_PAGE = "https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url"
_LONGEST = 500


def _no_extra() -> Mapping[str, Any]:
    return {}


@attrs.frozen
class WebhookEndpointInfo:
    """The address of the webhook. https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information"""

    endpoint: str
    active: bool
    """Whether "Use webhook" is on; it can be switched in the console only."""
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)


@attrs.frozen
class WebhookTest:
    """The result of LINE's test request. https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint"""

    success: bool
    timestamp: str
    """When LINE sent the request, in ISO 8601."""
    status_code: int
    """The status of your server's response; 0 or less where there was none."""
    reason: str
    """``OK``, ``COULD_NOT_CONNECT``, ``REQUEST_TIMEOUT``, ``ERROR_STATUS_CODE`` or ``UNCLASSIFIED``."""
    detail: str
    extra: Mapping[str, Any] = attrs.field(factory=_no_extra, repr=False)


def read_endpoint() -> Operation[WebhookEndpointInfo | None]:
    """``GET /v2/bot/channel/webhook/endpoint``; None for 404. https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information"""
    name = "line.webhook_endpoint.get"

    def read(response: Response) -> WebhookEndpointInfo | None:
        if response.status == 404:
            return None
        return parse_value(WebhookEndpointInfo, json_object(name, response), name, response)

    return attrs.evolve(
        get(name, _PATH, read), error_info=lambda response: None if response.status == 404 else error_info(response)
    )


def change_endpoint(url: str) -> Operation[None]:
    """``PUT /v2/bot/channel/webhook/endpoint``. https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url"""
    name = "line.webhook_endpoint.set"
    return send(name, "PUT", _PATH, {"endpoint": _checked(url)}, nothing(name), safe=True)


def try_endpoint(url: str | None) -> Operation[WebhookTest]:
    """``POST /v2/bot/channel/webhook/test``. https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint"""
    name = "line.webhook_endpoint.test"
    body = {} if url is None else {"endpoint": _checked(url)}

    def read(response: Response) -> WebhookTest:
        return parse_value(WebhookTest, json_object(name, response), name, response)

    return send(name, "POST", "/v2/bot/channel/webhook/test", body, read, safe=True)


def _checked(url: Any) -> str:
    rule = f"must be an https:// URL of at most {_LONGEST} characters"
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme != "https" or not parts.hostname or len(url) > _LONGEST:
        raise invalid("url", rule, url, page=_SET_PAGE)
    return str(url)


class AsyncWebhookEndpoint(Group):
    """The address that LINE sends webhooks to: ``line.webhook_endpoint``. 1,000 calls per minute; tests 60 per hour."""

    _transport: AsyncTransport

    async def get(self) -> WebhookEndpointInfo | None:
        """The address, and whether LINE uses it; None where none is set.

        https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information
        """
        return await self._transport.do(read_endpoint())

    async def set(self, url: str) -> None:
        """Sets the address: an ``https://`` URL of at most 500 characters. LINE uses it within a minute.

        https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url
        """
        await self._transport.do(change_endpoint(url))

    async def test(self, url: str | None = None) -> WebhookTest:
        """LINE sends a webhook without events to the address (or to ``url``) and reports the response.

        https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint
        """
        return await self._transport.do(try_endpoint(url))
