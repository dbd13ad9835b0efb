"""Generated from ``linetap/line/api/webhook_endpoint.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap.http.group import Group
from linetap.line.api.webhook_endpoint import (
    WebhookEndpointInfo,
    WebhookTest,
    change_endpoint,
    read_endpoint,
    try_endpoint,
)

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport


class WebhookEndpoint(Group):
    """The address that LINE sends webhooks to: ``line.webhook_endpoint``. 1,000 calls per minute; tests 60 per hour."""

    _transport: SyncTransport

    def get(self) -> WebhookEndpointInfo | None:
        """The address, and whether LINE uses it; None where none is set.

        https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information
        """
        return self._transport.do(read_endpoint())

    def set(self, url: str) -> None:
        """Sets the address: an ``https://`` URL of at most 500 characters. LINE uses it within a minute.

        https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url
        """
        self._transport.do(change_endpoint(url))

    def test(self, url: str | None = None) -> WebhookTest:
        """LINE sends a webhook without events to the address (or to ``url``) and reports the response.

        https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint
        """
        return self._transport.do(try_endpoint(url))
