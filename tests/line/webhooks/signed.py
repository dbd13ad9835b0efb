"""Webhook requests that are signed as LINE signs them, for the tests of webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from linetap.line.webhooks.events import LineEvent
from linetap.line.webhooks.read_webhook import read_line_webhook

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
USER = "U" + "1" * 32


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def read(*found: dict[str, Any]) -> tuple[LineEvent, ...]:
    body = json.dumps({"destination": "Ubot", "events": found}).encode()
    return read_line_webhook(body, signature=sign(body), channel_secret=SECRET).events


def event(kind: str, **more: Any) -> dict[str, Any]:
    common = {
        "type": kind,
        "mode": "active",
        "timestamp": 1767225600123,
        "source": {"type": "user", "userId": USER},
        "webhookEventId": "01J0000000000000000000000A",
        "deliveryContext": {"isRedelivery": True},
    }
    return {**common, **more}
